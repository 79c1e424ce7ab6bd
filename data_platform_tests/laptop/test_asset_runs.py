"""Runs that somebody asks for by name: which partitions are meant, and what is said in the end."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from data_platform.laptop.asset_runs import Asset, chosen, find, reason, spoken
from data_platform.laptop.dagster_api import DagsterAPI
from data_platform.laptop.dagster_values import Locations
from data_platform.laptop.errors import LaptopError
from data_platform_tests.laptop.stack_process import BROKEN, Up, workspace

DAYS = ("2026-11-01", "2026-11-02", "2026-11-03", "2026-11-04", "2026-11-05", "2026-11-06")
DAILY = Asset("shop/orders", "shop", "__repository__", DAYS, many_in_one=True)
WHOLE = Asset("shop/customers", "shop", "__repository__", (), many_in_one=False)


def test_the_newest_partition_is_meant_where_none_is_named() -> None:
    assert chosen(DAILY) == [DAYS[-1]]
    assert chosen(DAILY, DAYS[1]) == [DAYS[1]]
    assert chosen(DAILY, span="2026-11-02..2026-11-04") == list(DAYS[1:4])
    assert chosen(WHOLE) == []


@pytest.mark.parametrize(
    ("asset", "partition", "span", "told"),
    [
        (DAILY, "2026-13-01", "", "no partition '2026-13-01': there are 6, from 2026-11-01 to 2026-11-06"),
        (DAILY, "", "2026-11-02", "'2026-11-02' is no range: write the first and the last"),
        (DAILY, "", "2026-11-03..2026-11-02", "is no range: 2026-11-03 comes after 2026-11-02"),
        (DAILY, "", "2026-11-03..2026-12-02", "no partition '2026-12-02'"),
        (WHOLE, "2026-11-02", "", "has no partitions: leave --partition and --range out"),
    ],
)
def test_a_partition_that_there_is_not_is_refused_before_anything_is_launched(
    asset: Asset, partition: str, span: str, told: str
) -> None:
    with pytest.raises(LaptopError, match=told):
        chosen(asset, partition, span)


def test_of_an_error_the_innermost_sentence_is_told_without_the_name_of_its_class() -> None:
    error = {
        "message": "dagster._core.errors.DagsterExecutionStepExecutionError: Error occurred while executing op",
        "causes": [{"message": "dagster._core.definitions.events.Failure: sales/orders_v1: nothing was published\n"}],
    }
    assert reason({"error": error, "message": "step failed"}) == "sales/orders_v1: nothing was published"
    assert reason({"error": None, "message": "The run was ended."}) == "The run was ended."


def test_partitions_are_told_in_words() -> None:
    assert [spoken(DAYS[:count]) for count in (0, 1, 3)] == [
        "",
        " of 2026-11-01",
        ": 3 partitions, 2026-11-01 to 2026-11-03,",
    ]


class Empty(DagsterAPI):
    """A platform that has loaded no asset yet."""

    url = "http://127.0.0.1:3000"

    def __init__(self) -> None: ...

    def materializable(self) -> dict[str, Any]:
        return {}

    def locations(self) -> Locations:
        return Locations(frozenset({"sales"}), pending=False)


def test_a_product_that_is_only_in_the_files_is_told_apart_from_none() -> None:
    with pytest.raises(LaptopError, match=r"has not loaded sales/orders_v1 yet: what is new is served within seconds"):
        find(Empty(), "sales/orders_v1", wait=0)
    with pytest.raises(LaptopError, match="There is no asset sales/orders_v0"):
        find(Empty(), "sales/orders_v0")


class Slow(Empty):
    """One that loads it at the third look."""

    looks = 0

    def materializable(self) -> dict[str, Any]:
        self.looks += 1
        repository = {"name": "__repository__", "location": {"name": "sales"}}
        node = {"repository": repository, "isPartitioned": False, "backfillPolicy": None}
        return {"sales/orders_v1": node} if self.looks > 2 else {}

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        del query, variables
        return {"assetNodeOrError": {"partitionKeys": []}}


def test_a_product_that_was_written_a_moment_ago_is_waited_for_and_that_is_told_once() -> None:
    told: list[str] = []
    assert find(Slow(), "sales/orders_v1", told.append).location == "sales"
    assert told == ["  sales/orders_v1 is new: waiting until the platform has loaded it"]


UNLUCKY = """
import dagster as dg

days = dg.DailyPartitionsDefinition(start_date="2026-11-01", end_date="2026-11-07")

@dg.asset(key=["unlucky", "days"], partitions_def=days)
def days_(context) -> None:
    if context.partition_key == "2026-11-03":
        raise dg.Failure("the third was never lucky", allow_retries=False)

@dg.asset(key=["unlucky", "range"], partitions_def=days, backfill_policy=dg.BackfillPolicy.single_run())
def range_(context) -> None:
    context.log.info(str(context.partition_keys))

defs = dg.Definitions(assets=[days_, range_])
"""


@pytest.mark.slow
def test_runs_backfills_and_status_on_a_running_platform_end_with_the_sentence_that_matters(tmp_path: Path) -> None:
    path = workspace(tmp_path, unlucky=UNLUCKY, broken=BROKEN)
    up = Up(tmp_path / "state", path, "--no-materialize")
    (tmp_path / "domains").mkdir()

    def command(*arguments: str) -> tuple[int, str, str]:
        program = str(Path(sys.executable).with_name("data-platform"))
        store = f"file://{tmp_path}/store"
        variables = os.environ | {"DATA_PLATFORM_STATE": str(tmp_path / "state"), "DATA_PLATFORM_STORE": store}
        done = subprocess.run([program, *arguments], env=variables, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    try:
        up.wait_for("Ctrl-C stops everything")
        code, said, wrong = command("run", "unlucky/days", "--partition", "2026-11-03")
        assert (code, wrong) == (1, "unlucky/days of 2026-11-03 was not made: the third was never lucky\n")
        code, said, wrong = command("run", "unlucky/days", "--partition", "2026-11-02")
        assert (code, said.splitlines()[-1], wrong) == (0, "unlucky/days of 2026-11-02 is made.", "")
        code, said, wrong = command("run", "unlucky/range", "--range", "2026-11-01..2026-11-04")
        assert said.splitlines()[-1] == "unlucky/range: 4 partitions, 2026-11-01 to 2026-11-04, are made."
        code, said, wrong = command("backfill", "unlucky/days", "--range", "2026-11-02..2026-11-04")
        assert (code, wrong) == (1, "unlucky/days: 2 of 3 partitions are made: the third was never lucky\n")
        code, said, wrong = command("run", "unlucky/dys")
        assert (code, wrong) == (2, "error: There is no asset unlucky/dys: did you mean 'unlucky/days'?\n")
        code, said, wrong = command("run", "broken/anything")
        assert code == 2
        assert "The code location broken, which has broken/anything, is not loaded" in wrong
        code, said, wrong = command("status", "--domains", str(tmp_path / "domains"))
        assert code == 1
        assert "Code location broken is not loaded" in said
        assert "this domain does not import" in said
        assert up.finish(signal.SIGINT) == 0
    finally:
        up.make_sure_it_ended()
