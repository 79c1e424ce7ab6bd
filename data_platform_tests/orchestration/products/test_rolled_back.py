"""What was rolled back does not come back by itself, and what was made of it is made anew."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pyarrow as pa
import pytest

from data_platform.mesh.errors import Refused
from data_platform.mesh.life.rolling_back import roll_back
from data_platform.orchestration.products.origin import origin_of
from data_platform.products import making
from data_platform.products.publish import Publication, publish
from data_platform.products.schema import cast
from data_platform.settings import START_DATE_VARIABLE
from data_platform.storage import delta
from data_platform.storage.delta.history import versions
from data_platform.storage.delta.order import RolledBack
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.orchestration.products.test_automation import GOOD, days_that_follow
from data_platform_tests.products.shop import Platform, Shop, metadata_of
from data_platform_tests.products.test_order import WRITER
from data_platform_tests.s3 import S3Server

KEY = "sales/prices_v1"
COLUMNS = """\
- {name: id, logicalType: integer, required: true, primaryKey: true, primaryKeyPosition: 1, description: The number.}
- {name: price, logicalType: number, required: true, description: The price., logicalTypeOptions: {minimum: 0}}
"""
INPUT = "inputs: {sales.raw_prices: {columns: [id, price]}}"


def prices(shop: Shop, mode: str = "replace", key: str = KEY) -> None:
    shop.write("sales/ingestion.py", '"""Raw."""\n\nNAME = "raw_prices"\n')
    shop.product(
        key, COLUMNS, sql="SELECT id, price FROM sales.raw_prices", defs=f"automation: false\n{INPUT}", mode=mode
    )


def raw(platform: Platform, *found: float) -> None:
    platform.put("sales/raw_prices", [{"id": number, "price": price} for number, price in enumerate(found)])


def back(platform: Platform, to: int) -> None:
    roll_back(platform.store, platform.shop.read(KEY), str(to), by="ada", why="wrong")


def seen(platform: Platform) -> list[float]:
    return [row["price"] for row in platform.rows(KEY)]


def during(
    monkeypatch: pytest.MonkeyPatch, act: Callable[[], None], *, then: Callable[[], None] = lambda: None
) -> None:
    """Have something happen while the first transform runs."""
    transform, calls = making.run_transform, []

    def slow(*arguments: Any) -> Any:
        made = transform(*arguments)
        calls.append(1)
        if len(calls) == 1:
            act()
            then()
        return made

    monkeypatch.setattr(making, "run_transform", slow)


def test_a_run_that_goes_on_during_a_roll_back_publishes_nothing_and_the_next_one_does(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    prices(platform.shop)
    for price in (1.0, 2.0):
        raw(platform, price)
        assert platform.run(KEY).success
    raw(platform, 3.0)
    during(monkeypatch, lambda: back(platform, 0))
    overtaken = platform.run(KEY)
    assert overtaken.success
    assert "put back by a roll-back" in metadata_of(overtaken)[None]["superseded"]
    assert seen(platform) == [1.0]
    assert "superseded" not in metadata_of(platform.run(KEY))[None]
    assert seen(platform) == [3.0]


@pytest.mark.slow
def test_a_step_that_is_tried_again_after_a_roll_back_is_of_a_run_that_began_before(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    prices(platform.shop)
    for price in (1.0, 2.0):
        raw(platform, price)
        assert platform.run(KEY).success

    def fails() -> None:
        raise dg.RetryRequested(max_retries=1)

    during(monkeypatch, lambda: back(platform, 0), then=fails)
    retried = platform.run(KEY)
    assert retried.success
    assert "superseded" in metadata_of(retried)[None]
    assert seen(platform) == [1.0]


def test_a_run_that_dagster_starts_again_by_itself_goes_on_with_what_began_before(platform: Platform) -> None:
    prices(platform.shop)
    for price in (1.0, 2.0):
        raw(platform, price)
        first = platform.run(KEY)
    back(platform, 0)
    job = platform.definitions("sales").resolve_implicit_global_asset_job_def()

    def again(**tags: str) -> Publication:
        of = {"dagster/root_run_id": first.run_id, "dagster/parent_run_id": first.run_id}
        run = platform.instance.create_run_for_job(
            job, parent_run_id=first.run_id, root_run_id=first.run_id, tags=of | tags
        )
        context: Any = SimpleNamespace(run=run, instance=platform.instance)
        origin = origin_of(context)
        return making.make(platform.store, platform.shop.read(KEY), None, run_id=run.run_id, origin=origin)

    assert again(**{"dagster/retry_number": "1"}).superseded
    assert seen(platform) == [1.0]
    assert not again().superseded
    assert seen(platform) == [2.0], "somebody asked for it again, afterwards"


@pytest.mark.parametrize("mode", ["append", "upsert"])
def test_a_batch_that_was_added_and_undone_is_refused_from_a_run_of_before_and_made_again_by_a_later_one(
    platform: Platform, mode: str
) -> None:
    prices(platform.shop, mode)
    product = platform.shop.read(KEY)

    def put(number: int, run: str, root: str | None = None) -> Any:
        rows = cast(pa.table({"id": [number], "price": [float(number)]}), product.schema.properties)
        return publish(platform.store, product, rows, run_id=run, root_run_id=root)

    for number in range(3):
        assert put(number, f"run-{number}").published
    newest = versions(platform.store, KEY, limit=1)[0].version
    back(platform, newest - 1)
    assert seen(platform) == [0.0, 1.0]
    with pytest.raises(RolledBack, match="only a run that begins after a roll-back publishes"):
        put(2, "run-2")
    assert put(2, "later", "run-2").published, "somebody executed the run again, afterwards"
    assert put(2, "later", "run-2").published
    assert seen(platform) == [0.0, 1.0, 2.0]
    with pytest.raises(Refused, match=f"is published by {mode}: its table grows by batches"):
        prices_by_day(platform, mode)


def prices_by_day(platform: Platform, mode: str) -> None:
    day = "- {name: day, logicalType: date, required: true, partitioned: true, description: The day.}\n"
    platform.shop.product(
        "sales/days_v1", COLUMNS + day, sql="SELECT 1 AS id, 1.0 AS price, DATE '2026-11-01' AS day",
        defs="partitions: {type: daily}", mode=mode,
    )  # fmt: skip
    product = platform.shop.read("sales/days_v1")
    roll_back(platform.store, product, "0", partition="2026-11-01", by="ada")


@pytest.mark.slow
def test_consumers_are_asked_for_anew_once_dagster_is_told(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(START_DATE_VARIABLE, "2026-11-01")
    days_that_follow(platform, monkeypatch)
    orders, daily = dg.AssetKey(["sales", "orders_v1"]), dg.AssetKey(["sales", "daily_v1"])
    days = ["2026-11-14", "2026-11-15"]
    cursor: Any = None

    def requested() -> set[str]:
        nonlocal cursor
        result = dg.evaluate_automation_conditions(platform.definitions("sales"), platform.instance, cursor=cursor)
        cursor = result.cursor
        return set(result.get_requested_partitions(daily))

    requested()
    for total in (1.0, 2.0):
        platform.put(
            "sales/raw_orders", [GOOD | {"order_id": n, "day": day, "total": total} for n, day in enumerate(days)]
        )
        for day in days:
            assert platform.run("sales/orders_v1", day).success
    assert requested() == {*days}
    for day in days:
        assert platform.run("sales/daily_v1", day).success
    assert requested() == set()
    product = platform.shop.read("sales/orders_v1")
    done = roll_back(platform.store, product, "1", partition=days[1], by="ada")
    for day in done.partitions:  # as the verb does over the webserver
        platform.instance.report_runless_asset_event(dg.AssetMaterialization(orders, partition=day))
    assert requested() == {days[1]}


@pytest.mark.slow
def test_a_process_that_was_stopped_and_wakes_after_a_roll_back_puts_nothing_back(
    shop: Shop, s3_store: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3_store.environment.items():
        monkeypatch.setenv(name, value)
    url = s3_store.fresh_url()
    store = ObjectStore.open(url)
    prices(shop)
    environment = {**os.environ, **s3_store.environment, "PYTHONPATH": os.pathsep.join(sys.path)}

    def start(run: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", WRITER, str(shop.domains / KEY), url, run]
        made = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert made.stdout is not None
        assert made.stdout.readline() == "made\n"
        return made

    def finish(writer: "subprocess.Popen[str]") -> str:
        return writer.communicate("go\n")[0].strip()

    for price in (1.0, 2.0, 3.0):
        delta.replace_table(store, "sales/raw_prices", pa.table({"id": [1], "price": [price]}))
        if price < 3:
            assert finish(start(f"run-{price}")) == "published"
    stopped = start("stopped")
    stopped.send_signal(signal.SIGSTOP)
    roll_back(store, shop.read(KEY), "0", by="ada")
    stopped.send_signal(signal.SIGCONT)
    assert finish(stopped) == "superseded"
    assert delta.read_table(store, KEY)["price"].to_pylist() == [1.0]
    assert finish(start("run-2.0")) == "superseded", "the run that made what was undone, tried again"
    assert finish(start("afterwards")) == "published"
    assert delta.read_table(store, KEY)["price"].to_pylist() == [3.0]
