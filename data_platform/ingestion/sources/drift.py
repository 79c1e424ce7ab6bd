"""What a delivery's columns are, held against what they should be; and its rows as the raw table has them.

What belongs here: drift, and bringing rows into the declared types. What does not: reading them (``rows``).

A column that is new is told and kept: what was landed has it, so that naming it later brings its past as well. One that
is missing, or of another type, is refused until ``defs.yaml`` says otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from data_platform.ingestion.errors import MalformedError
from data_platform.ingestion.sources.spec import SourceSpec
from data_platform.storage.formats.column_types import parse_type, plain

_ZONED: Final = r":\d\d(\.\d+)?([Zz]|[+-]\d\d(:?\d\d)?)$"
"""A time that names its zone at its end."""

_NAMES: Final = {"string": "string", "int64": "int64", "double": "double", "bool": "bool"}


@dataclass(frozen=True)
class Drift:
    """How a delivery differs.

    Attributes:
        new: Columns that it has and nobody named.
        problems: What is missing or of another type, each with what to write.
    """

    new: tuple[str, ...]
    problems: tuple[str, ...]


def drift(schema: pa.Schema, spec: SourceSpec, *, text: bool, rows: int = 1) -> Drift:
    """Hold a delivery's columns against those that are declared.

    Args:
        schema: The delivery's, by the source's names.
        spec: What is declared.
        text: Whether it is a format in which every value is text.
        rows: How many it has; text without rows may have no columns at all.
    """
    known = {spec.source_name(name) for name in spec.columns}
    if spec.late_days and spec.partition is not None:  # what a reader adds to say of which day a row is
        known.add(spec.partition.column)
    new = tuple(sorted(set(schema.names) - known - set(spec.leave_out)))
    problems = []
    for name, column in spec.columns.items():
        own, declared = spec.source_name(name), parse_type(column.type)
        if own not in schema.names:
            if not column.optional and (rows or schema.names or not text):
                problems.append(
                    f"column {own} is missing: where that is meant, take {name} out of columns, or add optional: true "
                    "to it"
                )
        elif not text and not _fits(schema.field(own).type, declared):
            there = type_name(schema.field(own).type)
            problems.append(
                f"column {own} is {there}, and was to be {type_name(declared)}: where that is meant, write {name}: "
                f"{there}"
            )
    return Drift(new, tuple(problems))


def declared_rows(table: pa.Table, spec: SourceSpec, name: str) -> pa.Table:
    """The rows with the declared columns, in their order and types.

    Args:
        table: As it came, without drift.
        spec: What is declared.
        name: Of the delivery, for errors.

    Raises:
        MalformedError: A value is not of its column's type; which value is not told.
    """
    columns: dict[str, pa.ChunkedArray] = {}
    for column, said in spec.columns.items():
        own, kind = spec.source_name(column), parse_type(said.type)
        if own not in table.column_names:
            columns[column] = pa.chunked_array([pa.nulls(table.num_rows, kind)])
            continue
        try:
            columns[column] = _cast(plain(table.select([own])).column(0), kind)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError):
            raise MalformedError(
                f"{name}: a value of {own} is no {type_name(kind)}: declare {column} as string and type it in the "
                "product, or have it mended at the source"
            ) from None
    return pa.table(columns)


def _cast(values: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """Values as another type; texts of times that name no zone are in UTC, as everywhere."""
    if not (pat.is_string(values.type) and pat.is_timestamp(kind) and kind.tz):
        return values.cast(kind)
    zoned = pc.match_substring_regex(values, _ZONED)
    nothing = pa.scalar(None, values.type)
    bare = pc.if_else(zoned, nothing, values).cast(pa.timestamp(kind.unit)).cast(kind)
    return pc.coalesce(pc.if_else(zoned, values, nothing).cast(kind), bare)


def declared_types(spec: SourceSpec) -> Mapping[str, tuple[str, str]]:
    """Type and description of each column of the raw table."""
    return {name: (column.type, column.description) for name, column in spec.columns.items()}


def type_name(kind: pa.DataType) -> str:
    """A type as ``defs.yaml`` has it."""
    if pat.is_timestamp(kind):
        return "timestamp" if kind.tz else "timestamp_ntz"
    if pat.is_date(kind):
        return "date"
    if pat.is_decimal(kind):
        return f"decimal({kind.precision}, {kind.scale})"
    return _NAMES.get(str(kind), str(kind))


def _fits(there: pa.DataType, declared: pa.DataType) -> bool:
    """Whether every value of a type is one of another, unchanged."""
    there = plain(pa.table({"x": pa.nulls(0, there)})).schema.field(0).type
    if there.equals(declared) or pat.is_null(there):
        return True
    if pat.is_timestamp(there) and pat.is_timestamp(declared):
        return bool(declared.tz) or not there.tz
    if pat.is_integer(there) and pat.is_integer(declared):
        return int(there.bit_width) <= int(declared.bit_width)
    if pat.is_floating(there) and pat.is_floating(declared):
        return int(there.bit_width) <= int(declared.bit_width)
    if pat.is_decimal(there) and pat.is_decimal(declared):
        whole = there.precision - there.scale <= declared.precision - declared.scale
        return bool(whole and there.scale <= declared.scale)
    return False
