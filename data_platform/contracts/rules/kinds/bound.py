"""Bounds: ``minimum``, ``maximum``, ``exclusiveMinimum`` and ``exclusiveMaximum`` of numbers, dates, times, timestamps.

NaN breaks every bound. A limit that the column's type cannot hold makes the check an error.
"""

import math
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Literal

from data_platform.contracts.elements import Property
from data_platform.contracts.findings import quoted
from data_platform.contracts.rules.comparing.differences import Answer, Difference, kind_of_difference
from data_platform.contracts.rules.comparing.intervals import Interval
from data_platform.contracts.rules.comparing.limits import value_of
from data_platform.contracts.rules.model import Declared, RuleSample, Samples, WrittenSample
from data_platform.contracts.rules.option import OptionRule, place, zone_of
from data_platform.contracts.rules.paths import Path, Scalar
from data_platform.contracts.rules.registry import rule_kind
from data_platform.contracts.rules.sources import Wrong
from data_platform.contracts.rules.sql.values import ORDERED, Value, float_name
from data_platform.contracts.rules.written import TEMPORAL, comparable, kind_of

Operator = Literal["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]
_OPERATORS: Final[tuple[Operator, ...]] = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_BREAKS: Final = {"minimum": "<", "maximum": ">", "exclusiveMinimum": "<=", "exclusiveMaximum": ">="}
_TYPES: Final = ("integer", "number", "date", "timestamp", "time")
_PAIRS: Final = tuple((low, high) for low in _OPERATORS for high in _OPERATORS if "inimum" in low and "aximum" in high)


@rule_kind(50)
@dataclass(frozen=True)
class Bound(OptionRule):
    """On the right side of a limit; for numbers, dates, times and timestamps."""

    operator: Operator
    limit: Scalar
    zone: str = "UTC"

    options = dict.fromkeys(_OPERATORS, _TYPES)
    keyword_of = frozenset({"integer", "number"})
    told_as = ("range-narrowed", "range-widened", "range-changed")

    def violation(self, value: Value) -> str:
        """On the wrong side of the limit."""
        own = value.needs(*ORDERED)
        if own == "null":
            return "false"
        wrong = f"{value.sql} {_BREAKS[self.operator]} {value.literal(self.limit, self.zone)}"
        if own == "float" and self.operator in ("minimum", "exclusiveMinimum"):
            return f"({wrong} OR {value.sql} > CAST('infinity' AS {float_name(value.type)}))"  # only NaN is
        return f"({wrong})"

    def implies(self, other: "Bound", logical: str | None) -> Answer:
        """Whether what is on the right side of this limit is on that of the other."""
        return _within([self], [other], logical)

    @classmethod
    def of_property(cls, column: Property, path: Path) -> Iterator[Declared]:
        """One rule an option."""
        options = column.logical_type_options
        for name in _OPERATORS if options else ():
            if options.get(name) is not None:
                rule = Bound(name, options[name], zone_of(column))
                yield Declared.at(path, name, rule, f"{name} {options[name]}")

    @classmethod
    def differences(cls, old: Property, new: Property) -> Iterator[Difference]:
        """What became of the range that all bounds of a property make together."""
        before, after = _bounds(old), _bounds(new)
        if before == after:
            return
        narrower, wider = _within(after, before, new.logical_type), _within(before, after, old.logical_type)
        if narrower and wider:
            return
        limits = (side.logical_type_options for side in (old, new))
        written: list[dict[str, object]] = [
            {name: options[name] for name in _OPERATORS if name in options} for options in limits
        ]
        yield Difference.of_limits(kind_of_difference(narrower, wider, cls.told_as), *written)

    @classmethod
    def problems(cls, column: Property) -> Iterator[Wrong]:
        """Limits that are no values of the type, and two that leave nothing between them."""
        options, logical = column.logical_type_options, column.logical_type
        if not options:
            return
        for key in _OPERATORS:
            limit, type_read = options.get(key), "number" if logical in {"integer", "number"} else logical
            is_typed = logical in {*TEMPORAL, "integer", "number"}
            if limit is not None and is_typed and comparable(limit, type_read) is None:
                message = f"{key} {quoted(limit)} is not a value of logicalType '{logical}'"
                yield Wrong("wrong-limit", place(column, key), message, f"write {kind_of(logical)}")
        for lower, upper in _PAIRS:
            low, high = comparable(options.get(lower), logical), comparable(options.get(upper), logical)
            touching = low == high and "exclusive" in f"{lower}{upper}"
            if low is not None and high is not None and (low > high or touching):
                message = f"{lower} {quoted(options[lower])} leaves nothing below {upper} {quoted(options[upper])}"
                fix = f"write a smaller {lower} or a larger {upper}"
                yield Wrong("minimum-above-maximum", place(column, lower), message, fix)

    @classmethod
    def json_schema(cls, column: Property) -> Mapping[str, object]:
        """Bounds of dates are no keywords of JSON Schema."""
        if column.logical_type not in TEMPORAL:
            return super().json_schema(column)
        options = column.logical_type_options
        return {f"x-{key}": str(options[key]) for key in _OPERATORS if key in options}

    @classmethod
    def samples(cls) -> Samples:
        """A bound of whole numbers, and one of floats, which NaN breaks."""
        nan = float("nan")
        whole = RuleSample(
            Bound("minimum", 1), "BIGINT", (1, 2, None), (0, 1), narrower=Bound("minimum", 2), wider=Bound("minimum", 0)
        )
        real = RuleSample(Bound("exclusiveMaximum", 0.5), "DOUBLE", (0.25, None), (0.5, nan), 2)

        def keys(**options: object) -> dict[str, object]:
            return {"logicalType": "integer", "logicalTypeOptions": options}

        written = WrittenSample(
            keys(minimum=1), "minimum", keys(minimum=2), "range-narrowed",
            keys(minimum=9, maximum=3), "minimum-above-maximum", "write a smaller minimum", keys(minimum=3, maximum=9),
        )  # fmt: skip
        return Samples((whole, real), (written,))


def _bounds(column: Property) -> list[Bound]:
    return [declared.rule for declared in Bound.of_property(column, ()) if isinstance(declared.rule, Bound)]


def _within(premise: Iterable[Bound], conclusion: Iterable[Bound], logical: str | None) -> Answer:
    """Whether what lies within some bounds lies within others; ``None`` where a limit cannot be read or compared."""
    try:
        inner, outer = _interval(premise, logical), _interval(conclusion, logical)
        return inner.within(outer) and (logical == "integer" or not _is_sharper_only_by_rounding(inner, outer))
    except (ValueError, TypeError, OverflowError):
        return None


def _interval(bounds: Iterable[Bound], logical: str | None) -> Interval:
    """What lies within some bounds; of whole numbers, with ends that belong to it.

    Raises:
        ValueError: A limit cannot be read.
        TypeError: Two limits cannot be compared.
    """
    low: tuple[Any, bool] | None = None
    high: tuple[Any, bool] | None = None
    for bound in bounds:
        _, limit = value_of(bound.limit, logical, bound.zone)
        end = _whole(limit, bound.operator) if logical == "integer" else (limit, "exclusive" not in bound.operator)
        if bound.operator.lower().endswith("minimum"):
            low = end if low is None or _rank(end, low) else low
        else:
            high = end if high is None or _rank(high, end) else high
    return Interval(
        low[0] if low else None, high[0] if high else None, low[1] if low else True, high[1] if high else True
    )


def _is_sharper_only_by_rounding(inner: Interval, outer: Interval) -> bool:
    """Whether an end of the inner one is another number than that of the outer, but the same 32-bit float.

    A column of floats compares in its own precision: above 0.1 and from 0.10000000001 may then be told apart by
    nothing but whether the end belongs to it.
    """
    ends = (
        (inner.low, inner.has_low, outer.low, outer.has_low),
        (inner.high, inner.has_high, outer.high, outer.has_high),
    )
    return any(
        isinstance(a, Fraction)
        and isinstance(b, Fraction)
        and a != b
        and has
        and not other
        and _single(a) == _single(b)
        for a, has, b, other in ends
    )


def _rank(end: tuple[Any, bool], other: tuple[Any, bool]) -> bool:
    """Whether an end comes after another, where of two alike the one that is left out comes after."""
    return bool(end[0] > other[0] or (end[0] == other[0] and not end[1]))


def _whole(limit: Fraction, operator: str) -> tuple[Fraction, bool]:
    """The whole number that is the end."""
    if operator == "minimum":
        return Fraction(math.ceil(limit)), True
    if operator == "exclusiveMinimum":
        return Fraction(math.floor(limit) + 1), True
    if operator == "maximum":
        return Fraction(math.floor(limit)), True
    return Fraction(math.ceil(limit) - 1), True


def _single(value: Fraction) -> float:
    try:
        single: float = struct.unpack("f", struct.pack("f", float(value)))[0]
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    return single
