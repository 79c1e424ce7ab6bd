"""A small mesh with a store of its own, and the command line on it, for the tests of the registry's verbs."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
from typer.testing import CliRunner

from data_platform.cli import app
from data_platform.mesh.files.checkout import Checkout
from data_platform.products.publish import publish
from data_platform.products.schema import arrow_schema
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.products.shop import ORDERS_COLUMNS, Shop, new_shop

ORDERS = "sales/orders_v1"
AS_AMOUNT = "SELECT day, order_id, total AS amount, email FROM sales.raw_orders"
"""The query of orders, with the total under another name."""
RAW = "day, order_id, total, email"


@dataclass(frozen=True)
class Desk:
    """The shop's files, its store, and a person at the command line."""

    shop: Shop
    store: ObjectStore

    @property
    def checkout(self) -> Checkout:
        """Read anew each time, as a command does."""
        return Checkout(self.shop.domains)

    def orders(self, key: str = ORDERS, columns: str = ORDERS_COLUMNS, **more: Any) -> Path:
        return self.shop.product(
            key, columns, sql=f"SELECT {RAW} FROM sales.raw_orders",
            defs=f"partitions: {{type: daily}}\ninputs: {{sales.raw_orders: {{columns: [{RAW}]}}}}",
            mode="replace_partition", **more,
        )  # fmt: skip

    def reader(self, key: str = "marketing/spend_v1", source: str = "sales.orders_v1") -> Path:
        columns = "- {name: total, logicalType: number, required: true, description: All of it.}"
        return self.shop.product(key, columns, sql=f"SELECT sum(total) AS total FROM {source}")

    def edit(self, key: str, old: str, new: str) -> None:
        file = self.shop.domains / key / "contract.odcs.yaml"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))

    def text(self, key: str = ORDERS) -> str:
        return (self.shop.domains / key / "contract.odcs.yaml").read_text()

    def run(self, *arguments: str, store: bool = True) -> tuple[int, str]:
        """Exit code, and all that was said."""
        folder = ["--domains", str(self.shop.domains)] if arguments[0] != "unsubscribe" else []
        environment = {"DATA_PLATFORM_STORE": str(self.store.url) if store else "", "DATA_PLATFORM_STATE": "/nowhere"}
        done = CliRunner().invoke(app, [*arguments, *folder], env=environment)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, done.output

    def json(self, *arguments: str, store: bool = True) -> Any:
        code, said = self.run(*arguments, "--json", store=store)
        assert code in {0, 1}, said
        return json.loads(said)


def put(desk: Desk, day: str, total: str = "1.50", run: str = "run") -> bool:
    """Publish one order of a day; a negative one breaks the contract."""
    product = desk.checkout.products[ORDERS]
    row = {"order_id": 1, "day": datetime.fromisoformat(day).date(), "total": Decimal(total), "email": "a@b.c"}
    batch = pa.Table.from_pylist([row], schema=arrow_schema(product.schema.properties))
    return publish(desk.store, product, batch, run_id=run, partition=day).published


@contextmanager
def new_desk(folder: Path) -> Iterator[Desk]:
    with new_shop(folder) as shop:
        yield Desk(shop, ObjectStore.open(f"file://{folder}/store"))
