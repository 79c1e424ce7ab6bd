"""A table without days, brought up to date by what changed: the rows from the highest cursor on, put in place by key.

What belongs here: what is read and landed, and whether the raw table is the database's table with it. What does not:
queries (``sql.table``), and the step that checks and writes (``orchestration.ingestion.changing_source``).

Neither a row that is gone nor one that got a cursor lower than what was read before is seen that way. So all keys are
read as well, each with its cursor, in the same transaction: where the raw table would have others, the whole is taken
again. Rows are read from a while before the highest cursor on, for transactions that were begun early and ended late.

What the raw table is made of stands in its own commits, so that neither a run that is killed between landing and
writing, nor a table that is deleted, leaves rows out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import pyarrow.compute as pc

from data_platform.ingestion.archive import Archive, mark_of
from data_platform.ingestion.sources.drift import drift
from data_platform.ingestion.sources.landing import Piece, piece_of, raw_rows, repeated_keys, take
from data_platform.ingestion.sources.reading import ALL, Shown
from data_platform.ingestion.sources.spec import SourceSpec
from data_platform.ingestion.sources.where import SqlWhere
from data_platform.storage.delta import open_scan
from data_platform.storage.delta.history import versions
from data_platform.storage.errors import MissingTable
from data_platform.storage.objects.store import ObjectStore

if TYPE_CHECKING:
    from data_platform.ingestion.sources.sql.table import TableReader

CHANGES: Final = "changes"
"""The slot of the archive in which changed rows are landed."""

_PIECE: Final = "source_piece"
_MARK: Final = "source_mark"
_CURSOR: Final = "source_cursor"
_COLUMNS: Final = "source_columns"
_LOOK_BACK: Final = 20


@dataclass(frozen=True)
class State:
    """What a raw table was made of, as its newest commit says.

    Attributes:
        piece: The path of what was landed last of what is in it.
        mark: The mark of the source's table then.
        cursor: The highest value of the cursor among its rows, as text; empty: there is none.
        columns: A mark of the columns that were declared.
    """

    piece: str
    mark: str
    cursor: str
    columns: str

    def as_metadata(self) -> dict[str, object]:
        """For the commit."""
        return {_PIECE: self.piece, _MARK: self.mark, _CURSOR: self.cursor, _COLUMNS: self.columns}

    @classmethod
    def of(cls, metadata: Mapping[str, object]) -> Self | None:
        """As a commit says it; None: it says nothing of the kind."""
        said = [metadata.get(name) for name in (_PIECE, _MARK, _CURSOR, _COLUMNS)]
        return cls(*map(str, said)) if None not in said else None


@dataclass(frozen=True)
class Update:
    """What is to be done to a raw table.

    Attributes:
        piece: What was taken; None: the source has not moved, and the table is as it should be.
        whole: Whether the piece is all rows, and takes the table's place.
        rows: How many rows the source counted.
        new_columns: Columns of the source that nobody named.
    """

    piece: Piece | None
    whole: bool
    rows: int
    new_columns: tuple[str, ...]


def takes_changes(spec: SourceSpec) -> bool:
    """Whether a source is taken so: a table without days that has a cursor and a key."""
    return isinstance(spec.source, SqlWhere) and not spec.daily and spec.cursor is not None and bool(spec.key)


def state_of(store: ObjectStore, path: str) -> State | None:
    """What a raw table was made of; None: there is none, or somebody else wrote it last.

    Raises:
        StorageError: The store failed.
    """
    try:
        newest = versions(store, path, limit=_LOOK_BACK)
    except MissingTable:
        return None
    written = (State.of(version.metadata) for version in newest if version.mode != "compact")
    return next(written, None)


def state_after(update: Update, spec: SourceSpec, before: State | None) -> State:
    """What a raw table is made of with an update that has a piece."""
    piece = update.piece
    if piece is None:
        raise ValueError("an update without a piece changes no state")
    column = piece.rows.column(spec.source_name(str(spec.cursor)))
    highest = pc.max(column).as_py()
    known = "" if before is None or update.whole else before.cursor
    cursor = known if highest is None else str(highest)
    return State(piece.landed.path, piece.landed.mark, cursor, columns_mark(spec))


def columns_mark(spec: SourceSpec) -> str:
    """A mark of what is declared of the columns: another one has the table made anew."""
    return mark_of(*(f"{name}:{spec.source_name(name)}:{column.type}" for name, column in spec.columns.items()))


def take_update(reader: "TableReader", archive: Archive, spec: SourceSpec, path: str) -> Update:
    """Take what changed, or the whole where changes alone would not make the raw table what the source has.

    Args:
        reader: The table, opened.
        archive: Where its deliveries are landed.
        spec: What is declared of it.
        path: The raw table's path below the archive's store.

    Raises:
        SourceError: The source cannot be read.
        StorageError: The store cannot be read or written.
    """
    ((name, shown),) = reader.shown(None)[ALL].items()
    state = state_of(archive.store, path)
    rows, new = shown.rows or 0, drift(reader.schema(), spec, text=False).new
    if state is not None and state.columns == columns_mark(spec) and state.cursor:
        if state.mark == shown.mark:
            return Update(None, whole=False, rows=rows, new_columns=new)
        piece = _changes(reader, archive, spec, (name, shown), state)
        if _is_enough(piece, reader, archive.store, path, spec):
            return Update(piece, whole=False, rows=rows, new_columns=new)
    (piece,) = take(reader, archive, spec, None)[ALL]
    return Update(piece, whole=True, rows=rows, new_columns=new)


def _changes(
    reader: "TableReader", archive: Archive, spec: SourceSpec, named: tuple[str, Shown], state: State
) -> Piece:
    """The changed rows, landed now, or by a run that ended before it could write them."""
    name, shown = named
    newest = archive.newest(CHANGES)
    if newest is not None and newest.mark == shown.mark and _file_name(newest.path) > _file_name(state.piece):
        return piece_of(spec, name, newest, archive.read(newest), None, now=False)
    came = reader.changes(state.cursor)
    landed = archive.add(CHANGES, came.data, shown.mark, came.extension)
    return piece_of(spec, name, landed, came.data, None, now=True)


def _is_enough(piece: Piece, reader: "TableReader", store: ObjectStore, path: str, spec: SourceSpec) -> bool:
    """Whether the raw table has the source's keys with their cursors, and no others, once changed rows are in it."""
    if piece.broken or drift(piece.rows.schema, spec, text=False).problems:
        return False
    compared = [*spec.key, *({str(spec.cursor)} - set(spec.key))]
    changed = raw_rows([piece], spec, None).select(compared)
    if repeated_keys(changed, spec.key):
        return False
    import polars as pl  # noqa: PLC0415 - half a second, for those alone that compare

    there = pl.DataFrame(open_scan(store, path, columns=compared).whole().cast(changed.schema))
    newer = pl.DataFrame(changed)
    known = pl.concat([there.join(newer, on=spec.key, how="anti", nulls_equal=True), newer])
    seen = 0
    for part in reader.all_keys():
        keys = pl.DataFrame(part.rename_columns(compared).cast(changed.schema))
        seen += keys.height
        if keys.join(known, on=compared, how="anti", nulls_equal=True).height:
            return False
    return seen == known.height


def _file_name(path: str) -> str:
    return path.rpartition("/")[2]
