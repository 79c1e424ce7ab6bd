"""Which rows fail: found in one more scan, and only where something failed.

What belongs here: positions of failing rows and samples of them. What does not: counting (``executor``).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data_platform.contracts.checks.duckdb.table import NUMBER, NUMBERED, BatchTable
from data_platform.contracts.checks.results import MAX_SAMPLES, ROW

MASK: Final = "***"
_BATCH: Final = 100_000


@dataclass(frozen=True)
class Flag:
    """A failed check.

    Attributes:
        name: The check's.
        expression: True for a row that fails.
        row_level: Whether the rows have to be known, not only some of them.
    """

    name: str
    expression: str
    row_level: bool


@dataclass(frozen=True)
class Failing:
    """Rows that fail.

    Attributes:
        rows: See ``Report.failing_rows``.
        first: For each check the positions of the first rows that fail it.
    """

    rows: pa.Table
    first: Mapping[str, tuple[int, ...]]


def no_rows(names: Iterable[str] = ()) -> pa.Table:
    """A table of failing rows without rows."""
    return pa.schema([(ROW, pa.int64()), *((name, pa.bool_()) for name in names)]).empty_table()


def find(connection: duckdb.DuckDBPyConnection, flags: list[Flag]) -> Failing:
    """Find the rows that fail.

    Args:
        connection: With the view of numbered rows.
        flags: The failed checks.

    Raises:
        duckdb.Error: A flag cannot be evaluated.
    """
    marked = ", ".join(f"coalesce({flag.expression}, false) AS f{number}" for number, flag in enumerate(flags))
    anyone = " OR ".join(f"f{number}" for number in range(len(flags)))
    query = f"SELECT * FROM (SELECT {NUMBER}, {marked} FROM {NUMBERED}) WHERE {anyone}"  # noqa: S608
    first: dict[str, npt.NDArray[np.int64]] = {flag.name: np.empty(0, np.int64) for flag in flags}
    row_level = [number for number, flag in enumerate(flags) if flag.row_level]
    schema = no_rows(flags[number].name for number in row_level).schema
    kept: list[pa.RecordBatch] = []
    for batch in connection.execute(query).to_arrow_reader(_BATCH):
        rows = batch.column(0).to_numpy()
        columns = [batch.column(number + 1).to_numpy(zero_copy_only=False) for number in range(len(flags))]
        for flag, column in zip(flags, columns, strict=True):
            first[flag.name] = np.sort(np.concatenate([first[flag.name], rows[column]]))[:MAX_SAMPLES]
        if row_level:
            broken = np.logical_or.reduce([columns[number] for number in row_level])
            part = batch.select([0, *(number + 1 for number in row_level)]).filter(pa.array(broken))
            kept.append(pa.RecordBatch.from_arrays(part.columns, schema=schema))
    table = pa.Table.from_batches(kept, schema)
    order = table.column(ROW).to_numpy()
    table = table if (order[1:] > order[:-1]).all() else table.sort_by(ROW)
    return Failing(table, {name: tuple(int(row) for row in rows) for name, rows in first.items()})


def samples(
    connection: duckdb.DuckDBPyConnection, table: BatchTable, rows: Collection[int], classified: Collection[str]
) -> dict[int, dict[str, object]]:
    """Rows of the batch, by position.

    Args:
        connection: With the view of numbered rows.
        table: The batch.
        rows: Positions.
        classified: Columns whose values are replaced by ``***`` (nulls stay) before they leave the engine.
    """
    if not rows:
        return {}
    columns = [
        f"CASE WHEN c{number} IS NOT NULL THEN '{MASK}' END AS c{number}" if name in classified else f"c{number}"
        for number, name in enumerate(table.schema.names)
    ]
    listed = ", ".join(str(row) for row in sorted(rows))
    query = f"SELECT {NUMBER}, {', '.join(columns)} FROM {NUMBERED} WHERE {NUMBER} IN ({listed}) LIMIT {len(rows)}"  # noqa: S608
    result = connection.execute(query).to_arrow_table()
    return {
        row: dict(zip(table.schema.names, values, strict=True))
        for row, *values in zip(*(column.to_pylist() for column in result.columns), strict=True)
    }
