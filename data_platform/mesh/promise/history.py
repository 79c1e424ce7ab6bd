"""What the batches that a product published had in them.

What belongs here: reading the store, batch by batch, in bounded memory. What does not: what follows from it.

A batch is a partition, as it is now; of a table without partitions, a version. Each is read in one scan
by a DuckDB that spills; only texts of few different values are asked for again.
Classified columns are not read, and of columns that look personal nothing is told.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

import duckdb

from data_platform.contracts.checks.duckdb.session import locked
from data_platform.contracts.elements import Property
from data_platform.contracts.guesses import is_guess
from data_platform.contracts.personal.judging import first_rows, judged
from data_platform.contracts.rules.sql.values import identifier, text_literal
from data_platform.mesh.errors import MeshError
from data_platform.mesh.promise.bounds import Range
from data_platform.products.folder import Product
from data_platform.products.transform import limits_of
from data_platform.storage.delta import open_scan, open_table, partitions
from data_platform.storage.delta.following import PUBLISHING
from data_platform.storage.delta.history import versions
from data_platform.storage.delta.scan import TableScan
from data_platform.storage.errors import MissingTable, MissingVersion
from data_platform.storage.objects.store import ObjectStore

MOST_VALUES: Final = 20
"""How many different values a column may have for any to be told."""
_ROWS: Final = "batches"


@dataclass(frozen=True)
class Spread:
    """A column in a batch.

    Attributes:
        nulls: How many values are missing.
        extremes: The least and greatest number; ``None``: it has none, or one that is not finite.
        distinct: About how many different texts there are.
        unlike: How many texts are not of the form that the contract guesses; ``None``: it guesses none.
        values: How many rows each text has, where these are few.
    """

    nulls: int
    extremes: Range | None = None
    distinct: int = 0
    unlike: int | None = None
    values: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Batch:
    """A batch.

    Attributes:
        label: The partition, or the version's number.
        rows: How many rows it has.
        columns: Its columns, by their names in the table.
    """

    label: str
    rows: int
    columns: Mapping[str, Spread]


@dataclass(frozen=True)
class History:
    """The batches.

    Attributes:
        batches: The oldest first.
        withheld: Columns of which nothing is told, each with why.
    """

    batches: tuple[Batch, ...]
    withheld: Mapping[str, str]


def read_history(store: ObjectStore, product: Product, most: int) -> History:
    """Read what a product published.

    Args:
        store: Where it is.
        product: The product.
        most: How many batches are read, the newest ones.

    Raises:
        MeshError: It was never published.
        StorageError: The store failed.
    """
    try:
        whole = open_scan(store, product.key)
    except MissingTable as error:
        raise MeshError(f"{error}; there is no history before it is published: materialize it first") from error
    known = [column.column for column in product.schema.properties if column.column in whole.schema.names]
    open_ = [name for name in known if name not in product.classified]
    with open_scan(store, product.key, columns=open_).reader() as reader:
        personal = judged(first_rows(reader))
    withheld = {name: "classified" for name in known if name in product.classified}
    withheld |= {name: f"looks personal ({kind})" for name, kind in personal.items()}
    columns = [column for column in product.schema.properties if column.column in set(known) - withheld.keys()]
    with locked(limits_of(product)) as connection:
        scans = _scans(store, product, [column.column for column in columns], most)
        batches = [_batch(connection, label, scan, columns) for label, scan in scans]
    return History(tuple(batch for batch in batches if batch.rows), withheld)


def _scans(store: ObjectStore, product: Product, names: Sequence[str], most: int) -> Iterator[tuple[str, TableScan]]:
    """The batches, the oldest first: what each is called, and its rows."""
    day = product.partition_column
    if day is not None:
        table = open_table(store, product.key)
        days = sorted(partition[day] for partition in partitions(table) if partition[day])
        for label in days[-most:]:
            # One at a time: a scan of many reads ahead in all of their files, and holds what it read.
            yield label, TableScan.of(table, store.uri(product.key), names or [day], [{day: label}])
        return
    infos = [info for info in versions(store, product.key, limit=most) if info.mode in PUBLISHING]
    for info in reversed(infos):
        try:
            yield str(info.version), open_scan(store, product.key, version=info.version)
        except MissingVersion:
            continue  # its files are gone


def _batch(connection: duckdb.DuckDBPyConnection, label: str, scan: TableScan, columns: Sequence[Property]) -> Batch:
    connection.register(_ROWS, scan)
    asked = {column.column: _questions(column) for column in columns if column.column in scan.schema.names}
    chosen = ["count(*)", *(what for keys in asked.values() for what in keys.values())]
    answers = iter(connection.execute(f"SELECT {', '.join(chosen)} FROM {_ROWS}").fetchone() or ())  # noqa: S608 - names are quoted
    rows = next(answers)
    spreads = {name: _spread(rows, {key: next(answers) for key in keys}) for name, keys in asked.items()}
    for name, spread in spreads.items():
        if 0 < spread.distinct <= 2 * MOST_VALUES:
            values = _values(connection, name)
            spreads[name] = replace(spread, distinct=len(values), values=values)
    return Batch(label, rows, spreads)


def _questions(column: Property) -> dict[str, str]:
    name = identifier(column.column)
    asked = {"there": f"count({name})"}
    if column.logical_type in {"integer", "number"}:
        return asked | {"low": f"min(TRY_CAST({name} AS DOUBLE))", "high": f"max(TRY_CAST({name} AS DOUBLE))"}
    if column.logical_type != "string":
        return asked
    asked["distinct"] = f"approx_count_distinct({name})"
    patterns = [rule.arguments["pattern"] for rule in column.quality if is_guess(rule) and "pattern" in rule.arguments]
    if patterns:
        asked["unlike"] = f"count(*) FILTER (WHERE NOT regexp_matches({name}, {text_literal(str(patterns[0]))}))"
    return asked


def _spread(rows: int, measures: Mapping[str, Any]) -> Spread:
    low, high = measures.get("low"), measures.get("high")
    extremes = None
    if low is not None and high is not None and math.isfinite(low) and math.isfinite(high):
        extremes = (Decimal(repr(low)), Decimal(repr(high)))
    return Spread(rows - measures["there"], extremes, measures.get("distinct", 0), measures.get("unlike"))


def _values(connection: duckdb.DuckDBPyConnection, column: str) -> dict[str, int]:
    """How many rows each text of a column has."""
    name = identifier(column)
    query = f"SELECT {name}, count(*) FROM {_ROWS} WHERE {name} IS NOT NULL GROUP BY 1"  # noqa: S608 - quoted
    return {str(value): rows for value, rows in connection.execute(query).fetchall()}
