"""What Delta's log says of a data file's columns: the least and greatest values, by which readers leave files out.

What belongs here: these statistics, made of a Parquet file's own. What does not: writing the file
(``partition_file``). The format: https://github.com/delta-io/delta/blob/master/PROTOCOL.md#per-file-statistics.

They are those that deltalake writes, but where its own would make a reader leave out a file that has the row: the
greatest timestamp is rounded up to the millisecond, not down; a decimal that no double holds, and the greatest of
numbers with a NaN among them (which is greater than any other), are left out.
"""

import json
import math
from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.types as pat

_LONGEST_TEXT: Final = 64  # bytes
_LAST_CHARACTER: Final = 0x10FFFF
_SURROGATES: Final = range(0xD800, 0xE000)

_Path = tuple[str, ...]


def file_stats(metadata: pq.FileMetaData, schema: pa.Schema, *, nan: Collection[str], columns: int) -> str:
    """The statistics of a data file, as JSON.

    Args:
        metadata: The Parquet file's.
        schema: Its columns.
        nan: The names of its columns of floats that hold a NaN.
        columns: Of how many columns, counted with those within structs, there are to be statistics.

    Returns:
        ``numRecords``, ``minValues``, ``maxValues`` and ``nullCount``. A bound that is not known is left out, as are
        columns of bytes, lists and maps.
    """
    least: dict[str, object] = {}
    greatest: dict[str, object] = {}
    nulls: dict[str, object] = {}
    for index, (path, kind) in enumerate(_leaves(schema)):
        if index >= columns:
            break
        if kind is None:
            continue
        low, high, empty = _range(metadata, index)
        if empty is not None:
            _put(nulls, path, empty)
        if pat.is_floating(kind) and (len(path) > 1 or path[0] in nan):
            high = None
        _put(least, path, _shown(low, kind, upper=False))
        _put(greatest, path, _shown(high, kind, upper=True))
    stats = {"numRecords": metadata.num_rows, "minValues": least, "maxValues": greatest, "nullCount": nulls}
    return json.dumps(stats, allow_nan=False, separators=(",", ":"))


def _leaves(schema: pa.Schema) -> Iterator[tuple[_Path, pa.DataType | None]]:
    """Parquet's columns in their order; the type is ``None`` where there are no statistics of it."""
    for field in schema:
        yield from _leaves_of((field.name,), field.type)


def _leaves_of(path: _Path, kind: pa.DataType) -> Iterator[tuple[_Path, pa.DataType | None]]:
    if pat.is_struct(kind):
        for field in kind:
            yield from _leaves_of((*path, field.name), field.type)
    elif kind.num_fields:
        for index in range(kind.num_fields):
            yield from ((leaf, None) for leaf, _ in _leaves_of(path, kind.field(index).type))
    elif pat.is_map(kind):
        for inner in (kind.key_type, kind.item_type):
            yield from ((leaf, None) for leaf, _ in _leaves_of(path, inner))
    else:
        yield path, None if pat.is_binary(kind) else kind


def _range(metadata: pq.FileMetaData, column: int) -> tuple[object, object, int | None]:
    """The least and greatest value as Parquet has them, ``None`` where not known, and how many are null."""
    lows, highs, nulls, known = [], [], 0, True
    for group in range(metadata.num_row_groups):
        stats = metadata.row_group(group).column(column).statistics
        if stats is None or not stats.has_null_count:
            return None, None, None
        nulls += stats.null_count
        if stats.has_min_max:
            lows.append(stats.min_raw)
            highs.append(stats.max_raw)
        elif stats.num_values:
            known = False
    if not known or not lows:
        return None, None, nulls
    if isinstance(lows[0], bytes) and metadata.schema.column(column).physical_type == "FIXED_LEN_BYTE_ARRAY":
        lows = [int.from_bytes(value, signed=True) for value in lows]
        highs = [int.from_bytes(value, signed=True) for value in highs]
    return min(lows), max(highs), nulls


def _put(into: dict[str, Any], path: _Path, value: Any) -> None:
    if value is None:
        return
    for name in path[:-1]:
        into = into.setdefault(name, {})
    into[path[-1]] = value


def _shown(raw: Any, kind: pa.DataType, *, upper: bool) -> Any:
    """A bound as the log has it; ``None`` where the log cannot say it without leaving a value out."""
    if raw is None:
        return None
    if pat.is_string(kind):
        return _short(raw.decode(), upper=upper)
    if pat.is_decimal(kind):
        nearest = raw / 10**kind.scale
        return nearest if Fraction(repr(nearest)) == Fraction(raw, 10**kind.scale) else None
    if pat.is_floating(kind):
        return raw if math.isfinite(raw) else None
    if pat.is_date(kind) or pat.is_timestamp(kind):
        return _time(raw, kind, upper=upper)
    return raw


def _time(raw: int, kind: pa.DataType, *, upper: bool) -> str | None:
    try:
        if pat.is_date(kind):
            return (date(1970, 1, 1) + timedelta(days=raw)).isoformat()
        milliseconds = -(-raw // 1000) if upper else raw // 1000
        text = (datetime(1970, 1, 1) + timedelta(milliseconds=milliseconds)).isoformat(  # noqa: DTZ001 - wall clock
            sep="T" if kind.tz else " ", timespec="milliseconds"
        )
    except OverflowError:
        return None
    return f"{text}Z" if kind.tz else text


def _short(text: str, *, upper: bool) -> str | None:
    """A text that is no longer than a bound may be, and not greater (or not less) than the given one."""
    data = text.encode()
    if len(data) <= _LONGEST_TEXT:
        return text
    start = data[:_LONGEST_TEXT].decode(errors="ignore")
    if not upper:
        return start
    while start:
        following = ord(start[-1]) + 1
        if following <= _LAST_CHARACTER:
            return start[:-1] + chr(_SURROGATES.stop if following in _SURROGATES else following)
        start = start[:-1]
    return None
