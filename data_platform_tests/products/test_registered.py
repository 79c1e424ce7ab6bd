"""Code locations and the registry: a contract that is not as registered is told; a silent store holds up nothing."""

import socket
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from data_platform.contracts.registry import versions
from data_platform.products import registered
from data_platform.products.registered import DifferentContractWarning, UnknownRegistryWarning
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.products.shop import Shop, new_shop
from data_platform_tests.s3 import S3Server

PRODUCTS = ("sales/orders_v1", "sales/lines_v1", "sales/totals_v1")


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    registered.forget()
    for name in ("DATA_PLATFORM_STORE", "AWS_ENDPOINT_URL_S3", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with new_shop(tmp_path) as made:
        for key in PRODUCTS:
            columns = "- {name: total, logicalType: number, required: true, description: All of it.}"
            made.product(key, columns, sql="SELECT sum(total) AS total FROM sales.raw_orders",
                         defs="inputs: {sales.raw_orders: {columns: [total]}}")  # fmt: skip
        yield made
    registered.forget()


def loaded(shop: Shop) -> tuple[dict[str, Any], list[str]]:
    """What each asset's page says of the registry, and what was warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        definitions = shop.definitions("sales")
    made = [each for one in definitions.assets or () for each in (one.specs if hasattr(one, "specs") else [one])]
    specs = {spec.key.to_user_string(): spec for spec in made}
    ours = (DifferentContractWarning, UnknownRegistryWarning)
    said = {key: value for key in PRODUCTS if (value := specs[key].metadata.get("registered")) is not None}
    return said, [str(each.message) for each in caught if issubclass(each.category, ours)]


def put(store: ObjectStore, shop: Shop, key: str) -> None:
    product = shop.read(key)
    text = (product.folder / "contract.odcs.yaml").read_text()
    versions.add(store, key, product.contract, text, after=0, by="me@example.org", commit=None)


def use(monkeypatch: pytest.MonkeyPatch, url: str, **aws: str) -> None:
    for name, value in {"DATA_PLATFORM_STORE": url, **aws}.items():
        monkeypatch.setenv(name, value)


def test_without_a_store_nothing_is_asked_and_nothing_is_said(shop: Shop) -> None:
    assert loaded(shop) == ({}, [])


def test_a_contract_that_is_not_what_was_registered_is_warned_of_and_shown_in_dagster(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, s3_store: S3Server
) -> None:
    url = s3_store.fresh_url()
    use(monkeypatch, url, **s3_store.environment)
    store = ObjectStore.open(url)
    put(store, shop, "sales/orders_v1")
    put(store, shop, "sales/lines_v1")
    file = shop.domains / "sales/lines_v1/contract.odcs.yaml"
    file.write_text(file.read_text().replace("All of it.", "Some of it."))
    said, warned = loaded(shop)
    (warning,) = warned
    assert warning.startswith(f"{file}: the contract is not what was registered under its version")
    assert "Fix: give it a greater version" in warning
    assert {key: text.split(",")[0] for key, text in said.items()} == {
        "sales/orders_v1": "sales/orders_v1 1.0.0",
        "sales/lines_v1": "differs from sales/lines_v1 1.0.0",
        "sales/totals_v1": "not registered",
    }
    assert "by me@example.org" in said["sales/orders_v1"]


def test_a_store_where_nothing_listens_is_told_once_and_every_product_loads(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(
        monkeypatch,
        "s3://bucket",
        AWS_ENDPOINT_URL="http://127.0.0.1:9",
        AWS_ACCESS_KEY_ID="a",
        AWS_SECRET_ACCESS_KEY="b",
    )
    said, warned = loaded(shop)
    assert said == {}
    (warning,) = warned
    assert "nothing listens at http://127.0.0.1:9" in warning


@contextmanager
def mute_server() -> Iterator[tuple[str, list[Any]]]:
    """A server that takes connections and never says a word, and the connections that it took."""
    taken: list[Any] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        over = threading.Event()

        def take() -> None:
            while not over.is_set():
                try:
                    taken.append(server.accept())
                except TimeoutError:
                    continue

        thread = threading.Thread(target=take)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}", taken
        finally:
            over.set()
            thread.join()
            for connection, _ in taken:
                connection.close()


@pytest.mark.slow
def test_a_store_that_never_answers_is_asked_once_whatever_the_number_of_products(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mute_server() as (url, taken):
        use(monkeypatch, "s3://bucket", AWS_ENDPOINT_URL=url, AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="b")
        said, warned = loaded(shop)
    assert said == {}
    assert len(warned) == 1
    assert "did not answer in time" in warned[0]
    assert len(taken) == 1


def test_what_is_foreign_in_the_registry_is_told_of_its_own_product_only(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use(monkeypatch, f"file://{tmp_path}/store")
    store = ObjectStore.open(f"file://{tmp_path}/store")
    store.put("_registry/sales/orders_v1/versions/000001.json", b"nothing of ours")
    put(store, shop, "sales/lines_v1")
    said, warned = loaded(shop)
    assert said["sales/orders_v1"].startswith("not known: ")
    assert said["sales/lines_v1"].startswith("sales/lines_v1 1.0.0, registered on")
    assert said["sales/totals_v1"] == "not registered"
    assert len(warned) == 1
    assert "000001.json: it is no JSON" in warned[0]


def test_an_older_version_than_the_newest_is_compared_with_its_own(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use(monkeypatch, f"file://{tmp_path}/store")
    store = ObjectStore.open(f"file://{tmp_path}/store")
    put(store, shop, "sales/orders_v1")
    file = shop.domains / "sales/orders_v1/contract.odcs.yaml"
    before = file.read_text()
    file.write_text(before.replace("version: 1.0.0", "version: 1.1.0"))
    newer = shop.read("sales/orders_v1").contract
    versions.add(store, "sales/orders_v1", newer, file.read_text(), after=1, by="me", commit=None)
    file.write_text(before)
    said, warned = loaded(shop)
    assert warned == []
    assert said["sales/orders_v1"].startswith("sales/orders_v1 1.0.0, registered on")


def test_the_standing_is_part_of_a_retired_products_page_as_well(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = shop.domains / "sales/orders_v1/contract.odcs.yaml"
    file.write_text(file.read_text().replace("status: active", "status: retired"))
    use(monkeypatch, f"file://{tmp_path}/store")
    put(ObjectStore.open(f"file://{tmp_path}/store"), shop, "sales/orders_v1")
    said, _ = loaded(shop)
    assert said["sales/orders_v1"].startswith("sales/orders_v1 1.0.0, registered on")
