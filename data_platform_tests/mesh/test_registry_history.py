"""Verbs on a registry in bad shape: shown as far as it can be, refused where one must be sure, put back as it was."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from data_platform.mesh.errors import Refused
from data_platform.mesh.life.registering import Outcome, register
from data_platform.mesh.life.retiring import deprecate, retire
from data_platform.mesh.life.subscriptions import Wish, subscribe
from data_platform.products import registered
from data_platform.products.publish import publish
from data_platform.products.schema import cast
from data_platform_tests.contracts.registry_reading import all_versions
from data_platform_tests.mesh.registry_shop import ORDERS, Desk, new_desk

SPEND = "marketing/spend_v1"
VERSIONS = f"_registry/{ORDERS}/versions"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    registered.forget()
    with new_desk(tmp_path) as made:
        made.orders()
        made.reader()
        yield made
    registered.forget()


def lose_everything(desk: Desk) -> bytes:
    kept = desk.store.get(f"{VERSIONS}/000001.json")
    desk.store.delete(f"{VERSIONS}/000001.json")
    registered.forget()
    return kept


def published(desk: Desk, key: str = SPEND, run: str = "r1") -> None:
    product = desk.checkout.products[key]
    publish(desk.store, product, cast(pa.table({"total": [1.0]}), product.schema.properties), run_id=run)


def refused(desk: Desk, key: str = ORDERS) -> str:
    with pytest.raises(Refused) as caught:
        register(desk.checkout, desk.store, key, by="me")
    return "\n".join(caught.value.reasons)


def other_promise(desk: Desk) -> None:
    desk.edit(ORDERS, "description: Who.", "description: Somebody.")


@pytest.mark.parametrize("witness", ["a subscription", "a consumer's entry"])
def test_a_products_only_version_that_was_deleted_is_missed_and_only_the_same_is_taken_back(
    desk: Desk, witness: str
) -> None:
    register(desk.checkout, desk.store, ORDERS, by="me")
    if witness == "a subscription":
        subscribe(desk.checkout, desk.store, ORDERS, Wish("board", "dashboard", "bi"), by="me")
    else:
        register(desk.checkout, desk.store, SPEND, by="me")
    lose_everything(desk)
    before = desk.text()
    other_promise(desk)
    said = refused(desk)
    assert "version 1.0.0 (number 1, digest" in said
    assert (
        "the event subscribed of board" if witness == "a subscription" else f"{SPEND} 1.0.0, which reads it"
    ) in said
    assert "restore the object from a backup of the store, or register the very same content again" in said
    (desk.shop.domains / ORDERS / "contract.odcs.yaml").write_text(before)
    assert register(desk.checkout, desk.store, ORDERS, by="me", dry_run=True).outcome is Outcome.WOULD
    assert register(desk.checkout, desk.store, ORDERS, by="me").outcome is Outcome.RESTORED
    assert register(desk.checkout, desk.store, ORDERS, by="me").outcome is Outcome.ALREADY


def test_the_last_publication_of_the_table_misses_what_was_registered(desk: Desk) -> None:
    register(desk.checkout, desk.store, SPEND, by="me")
    published(desk)
    desk.store.delete(f"_registry/{SPEND}/versions/000001.json")
    registered.forget()
    published(desk, run="r2")  # which goes on naming what its table named
    desk.edit(SPEND, "All of it.", "Some of it.")
    assert "is named by the publication of its table by run r2" in refused(desk, SPEND)
    row = next(one for one in desk.json("list")["products"] if one["product"] == SPEND)
    assert row["registered"]["standing"] == "gone"
    code, said = desk.run("list")
    assert (code, "gone" in said, "number 1" in said) == (0, True, True)
    _, said = desk.run("show", SPEND)
    assert "is not in the registry any more" in said
    code, said = desk.run("status", SPEND)
    assert code == 1
    assert "is not in the registry" in " ".join(said.split())


def test_a_publication_says_by_which_contract_and_what_is_registered(desk: Desk) -> None:
    published(desk)
    record = register(desk.checkout, desk.store, SPEND, by="me").record
    assert record is not None
    registered.forget()
    desk.edit(SPEND, "description: One row each.", "description: One row.")
    published(desk, run="r2")
    from data_platform.storage.delta.history import versions as table_versions  # noqa: PLC0415 - one use

    last, first = (each.metadata for each in table_versions(desk.store, SPEND))
    assert "registry" not in first
    assert first["contract_digest"] == record.digest
    assert last["contract_digest"] != record.digest
    assert last["registry"]["digest"] == record.digest


def test_a_version_in_the_middle_is_put_back_where_it_was(desk: Desk) -> None:
    texts = {}
    for version in ("1.0.0", "1.1.0", "1.2.0"):
        desk.edit(ORDERS, f"version: {desk.checkout.products[ORDERS].contract.version_text}", f"version: {version}")
        register(desk.checkout, desk.store, ORDERS, by="me")
        texts[version] = desk.text()
    for number in (1, 2):
        desk.store.delete(f"{VERSIONS}/00000{number}.json")
    file = desk.shop.domains / ORDERS / "contract.odcs.yaml"
    assert "number 2" in refused(desk)
    file.write_text(texts["1.1.0"].replace("Who.", "Somebody."))
    assert "number 2" in refused(desk)
    file.write_text(texts["1.1.0"])
    assert register(desk.checkout, desk.store, ORDERS, by="me").outcome is Outcome.RESTORED
    file.write_text(texts["1.2.0"].replace("1.2.0", "1.3.0"))
    assert "000001.json: it was deleted" in refused(desk)
    file.write_text(texts["1.0.0"])
    assert register(desk.checkout, desk.store, ORDERS, by="me").outcome is Outcome.RESTORED
    assert [each.version for each in all_versions(desk.store, ORDERS)] == ["1.0.0", "1.1.0", "1.2.0"]


def test_what_cannot_be_read_of_one_product_refuses_its_own_verbs_and_no_others(desk: Desk) -> None:
    register(desk.checkout, desk.store, ORDERS, by="me")
    desk.store.put(f"{VERSIONS}/000002.json", b'{"format": 2}')
    assert "000002.json: it is no entry of format 1" in refused(desk)
    assert register(desk.checkout, desk.store, SPEND, by="me").outcome is Outcome.REGISTERED
    rows = {one["product"]: one["registered"]["standing"] for one in desk.json("list")["products"]}
    assert rows == {ORDERS: "unreadable", SPEND: "registered"}
    found = desk.json("show", ORDERS)
    assert [one["version"] for one in found["versions"]] == ["1.0.0"]
    assert "use a newer data-platform" in found["unread"][0]
    assert desk.run("show", ORDERS)[0] == 0


def test_impact_goes_on_without_the_subscriptions_that_cannot_be_read_and_says_so(desk: Desk) -> None:
    subscribe(desk.checkout, desk.store, SPEND, Wish("board", "dashboard", "bi"), by="me")
    desk.store.put(f"_registry/{ORDERS}/events/000001.json", b"\x00")
    desk.store.put("_registry/Notes/what.txt", b"\x00")
    code, said = desk.run("impact", ORDERS, "--drop", "total")
    assert code == 1
    assert "board" in said
    assert "perhaps without some consumers outside this repository" in said
    assert "000001.json: it is no JSON, or cut off" in said


def ending(desk: Desk) -> None:
    desk.orders("sales/orders_v2")
    desk.shop.write(f"{SPEND}/transform.sql", "SELECT sum(total) AS total FROM sales.orders_v2")
    until = date.today()  # noqa: DTZ011 - the day of the clock of this machine
    deprecate(desk.checkout, desk.store, ORDERS, replacement="sales/orders_v2", until=until, by="me")


def test_a_product_whose_events_cannot_be_read_or_are_gone_is_not_retired(desk: Desk) -> None:
    subscribe(desk.checkout, desk.store, ORDERS, Wish("board", "dashboard", "bi"), by="me")
    register(desk.checkout, desk.store, ORDERS, by="me")
    ending(desk)
    for number in (1, 2, 3):  # the subscription, what the product reads, the announced end
        desk.store.delete(f"_registry/{ORDERS}/events/00000{number}.json")
    with pytest.raises(Refused) as caught:
        retire(desk.checkout, desk.store, ORDERS, by="me")
    assert "event 1 of the product is named by version 1.0.0, and is not in the registry" in str(caught.value)
    desk.store.put(f"_registry/{ORDERS}/events/000001.json", json.dumps({"format": 9}).encode())
    code, said = desk.run("retire", ORDERS)
    assert code == 2
    assert "000001.json: it is no entry of format 1" in said


def test_a_table_that_cannot_be_read_makes_its_own_product_ill_and_status_goes_on(desk: Desk) -> None:
    published(desk)
    desk.store.put(f"{ORDERS}/_delta_log/00000000000000000000.json", b"no log")
    code, said = desk.run("status")
    assert code == 1
    assert "its table or its quarantine cannot be read" in " ".join(said.split())
    rows = {one["product"]: one["healthy"] for one in desk.json("status")["products"]}
    assert rows == {ORDERS: False, SPEND: True}
