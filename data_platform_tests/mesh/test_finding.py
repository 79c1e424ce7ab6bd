"""Lists, portraits and health of products, by files and store alone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from data_platform.cli import app
from data_platform.contracts.registry.state import Standing
from data_platform.mesh.life.registering import register
from data_platform.mesh.life.subscriptions import Wish, subscribe
from data_platform.mesh.overview.health import Health, health, newest_of
from data_platform.mesh.overview.products import listing
from data_platform.products.publish import publish
from data_platform.products.schema import arrow_schema
from data_platform_tests.mesh.registry_shop import ORDERS, Desk, new_desk, put

LATENCY = "slaProperties:\n  - {property: frequency, value: 1, unit: d}\n  - {property: latency, value: 2, unit: h}"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with new_desk(tmp_path) as made:
        made.orders(extra=LATENCY)
        made.reader()
        yield made


def orders(desk: Desk, now: datetime | None = None) -> Health:
    return health(desk.store, desk.checkout.products[ORDERS], now)


def test_the_list_has_every_product_with_its_standing_and_its_consumers(desk: Desk) -> None:
    subscribe(desk.checkout, desk.store, ORDERS, Wish("board", "dashboard", "bi"), by="me")
    register(desk.checkout, desk.store, ORDERS, by="me")
    desk.orders("sales/orders_v2", status="draft")
    desk.shop.write("logs/broken_v1/contract.odcs.yaml", "id: x\n")
    found = {
        one.product: (one.status, one.consumers, one.registered and one.registered.standing)
        for one in listing(desk.checkout, desk.store).rows
    }
    assert found == {
        "logs/broken_v1": ("unreadable", 0, None),
        "marketing/spend_v1": ("active", 0, Standing.NEW),
        "sales/orders_v1": ("active", 2, Standing.REGISTERED),
        "sales/orders_v2": ("draft", 0, Standing.NEW),
    }


def test_the_list_can_be_cut_by_domain_owner_and_status(desk: Desk) -> None:
    def names(*options: str) -> list[str]:
        return [one["product"] for one in desk.json("list", *options)["products"]]

    assert names("--domain", "sales") == [ORDERS]
    assert names("--owner", "marketing-team") == ["marketing/spend_v1"]
    assert names("--status", "retired") == []
    assert names("--domain", "marketing", "--status", "active") == ["marketing/spend_v1"]


@pytest.mark.parametrize(
    ("option", "value", "meant"),
    [("--domain", "sale", "'sales'"), ("--owner", "sales-tam", "'sales-team'"), ("--status", "actve", "'active'")],
)
def test_a_filter_that_nothing_answers_to_is_told_with_what_was_meant(
    desk: Desk, option: str, value: str, meant: str
) -> None:
    code, said = desk.run("list", option, value)
    assert code == 2
    assert f"did you mean {meant}?" in said


def test_list_and_show_do_without_a_store_and_say_so(desk: Desk) -> None:
    for arguments in (("list",), ("show", ORDERS)):
        code, said = desk.run(*arguments, store=False)
        assert code == 0
        assert "The registry was not looked at" in said
        assert "make run" in said
        assert "DATA_PLATFORM_STORE" in desk.json(*arguments, store=False)["registry"]


def test_list_says_when_nothing_listens_where_the_store_should_be(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ENDPOINT_URL": "http://127.0.0.1:9", "ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3", raising=False)
    arguments = ["list", "--domains", str(desk.shop.domains)]
    done = CliRunner().invoke(app, arguments, env={"DATA_PLATFORM_STORE": "s3://bucket-of-nobody"})
    assert done.exit_code == 0
    assert "not looked at: s3://bucket-of-nobody/_registry: nothing listens at http://127.0.0.1:9" in done.output


def test_what_is_wrong_in_the_registry_is_told_and_hides_nothing_else(desk: Desk) -> None:
    desk.store.put(f"_registry/{ORDERS}/versions/000001.json", b"{}")
    code, said = desk.run("list")
    assert code == 0
    assert "000001.json" in said
    assert "marketing/spend_v1" in said


def test_show_has_everything_about_a_product(desk: Desk) -> None:
    register(desk.checkout, desk.store, ORDERS, by="me")
    subscribe(desk.checkout, desk.store, ORDERS, Wish("board", "dashboard", "bi", ["total"]), by="me")
    found = desk.json("show", "sales.orders_v1")
    assert (found["product"], found["version"], found["status"], found["owner"]) == (
        ORDERS,
        "1.0.0",
        "active",
        "sales-team",
    )
    assert [one["name"] for one in found["columns"]] == ["order_id", "day", "total", "email"]
    assert found["inputs"] == [
        {"product": "sales/raw_orders", "columns": ["day", "order_id", "total", "email"], "partitions": "same"}
    ]
    assert found["consumers"] == [{"product": "marketing/spend_v1", "owner": "marketing-team", "columns": ["total"]}]
    assert [one["consumer"] for one in found["subscriptions"]] == ["board"]
    assert [one["version"] for one in found["versions"]] == ["1.0.0"]
    assert found["registered"] == {"standing": "registered", "last": "1.0.0"}
    assert [one["kind"] for one in found["events"]] == ["subscribed"]
    code, said = desk.run("show", ORDERS)
    assert code == 0
    for word in (
        "total_minimum (error)",
        "DECIMAL(10, 2)",
        "board (dashboard of bi): total",
        "latency: 2 h",
        "personal",
    ):
        assert word in said
    assert said.count("registered on") == 1


def test_a_product_that_was_never_published_is_not_well(desk: Desk) -> None:
    assert orders(desk).reasons == ("never published: materialize it",)


def test_a_published_product_is_well_and_says_when_by_which_contract_and_how_much(desk: Desk) -> None:
    assert put(desk, "2026-11-20", run="one")
    assert put(desk, "2026-11-21", run="two")
    found = orders(desk)
    assert found.reasons == ()
    assert (found.rows, found.newest, found.contract_version, found.run_id) == (2, "2026-11-21", "1.0.0", "two")
    assert found.allowed == timedelta(hours=26)


def test_a_product_is_overdue_by_its_newest_partition_whatever_old_day_was_made_again(desk: Desk) -> None:
    put(desk, "2026-11-21")
    fresh_at = orders(desk).fresh_at
    put(desk, "2026-11-20")
    found = orders(desk)
    assert fresh_at is not None
    assert found.published is not None
    assert found.fresh_at == fresh_at < found.published
    assert orders(desk, fresh_at + timedelta(hours=26)).healthy
    (reason,) = orders(desk, fresh_at + timedelta(hours=27)).reasons
    assert reason == "the newest partition, 2026-11-21, was published 1 d 3 h ago; promised is 1 d 2 h"


def test_a_rejected_day_is_told_until_it_is_made_good_whatever_other_days_do(desk: Desk) -> None:
    assert put(desk, "2026-11-19")
    assert not put(desk, "2026-11-20", "-1", run="bad")
    assert put(desk, "2026-11-21")
    (rejection,) = orders(desk).rejections
    assert (rejection.partition, rejection.run_id, rejection.rows) == ("2026-11-20", "bad", 1)
    (reason,) = orders(desk).reasons
    assert "the batch of 2026-11-20" in reason
    assert "for it breaks total_minimum (1 row in quarantine, run bad)" in reason
    assert "look at them: data-platform quarantine sales/orders_v1 --partition 2026-11-20" in reason
    assert put(desk, "2026-11-20", run="good")
    assert orders(desk).reasons == ()


def test_a_first_batch_that_was_rejected_is_told_beside_never_published(desk: Desk) -> None:
    put(desk, "2026-11-20", "-1")
    assert len(orders(desk).reasons) == 2


def test_rows_that_were_left_out_of_a_publication_are_no_illness(desk: Desk, tmp_path: Path) -> None:
    desk.orders(custom={"quarantineShare": 0.6})
    product = desk.checkout.products[ORDERS]
    good = {"order_id": 1, "day": datetime(2026, 11, 20).date(), "total": Decimal(1), "email": "a"}  # noqa: DTZ001
    batch = pa.Table.from_pylist(
        [good, {**good, "order_id": 2, "total": Decimal(-1)}], schema=arrow_schema(product.schema.properties)
    )
    assert publish(desk.store, product, batch, run_id="half", partition="2026-11-20").published
    found = orders(desk)
    assert (found.reasons, found.quarantined, found.rejections, found.rows) == ((), 1, (), 1)


def test_a_product_that_is_not_served_is_looked_at_and_not_judged(desk: Desk) -> None:
    desk.edit(ORDERS, "status: active", "status: draft")
    assert orders(desk).healthy


def test_status_ends_with_one_where_a_product_is_not_well_and_with_nought_where_all_are(desk: Desk) -> None:
    put(desk, "2026-11-21")
    assert desk.run("status", ORDERS)[0] == 0
    code, said = desk.run("status")
    assert code == 1
    assert "1 of 2 are well" in said
    found: Any = desk.json("status", "--domain", "marketing")
    assert [(one["product"], one["healthy"]) for one in found["products"]] == [("marketing/spend_v1", False)]
    desk.shop.write("logs/broken_v1/contract.odcs.yaml", "id: x\n")
    assert list(desk.json("status")["unreadable"]) == ["logs/broken_v1"]


def test_the_age_of_a_publication_is_counted_in_utc(desk: Desk) -> None:
    put(desk, "2026-11-21")
    published = orders(desk).published
    assert published is not None
    assert abs(datetime.now(UTC) - published) < timedelta(hours=1)


@pytest.mark.parametrize(
    ("keys", "newest"),
    [
        (["2026-11-21", "undated", "2026-11-22"], "2026-11-22"),
        (["undated"], "undated"),
        (["north", "south"], "south"),
        ([], None),
    ],
)
def test_lines_without_a_date_are_not_the_newest_day(keys: list[str], newest: str | None) -> None:
    assert newest_of(keys) == newest
