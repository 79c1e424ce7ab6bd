"""Processes that publish, some of which are killed: what the tests under fire start.

What belongs here: one publisher as a program. What does not: tests. Run as ``python -m … <folder> <key> <url> <mode>
<number> <partitions>``; it publishes for ever, or each partition once.
"""

import random
import sys
from datetime import date
from pathlib import Path

import pyarrow as pa

from data_platform.products.folder import Product, read_product
from data_platform.products.publish import publish
from data_platform.products.schema import cast
from data_platform.storage.objects.store import ObjectStore

ROWS = 40


def batch(product: Product, run: int, *, bad: bool, day: str | None = None) -> pa.Table:
    """Rows that all name the run that made them; a bad batch has one negative price."""
    price = [1.0] * ROWS
    if bad:
        price[run % ROWS] = -1.0
    table = pa.table({"id": list(range(ROWS)), "run": [run] * ROWS, "price": price})
    if day:
        table = table.append_column("day", pa.array([date.fromisoformat(day)] * ROWS))
    return cast(table, product.schema.properties)


def publish_for_ever(product: Product, store: ObjectStore, number: int) -> None:
    """Publish, every third batch bad, and say which ones went through."""
    random.seed(number)
    run = number * 1000
    while True:
        run += 1
        made = publish(store, product, batch(product, run, bad=run % 3 == 0), run_id=str(run))
        sys.stdout.write(f"{run} {int(made.published)}\n")
        sys.stdout.flush()


def publish_each(product: Product, store: ObjectStore, number: int, partitions: list[str]) -> None:
    """Publish each partition once, in an order of one's own, and say which were left out for a newer batch."""
    random.Random(number).shuffle(partitions)
    run = f"writer-{number}"
    for day in partitions:
        made = publish(store, product, batch(product, number, bad=False, day=day), run_id=run, partition=day)
        if made.superseded:
            sys.stdout.write(f"{run} {day}\n")


if __name__ == "__main__":
    folder, url, writer, *days = sys.argv[1:]
    what, where = read_product(Path(folder)), ObjectStore.open(url)
    if days:
        publish_each(what, where, int(writer), days)
    else:
        publish_for_ever(what, where, int(writer))
