"""Rejected lines: all of them, kept by date with what is needed to find each again.

What belongs here: the quarantine of lines. What does not: rows that break the contract, whose quarantine is the
products' own.
"""

from collections.abc import Sequence
from typing import Final

import pyarrow as pa

from data_platform.domains.logs.reading import DATE, Lines
from data_platform.storage.delta import partitions, replace_partitions
from data_platform.storage.delta.commit import open_table
from data_platform.storage.errors import MissingTable
from data_platform.storage.objects.store import ObjectStore

TABLE: Final = "_quarantine/logs/rejected_lines"
"""Columns: ``date``, ``file``, ``offset`` (of the line's first byte in the decompressed file), ``line_number`` (from
1), ``raw`` (the line's first 64 KiB) and ``reason`` (see ``weblog.events.Reason``). It may hold personal data."""


def dates_with(store: ObjectStore) -> set[str]:
    """The dates that have rejected lines now.

    Raises:
        StorageError: The store failed.
    """
    try:
        return {partition[DATE] for partition in partitions(open_table(store, TABLE))}
    except MissingTable:
        return set()


def keep(store: ObjectStore, read: Sequence[Lines], before: set[str]) -> None:
    """Replace the rejected lines of dates, in one commit; dates that have none and had none are passed over.

    Args:
        store: The store.
        read: The dates.
        before: Those that have rejected lines now; kept up to date.

    Raises:
        StorageError: The store failed; nothing was replaced.
    """
    touched = [lines for lines in read if lines.rejected or lines.date in before]
    if touched:
        table = pa.concat_tables([lines.rejected_table() for lines in touched])
        replace_partitions(store, TABLE, table, [{DATE: lines.date} for lines in touched])
        before -= {lines.date for lines in touched}
        before |= {lines.date for lines in touched if lines.rejected}
