"""Which numbers keep a threshold, as intervals, so that two thresholds can be compared.

What belongs here: from a threshold to its numbers. What does not: what is counted, which each kind of rule says.
"""

import math
from fractions import Fraction
from typing import Literal

from data_platform.contracts.rules.comparing.intervals import Interval, covered
from data_platform.contracts.rules.thresholds import Operator, Threshold

Domain = Literal["counts", "shares", "numbers"]
"""Whole numbers from 0; 0 to 100; any number."""


def kept_by(threshold: Threshold, domain: Domain) -> tuple[Interval, ...]:
    """The numbers of the domain that keep a threshold: intervals in ascending order that do not touch."""
    first, last = (_exact(limit) for limit in (threshold.limits[0], threshold.limits[-1]))
    below = Interval(high=first, has_high=False)
    above = Interval(low=last, has_low=False)
    intervals = {
        Operator.BE: (Interval(first, first),),
        Operator.NOT_BE: (below, above),
        Operator.GREATER: (above,),
        Operator.GREATER_OR_EQUAL: (Interval(low=first),),
        Operator.LESS: (below,),
        Operator.LESS_OR_EQUAL: (Interval(high=first),),
        Operator.BETWEEN: (Interval(first, last),),
        Operator.NOT_BETWEEN: (below, above),
    }[threshold.operator]
    fitted = (_fitted(interval, domain) for interval in intervals)
    return _joined([interval for interval in fitted if not interval.is_empty], domain)


def keeps(premise: Threshold, conclusion: Threshold, domain: Domain) -> bool:
    """Whether every number of the domain that keeps one threshold keeps another."""
    return implies(kept_by(premise, domain), kept_by(conclusion, domain))


def implies(premise: tuple[Interval, ...], conclusion: tuple[Interval, ...]) -> bool:
    """Whether every number of the premise is in the conclusion."""
    return covered(premise, conclusion)


def up_to_most(parts: tuple[Interval, ...]) -> tuple[Interval, ...]:
    """0 and whatever is at most the largest of some counts or shares."""
    if not parts:
        return ()
    return (Interval(Fraction(0), parts[-1].high, has_high=parts[-1].has_high),)


def from_least(parts: tuple[Interval, ...], domain: Domain) -> tuple[Interval, ...]:
    """Whatever is at least the smallest of some counts or shares."""
    if not parts:
        return ()
    most = Fraction(100) if domain == "shares" else None
    return (Interval(parts[0].low, most, has_low=parts[0].has_low),)


def _exact(value: float) -> Fraction:
    """The number as it was written, as ``Threshold`` reads it."""
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)


def _fitted(interval: Interval, domain: Domain) -> Interval:
    """The part of an interval that lies in the domain; of whole numbers, with ends that belong to it."""
    if domain == "numbers":
        return interval
    low, has_low = (
        (interval.low, interval.has_low) if interval.low is not None and interval.low >= 0 else (Fraction(0), True)
    )
    high, has_high = interval.high, interval.has_high
    if domain == "shares":
        if high is None or high > 100:  # noqa: PLR2004 - percent
            high, has_high = Fraction(100), True
        return Interval(low, high, has_low, has_high)
    low = Fraction(math.ceil(low) if has_low else math.floor(low) + 1)
    if high is not None:
        high = Fraction(math.floor(high) if has_high else math.ceil(high) - 1)
    return Interval(low, high)


def _joined(parts: list[Interval], domain: Domain) -> tuple[Interval, ...]:
    """The same numbers with intervals that follow one another made one."""
    step = 1 if domain == "counts" else 0
    joined: list[Interval] = []
    for part in parts:
        last = joined[-1] if joined else None
        if last and last.high is not None and last.has_high and part.has_low and last.high + step >= part.low:
            joined[-1] = Interval(last.low, part.high, last.has_low, part.has_high)
        else:
            joined.append(part)
    return tuple(joined)
