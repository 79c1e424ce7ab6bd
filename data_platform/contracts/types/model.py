"""A column's type as one value, whatever dialect or format it was written in.

What belongs here: the shape of a type. What does not: names (``names``), Arrow (``arrow``), comparing (``holding``).
"""

from dataclasses import dataclass
from typing import Literal

Family = Literal[
    "text", "integer", "decimal", "float", "boolean", "date", "timestamp", "time", "list", "struct", "map", "binary",
    "interval", "uuid", "enum", "json", "bits", "any", "null", "other",
]  # fmt: skip
"""Kinds of value. ``any`` is of Snowflake's and Spark's VARIANT; ``null`` of a column of nothing but nulls."""


@dataclass(frozen=True, slots=True)
class ColumnType:
    """A type.

    Attributes:
        family: The kind of value.
        bits: The width: of an integer in two's complement, or without sign; of a binary float. None: without limit.
        signed: Whether an integer has a sign.
        precision: The most digits of a decimal. None: without limit.
        scale: Of these, how many stand behind the point. None: without limit.
        length: The most code points of text, or bytes of binary. None: without limit.
        zoned: Whether a timestamp or time of day is one of a known offset from UTC. None: it may be either.
        digits: The most digits of a fraction of a second.
        items: Of a list. None: anything.
        size: The number of items, where it is fixed.
        key: Of a map. None: anything.
        value: Of a map. None: anything.
        fields: Of a struct, in order. None: any.
        values: The texts of an enumeration.
    """

    family: Family
    bits: int | None = None
    signed: bool = True
    precision: int | None = None
    scale: int | None = None
    length: int | None = None
    zoned: bool | None = None
    digits: int | None = None
    items: "ColumnType | None" = None
    size: int | None = None
    key: "ColumnType | None" = None
    value: "ColumnType | None" = None
    fields: "tuple[tuple[str, ColumnType], ...] | None" = None
    values: tuple[str, ...] | None = None

    @property
    def least(self) -> int | None:
        """The least whole number of an integer; None: without limit."""
        if self.bits is None:
            return None
        return -(2 ** (self.bits - 1)) if self.signed else 0

    @property
    def most(self) -> int | None:
        """The greatest whole number of an integer; None: without limit."""
        return None if self.bits is None else 2 ** (self.bits - self.signed) - 1


def integer(bits: int | None, *, signed: bool = True) -> ColumnType:
    """Whole numbers."""
    return ColumnType("integer", bits=bits, signed=signed)


def decimal(precision: int | None = None, scale: int | None = None) -> ColumnType:
    """Decimal numbers; with a precision and no scale, whole ones."""
    return ColumnType("decimal", precision=precision, scale=0 if precision is not None and scale is None else scale)


def binary_float(bits: int) -> ColumnType:
    """Binary floating point of IEEE 754."""
    return ColumnType("float", bits=bits)


def text(length: int | None = None) -> ColumnType:
    """Text."""
    return ColumnType("text", length=length)


def timestamp(*, zoned: bool | None, digits: int = 6) -> ColumnType:
    """Instants (zoned), or local dates with a time of day."""
    return ColumnType("timestamp", zoned=zoned, digits=digits)


def time(*, zoned: bool | None = False, digits: int = 6) -> ColumnType:
    """Times of day."""
    return ColumnType("time", zoned=zoned, digits=digits)
