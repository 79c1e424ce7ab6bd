"""What a source has, landed before it is judged, and the raw table that is made of what was landed last.

What belongs here: taking what moved, and rows of it. What does not: asking a source (``reading.Reader``), the archive
itself (``ingestion.archive``), and what stops a delivery (``judging``).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from data_platform.ingestion.archive import Archive, Landed, kept_of, mark_of
from data_platform.ingestion.errors import MalformedError, MissingFileError
from data_platform.ingestion.sources.drift import declared_rows, drift
from data_platform.ingestion.sources.own_format import FileTable, OwnFormat, joined
from data_platform.ingestion.sources.reading import ALL, Delivery, Reader, Shown, nothing
from data_platform.ingestion.sources.rows import PAGES, is_text, rows_of
from data_platform.ingestion.sources.spec import SourceSpec
from data_platform.ingestion.sources.where import RestWhere, SqlWhere
from data_platform.storage.objects.store import ObjectStore
from data_platform.storage.objects.url import decode_segment, encode_segment

INGESTED: Final[Mapping[str, tuple[str, str]]] = {
    "_source": ("string", "The landed object that the row is from"),
    "_taken_at": ("timestamp", "When that was taken from the source, UTC"),
}
"""Columns that ingestion adds: type and description."""

DAY: Final = "day"
_LONGEST_SEGMENT: Final = 200


@dataclass(frozen=True)
class Piece:
    """One landed piece of a delivery.

    Attributes:
        name: What the source calls it.
        landed: The object.
        rows: What is in it, by the source's own names and types; None where it cannot be read.
        text: Whether every value is text.
        counted: How many rows the source counted; None where it was landed before, or does not count.
        now: Whether it was taken now.
        broken: Why it cannot be read; empty: it can.
        problems: What its reader says is wrong with it.
        comments: What its reader says of it beside rows.
        late: Whether it is a later day's file, of which this day has some rows.
    """

    name: str
    landed: Landed
    rows: pa.Table
    text: bool
    counted: int | None
    now: bool
    broken: str = ""
    problems: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()
    late: bool = False


def archive_of(store: ObjectStore, domain: str, name: str, folder: str | None = None) -> Archive:
    """Where what a source delivers is landed: ``sales/landing/orders`` of ``sales/raw_orders``.

    Args:
        store: The store.
        domain: The source's domain.
        name: Its folder's name.
        folder: What ``defs.yaml`` says instead of the name, if it does.
    """
    return Archive(store, f"{domain}/landing/{folder or name.removeprefix('raw_')}")


def take(
    reader: Reader, archive: Archive, spec: SourceSpec, days: Sequence[str] | None, own: OwnFormat | None = None
) -> dict[str, list[Piece]]:
    """The newest pieces of each slot, taken now where the source has moved since.

    Args:
        reader: The source, opened.
        archive: Where its deliveries are landed.
        spec: What is declared of it.
        days: The days wanted; ``None``: the source has no days.
        own: What reads its files, where they have a format of their own.

    Raises:
        MissingFileError: There is nothing of a day, now or ever.
        SourceError: The source cannot be read.
        StorageError: The store cannot be read or written.
    """
    dates = sorted(date.fromisoformat(day) for day in days or ())
    shown = reader.shown((dates[0], dates[-1]) if dates else None)
    taking = _Taking(reader, archive, spec, own)
    return {slot: taking.slot(slot, shown.get(slot, {})) for slot in (days or [ALL])}


def landed(archive: Archive, spec: SourceSpec, days: Sequence[str], own: OwnFormat | None) -> dict[str, list[Piece]]:
    """The newest pieces of each slot that were landed of files, whether they are still at the source or not.

    Args:
        archive: Where they are.
        spec: What is declared of the source.
        days: Which days; those of which nothing was landed have no pieces.
        own: What reads its files, where they have a format of their own.

    Raises:
        StorageError: The store cannot be read.
    """
    return {
        day: [
            read_piece(archive, spec, decode_segment(place) or day, there, own, day)
            for place, there in sorted(archive.newest_below(day).items())
        ]
        for day in days
    }


def read_piece(
    archive: Archive, spec: SourceSpec, name: str, there: Landed, own: OwnFormat | None, day: str | None
) -> Piece:
    """A piece that was landed before.

    Raises:
        StorageError: The store cannot be read.
    """
    return piece_of(spec, name, there, archive.read(there), None, now=False, own=own, day=day)


@dataclass(frozen=True)
class _Taking:
    """A source and where it is landed, while some of its slots are taken."""

    reader: Reader
    archive: Archive
    spec: SourceSpec
    own: OwnFormat | None

    def slot(self, slot: str, shown: Mapping[str, Shown]) -> list[Piece]:
        source = self.spec.source
        if isinstance(source, SqlWhere):
            table = source.table
            return [self._piece(slot, slot, table, shown.get(table, nothing(table)), self.archive.newest(slot))]
        there = self.archive.newest_below(slot)
        older = there.pop("", None)  # from before files had places of their own: it counts where nothing else is
        names = {_segment(name): name for name in sorted(shown)}
        pieces = [
            self._piece(slot, f"{slot}/{place}", name, shown[name], there.get(place)) for place, name in names.items()
        ]
        if getattr(source, "removed", "kept") == "kept":
            gone = {place: landed for place, landed in sorted(there.items()) if place not in names}
            pieces += [self._read(slot, decode_segment(place), landed) for place, landed in gone.items()]
        if older is not None and not pieces:
            pieces.append(self._read(slot, slot, older))
        if not pieces:
            what = "there is nothing to be read" if slot == ALL else f"there is nothing of {slot}"
            raise MissingFileError(f"{what} at {source.url} {getattr(source, 'path', '')}".rstrip())
        return pieces

    def _piece(self, slot: str, place: str, name: str, shown: Shown, newest: Landed | None) -> Piece:
        if newest is not None and newest.mark == shown.mark:
            piece = self._read(slot, name, newest)
            if not _is_wrong(piece, self.spec):
                return piece
        # A source may have been mended, or have a column that is wanted by now, without a row that moved.
        came: Delivery = self.reader.read(slot, name)
        data = kept_of(came.data, came.extension)
        if newest is not None and newest.mark == came.mark and self.archive.read(newest) == data:
            return self._read(slot, name, newest)
        landed = self.archive.add(place, data, came.mark, came.extension)
        return piece_of(
            self.spec, name, landed, data, shown.rows, now=True, own=self.own, day=None if slot == ALL else slot
        )

    def _read(self, slot: str, name: str, there: Landed) -> Piece:
        return read_piece(self.archive, self.spec, name, there, self.own, None if slot == ALL else slot)


def _segment(name: str) -> str:
    """A piece's name as a folder of the archive; of a long one, which no disk takes, the start and its mark."""
    start = name
    while len(encode_segment(start)) > _LONGEST_SEGMENT:
        start = start[:-1]
    return encode_segment(start if start == name else f"{start}~{mark_of(name)}")


def _is_wrong(piece: Piece, spec: SourceSpec) -> bool:
    drifted = drift(piece.rows.schema, spec, text=piece.text, rows=piece.rows.num_rows).problems
    return bool(piece.broken or piece.problems or drifted)


def piece_of(  # noqa: PLR0913 - all but four are by name
    spec: SourceSpec,
    name: str,
    landed: Landed,
    data: bytes,
    counted: int | None,
    *,
    now: bool,
    own: OwnFormat | None = None,
    day: str | None = None,
) -> Piece:
    """A landed object as a piece.

    Args:
        spec: What is declared of the source.
        name: What the source calls it.
        landed: The object.
        data: Its bytes.
        counted: How many rows the source counted, if it did.
        now: Whether it was taken now.
        own: What reads it, where it has a format of its own.
        day: Its day, where there are days.
    """
    extension = landed.path[landed.path.index(landed.mark) + len(landed.mark) :]
    if own is not None:
        read = _own_rows(own, data, extension, name, day)
        return Piece(name, landed, read.rows, True, counted, now, "", read.problems, read.comments)
    records = spec.source.records if isinstance(spec.source, RestWhere) else ""
    try:
        rows, broken = rows_of(data, extension, name, records), ""
    except MalformedError as error:
        rows, broken = pa.table({}), str(error)
    return Piece(name, landed, rows, is_text(extension), counted, now, broken)


def _own_rows(own: OwnFormat, data: bytes, extension: str, name: str, day: str | None) -> FileTable:
    if extension == PAGES:
        return joined([own.table(page, name, day) for page in data.splitlines()])
    return own.table(data, name, day)


def raw_rows(pieces: Sequence[Piece], spec: SourceSpec, day: str | None) -> pa.Table:
    """The rows of a slot as the raw table has them: declared columns, the day, and where each row is from.

    Raises:
        MalformedError: A value is not of its column's type.
    """
    return pa.concat_tables(_parts(pieces, spec, day))


def _parts(pieces: Sequence[Piece], spec: SourceSpec, day: str | None) -> Iterator[pa.Table]:
    for piece in pieces:
        count = piece.rows.num_rows
        table = declared_rows(piece.rows, spec, piece.name)
        table = table if day is None else table.add_column(0, DAY, pa.repeat(day, count))
        table = table.append_column("_source", pa.repeat(piece.landed.uri, count))
        taken_at = pa.scalar(piece.landed.taken_at, pa.timestamp("us", tz="UTC"))
        yield table.append_column("_taken_at", pa.repeat(taken_at, count))


def repeated_keys(rows: pa.Table, key: Sequence[str]) -> list[str]:
    """The keys that occur more than once, as text."""
    counted = rows.group_by(list(key)).aggregate([([], "count_all")])
    several = counted.filter(pc.greater(counted.column("count_all"), 1))
    return [", ".join(f"{name} {row[name]}" for name in key) for row in several.to_pylist()]


def marks_of(pieces: Sequence[Piece]) -> dict[str, str]:
    """What a slot was made of: the mark of each piece of its own by its name."""
    return {piece.name: piece.landed.mark for piece in pieces if not piece.late}
