"""What wakes the daemons that make consumers follow: a real instance, and real code servers."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import yaml
from dagster import DagsterRunStatus
from dagster._core.test_utils import create_run_for_test
from dagster._core.workspace.context import BaseWorkspaceRequestContext, WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster._daemon.daemon import BackfillDaemon

from data_platform.laptop.alarm import Watched
from data_platform.laptop.dagster_private import prompt
from data_platform_tests.laptop.code_server_process import Servers

SETTINGS = "telemetry: {enabled: false}\n"
CODE = """
import dagster as dg

def follows(name):
    return dg.AutomationConditionSensorDefinition(
        name, target=dg.AssetSelection.all(), default_status=dg.DefaultSensorStatus.RUNNING, minimum_interval_seconds=10
    )

@dg.asset(deps=["orders"], automation_condition=dg.AutomationCondition.eager())
def totals():
    pass

defs = dg.Definitions(assets=[totals], sensors=[follows("shop_automation")])
"""
OTHER = CODE.replace("orders", "films").replace("totals", "ranks").replace("shop_", "other_")
FAR = 10_000.0


class Both:
    """Two locations, of which one reads `orders` and the other one `films`."""

    def __init__(self, instance: dg.DagsterInstance, workspace: BaseWorkspaceRequestContext) -> None:
        self.instance, self.workspace = instance, workspace
        self.sensors = [sensor for sensor, _ in prompt._sensors(workspace)]

    def tell(self, news: prompt.News) -> bool:
        """Whether something came; whoever it concerns is told."""
        came = news.come()
        news.tell(self.workspace)
        return came

    def early(self, news: prompt.News, elapsed: float) -> list[bool]:
        return [news.is_early(elapsed, sensor) for sensor in self.sensors]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp("both")
    servers = Servers(folder, SETTINGS, shop=CODE, other=OTHER)
    entries = [
        {"grpc_server": {"host": "localhost", "socket": str(folder / f"{name}.sock"), "location_name": name}}
        for name in ("shop", "other")
    ]
    (folder / "workspace.yaml").write_text(yaml.safe_dump({"load_from": entries}))
    target = WorkspaceFileTarget([str(folder / "workspace.yaml")])
    try:
        servers.until(lambda: servers.serve("shop", "other"))
        with (
            dg.DagsterInstance.from_config(str(folder / "home")) as instance,
            WorkspaceProcessContext(instance, target) as context,
        ):
            yield Both(instance, context.create_request_context())
    finally:
        servers.end()


def test_a_publication_concerns_who_reads_it_and_nobody_else(both: Both) -> None:
    news = prompt.News(both.instance)
    both.tell(news)
    assert both.early(news, prompt.IDLE_SECONDS - 1) == [True, True]
    assert both.early(news, FAR) == [False, False]
    both.instance.report_runless_asset_event(dg.AssetMaterialization("orders"))
    assert both.tell(news)
    assert news.waiting
    assert both.early(news, 0.1) == [True, True]  # not again at once
    assert both.early(news, 2) == [False, True]


def test_the_end_of_a_run_concerns_those_that_know_what_it_makes(both: Both) -> None:
    news = prompt.News(both.instance)
    both.tell(news)
    films = frozenset({dg.AssetKey("films")})
    run = create_run_for_test(both.instance, status=DagsterRunStatus.STARTED, asset_selection=films)
    both.tell(news)
    assert both.early(news, 2) == [True, True]
    both.instance.report_run_failed(run)
    assert both.tell(news)
    assert both.early(news, 2) == [True, False]


def test_the_end_of_a_run_that_names_no_asset_concerns_all(both: Both) -> None:
    news = prompt.News(both.instance)
    both.tell(news)
    both.instance.report_run_failed(create_run_for_test(both.instance, status=DagsterRunStatus.STARTED))
    both.tell(news)
    assert both.early(news, 2) == [False, False]


def test_what_comes_during_a_look_brings_another_one(both: Both) -> None:
    news = prompt.News(both.instance)
    both.tell(news)
    sensor = both.sensors[0]
    both.instance.report_runless_asset_event(dg.AssetMaterialization("orders"))
    both.tell(news)

    def during() -> None:
        both.instance.report_runless_asset_event(dg.AssetMaterialization("orders"))
        both.tell(news)

    news.looking(sensor, during)
    assert not news.is_early(2, sensor)
    while news.come():  # each change is told twice
        both.tell(news)
    news.looking(sensor, lambda: None)
    assert news.is_early(2, sensor)


def test_a_look_that_fails_or_takes_long_is_followed_by_a_rest(both: Both) -> None:
    news = prompt.News(both.instance)
    both.tell(news)
    sensor = both.sensors[0]
    news._lengths[sensor.selector_id] = 3.0
    both.instance.report_runless_asset_event(dg.AssetMaterialization("orders"))
    both.tell(news)
    assert news.is_early(11, sensor)
    assert not news.is_early(13, sensor)


def test_a_sensor_that_is_to_look_seldom_is_left_to_its_clock(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    news = prompt.News(both.instance)
    both.tell(news)
    both.instance.report_runless_asset_event(dg.AssetMaterialization("orders"))
    both.tell(news)
    monkeypatch.setattr(type(both.sensors[0]), "min_interval_seconds", 300)
    assert both.early(news, 299) == [True, True]
    assert both.early(news, 301) == [False, False]


def test_more_than_can_be_read_at_once_concerns_all(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    news = prompt.News(both.instance)
    both.tell(news)
    monkeypatch.setattr(prompt, "_MOST_READ", 3)
    for _ in range(4):
        both.instance.report_runless_asset_event(dg.AssetMaterialization("of nobody"))
    both.tell(news)
    assert both.early(news, 2) == [False, False]


def test_with_a_storage_elsewhere_sensors_go_by_their_own_clock(both: Both, tmp_path: Path) -> None:
    news = prompt.News(both.instance)
    news._database = Watched(tmp_path / "no such file")
    both.instance.report_runless_asset_event(dg.AssetMaterialization("orders"))
    assert not both.tell(news)
    assert both.early(news, 9) == [True, True]
    assert both.early(news, 11) == [False, False]


def test_what_is_reached_into_is_there() -> None:
    assert BackfillDaemon.core_loop is not prompt.PromptBackfillDaemon.core_loop
    for name in ("_run_iteration_impl_with_request_context", "_process_auto_materialize_tick", "core_loop"):
        assert getattr(prompt.asset_daemon.AssetDaemon, name) is not getattr(prompt.PromptAssetDaemon, name)
