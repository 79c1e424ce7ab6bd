"""Running a SQL transform: one SELECT, in a DuckDB that can reach nothing but the product's inputs.

What belongs here: from Arrow inputs and a query to an Arrow batch. What does not: the lock and the gate
(``contracts.checks.duckdb.session``), finding the inputs (``sources``).
"""

import re
from collections.abc import Mapping
from itertools import pairwise

import duckdb
import pyarrow as pa

from data_platform.confined.board import about
from data_platform.contracts.checks.compiling import classified_columns
from data_platform.contracts.checks.duckdb.session import (
    Limits,
    TimedOutError,
    UnsafeSqlError,
    check_select,
    locked,
    time_limit,
    too_large,
)
from data_platform.contracts.rules.sql.values import identifier, text_literal
from data_platform.products.errors import TransformError
from data_platform.products.folder import Product
from data_platform.products.sources import PARTITION
from data_platform.products.unreadable import unreadable


def run_sql(product: Product, inputs: Mapping[str, object], partition: str | None, limits: Limits) -> pa.Table:
    """Run a product's query.

    Args:
        product: A product with a SQL transform.
        inputs: Its inputs by name: Arrow tables, or anything with an Arrow stream that can be read again.
        partition: The key of the partition being made, the value of ``$partition_key``.
        limits: What DuckDB may use.

    Returns:
        The query's result.

    Raises:
        TransformError: The query was refused or failed; with file and line.
    """
    query = _with_partition(product, partition)
    with about(f"{product.source.file}"), locked(limits) as connection:
        for number, (name, table) in enumerate(inputs.items()):
            connection.register(f"input{number}", table)
            domain, _, asset = name.partition(".")
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(domain)}")
            connection.execute(
                f"CREATE VIEW {identifier(domain)}.{identifier(asset)} AS SELECT * FROM input{number}"  # noqa: S608
            )
        try:
            check_select(connection, query, list(inputs))
            with time_limit(connection, limits.seconds):
                return connection.execute(query).to_arrow_table()
        except (duckdb.OutOfMemoryException, MemoryError) as error:
            raise TransformError(f"{product.source.file}:1: {too_large()}") from error
        except (UnsafeSqlError, TimedOutError) as error:
            raise TransformError(f"{product.source.file}:1: {error}") from error
        except duckdb.Error as error:
            told = unreadable(connection, product, inputs, error) or _error_message(product, error)
            raise TransformError(f"{product.source.file}:{_line(str(error))}: {told}") from error


def _with_partition(product: Product, partition: str | None) -> str:
    """The query with the partition's key, as a text, in place of its parameter: on the same lines."""
    source = product.source
    if not source.wants_partition:
        return source.text
    if partition is None:
        raise TransformError(f"{source.file}:1: ${PARTITION} has no value: the product is not partitioned")
    from sqlglot.dialects.duckdb import DuckDB  # noqa: PLC0415 - 0.1 s, and few queries have a parameter

    tokens = DuckDB().tokenize(source.text)
    query = source.text
    for before, name in reversed(list(pairwise(tokens))):
        if before.text == "$" and name.text == PARTITION:
            query = query[: before.start] + text_literal(partition) + query[name.end + 1 :]
    return query


def _line(message: str) -> int:
    match = re.search(r"^LINE (\d+):", message, re.MULTILINE)
    return int(match[1]) if match else 1


def _error_message(product: Product, error: duckdb.Error) -> str:
    """DuckDB's words, unless they could repeat a value that must not be shown."""
    open_inputs = all(
        upstream.contract and not classified_columns(upstream.contract.schemas[0]) for upstream in product.inputs
    )
    if not open_inputs and not isinstance(
        error, duckdb.BinderException | duckdb.CatalogException | duckdb.ParserException
    ):
        return f"{type(error).__name__} (details withheld: an input may hold personal data)"
    return str(error).splitlines()[0]
