"""Whether data are of a declared type: by their own type where that settles it, else value by value.

What belongs here: the reason why no value can be, and SQL that is true for a value that is not. What does not: what a
type holds (``types.holding``).

Whatever fits without loss is of the type, whatever carries it: a 7 in a column of doubles is an integer, and a
SMALLINT.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from data_platform.contracts.rules.sql.values import Value, text_literal
from data_platform.contracts.types.holding import LOGICAL, NUMBERS, holds, may_hold
from data_platform.contracts.types.model import ColumnType, Family
from data_platform.contracts.types.names import Dialect
from data_platform.contracts.types.reading import UnknownTypeError, parse
from data_platform.contracts.types.writing import written

_WIDEST_DECIMAL: Final = 38
_JSON: Final = {"array": "ARRAY", "object": "OBJECT", "map": "OBJECT"}
_NESTED: Final[frozenset[Family]] = frozenset({"list", "struct", "map"})


class Misfit(NamedTuple):
    """What keeps data from being of a type.

    Attributes:
        reason: Why no value is; empty: some may be.
        values: SQL that is true for a value that is not; empty: all are.
    """

    reason: str = ""
    values: str = ""


_FITS: Final = Misfit()


def logical_misfit(logical: str, options: Mapping[str, object], value: Value, *, in_json: bool = False) -> Misfit:
    """What keeps a column from being of a logical type.

    Args:
        logical: The type.
        options: Its options, of which ``timezone`` and ``dimensions`` say what is of it.
        value: A value of the column.
        in_json: Whether the values are JSON in text.

    Raises:
        UnknownTypeError: The logical type is not one of ODCS 3.2.
    """
    own = value.type
    if logical not in LOGICAL:
        raise UnknownTypeError(f"{logical!r} is no logical type of ODCS")
    if own.family == "null":
        return _FITS
    if in_json and own.family == "text" and logical in _JSON:
        return Misfit(values=f"(NOT json_valid({value.sql}) OR json_type({value.sql}) <> '{_JSON[logical]}')")
    if own.family not in LOGICAL[logical]:
        return Misfit(f"is {value.arrow}, not {logical}")
    if logical == "integer":
        return Misfit(values=_unwhole(own, value.sql))
    return Misfit(_logical_option(logical, options, value))


def physical_misfit(physical: str, dialect: Dialect, value: Value) -> Misfit:
    """What keeps a column from being of a physical type.

    Args:
        physical: The type, as it is written.
        dialect: Whose SQL that is.
        value: A value of the column.

    Raises:
        UnknownTypeError: The physical type is not known.
    """
    wanted, own = parse(physical, dialect), value.type
    if holds(wanted, own):
        return _FITS
    if not may_hold(wanted, own):
        return Misfit(f"is {value.arrow}, which does not fit into {physical}{_zone_advice(wanted, own)}")
    return Misfit(values=_unfit(wanted, own, value.sql))


def _logical_option(logical: str, options: Mapping[str, object], value: Value) -> str:
    own, zoned = value.type, options.get("timezone")
    if logical == "timestamp" and isinstance(zoned, bool) and zoned != own.zoned:
        return f"is {value.arrow}, which has {'no' if zoned else 'a'} time zone"
    dimensions = options.get("dimensions")
    if logical == "vector" and dimensions and own.size and own.size != dimensions:
        return f"has {own.size} dimensions, not {dimensions}"
    return ""


def _zone_advice(wanted: ColumnType, own: ColumnType) -> str:
    if wanted.family != "timestamp" or own.family != "timestamp":
        return ""
    if own.zoned:
        return ", which has no time zone: declare TIMESTAMP WITH TIME ZONE, or deliver local times"
    return ", which has a time zone: declare one without, or deliver instants"


def _unwhole(own: ColumnType, value: str) -> str:
    """Of numbers that are no integer by their type: those that are not whole."""
    if own.family == "float":
        return f"(NOT isfinite({value}) OR {value} <> trunc({value}))"
    return f"({value} <> trunc({value}))" if own.family == "decimal" and own.scale else ""


def _unfit(wanted: ColumnType, own: ColumnType, value: str) -> str:
    if wanted.family in NUMBERS:
        return _unfit_number(wanted, own, value)
    if wanted.family in _NESTED:
        return changed_by_cast(wanted, own, value)
    return _UNFIT[wanted.family](wanted, own, value)


def _unfit_number(wanted: ColumnType, own: ColumnType, value: str) -> str:
    if wanted.family == "integer" and wanted.bits is None:
        return _unwhole(own, value)
    if wanted.family == "decimal" and (wanted.precision is None or wanted.precision > _WIDEST_DECIMAL):
        if own.family == "float":
            return f"(NOT isfinite({value}))"
        return "" if wanted.scale is None else f"({value} <> round({value}, {wanted.scale}))"
    return changed_by_cast(wanted, own, value)


def changed_by_cast(wanted: ColumnType, own: ColumnType, value: str) -> str:
    """SQL that is true for a value, not null, that is another after a cast to a type and back to its own.

    Args:
        wanted: The type.
        own: The value's own; DuckDB was given it as ``table.readable`` makes it.
        value: SQL of the value.
    """
    if own.family == "decimal" and (own.precision or 0) > _WIDEST_DECIMAL:
        own = replace(own, precision=_WIDEST_DECIMAL)  # as DuckDB was given it
    there = f"TRY_CAST({value} AS {written(wanted)})"
    return f"({value} IS NOT NULL AND TRY_CAST({there} AS {written(own)}) IS DISTINCT FROM {value})"


def _too_long(wanted: ColumnType, _: ColumnType, value: str) -> str:
    return f"(length({value}) > {wanted.length})"


def _too_many_bytes(wanted: ColumnType, _: ColumnType, value: str) -> str:
    return f"(octet_length({value}) > {wanted.length})"


def _unlisted(wanted: ColumnType, _: ColumnType, value: str) -> str:
    if wanted.values is None:
        return ""
    return f"({value} NOT IN ({', '.join(text_literal(text) for text in wanted.values)}))"


def _too_fine(wanted: ColumnType, own: ColumnType, value: str) -> str:
    """Moments with more digits of a second than are held; DuckDB keeps nine of local timestamps, six of the others."""
    kept = 9 if own.family == "timestamp" and not own.zoned and (own.digits or 0) > 6 else 6  # noqa: PLR2004 - see above
    if (wanted.digits or 0) >= kept:
        return ""
    since = f"epoch_ns({value})" if kept == 9 else f"epoch_us({value})"  # noqa: PLR2004 - see above
    if own.family == "time":
        since = f"microsecond({value})"
    return f"({since} % {10 ** (kept - (wanted.digits or 0))} <> 0)"


_UNFIT: Final[Mapping[Family, Callable[[ColumnType, ColumnType, str], str]]] = {
    "text": _too_long,
    "binary": _too_many_bytes,
    "uuid": lambda _, __, value: f"({value} IS NOT NULL AND TRY_CAST({value} AS UUID) IS NULL)",
    "json": lambda _, __, value: f"(NOT json_valid({value}))",
    "enum": _unlisted,
    "timestamp": _too_fine,
    "time": _too_fine,
}
