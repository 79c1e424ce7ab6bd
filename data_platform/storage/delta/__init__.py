"""Delta tables: rows replaced, added and read, each write one atomic commit.

What belongs in this package: everything that knows Delta. What does not: raw objects (``storage.objects``), files
(``storage.formats``), what a product promises (``contracts``). This is its face; ``modes`` adds rows and replaces them
by key, ``history`` lists versions, ``rollback`` goes back to one, ``vacuum`` deletes what no version needs.
"""

from data_platform.storage.delta.commit import Commit, open_table
from data_platform.storage.delta.schema import Partition
from data_platform.storage.delta.table import (
    exists,
    missing_partitions,
    open_scan,
    partitions,
    read_table,
    replace_partitions,
    replace_table,
    rows_of,
)

__all__ = [
    "Commit",
    "Partition",
    "exists",
    "missing_partitions",
    "open_scan",
    "open_table",
    "partitions",
    "read_table",
    "replace_partitions",
    "replace_table",
    "rows_of",
]
