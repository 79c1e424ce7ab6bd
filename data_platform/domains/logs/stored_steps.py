"""A step's index in the store: its ranges and strays, as tables and as copied lines.

What belongs here: writing and reading them. What does not: making them (``scanning``), and what they are good for
(``chunks``).
"""

import io
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from data_platform.domains.logs.catalogue import FOLDER
from data_platform.domains.logs.weblog import out_of_order, ranges
from data_platform.domains.logs.weblog.out_of_order import Block
from data_platform.storage.errors import MissingObject
from data_platform.storage.objects.store import ObjectStore

BLOCK: Final = "block"
"""Number of the block that a stray is in; its position counts from that block's start."""

_STRAYS: Final = out_of_order.SCHEMA.append(pa.field(BLOCK, pa.int32(), nullable=False))
_HELD: Final = 64


@dataclass(frozen=True)
class Index:
    """Where the lines of a step are: ``ranges.SCHEMA``, and ``out_of_order.SCHEMA`` with ``BLOCK``."""

    ranges: pa.Table
    out_of_order: pa.Table


class OutOfOrderBlocks:
    """Takes the blocks of strays that a scan hands over, and puts each into the store at once."""

    def __init__(self, store: ObjectStore, step: str) -> None:
        self._store, self._step = store, step
        self._before = 0
        self._tables: list[pa.Table] = []

    def keep(self, block: Block) -> None:
        """Store a block."""
        number = len(self._tables)
        self._store.put(block_path(self._step, number), block.blob)
        table = block.index
        positions = pa.array(table["position"].to_numpy() - self._before, pa.int64())
        table = table.set_column(table.schema.get_field_index("position"), "position", positions)
        self._tables.append(table.append_column(BLOCK, pa.array([number] * table.num_rows, pa.int32())))
        self._before += len(block.blob)

    @property
    def table(self) -> pa.Table:
        """Where the strays of all blocks are."""
        return pa.concat_tables([_STRAYS.empty_table(), *(table.cast(_STRAYS) for table in self._tables)])


def block_path(step: str, number: int) -> str:
    """Where the copied lines of a block are."""
    return f"{FOLDER}/{step}/{number}.strays"


def write_index(store: ObjectStore, step: str, index: Index) -> None:
    """Keep a step's index.

    Raises:
        StorageError: The store failed.
    """
    for name, table in (("ranges", index.ranges), ("strays", index.out_of_order)):
        if table.num_rows:
            buffer = io.BytesIO()
            pq.write_table(table, buffer, compression="zstd")
            store.put(_path(step, name), buffer.getvalue())


class Indexes:
    """Indexes as they are read, the latest of them held in memory. Safe to share between threads."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self.get = lru_cache(_HELD)(self._get)

    def _get(self, step: str) -> Index:
        return Index(self._table(step, "ranges", ranges.SCHEMA), self._table(step, "strays", _STRAYS))

    def _table(self, step: str, name: str, schema: pa.Schema) -> pa.Table:
        try:
            return pq.read_table(pa.BufferReader(self._store.get(_path(step, name)))).cast(schema)
        except MissingObject:
            return schema.empty_table()


def _path(step: str, name: str) -> str:
    return f"{FOLDER}/{step}/{name}.parquet"
