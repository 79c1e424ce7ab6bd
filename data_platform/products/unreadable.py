"""Values that a query could not read as what it casts them to: which, and in which rows.

What belongs here: finding them once a cast has failed, for the message. What does not: running the query
(``sql_transform``), and any value of a column that is classified, which no message shows.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import duckdb
import pyarrow as pa

from data_platform.contracts.checks.compiling import classified_columns
from data_platform.contracts.rules.sql.values import identifier
from data_platform.contracts.suggest import counted
from data_platform.products.folder import Product

_COLUMN: Final = re.compile(r"when casting from source column (.+)$", re.MULTILINE)
_SHOWN: Final = 3
_LONGEST: Final = 60


def unreadable(
    connection: duckdb.DuckDBPyConnection, product: Product, inputs: Mapping[str, object], error: duckdb.Error
) -> str:
    """What a cast that failed could not read.

    Args:
        connection: Where the query ran.
        product: The product.
        inputs: Its inputs by name, registered there as ``input0`` and so on.
        error: The failure.

    Returns:
        A sentence with values and rows; empty: it is not about one column that may be shown.
    """
    match = _COLUMN.search(str(error))
    name = match[1].strip('"') if match and isinstance(error, duckdb.ConversionException) else ""
    kind = _cast_of(product, name)
    if not name or not kind or not _is_open(product, name):
        return ""
    for number, table in enumerate(inputs.values()):
        schema: pa.Schema | None = getattr(table, "schema", None)
        if schema is not None and name in schema.names:
            keys = [key for key in product.primary_key if key in schema.names and _is_open(product, key)]
            return _sentence(connection, f"input{number}", name, kind, keys)
    return ""


def _is_open(product: Product, name: str) -> bool:
    """Whether the values of an input's column may be shown: the product says what it is, and nobody classifies it."""
    contracts = [upstream.contract for upstream in product.inputs if upstream.contract]
    classified = {*product.classified, *(each for one in contracts for each in classified_columns(one.schemas[0]))}
    return name in {column.column for column in product.schema.properties} and name not in classified


def _cast_of(product: Product, name: str) -> str:
    """What the query casts a column to, as it says that; empty: it does not, or to several types."""
    own = re.escape(name)
    kinds = re.findall(
        rf'\bCAST\(\s*"?{own}"?\s+AS\s+([\w ]+(?:\(\s*\d+(?:\s*,\s*\d+)?\s*\))?)\s*\)', product.source.text
    )
    return str(kinds[0]) if len(set(kinds)) == 1 else ""


def _sentence(connection: duckdb.DuckDBPyConnection, table: str, name: str, kind: str, keys: list[str]) -> str:
    column = identifier(name)
    wrong = f"FROM {table} WHERE {column} IS NOT NULL AND TRY_CAST({column} AS {kind}) IS NULL"
    chosen = ", ".join(map(identifier, [name, *keys]))
    try:
        (count,) = connection.execute(f"SELECT count(*) {wrong}").fetchone() or (0,)
        rows: list[tuple[Any, ...]] = connection.execute(
            f"SELECT {chosen} {wrong} ORDER BY ALL LIMIT {_SHOWN}"
        ).fetchall()
    except duckdb.Error:
        return ""
    if not rows:
        return ""
    shown = ", ".join(_row(row, keys) for row in rows)
    more = f" and {count - len(rows):,} more" if count > len(rows) else ""
    return f"{counted(count, 'value')} of {name} cannot be read as {kind}: {shown}{more}"


def _row(row: tuple[Any, ...], keys: list[str]) -> str:
    where = " and ".join(f"{key} is {value}" for key, value in zip(keys, row[1:], strict=True))
    return f"{str(row[0])[:_LONGEST]!r}" + (f" where {where}" if where else "")
