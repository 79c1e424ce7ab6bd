"""`data-platform status` beside a running platform: what its last runs say is part of how a product is."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from data_platform.laptop import condition
from data_platform.laptop.condition import Condition, FailedRun
from data_platform.products.publish import publish
from data_platform.products.schema import cast
from data_platform_tests.mesh.registry_shop import ORDERS, Desk, new_desk, put

SPEND = "marketing/spend_v1"
URL = "http://127.0.0.1:3000/runs/r2"
WHY = "row 7 of orders.csv: amount is '12,50 €', which is no number."


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with new_desk(tmp_path) as made:
        made.orders()
        made.reader()
        yield made


def runs_failed(monkeypatch: pytest.MonkeyPatch, *assets: str) -> None:
    """What a platform that runs here answers; it is the world outside of the command."""
    here = Condition(failed=[FailedRun(asset, "r2", URL, WHY) for asset in assets])
    monkeypatch.setattr(condition, "condition_here", lambda *_: here)


def test_a_product_whose_newest_run_failed_is_not_well_and_readers_have_its_last_good_version(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = desk.checkout.products[SPEND]
    publish(desk.store, product, cast(pa.table({"total": [1.0]}), product.schema.properties), run_id="r1")
    assert desk.run("status", SPEND)[0] == 0
    runs_failed(monkeypatch, SPEND, "marketing/raw_spend")
    code, said = desk.run("status", SPEND)
    said = " ".join(said.split())
    assert code == 1
    assert "not well" in said
    assert "its newest run failed" in said
    assert "12,50 €" in said
    assert "readers have the last good version, published" in said
    assert "0 of 1 are well" in said
    assert "The newest run of marketing/raw_spend failed" in said, "of what is no product, on a line of its own"
    assert said.count("12,50 €") == 2, "a product's failure is told once"
    (answer,) = desk.json("status", SPEND)["products"]
    assert answer["healthy"] is False
    assert any("readers have the last good version" in reason for reason in answer["reasons"])


def test_a_product_that_never_was_published_has_nothing_for_readers(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs_failed(monkeypatch, SPEND)
    _, said = desk.run("status", SPEND)
    assert "there is nothing for readers yet" in " ".join(said.split())


def test_what_another_contract_made_is_told_and_is_no_reason_not_to_be_well(desk: Desk) -> None:
    for day in ("2026-11-01", "2026-11-02"):
        assert put(desk, day)
    assert desk.json("status", ORDERS)["products"][0]["outdated"] == 0
    desk.edit(ORDERS, "version: 1.0.0", "version: 1.0.1")
    (answer,) = desk.json("status", ORDERS)["products"]
    assert (answer["outdated"], answer["healthy"]) == (2, True)
    said = "".join(desk.run("status", ORDERS)[1].split())
    assert "2partitions" in said
    assert "data-platformrestatesales/orders_v1" in said
