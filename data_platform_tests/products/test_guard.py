"""What may be published by what is registered: drafts bind nobody, transitive modes bind all, an id is an id."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from data_platform.contracts.reading import contract as contract_of
from data_platform.contracts.registry import versions
from data_platform.contracts.source import read
from data_platform.products import guard
from data_platform.products.errors import UnregisteredError
from data_platform.products.folder import Product
from data_platform.products.guard import see_registered
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.products.shop import Shop, contract, new_shop

KEY = "sales/orders_v1"
TOTAL = "- {name: total, logicalType: number, required: true, description: All of it.}\n"
TIP = "- {name: tip, logicalType: number, description: On top.}\n"


class Registry:
    """A product, and what is registered of it."""

    def __init__(self, shop: Shop, store: ObjectStore) -> None:
        self.shop, self.store = shop, store

    def registered(self, version: str, columns: str = TOTAL, *, id_: str = "", **more: Any) -> None:
        """Register a version without asking whether it may be: as another platform, or an earlier one, would."""
        text = self.text(version, columns, id_, more)
        known, _ = versions.readable(self.store, KEY)
        parsed = contract_of(read(text.encode(), file="registered"))
        versions.add(self.store, KEY, parsed, text, after=len(known), by="me", commit=None)

    def product(self, version: str, columns: str = TOTAL, *, id_: str = "", **more: Any) -> Product:
        names = "total, 0.0 AS tip" if columns != TOTAL else "total"
        defs = "inputs: {sales.raw_orders: {columns: [total]}}"
        self.shop.product(KEY, columns, sql=f"SELECT {names} FROM sales.raw_orders", defs=defs)
        self.shop.write("sales/ingestion.py", "def raw_orders(): ...\n")
        self.shop.write(f"{KEY}/contract.odcs.yaml", self.text(version, columns, id_, more))
        return self.shop.read(KEY)

    def text(self, version: str, columns: str, id_: str, more: dict[str, Any]) -> str:
        text = contract(KEY, columns, version=version, **more)
        return text.replace("id: urn:sales:orders", f"id: {id_}") if id_ else text

    def sees(self, product: Product) -> str | None:
        """The newest registered version, where the product may be published."""
        head = see_registered(self.store, product).head
        return head.version if head else None


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    guard.forget()
    (tmp_path / "store").mkdir()
    with new_shop(tmp_path) as shop:
        yield Registry(shop, ObjectStore.open(f"file://{tmp_path}/store"))
    guard.forget()


DRAFTS = [("1.1.0", "draft"), ("1.1.0", "proposed"), ("1.1.0-rc.1", "active"), ("2.0.0-draft", "active")]


@pytest.mark.parametrize(("version", "status"), DRAFTS)
def test_a_newest_version_that_promises_nothing_holds_nobody_back_who_keeps_the_last_promise(
    registry: Registry, version: str, status: str
) -> None:
    registry.registered("1.0.0")
    registry.registered(version, TOTAL + TIP, status=status)
    assert registry.sees(registry.product("1.0.0")) == version
    assert registry.sees(registry.product("1.2.0", TOTAL + TIP)) == version


@pytest.mark.parametrize(("version", "status"), DRAFTS)
def test_behind_a_newest_version_that_promises_nothing_the_last_promise_still_binds(
    registry: Registry, version: str, status: str
) -> None:
    registry.registered("1.0.0", TOTAL + TIP)
    registry.registered(version, TOTAL + TIP, status=status)
    with pytest.raises(UnregisteredError, match=r"version 1\.2\.0 breaks the registered version 1\.0\.0"):
        registry.sees(registry.product("1.2.0", TOTAL))


def test_a_draft_is_published_by_as_it_is_registered_and_its_successors_break_no_promise(registry: Registry) -> None:
    registry.registered("1.0.0", TOTAL + TIP)
    registry.registered("1.1.0", TOTAL + TIP, status="draft", extra="tags: [core]")
    assert registry.sees(registry.product("1.1.0", TOTAL + TIP, status="draft", extra="tags: [core]")) == "1.1.0"
    with pytest.raises(UnregisteredError, match=r"breaks the registered version 1\.0\.0"):
        registry.sees(registry.product("1.1.0", TOTAL, status="draft"))


def test_where_only_drafts_are_registered_a_contract_of_the_same_id_may_say_anything(registry: Registry) -> None:
    registry.registered("1.0.0", TOTAL + TIP, status="draft")
    assert registry.sees(registry.product("1.0.0", TOTAL)) == "1.0.0"
    with pytest.raises(UnregisteredError, match="its id 'urn:other' is another contract than 'urn:sales:orders'"):
        registry.sees(registry.product("1.0.0", TOTAL, id_="urn:other"))


@pytest.mark.parametrize("mode", ["CONSUMER_TRANSITIVE", "FULL_TRANSITIVE"])
def test_under_a_transitive_mode_every_earlier_version_binds_and_else_the_newest(registry: Registry, mode: str) -> None:
    registry.registered("1.0.0", TOTAL + TIP, custom={"compatibility": "NONE"})
    registry.registered("1.1.0", TOTAL, custom={"compatibility": "NONE"})
    plain = mode.removesuffix("_TRANSITIVE")
    assert registry.sees(registry.product("1.2.0", TOTAL, custom={"compatibility": plain})) == "1.1.0"
    with pytest.raises(UnregisteredError, match=r"version 1\.2\.0 breaks the registered version 1\.0\.0"):
        registry.sees(registry.product("1.2.0", TOTAL, custom={"compatibility": mode}))


def test_a_mode_that_protects_nobody_lets_anything_pass_but_another_id(registry: Registry) -> None:
    nobody = {"compatibility": "NONE"}
    registry.registered("1.0.0", TOTAL + TIP, custom=nobody)
    assert registry.sees(registry.product("1.1.0", TOTAL, custom=nobody)) == "1.0.0"
    with pytest.raises(UnregisteredError, match="its id 'urn:other' is another contract than 'urn:sales:orders'"):
        registry.sees(registry.product("1.1.0", TOTAL + TIP, custom=nobody, id_="urn:other"))
    registry.registered("1.1.0", TOTAL + TIP, custom=nobody, id_="urn:other")
    guard.forget()
    assert registry.sees(registry.product("1.1.0", TOTAL + TIP, custom=nobody, id_="urn:other")) == "1.1.0"


def test_what_somebody_registers_in_the_minute_after_nothing_was_registered_is_respected_at_once(
    registry: Registry,
) -> None:
    product = registry.product("1.0.0", TOTAL)
    assert registry.sees(product) is None
    registry.registered("1.0.0", TOTAL + TIP)
    with pytest.raises(UnregisteredError, match=r"breaks the registered version 1\.0\.0"):
        registry.sees(product)


def test_what_was_seen_to_be_fine_is_asked_anew_after_a_minute(registry: Registry) -> None:
    product = registry.product("1.0.0", TOTAL)
    registry.registered("1.0.0", TOTAL)
    assert registry.sees(product) == "1.0.0"
    registry.registered("1.1.0", TOTAL + TIP)
    assert registry.sees(product) == "1.0.0", "the partitions of a backfill do not ask each"
    with (
        mock.patch.object(guard.time, "monotonic", return_value=guard.time.monotonic() + guard.VALID_SECONDS),
        pytest.raises(UnregisteredError, match=r"version 1\.0\.0 breaks the registered version 1\.1\.0"),
    ):
        registry.sees(product)
