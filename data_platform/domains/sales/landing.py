"""Extracts: rows of the order database as they were at one moment, landed once and never changed.

What belongs here: taking an extract where the database has moved, and the raw table that is made of it. What does not:
SQL (`extract`) and assets (`ingestion`).
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import sqlalchemy as sa

from data_platform.domains.sales import extract
from data_platform.domains.sales.tables import Source
from data_platform.ingestion.archive import Archive, Landed, mark_of
from data_platform.orchestration.ingestion.assets import DAY
from data_platform.storage.objects.store import ObjectStore


@dataclass(frozen=True)
class Extract:
    """One landed extract and what the database said about it.

    Attributes:
        landed: The object.
        rows: What it holds, without the columns of ingestion.
        counted: How many rows the database counted; None where the extract was there already.
    """

    landed: Landed
    rows: pa.Table
    counted: int | None


def archive_of(store: ObjectStore, source: Source) -> Archive:
    """Where a table's extracts lie."""
    return Archive(store, f"sales/landing/{source.table}")


def take_days(connection: sa.Connection, store: ObjectStore, source: Source, days: Sequence[str]) -> dict[str, Extract]:
    """The newest extract of each day, taken now where the database has moved since."""
    dates = sorted(date.fromisoformat(day) for day in days)
    marks = extract.marks_by_day(connection, source, dates[0], dates[-1])
    nothing = mark_of(source.table, 0, None), 0
    return {
        day: _take(
            connection,
            archive_of(store, source),
            (source, day),
            marks.get(day, nothing),
            extract.rows_of_day(source, date.fromisoformat(day)),
        )
        for day in days
    }


def take_customers(connection: sa.Connection, store: ObjectStore, source: Source) -> Extract:
    """The newest extract of all customers, taken now where the database has moved since."""
    mark = extract.mark_of_table(connection, source)
    return _take(connection, archive_of(store, source), (source, "all"), mark, extract.all_customers())


def _take(
    connection: sa.Connection,
    archive: Archive,
    slot: tuple[Source, str],
    mark: tuple[str, int],
    query: sa.Select[Any],
) -> Extract:
    (source, name), (content, counted) = slot, mark
    newest = archive.newest(name)
    if newest is not None and newest.mark == content:
        return Extract(newest, pq.read_table(io.BytesIO(archive.read(newest))), None)
    data, _ = extract.parquet_of(connection, source, query)
    landed = archive.add(name, data, content, ".parquet")
    return Extract(landed, pq.read_table(io.BytesIO(data)), counted)


def raw_table(taken: Extract, day: str | None = None) -> pa.Table:
    """An extract's rows with the columns of ingestion, and the day where the table has days."""
    count = taken.rows.num_rows
    table = taken.rows if day is None else taken.rows.add_column(0, DAY, pa.repeat(day, count))
    table = table.append_column("_source", pa.repeat(taken.landed.uri, count))
    taken_at = pa.scalar(taken.landed.taken_at, pa.timestamp("us", tz="UTC"))
    return table.append_column("_taken_at", pa.repeat(taken_at, count))


def repeated_keys(rows: pa.Table, key: Sequence[str]) -> list[str]:
    """The primary keys that occur more than once, as text."""
    counted = rows.group_by(list(key)).aggregate([([], "count_all")])
    several = counted.filter(pc.greater(counted.column("count_all"), 1))
    return [", ".join(f"{name} {row[name]}" for name in key) for row in several.to_pylist()]
