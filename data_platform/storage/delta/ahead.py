"""Partitions of few bytes read several at a time, where a store is far away: what each costs is the wait for it.

What belongs here: which partitions are read together, and reading ahead of whoever takes the rows. What does not: what
a scan reads (``scan``).

DataFusion opens the files of a table one after the other for each core, with some four requests each. Measured with 20
ms for a request, 150 days of 100 rows, two cores: 11.3 s; eight readers 2.3 s. Files beside us have no such wait, and
large ones are worth it: both are read by one scan as before.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat
from deltalake import DeltaTable

from data_platform.storage.delta.evolution import table_schema
from data_platform.storage.delta.schema import Partition, partition_text

READERS: Final = 8
_SMALL: Final = 1024 * 1024
"""Bytes. A partition of fewer is read with others, and in memory as a whole."""

_GROUP_BYTES: Final = 4 * 1024 * 1024
_MOST_GROUPS: Final = 4 * READERS
"""As many as keep all readers busy: each group is a scan, which plans anew."""

_FEW: Final = 4


def groups(table: DeltaTable, wanted: Sequence[Partition] | None) -> tuple[list[list[Partition]], list[Partition]]:
    """The small partitions of a table in groups that are worth reading at the same time, and all the others.

    Args:
        table: The table.
        wanted: The partitions that are to be read; ``None``: all.

    Returns:
        No groups, where the table has no partitions, few small ones, or such that are not known by their text.
    """
    schema, columns = table_schema(table), table.metadata().partition_columns
    if not columns or not all(pat.is_string(kind) or pat.is_date(kind) for kind in map(_type_in(schema), columns)):
        return [], []
    sizes = _sizes(table, columns)
    if any(value is None or not value for values in sizes for value in values):
        return [], []
    if wanted is not None:
        chosen = {tuple(partition.get(name) for name in columns) for partition in wanted}
        sizes = {values: size for values, size in sizes.items() if values in chosen}
    small = {values: size for values, size in sizes.items() if size < _SMALL}
    if len(small) <= _FEW:
        return [], []
    most = max(_FEW, -(-len(small) // _MOST_GROUPS))
    made: list[list[Partition]] = [[]]
    total = 0
    for values, size in small.items():
        if made[-1] and (len(made[-1]) >= most or total + size > _GROUP_BYTES):
            made.append([])
            total = 0
        made[-1].append(_named(columns, values))
        total += size
    return made, [_named(columns, values) for values in sizes if values not in small]


def read_ahead(reads: Sequence[Callable[[], pa.Table]]) -> Iterator[pa.RecordBatch]:
    """The rows of some reads in their order, of which ``READERS`` go on at a time.

    Raises:
        Exception: The first that one of them raises, when it is its turn.
    """
    pool = ThreadPoolExecutor(READERS, thread_name_prefix="delta-read")
    going_on: deque[Future[pa.Table]] = deque()
    try:
        for read in reads:
            going_on.append(pool.submit(read))
            if len(going_on) == READERS:
                yield from going_on.popleft().result().to_batches()
        while going_on:
            yield from going_on.popleft().result().to_batches()
    finally:  # also where whoever reads needs no more rows
        pool.shutdown(cancel_futures=True)


def _sizes(table: DeltaTable, columns: Sequence[str]) -> dict[tuple[str | None, ...], int]:
    files = pa.table(table.get_add_actions(flatten=True))
    names = [f"partition.{name}" for name in columns]
    summed = files.group_by(names).aggregate([("size_bytes", "sum")]).sort_by([(name, "ascending") for name in names])
    values = zip(*(summed[name].to_pylist() for name in names), strict=True)
    texts = [tuple(partition_text(value) for value in row) for row in values]
    return dict(zip(texts, pc.cast(summed["size_bytes_sum"], pa.int64()).to_pylist(), strict=True))


def _type_in(schema: pa.Schema) -> Callable[[str], pa.DataType]:
    return lambda name: schema.field(name).type


def _named(columns: Sequence[str], values: Sequence[str | None]) -> Partition:
    return {name: value or "" for name, value in zip(columns, values, strict=True)}
