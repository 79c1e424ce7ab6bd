"""A small mesh to write new products into, and the command line on it.

What belongs here: the mesh and calls for tests of `new`, `lint`, `test`, `export` and `import`. What does not: tests.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from typer.testing import CliRunner

from data_platform.cli import app
from data_platform.products.folder import Product, read_product
from data_platform.settings import PROJECT_VARIABLE
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.products.shop import Shop, new_shop

ORDERS = """\
- {name: day, logicalType: date, required: true, partitioned: true, description: The day., primaryKey: true,
   primaryKeyPosition: 1}
- {name: order_id, logicalType: integer, primaryKey: true, primaryKeyPosition: 2, required: true,
   description: The number., logicalTypeOptions: {minimum: 1}}
- {name: customer_id, logicalType: integer, required: true, description: Who ordered.}
- name: total
  logicalType: number
  physicalType: "DECIMAL(10, 2)"
  required: true
  description: What was paid.
  logicalTypeOptions: {minimum: 0}
- {name: country, logicalType: string, required: true, description: Where it goes.,
   logicalTypeOptions: {pattern: '^[A-Z]{2}$'}}
- {name: campaign, logicalType: string, description: What brought it.}
"""
CUSTOMERS = """\
- {name: customer_id, logicalType: integer, primaryKey: true, required: true, description: The number of a customer.}
- name: email
  logicalType: string
  classification: personal
  description: Where to write.
  customProperties: [{property: dataPlatform.pseudonymise, value: hash}]
"""
NO_PLATFORM = {"DATA_PLATFORM_STORE": None, "DATA_PLATFORM_STATE": "/nonexistent"}


@dataclass(frozen=True)
class Author:
    """Somebody at the command line of a checkout."""

    shop: Shop

    def call(self, *arguments: str, given: str | None = None, store: ObjectStore | None = None) -> tuple[int, str, str]:
        """A verb's exit code, answer and complaints; without a store, no platform runs."""
        line = [*arguments, "--domains", str(self.shop.domains)]
        environment = NO_PLATFORM if store is None else NO_PLATFORM | {"DATA_PLATFORM_STORE": str(store.url)}
        done = CliRunner().invoke(app, line, env=environment, input=given, catch_exceptions=False)
        return done.exit_code, done.stdout, done.stderr

    def json(self, *arguments: str, store: ObjectStore | None = None) -> Any:
        code, answer, complaints = self.call(*arguments, "--json", store=store)
        assert code == 0, complaints
        return json.loads(answer)

    def new(self, key: str, *arguments: str) -> Product:
        """A new product, which has to lint without a finding that it does not have to have."""
        code, _, complaints = self.call("new", key, *arguments)
        assert code == 0, complaints
        return read_product(self.shop.domains / key)

    def refused(self, *arguments: str, code: int = 2) -> str:
        """What a verb says that cannot or will not answer."""
        found, _, complaints = self.call(*arguments)
        assert found == code, complaints
        return complaints

    def read(self, path: str) -> str:
        return (self.shop.root / path).read_text()

    def test_passes(self, key: str) -> None:
        """Run the product's generated test, on these domains."""
        domain, name = key.split("/")
        file = self.shop.root / f"{self.shop.package}_tests" / "domains" / domain / f"test_{name}.py"
        code = file.read_text().replace(f'run("{key}"', f"run(Path({str(self.shop.domains / key)!r})")
        scope: dict[str, Any] = {"Path": Path}
        exec(compile(code, file.name, "exec"), scope)
        tests = [each for name, each in scope.items() if name.startswith("test_")]
        assert tests
        for test in tests:
            test()


@contextmanager
def an_author(folder: Path) -> Iterator[Author]:
    """An author with a mesh of orders, by day, and customers, as one table."""
    with new_shop(folder) as shop, mock.patch.dict(os.environ, {PROJECT_VARIABLE: str(folder)}):
        shop.product(
            "sales/orders_v1",
            ORDERS,
            sql="SELECT day, order_id, customer_id, total, country, campaign FROM sales.raw_orders",
            defs="""
            partitions: {type: daily}
            inputs: {sales.raw_orders: {columns: [day, order_id, customer_id, total, country, campaign]}}
            """,
            mode="replace_partition",
        )
        shop.product(
            "sales/customers_v1",
            CUSTOMERS,
            sql="SELECT customer_id, email FROM sales.raw_customers",
            defs="inputs: {sales.raw_customers: {columns: [customer_id, email]}}",
        )
        shop.write("sales/ingestion.py", "def raw_orders(): ...\ndef raw_customers(): ...\n")
        yield Author(shop)


def well_formed(*files: Path) -> str:
    """What ruff says of files, by the rules of the project for tests; empty: nothing."""
    root = Path(__file__).parents[2]
    said = ""
    for verb in (("check", "--quiet", "--ignore", "D103,S101,S108"), ("format", "--check", "--diff", "--quiet")):
        line = [str(Path(sys.executable).with_name("ruff")), *verb, "--config", str(root / "pyproject.toml")]
        done = subprocess.run([*line, *map(str, files)], capture_output=True, text=True, check=False)
        said += done.stdout + done.stderr
    return said
