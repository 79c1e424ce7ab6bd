"""What a measured number must be: the eight operators of ODCS, in rows or percent.

What belongs here: reading a threshold, and comparing a number with it, exactly. What does not: how the number is
measured.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final, Literal

from data_platform.contracts.elements import QualityRule

Number = int | float

Unit = Literal["rows", "percent"]


class Operator(StrEnum):
    """The operators of ODCS 3.1, "Valid Properties for Operator"; both ends of a between belong to it."""

    BE = "mustBe"
    NOT_BE = "mustNotBe"
    GREATER = "mustBeGreaterThan"
    GREATER_OR_EQUAL = "mustBeGreaterOrEqualTo"
    LESS = "mustBeLessThan"
    LESS_OR_EQUAL = "mustBeLessOrEqualTo"
    BETWEEN = "mustBeBetween"
    NOT_BETWEEN = "mustNotBeBetween"


_WORDS = {
    Operator.BE: "must be",
    Operator.NOT_BE: "must not be",
    Operator.GREATER: "must be greater than",
    Operator.GREATER_OR_EQUAL: "must be at least",
    Operator.LESS: "must be less than",
    Operator.LESS_OR_EQUAL: "must be at most",
    Operator.BETWEEN: "must be between",
    Operator.NOT_BETWEEN: "must not be between",
}


_COMPARE: Final[Mapping[Operator, Callable[[Fraction, Fraction, Fraction], bool]]] = {
    Operator.BE: lambda value, limit, _: value == limit,
    Operator.NOT_BE: lambda value, limit, _: value != limit,
    Operator.GREATER: lambda value, limit, _: value > limit,
    Operator.GREATER_OR_EQUAL: lambda value, limit, _: value >= limit,
    Operator.LESS: lambda value, limit, _: value < limit,
    Operator.LESS_OR_EQUAL: lambda value, limit, _: value <= limit,
    Operator.BETWEEN: lambda value, first, last: first <= value <= last,
    Operator.NOT_BETWEEN: lambda value, first, last: not first <= value <= last,
}


@dataclass(frozen=True)
class Threshold:
    """An operator with its limits.

    Attributes:
        operator: Which comparison.
        limits: One number (or boolean); two, the smaller first, for the between operators.
        unit: ``rows``: the number counts rows. ``percent``: it is 100 × rows / all rows; of no rows at all, 0.
    """

    operator: Operator
    limits: tuple[Number, ...]
    unit: Unit = "rows"

    def __post_init__(self) -> None:
        wanted = 2 if self.operator in (Operator.BETWEEN, Operator.NOT_BETWEEN) else 1
        if len(self.limits) != wanted:
            raise ValueError(f"{self.operator} takes {wanted} number(s), not {self.limits!r}")
        if wanted > 1 and self.limits[0] > self.limits[1]:
            raise ValueError(f"{self.operator} {list(self.limits)}: the smaller number comes first")

    def holds(self, value: Number | Fraction) -> bool:
        """Whether a number keeps the promise. Exact: limits are read as the decimals that were written.

        Args:
            value: In the unit of the threshold.

        Raises:
            ValueError: It is NaN or infinite, which no threshold can judge.
        """
        number = _exact(value)
        first, last = _exact(self.limits[0]), _exact(self.limits[-1])
        return _COMPARE[self.operator](number, first, last)

    def holds_count(self, count: int, total: int) -> bool:
        """Whether a count of rows, of so many in all, keeps the promise, in the threshold's unit."""
        return self.holds(percent(count, total) if self.unit == "percent" else count)

    @property
    def tolerates_none(self) -> bool:
        """Whether it promises that there is not one: leaving the counted rows out is then enough to keep it."""
        least = Fraction(1) if self.unit == "rows" else Fraction(1, 10**12)
        upper = self.operator in (Operator.BE, Operator.LESS, Operator.LESS_OR_EQUAL, Operator.BETWEEN)
        return upper and self.holds(0) and not self.holds(least)

    def __str__(self) -> str:
        limits = " and ".join(f"{limit}" for limit in self.limits)
        return f"{_WORDS[self.operator]} {limits}" + (" percent" if self.unit == "percent" else "")


def percent(count: int, total: int) -> Fraction:
    """100 × count / total; 0 where there are no rows."""
    return Fraction(100 * count, total) if total else Fraction(0)


def _exact(value: Number | Fraction) -> Fraction:
    """The number as it was written: ``0.1`` is a tenth."""
    if isinstance(value, float):
        return Fraction(repr(value))
    return Fraction(value)


def threshold_of(entry: QualityRule) -> Threshold:
    """The threshold of an entry of ``quality``.

    Raises:
        ValueError, TypeError: It cannot be read.
    """
    if len(entry.operators) != 1:
        raise ValueError(f"{len(entry.operators)} operators; write one")
    operator = entry.operators[0]
    limits = tuple(operator.value) if isinstance(operator.value, list | tuple) else (operator.value,)
    if not all(isinstance(limit, int | float) for limit in limits):
        raise ValueError(f"{operator.name} {operator.value!r} is no number")
    if entry.unit not in (None, "rows", "percent") and entry.type == "library":
        raise ValueError(f"unit {entry.unit!r} is not known")
    unit: Unit = "percent" if entry.unit == "percent" and entry.type == "library" else "rows"
    return Threshold(Operator(operator.name), limits, unit)
