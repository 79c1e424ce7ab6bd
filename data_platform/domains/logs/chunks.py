"""The lines of one date, read from exactly the places where a scan found them.

What belongs here: from the catalogue to buffers of whole lines. What does not: reading the lines (``weblog.parse``).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data_platform.domains.logs.ahead import Ahead
from data_platform.domains.logs.catalogue import Catalogue, LogFile, Step, days_of
from data_platform.domains.logs.scanning import ChangedMeanwhile, has_only_grown, read_from, read_part
from data_platform.domains.logs.stored_steps import BLOCK, Indexes, block_path
from data_platform.domains.logs.weblog.lines import UNDATED
from data_platform.domains.logs.weblog.offsets import Offsets
from data_platform.storage.errors import MissingObject
from data_platform.storage.objects.store import ObjectInfo, ObjectStore

CHUNK_BYTES: Final = 32 << 20
"""Bytes that are read and parsed at a time, a line more or less."""

_NEVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole lines of one file.

    Attributes:
        file: Its path below the store.
        buffer: The lines; some may be of other dates.
        offsets: Where they stood in the file.
        continues: Whether the piece before it ended where this one starts.
        too_long: It is the first 64 KiB of one line that is too long, and a newline.
    """

    file: str
    buffer: bytes | memoryview
    offsets: Offsets
    continues: bool = False
    too_long: bool = False


class ChunkReader:
    """Reads the lines of dates. Safe to share between threads; to be closed, as by ``with``."""

    def __init__(self, store: ObjectStore, catalogue: Catalogue, *, many: bool = False) -> None:
        """Nothing is read yet.

        Args:
            store: The store.
            catalogue: What was scanned.
            many: Whether many dates will be asked for, in their order.
        """
        self._store, self._catalogue = store, catalogue
        self._ahead = Ahead(store, wanted=many)
        self._indexes = Indexes(store)
        self._seen: dict[str, ObjectInfo] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Forget what was read ahead."""
        self._ahead.__exit__()

    def of(self, date: str) -> Iterator[Chunk]:
        """All lines of a date, file by file.

        Raises:
            ChangedMeanwhile: A file is no longer what was scanned; the next scan takes it up.
            StorageError: The store failed.
        """
        for file in self._catalogue.of_date(date):
            for step in file.steps_of(date):
                index = self._indexes.get(step.id)
                yield from self._ranges(file, _of_date(index.ranges, date))
                yield from self._out_of_order(file, step, _of_date(index.out_of_order, date))

    def _ranges(self, file: LogFile, rows: pa.Table) -> Iterator[Chunk]:
        for row in rows.to_pylist():
            info = self._current_info(file)
            if row["end"] - row["start"] <= CHUNK_BYTES:
                part = self._ahead.part(info, row["start"], row["end"])
                yield Chunk(file.key, part, Offsets.contiguous(row["start"], row["line"]))
                continue
            offset, line, whole = row["start"], row["line"], b""
            for following in _whole_lines(read_from(self._store, info, row["start"], row["end"])):
                offset, line = offset + len(whole), line + whole.count(b"\n")
                whole = following
                yield Chunk(file.key, whole, Offsets.contiguous(offset, line), offset != row["start"])

    def _out_of_order(self, file: LogFile, step: Step, rows: pa.Table) -> Iterator[Chunk]:
        for number in pc.unique(rows[BLOCK]).to_pylist():
            of_block = rows.filter(pc.equal(rows[BLOCK], number))
            position, length, offset, line, size = (
                of_block[name].to_numpy() for name in ("position", "length", "offset", "line", "size")
            )
            cut = length < size
            for first, last in _parts(length, cut):
                start, end = int(position[first]), int(position[last] + length[last])
                data = self._block(file, step, number, start, end)
                these = slice(first, last + 1)
                offsets = Offsets.of_pieces(position[these] - start, offset[these], line[these])
                yield Chunk(file.key, data, offsets, too_long=bool(cut[first]))

    def _block(self, file: LogFile, step: Step, number: int, start: int, end: int) -> memoryview:
        path = block_path(step.id, number)
        try:
            return read_part(self._store, ObjectInfo(path, end, _NEVER), start, end)
        except (ChangedMeanwhile, MissingObject) as error:
            uri = self._store.uri(path)
            raise ChangedMeanwhile(
                f"{uri}, the copied lines of {file.key}, is gone: have the file scanned anew"
            ) from error

    def _current_info(self, file: LogFile) -> ObjectInfo:
        """The file as it is now, where that is what was scanned, or has only grown since."""
        if file.key not in self._seen:
            try:
                info = self._store.head(file.key)
            except MissingObject as error:
                msg = f"{self._store.uri(file.key)} was deleted after it was scanned; put it back, or let the date be"
                raise ChangedMeanwhile(msg) from error
            if info.etag != file.etag and not has_only_grown(self._store, info, file):
                msg = f"{self._store.uri(file.key)} was replaced after it was scanned; the next scan takes it up"
                raise ChangedMeanwhile(msg)
            self._seen[file.key] = info
        return self._seen[file.key]


def _of_date(table: pa.Table, date: str) -> pa.Table:
    days = days_of(date)
    if days == UNDATED:
        return table.filter(pc.is_null(table["date"]))
    return table.filter(pc.equal(table["date"], pa.scalar(days, pa.int32()).cast(pa.date32())))


def _whole_lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Buffers of whole lines; the last one ends where the chunks do."""
    held: list[bytes] = []
    size = 0
    for chunk in chunks:
        held.append(chunk)
        size += len(chunk)
        if size >= CHUNK_BYTES and (cut := chunk.rfind(b"\n") + 1):
            rest = chunk[cut:]
            yield b"".join([*held[:-1], chunk[:cut]])
            held, size = [rest], len(rest)
    if size:
        yield b"".join(held)


def _parts(lengths: NDArray[np.int64], alone: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """First and last row of consecutive rows that are no more than a piece together, one row at least."""
    ends, singles = np.cumsum(lengths), np.append(np.flatnonzero(alone), len(lengths))
    first, before = 0, 0
    while first < len(lengths):
        last = max(first, int(np.searchsorted(ends, before + CHUNK_BYTES, side="right")) - 1)
        single = int(singles[np.searchsorted(singles, first)])
        last = first if single == first else min(last, single - 1)
        yield first, last
        first, before = last + 1, int(ends[last])
