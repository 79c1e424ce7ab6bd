"""Two repositories that share nothing but a store, and people at the command line of each.

What belongs here: the repositories, and what happens in them. What does not: tests.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import yaml

from data_platform.products import registered
from data_platform.products.folder import Product
from data_platform.products.publish import publish
from data_platform.products.schema import arrow_schema
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.mesh.authoring import ORDERS, Author
from data_platform_tests.mesh.pull_request import git
from data_platform_tests.products.shop import contract, new_shop

BY_DAY = "SELECT day, count(*) AS orders, sum(total) AS revenue FROM sales.orders_v1 WHERE country <> 'XX' GROUP BY day"


class Repositories:
    def __init__(self, folder: Path, stack: ExitStack) -> None:
        for name in ("sales", "marketing"):
            (folder / name).mkdir()
        self.sales = Author(stack.enter_context(new_shop(folder / "sales")))
        self.marketing = Author(stack.enter_context(new_shop(folder / "marketing")))
        (folder / "store").mkdir()
        self.store = ObjectStore.open(f"file://{folder / 'store'}")
        self.sales.shop.product(
            "sales/orders_v1",
            ORDERS,
            sql="SELECT day, order_id, customer_id, total, country, campaign FROM sales.raw_orders",
            defs="""
            partitions: {type: daily, includes_today: true}
            inputs: {sales.raw_orders: {columns: [day, order_id, customer_id, total, country, campaign]}}
            """,
            mode="replace_partition",
        )
        self.sales.shop.write("sales/ingestion.py", "def raw_orders(): ...\n")

    def ok(self, author: Author, *arguments: str) -> str:
        code, said, complaints = author.call(*arguments, store=self.store)
        assert code == 0, said + complaints
        return said

    def refused(self, author: Author, *arguments: str, code: int = 1) -> str:
        done, said, complaints = author.call(*arguments, store=self.store)
        assert done == code, said + complaints
        return said + complaints

    def consumer(self) -> None:
        """Marketing reads sales' orders, and has said so."""
        self.ok(self.sales, "register", "sales/orders_v1")
        self.ok(self.marketing, "use", "sales/orders_v1")
        self.ok(self.marketing, "new", "marketing/by_day_v1", "--sql", BY_DAY)
        self.ok(self.marketing, "register", "marketing/by_day_v1")


def orders(repositories: Repositories, *, without: str = "", **more: object) -> None:
    columns = "".join(line for line in ORDERS.splitlines(keepends=True))
    if without:
        entries = [entry for entry in yaml.safe_load(columns) if entry["name"] != without]
        columns = yaml.safe_dump(entries, sort_keys=False)
    text = contract("sales/orders_v1", columns, mode="replace_partition", **more)  # type: ignore[arg-type]
    repositories.sales.shop.write("sales/orders_v1/contract.odcs.yaml", text)


def in_git(folder: Path) -> None:
    git(folder, "init", "--quiet", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "as it is")


def row(**values: object) -> pa.Table:
    return pa.Table.from_pylist([values])


@contextmanager
def two_repositories(folder: Path) -> Iterator[Repositories]:
    """Sales makes orders; marketing makes nothing yet."""
    registered.forget()
    folder.mkdir(exist_ok=True)
    with ExitStack() as stack:
        yield Repositories(folder, stack)
    registered.forget()


def identified(author: Author, identity: str) -> None:
    """Give a repository an identity, in the place of the one that it has."""
    file = author.shop.root / "pyproject.toml"
    text = file.read_text().partition("[tool.data_platform]")[0]
    file.write_text(f'{text}[tool.data_platform]\nrepository = "{identity}"\n')


def publish_orders(repositories: Repositories, product: Product | None = None, run: str = "r") -> bool:
    """Publish one order of a day, as sales makes it, or by a product that is given."""
    product = product or repositories.sales.shop.read("sales/orders_v1")
    values = {"day": date(2026, 11, 1), "order_id": 1, "customer_id": 1, "total": Decimal("1.00"), "country": "DE"}
    batch = pa.Table.from_pylist([values], arrow_schema(product.schema.properties))
    return publish(repositories.store, product, batch, run_id=run, partition="2026-11-01").published


def publish_by_day(repositories: Repositories, run: str = "r") -> bool:
    """Publish a day of marketing's product, by its transform's columns."""
    product = repositories.marketing.shop.read("marketing/by_day_v1")
    values = {"day": date(2026, 11, 1), "orders": 1, "revenue": Decimal("1.00")}
    batch = pa.Table.from_pylist([values], arrow_schema(product.schema.properties))
    return publish(repositories.store, product, batch, run_id=run, partition="2026-11-01").published
