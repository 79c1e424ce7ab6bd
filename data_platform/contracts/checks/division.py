"""One table that holds the batches of many partitions, and how it comes apart.

What belongs here: which row is of which partition, and the rows of one. What does not: rules.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from data_platform.contracts.checks.sources import ArrowData, Source, UnreadableDataError
from data_platform.contracts.types.arrow import family, storage

_MOST_NAMED = 5


@dataclass(frozen=True)
class Division:
    """A table and the partition of each of its rows.

    Attributes:
        source: The table; its ``data`` is a ``pyarrow.Table``.
        parts: For each row the number of its partition, from 0, int32.
        count: How many partitions there are; some may have no rows.
    """

    source: Source
    parts: pa.Array
    count: int

    def batch(self, part: int) -> Source:
        """The rows of a partition, in their order."""
        if self._starts is not None:
            start, stop = self._starts.get(part, (0, 0))
            return replace(self.source, data=self.source.data.slice(start, stop - start))
        return replace(self.source, data=self.source.data.filter(pc.equal(self.parts, part)))

    @cached_property
    def _starts(self) -> dict[int, tuple[int, int]] | None:
        """Where each partition's rows start and stop, if each partition's lie side by side."""
        parts: npt.NDArray[np.int32] = self.parts.to_numpy(zero_copy_only=False)
        starts = np.concatenate([[0], np.flatnonzero(np.diff(parts)) + 1]) if len(parts) else np.empty(0, int)
        stops = np.append(starts[1:], len(parts))
        ranges = {int(parts[start]): (int(start), int(stop)) for start, stop in zip(starts, stops, strict=False)}
        return ranges if len(ranges) == len(starts) else None


def divided(source: Source, column: str, partitions: Sequence[str]) -> Division:
    """Find each row's partition.

    Args:
        source: The table; a dataset or reader is read whole.
        column: The column that the partition is in: text, or a date, which is read as ISO 8601.
        partitions: The partitions' keys, each once.

    Raises:
        UnreadableDataError: There is no such column, or it is of another type.
        ValueError: A row is of no partition, or of another one.
    """
    table = _table(source.data)
    if source.schema.names.count(column) != 1:
        raise UnreadableDataError(f"there is no one column {column!r} that says which partition a row is of")
    values = table.column(source.schema.get_field_index(column))
    if family(values.type) not in ("text", "date"):
        raise UnreadableDataError(f"column {column!r} is {values.type}; a partition is a text or a date")
    day = family(values.type) == "date"
    texts = (values.cast(pa.date32()) if day else values.cast(storage(values.type))).cast(pa.string())
    parts = pc.index_in(texts, value_set=pa.array(partitions, pa.string())).combine_chunks()
    if parts.null_count:
        unknown = pc.unique(texts.filter(parts.is_null())).to_pylist()
        raise ValueError(f"rows are of partitions that were not asked for: {unknown[:_MOST_NAMED]}")
    flat = parts if isinstance(parts, pa.Array) else pa.concat_arrays(parts.chunks or [pa.array([], pa.int32())])
    return Division(replace(source, data=table), flat, len(partitions))


def _table(data: ArrowData) -> pa.Table:
    if isinstance(data, pa.Table):
        return data
    return data.read_all() if isinstance(data, pa.RecordBatchReader) else data.to_table()
