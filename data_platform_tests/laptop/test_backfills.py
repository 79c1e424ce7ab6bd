"""Partitions of several assets are made as one backfill, what others read first."""

import signal
from pathlib import Path

import pytest

from data_platform.laptop.asset_runs import find
from data_platform.laptop.backfills import backfill, backfill_of_several
from data_platform.laptop.dagster_api import DagsterAPI
from data_platform.laptop.errors import LaptopError
from data_platform_tests.laptop.stack_process import Up, workspace

DAYS = ("2026-11-01", "2026-11-02", "2026-11-03", "2026-11-04")
SHOP = """
import os
from pathlib import Path

import dagster as dg

days = dg.DailyPartitionsDefinition(start_date="2026-11-01", end_date="2026-11-05")
many = dg.BackfillPolicy.single_run()


def note(context, name):
    with Path(os.environ["NOTES"]).open("a") as notes:
        notes.write("".join(f"{name} {day}\\n" for day in context.partition_keys))


@dg.asset(key=["shop", "orders"], partitions_def=days, backfill_policy=many)
def orders(context: dg.AssetExecutionContext) -> None:
    note(context, "orders")


@dg.asset(key=["shop", "revenue"], partitions_def=days, backfill_policy=many, deps=[orders])
def revenue(context: dg.AssetExecutionContext) -> None:
    note(context, "revenue")


@dg.asset(key=["shop", "total"], deps=[revenue])
def total(context: dg.AssetExecutionContext) -> None:
    with Path(os.environ["NOTES"]).open("a") as notes:
        notes.write("total\\n")


defs = dg.Definitions(assets=[orders, revenue, total])
"""


@pytest.mark.slow
def test_partitions_of_several_products_are_one_backfill_and_each_comes_after_what_it_reads(tmp_path: Path) -> None:
    root, notes = tmp_path / "state", tmp_path / "notes"
    place = {"DATA_PLATFORM_STORE": f"file://{tmp_path}/store", "NOTES": str(notes)}
    up = Up(root, workspace(tmp_path, shop=SHOP), "--no-materialize", **place)
    try:
        up.wait_for("Ctrl-C stops everything")
        output: list[str] = []
        with DagsterAPI.of_running(root) as api:
            total, revenue, orders = (find(api, f"shop/{name}") for name in ("total", "revenue", "orders"))
            wanted = [(total, []), (revenue, [DAYS[0], DAYS[1], DAYS[3]]), (orders, [DAYS[0], DAYS[3]])]
            outcome = backfill_of_several(api, wanted, output.append)
            assert outcome.ok, outcome
            assert outcome.message == "shop/total, shop/revenue, shop/orders: all 6 partitions are made."
            lines = notes.read_text().splitlines()
            made = [f"orders {DAYS[0]}", f"orders {DAYS[3]}", *(f"revenue {DAYS[day]}" for day in (0, 1, 3)), "total"]
            assert sorted(lines) == sorted(made), "each once"
            for day in (DAYS[0], DAYS[3]):
                assert lines.index(f"orders {day}") < lines.index(f"revenue {day}")
            assert lines[-1] == "total"
            alone = backfill(api, orders, list(DAYS), output.append)
            assert (alone.ok, alone.message) == (True, "shop/orders: all 4 partitions are made.")
            assert len([line for line in output if line.startswith("backfill ")]) == 2
            with pytest.raises(LaptopError, match="shop/orders has no partition 2031-01-01"):
                backfill_of_several(api, [(orders, ["2031-01-01"])], output.append)
        assert up.finish(signal.SIGINT) == 0
    finally:
        up.make_sure_it_ended()
