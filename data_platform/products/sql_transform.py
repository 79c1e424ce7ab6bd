"""Running a SQL transform: one SELECT, in a DuckDB that can reach nothing but the product's inputs.

What belongs here: from Arrow inputs and a query to an Arrow batch. What does not: the lock and the gate
(``contracts.checks.duckdb.session``), finding the inputs (``sources``).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise

import duckdb
import pyarrow as pa
import pyarrow.types as pat

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
from data_platform.products.inputs import split
from data_platform.products.separable import is_separable
from data_platform.products.sources import PARTITION
from data_platform.products.unreadable import unreadable


class SqlTransform:
    """A product's query, ready to be run for one partition after the other in one DuckDB: opening one takes 22 ms."""

    def __init__(self, product: Product, limits: Limits, connection: duckdb.DuckDBPyConnection) -> None:
        """Use ``opened``."""
        self._product, self._limits, self._connection = product, limits, connection
        self._is_checked = False

    @classmethod
    @contextmanager
    def opened(cls, product: Product, limits: Limits) -> Iterator["SqlTransform"]:
        """Open a DuckDB that can reach nothing, for as long as the block lasts.

        Args:
            product: A product with a SQL transform.
            limits: What DuckDB may use.
        """
        with about(f"{product.source.file}"), locked(limits) as connection:
            yield cls(product, limits, connection)

    def run(self, inputs: Mapping[str, object], partition: str | None) -> pa.Table:
        """Run the query.

        Args:
            inputs: The product's inputs by name: Arrow tables, or anything with an Arrow stream that can be read again.
            partition: The key of the partition being made, the value of ``$partition_key``.

        Returns:
            The query's result.

        Raises:
            TransformError: The query was refused or failed; with file and line.
        """
        product, connection = self._product, self._connection
        query = _with_partition(product, partition)
        for number, (name, table) in enumerate(inputs.items()):
            connection.register(f"input{number}", table)
            if not self._is_checked:
                schema = identifier(name.partition(".")[0])
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            connection.execute(f"CREATE OR REPLACE VIEW {_view(name)} AS SELECT * FROM input{number}")  # noqa: S608
        try:
            if not self._is_checked:  # the key of a partition is a text: another one changes nothing that is looked at
                check_select(connection, query, list(inputs))
                self._is_checked = True
            with time_limit(connection, self._limits.seconds):
                return connection.execute(query).to_arrow_table()
        except (duckdb.OutOfMemoryException, MemoryError) as error:
            raise TransformError(f"{product.source.file}:1: {too_large()}") from error
        except (UnsafeSqlError, TimedOutError) as error:
            raise TransformError(f"{product.source.file}:1: {error}") from error
        except duckdb.Error as error:
            told = unreadable(connection, product, inputs, error) or _error_message(product, error)
            raise TransformError(f"{product.source.file}:{_line(str(error))}: {told}") from error

    def run_together(
        self, inputs: Mapping[str, Mapping[str, object]], read_by: Mapping[str, str | None]
    ) -> dict[str, pa.Table] | None:
        """Run the query once for many partitions, where that gives what it gives for each by itself.

        Args:
            inputs: For each partition the product's inputs, as ``run`` takes them.
            read_by: By which column each input is read partition by partition, see ``inputs.Inputs.read_by``.

        Returns:
            Each partition's rows; ``None`` where it does not, where inputs are not in memory, or where the query failed
            for the rows of some partition.
        """
        column = self._product.partition_column
        tables = [table for loaded in inputs.values() for table in loaded.values()]
        if column is None or self._product.source.wants_partition or not all(isinstance(t, pa.Table) for t in tables):
            return None
        if not is_separable(self._product.source.text, read_by, column):
            return None
        loaded = list(inputs.values())
        together = {
            name: pa.concat_tables([tables[name] for tables in loaded]) if by is not None else loaded[0][name]
            for name, by in read_by.items()
        }
        # One thread adds up a partition's rows in their order, as for one partition: sums of fractions are the same.
        with SqlTransform.opened(self._product, replace(self._limits, threads=1)) as query:
            try:
                rows = query.run(together, None)
            except TransformError:
                return None
        return apart(rows, column, list(inputs))


def apart(rows: pa.Table, column: str, partitions: Sequence[str]) -> dict[str, pa.Table] | None:
    """The rows of many partitions by the column that says which; ``None``: there are rows of others, or it is lost."""
    if rows.column_names.count(column) != 1 or rows.column(column).null_count:
        return None
    kind = rows.column(column).type
    if not (pat.is_date32(kind) or pat.is_string(kind)):
        return None
    by_partition = split(rows.sort_by(column), column, rows.column_names)
    if not by_partition.keys() <= set(partitions):
        return None
    return {partition: by_partition.get(partition, rows.schema.empty_table()) for partition in partitions}


def run_sql(product: Product, inputs: Mapping[str, object], partition: str | None, limits: Limits) -> pa.Table:
    """Run a product's query once; see ``SqlTransform.run``."""
    with SqlTransform.opened(product, limits) as query:
        return query.run(inputs, partition)


def _view(name: str) -> str:
    domain, _, asset = name.partition(".")
    return f"{identifier(domain)}.{identifier(asset)}"


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
