"""Objects and arrays in a text file, which are JSON: read property by property, as columns are.

What belongs here: what a nested column of JSON is read as, and the SQL that reads it. What does not: single values
(``text_columns``), which are handed in.

DuckDB's own cast from JSON is not used where the contract says what is inside: it makes 2 of 1.5, and null of what it
cannot read. A value that is not of its type makes the whole column null in that row, which the rule of the column's
type tells; a property that is missing is null.
"""

from collections.abc import Callable
from typing import Final

import pyarrow as pa

from data_platform.contracts.checks.sources import TextType
from data_platform.contracts.rules.paths import ITEMS, Path
from data_platform.contracts.rules.sql.values import text_literal
from data_platform.contracts.types.arrow import to_arrow
from data_platform.contracts.types.model import ColumnType
from data_platform.contracts.types.writing import written

LOGICAL: Final = frozenset({"object", "array", "map", "vector"})
"""The logical types that are nested."""

_TEXT: Final = TextType(pa.string(), "", "VARCHAR")
_OBJECT: Final = TextType(pa.map_(pa.string(), pa.string()), "", "MAP(VARCHAR, VARCHAR)")
_ARRAY: Final = TextType(pa.list_(pa.string()), "", "VARCHAR[]")
_VECTOR: Final = TextType(pa.list_(pa.float64()), "", "DOUBLE[]")
_OPEN: Final = {"object": _OBJECT, "map": _OBJECT, "array": _ARRAY, "vector": _VECTOR}

Declared = Callable[[Path], TextType | None]
Scalar = Callable[[TextType, str], str]


def nested_type(
    logical: str, path: Path, names: tuple[str, ...] | None, physical: ColumnType | None, declared: Declared
) -> TextType:
    """What a nested column is read as.

    Args:
        logical: Its logical type.
        path: The column, or what is nested in one.
        names: The properties of an object; ``None``: the contract does not say.
        physical: Its physical type, where it has one.
        declared: What is declared at a path; ``None``: text.
    """
    if names is not None:
        fields = {name: declared((*path, name)) or _TEXT for name in names}
        return TextType(pa.struct([(name, inner.kind) for name, inner in fields.items()]), "", "", fields=fields)
    kind = None if physical is None else to_arrow(physical)
    if physical is not None and kind is not None and pa.types.is_nested(kind):
        return TextType(kind, "", written(physical))
    items = declared((*path, ITEMS)) if logical == "array" else None
    return _OPEN[logical] if items is None else TextType(pa.list_(items.kind), "", "", items=items)


def read(text_type: TextType, text: str, scalar: Scalar) -> str:
    """SQL of a column's value; null where it is not of its type.

    Args:
        text_type: What it is read as.
        text: SQL of its text.
        scalar: SQL of a single value, given its type and the SQL of its text.
    """
    json = f"TRY_CAST({text} AS JSON)"
    return f"CASE WHEN NOT {_broken(text_type, json, scalar, 0)} THEN {_value(text_type, json, scalar, 0)} END"


def _value(text_type: TextType, json: str, scalar: Scalar, depth: int) -> str:
    if text_type.fields:
        inner = (
            f"{text_literal(name)}: {_value(field, _property(json, name), scalar, depth)}"
            for name, field in text_type.fields.items()
        )
        return f"CASE WHEN json_type({json}) = 'OBJECT' THEN {{{', '.join(inner)}}} END"
    if text_type.items is not None:
        item = f"x{depth}"
        return (
            f"list_transform(TRY_CAST({json} AS JSON[]), {item} -> {_value(text_type.items, item, scalar, depth + 1)})"
        )
    if pa.types.is_nested(text_type.kind):
        return f"TRY(CAST({json} AS {text_type.sql}))"
    return _text(json) if text_type is _TEXT else scalar(text_type, _text(json))


def _broken(text_type: TextType, json: str, scalar: Scalar, depth: int) -> str:
    """SQL that is true where something in it is not of its type; never null."""
    there = f"coalesce(json_type({json}) <> 'NULL', false)"
    if text_type.fields:
        names = ", ".join(text_literal(name) for name in text_type.fields)
        unknown = f"len(list_filter(json_keys({json}), k -> k NOT IN ({names}))) > 0"
        parts = [
            _broken(field, _property(json, name), scalar, depth)
            for name, field in text_type.fields.items()
            if field is not _TEXT
        ]
        wrong = " OR ".join([f"json_type({json}) <> 'OBJECT'", unknown, *parts])
    elif text_type.items is not None:
        item = f"x{depth}"
        inner = (
            f"list_filter(TRY_CAST({json} AS JSON[]), {item} -> {_broken(text_type.items, item, scalar, depth + 1)})"
        )
        wrong = f"json_type({json}) <> 'ARRAY' OR len({inner}) > 0"
    elif text_type is _TEXT:
        return "false"
    else:
        wrong = f"{_value(text_type, json, scalar, depth)} IS NULL"
    return f"({there} AND coalesce({wrong}, false))"


def _property(json: str, name: str) -> str:
    pointer = "/" + name.replace("~", "~0").replace("/", "~1")
    return f"json_extract({json}, {text_literal(pointer)})"


def _text(json: str) -> str:
    return f"({json} ->> '$')"
