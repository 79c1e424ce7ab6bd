"""Formats: ``format`` of a text, of dates kept as text, or the width of a number. What each means is in ``formats``."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from data_platform.contracts.elements import Property
from data_platform.contracts.rules import formats
from data_platform.contracts.rules.comparing.differences import Answer
from data_platform.contracts.rules.model import Declared, RuleSample, Samples, WrittenSample
from data_platform.contracts.rules.option import OptionRule
from data_platform.contracts.rules.paths import Path
from data_platform.contracts.rules.registry import rule_kind
from data_platform.contracts.rules.sql.values import NUMBERS, UnevaluableError, Value, text_literal

_TEXTS_WITHIN: Final = frozenset({("ipv4", "hostname")})
"""Formats of which every text is of the other format as well."""


@rule_kind(80)
@dataclass(frozen=True)
class Formatted(OptionRule):
    """An ODCS ``format``: of text, of dates kept as text, or the width of a number."""

    format: str

    options = {"format": ("string", "date", "timestamp", "time", "integer", "number")}  # noqa: RUF012 - never changed
    told_as = ("format-narrowed", "format-widened", "format-changed")

    def violation(self, value: Value) -> str:
        """Not of the format."""
        name = self.format
        if name in formats.ANNOTATIONS:
            raise UnevaluableError(f"format {name!r} says how a text is meant, and excludes no value")
        if value.family in ("date", "timestamp", "time", "null") or formats.FLOATS.get(name, 0) is None:
            return "false"  # it has no text, or is as wide as any column
        if value.family in NUMBERS:
            return _too_wide(value, name)
        value.needs("text")
        if name in formats.TEXT_PATTERNS:
            unlike = f"NOT regexp_full_match({value.sql}, {text_literal(formats.TEXT_PATTERNS[name])})"
            limit = formats.MAX_LENGTHS.get(name)
            return f"({unlike} OR length({value.sql}) > {limit})" if limit else unlike
        dates = formats.date_format(name)
        if dates is None:
            raise UnevaluableError(f"format {name!r} is not known")
        unlike = f"NOT regexp_full_match({value.sql}, {text_literal(dates.pattern)})"
        unreadable = f"try_strptime({value.sql}, {text_literal(dates.strptime)}) IS NULL"
        return f"({value.sql} IS NOT NULL AND ({unlike} OR {unreadable}))"

    def implies(self, other: "Formatted", _: str | None) -> Answer:
        """Whether what is of this format is of the other."""
        inner, outer = self.format, other.format
        if inner == outer or outer in formats.ANNOTATIONS or (inner, outer) in _TEXTS_WITHIN:
            return True
        small, large = formats.integer_range(inner), formats.integer_range(outer)
        if small and large:
            return large[0] <= small[0] and small[1] <= large[1]
        return inner in formats.FLOATS and outer == "f64"

    @classmethod
    def of_property(cls, column: Property, path: Path) -> Iterator[Declared]:
        """The rule of the option."""
        name = column.logical_type_options.get("format")
        if name is not None:
            yield Declared.at(path, "format", Formatted(str(name)), f"of format {name}")

    @classmethod
    def samples(cls) -> Samples:
        """An address in text, and the width of an integer."""
        address = RuleSample(
            Formatted("ipv4"), "VARCHAR", ("1.2.3.4", None), ("1.2.3.256", "01.2.3.4"), 2, wider=Formatted("hostname")
        )
        width = RuleSample(
            Formatted("i16"), "BIGINT", (-32768, 32767), (32768, 0), narrower=Formatted("u8"), wider=Formatted("i32")
        )

        def keys(name: str) -> dict[str, object]:
            return {"logicalType": "integer", "logicalTypeOptions": {"format": name}}

        return Samples((address, width), (WrittenSample(keys("i16"), "format", keys("i8"), "format-narrowed"),))


def _too_wide(value: Value, name: str) -> str:
    limit = formats.FLOATS.get(name)
    if limit is not None:
        real = f"CAST({value.sql} AS DOUBLE)"
        return f"(abs({real}) > {limit!r} AND isfinite({real}))"
    limits = formats.integer_range(name)
    if limits is None:
        raise UnevaluableError(f"format {name!r} is not known")
    return f"NOT ({value.sql} BETWEEN {value.literal(limits[0])} AND {value.literal(limits[1])})"
