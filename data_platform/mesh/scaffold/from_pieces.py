"""A new source of files, of a file by HTTP or of an API: the newest piece is looked at, and what follows is guessed.

What belongs here: those guesses. What does not: databases and the file that is written (``from_source``).
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import pyarrow as pa

from data_platform.ingestion.errors import MissingFileError
from data_platform.ingestion.sources.drift import type_name
from data_platform.ingestion.sources.opening import opened
from data_platform.ingestion.sources.reading import ALL
from data_platform.ingestion.sources.rows import is_text, rows_of
from data_platform.ingestion.sources.spec import ADDED, DAY, SourceSpec
from data_platform.ingestion.sources.where import DAY as DAY_PLACE
from data_platform.mesh.errors import MeshError
from data_platform.mesh.scaffold.column_names import column_names
from data_platform.mesh.scaffold.source_options import RESTATED_DAYS, Guess, SourceOptions
from data_platform.storage.errors import InvalidFrame
from data_platform.storage.formats.column_types import parse_type

_DATES: Final = (
    (re.compile(r"(?<!\d)20\d\d-\d\d-\d\d(?!\d)"), "{day}"),
    (re.compile(r"(?<!\d)20\d{6}(?!\d)"), "{day:%Y%m%d}"),
)
_LOOKED_BACK: Final = 14
_ASKED_DAYS: Final = 3
"""So far back an API is asked again, for each day is a request or more."""


def of_files(options: SourceOptions, url: str) -> Guess:
    """A source of files that a pattern means.

    Args:
        options: What is said of it.
        url: What the file has in the place of the address.

    Raises:
        MeshError: There are none, or the newest cannot be read.
        SourceError: They cannot be listed.
    """
    where = {"type": "files", "url": url, **({"path": options.path} if options.path else {})}
    notes: list[str] = []
    daily = DAY_PLACE.search(options.address) is not None
    if not daily and url == options.address and (dated := _dated(where)) is not None:
        where, daily = {**where, "url": dated}, True
        notes.append(f"days: by the date in the files' names, a guess: {dated}")
    return _guess(where, notes, daily=daily, restated=RESTATED_DAYS, lookback=3660)


def of_answer(options: SourceOptions, url: str) -> Guess:
    """A source of one file by HTTP, or of an API's records.

    Raises:
        MeshError: There is nothing, or it cannot be read.
        SourceError: The server cannot be asked.
    """
    daily = DAY_PLACE.search(options.address) is not None
    where: dict[str, Any] = {"type": "rest" if options.rest else "http", "url": url}
    where |= {"path": options.path} if options.path else {}
    notes: list[str] = []
    if options.rest:
        where |= {"records": options.records} if options.records else {}
        where["pages"] = {"by": "link"}
        notes.append("pages: by links, a guess: write by: number, offset or cursor under pages where it goes on so")
    return _guess(where, notes, daily=daily, restated=_ASKED_DAYS, lookback=_LOOKED_BACK)


def _guess(where: dict[str, Any], notes: list[str], *, daily: bool, restated: int, lookback: int) -> Guess:
    table, text, name = _newest(where, daily=daily, lookback=lookback)
    own = list(table.column_names)
    names = {column: called for called, column in column_names(own, (*ADDED, *([DAY] if daily else []))).items()}
    columns: dict[str, Any] = {}
    left_out = []
    for field in table.schema:
        kind = "string" if text else _kind(field.type)
        if kind is None:
            left_out.append(field.name)
            continue
        called = names[field.name]
        columns[called] = kind if called == field.name else {"type": kind, "source": field.name}
    attributes: dict[str, Any] = {"source": where, "columns": columns}
    typed = "as text, which a product types" if text else "typed as the file has them"
    told = [*notes, f"columns: {len(columns)} of {name}, {typed}; what you do not want goes into leave_out"]
    if left_out:
        attributes["leave_out"] = left_out
        told.append(f"left out, since tables have no such type: {', '.join(left_out)}")
    if key := _key(table, names):
        attributes["key"] = [key]
        told.append(f"key: {key}, a guess: it has another value in each row of {name}")
    else:
        told.append("key: no column looks like one; write key: [column] under attributes, so that doubles are refused")
    if daily:
        attributes["restated_days"] = restated
        told.append(f"restated_days: {restated}, a guess: for so long are past days looked at for changes")
    else:
        told.append("days: no date is in the address, so it is taken whole where it moved; write {day} where one is")
    return Guess(attributes, tuple(told))


def _provisional(where: dict[str, Any], *, daily: bool) -> SourceSpec:
    return SourceSpec.model_validate(
        {"source": where, "columns": {"any": "string"}, **({"restated_days": 0} if daily else {})}
    )


def _newest(where: dict[str, Any], *, daily: bool, lookback: int) -> tuple[pa.Table, bool, str]:
    """The rows of the newest piece, whether all is text, and what the piece is called."""
    spec = _provisional(where, daily=daily)
    today = datetime.now(UTC).date()
    with opened(spec) as reader:
        if not daily:
            shown = reader.shown(None)
        elif where["type"] == "files":
            shown = reader.shown((today - timedelta(days=lookback), today))
        else:
            shown = _last_answer(reader, today, lookback)
        if not shown:
            raise MissingFileError(f"there is nothing at {where['url']}")
        slot = max(shown)
        piece = max(shown[slot])
        came = reader.read(slot, piece)
    rows = rows_of(came.data, came.extension, piece, where.get("records", ""))
    if not rows.column_names:
        raise MeshError(f"{piece} has no rows, so nothing says which columns it has")
    return rows, is_text(came.extension), piece


def _last_answer(reader: Any, today: date, lookback: int) -> dict[str, Any]:
    for back in range(lookback + 1):
        day = today - timedelta(days=back)
        if shown := reader.shown((day, day)):
            return dict(shown)
    return {}


def _dated(where: dict[str, Any]) -> str | None:
    """The pattern with the date in it, where every file's name has one in the same place; None: they have not."""
    folder, slash, last = where["url"].rpartition("/")
    if "*" not in last:
        return None
    with opened(_provisional(where, daily=False)) as reader:
        names = [path.rpartition("/")[2] for path in reader.shown(None).get(ALL, {})]
    for expression, place in _DATES:
        if names and all(len(expression.findall(name)) == 1 for name in names):
            return f"{folder}{slash}{_common([expression.sub(place, name) for name in names], place)}"
    return None


def _common(names: Sequence[str], place: str) -> str:
    """One pattern for names that have the date in them already."""
    if len(set(names)) == 1:
        return names[0]
    before = {name.partition(place)[0] for name in names}
    after = {name.partition(place)[2] for name in names}
    ending = {name[name.index(".") :] for name in after if "." in name}
    start = before.pop() if len(before) == 1 else "*"
    if len(after) == 1:
        return f"{start}{place}{after.pop()}"
    return f"{start}{place}*{ending.pop() if len(ending) == 1 else ''}"


def _kind(kind: pa.DataType) -> str | None:
    name = type_name(kind)
    try:
        parse_type(name)
    except InvalidFrame:
        return None
    return "timestamp" if name == "timestamp_ntz" else name


def _key(table: pa.Table, names: dict[str, str]) -> str | None:
    """The first column that is called an id and has another value in each row."""
    for own, called in names.items():
        if called == "id" or called.endswith(("_id", "_number")):
            column = table.column(own)
            if not column.null_count and len(column.unique()) == table.num_rows:
                return called
    return None
