"""The rows that a product did not publish, with the reasons: one table beside the product's, appended to, bounded.

What belongs here: keeping and reading rejected rows. What does not: which rows those are, and masking of personal data:
whoever calls knows the contract.

Rows are kept as JSON text, as they came, for a rejected batch need not have the product's columns, nor those of the
batch before. Columns of the table: ``run_id``, ``partition`` (text, may be null), ``rejected_at``, ``row`` (JSON),
``reasons`` (a list of texts), ``number`` (in the batch, from 0).
"""

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import pyarrow as pa

from data_platform.storage.delta.commit import Commit, open_table
from data_platform.storage.delta.modes import append
from data_platform.storage.error_texts import translated
from data_platform.storage.errors import InvalidFrame, MissingTable
from data_platform.storage.objects.store import ObjectStore

MOST_ROWS: Final = 10_000
"""How many rows of a batch are kept: enough to see what is wrong, however large the batch."""

SCHEMA: Final = pa.schema(
    [
        ("run_id", pa.string()),
        ("partition", pa.string()),
        ("rejected_at", pa.timestamp("us", tz="UTC")),
        ("number", pa.int64()),
        ("row", pa.string()),
        ("reasons", pa.list_(pa.string())),
    ]
)


def quarantine(  # noqa: PLR0913 - what there is to say of a rejected row
    store: ObjectStore,
    path: str,
    rows: pa.Table,
    reasons: Sequence[Sequence[str]],
    *,
    run_id: str,
    partition: str | None = None,
    metadata: Mapping[str, object] | None = None,
    at: datetime | None = None,
) -> Commit:
    """Keep rejected rows; a second time, of the same run and partition, does nothing.

    Args:
        store: The store.
        path: The quarantine's path below it.
        rows: The rejected rows, at most ``MOST_ROWS`` of which are kept.
        reasons: For each row, why: names of rules.
        run_id: The run that rejected them.
        partition: The partition that they were for.
        metadata: Named values, of JSON types, to go into the commit.
        at: When; now, if not given.

    Returns:
        The commit; its metadata names how many were ``rejected`` and how many are ``kept``.

    Raises:
        InvalidFrame: There are not as many reasons as rows.
        StorageError: See ``errors``.
    """
    if len(reasons) != rows.num_rows:
        raise InvalidFrame(f"{store.uri(path)}: {rows.num_rows} rows were rejected for {len(reasons)} reasons")
    kept = rows.slice(0, MOST_ROWS)
    moment = at or datetime.now(UTC)
    data = pa.table(
        [
            [run_id] * kept.num_rows,
            [partition] * kept.num_rows,
            [moment] * kept.num_rows,
            range(kept.num_rows),
            _as_json(kept),
            [list(names) for names in reasons[: kept.num_rows]],
        ],
        schema=SCHEMA,
    )
    counts = {"run_id": run_id, "partition": partition, "rejected": rows.num_rows, "kept": kept.num_rows}
    batch_id = f"quarantine:{run_id}:{partition if partition is not None else ''}"
    return append(store, path, data, metadata={**(metadata or {}), **counts}, batch_id=batch_id)


def read_quarantine(
    store: ObjectStore, path: str, *, run_id: str | None = None, partition: str | None = None, limit: int = 1000
) -> pa.Table:
    """Rejected rows, the latest first.

    Args:
        store: The store.
        path: The quarantine's path below it.
        run_id: Only those of this run.
        partition: Only those for this partition.
        limit: How many at most.

    Returns:
        Rows of ``SCHEMA``; none where nothing was ever rejected.

    Raises:
        StorageError: See ``errors``.
    """
    try:
        table = open_table(store, path)
    except MissingTable:
        return SCHEMA.empty_table()
    wanted = {"run_id": run_id, "partition": partition}
    terms = [
        f"\"{name}\" = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in wanted.items() if value is not None
    ]
    with translated(store.uri(path)):
        rows = pa.table(table.scan(columns=SCHEMA.names, predicate=" AND ".join(terms) or None)).cast(SCHEMA)
    return rows.sort_by([("rejected_at", "descending"), ("number", "ascending")]).slice(0, limit)


def _as_json(rows: pa.Table) -> list[str]:
    return [json.dumps(_plain(row), ensure_ascii=False, default=str) for row in rows.to_pylist()]


def _plain(value: object) -> Any:
    """What JSON has no form for as text: NaN and infinities by their names, bytes in hexadecimal."""
    match value:
        case float() if not math.isfinite(value):
            return str(value)
        case bytes():
            return value.hex()
        case dict():
            return {str(name): _plain(item) for name, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
    return value
