"""Whether a batch is like those before it: the judgement, given what was measured of them.

What belongs here: the rule's settings and its arithmetic. What does not: measuring a batch and finding earlier ones
(``products.usual``): a contract alone has no history, and without one such a rule is not evaluated.

The middle of earlier values is their median, and how far they stray the median of their distances to it (MAD), times
1.4826, which makes it a standard deviation where values are normal: one odd batch moves neither (Rousseeuw and Croux,
1993). What lies beyond ``tolerance`` times that is unusual; it has a floor, so that values that never moved may move a
little. Of a column of numbers the 10th, 50th and 90th percentile are judged so; of one of texts or booleans half the
sum of the differences between shares (total variation), against the distances of earlier batches.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, Literal

Aspect = Literal["rows", "nulls", "values"]
Measured = float | Mapping[str, float]
"""Rows, a share, or of values: percentiles as ``p10``, ``p50``, ``p90``, or the shares of values by their text."""

PERCENTILES: Final = {"p10": 0.1, "p50": 0.5, "p90": 0.9}
_TO_DEVIATION: Final = 1.4826
_ROWS_FLOOR: Final = 0.05
_NULLS_FLOOR: Final = 0.005
_SPAN_FLOOR: Final = 0.05
_LEAST_DISTANCE: Final = 0.1


@dataclass(frozen=True)
class Usual:
    """A batch is like those before it.

    Attributes:
        aspect: What of it: the number of rows; of a column the share of nulls, or the distribution of its values.
        window: How many earlier batches are looked at.
        least: How many there have to be; with fewer it is not evaluated.
        tolerance: How many deviations from the middle are usual.
    """

    aspect: Aspect
    window: int = 30
    least: int = 7
    tolerance: float = 4.0


@dataclass(frozen=True)
class Opinion:
    """What comes of looking back.

    Attributes:
        is_usual: Whether the batch is like the others.
        reason: In words: what is measured, and what is usual.
        value: The number that was judged: rows, a share, or the distance to what is usual.
    """

    is_usual: bool
    reason: str
    value: float


def opinion(rule: Usual, measured: Measured, history: Sequence[Measured]) -> Opinion | None:
    """Compare what was measured of a batch with what was of earlier ones.

    Args:
        rule: The rule.
        measured: Of the batch.
        history: Of the others, in any order; those that were measured otherwise are left out.

    Returns:
        The opinion; None: there are too few to have one.
    """
    if isinstance(measured, Mapping):
        shapes = [earlier for earlier in history if isinstance(earlier, Mapping)]
        is_numeric = measured.keys() == PERCENTILES.keys()
        alike = [earlier for earlier in shapes if (earlier.keys() == PERCENTILES.keys()) == is_numeric]
        if len(alike) < rule.least:
            return None
        return _of_numbers(rule, measured, alike) if is_numeric else _of_shares(rule, measured, alike)
    numbers = [float(earlier) for earlier in history if not isinstance(earlier, Mapping)]
    if len(numbers) < rule.least:
        return None
    middle = median(numbers)
    floor = _NULLS_FLOOR if rule.aspect == "nulls" else max(middle**0.5, _ROWS_FLOOR * middle)
    low, high = _range(rule, numbers, floor)
    shown = _share if rule.aspect == "nulls" else _count
    what = f"{shown(measured)} of the values are null" if rule.aspect == "nulls" else f"{shown(measured)} rows"
    usual = f"of {len(numbers)} batches before, the middle is {shown(middle)}"
    between = f"{shown(max(low, 0.0))} to {shown(high)} is usual"
    return Opinion(low <= measured <= high, f"{what}; {usual}, and {between}", float(measured))


def _range(rule: Usual, numbers: Sequence[float], floor: float) -> tuple[float, float]:
    middle = median(numbers)
    deviation = max(_TO_DEVIATION * median(abs(number - middle) for number in numbers), floor)
    return middle - rule.tolerance * deviation, middle + rule.tolerance * deviation


def _of_numbers(rule: Usual, measured: Mapping[str, float], history: Sequence[Mapping[str, float]]) -> Opinion:
    """Judge each percentile; the floor is a part of how far the values usually lie apart."""
    span = median(earlier["p90"] - earlier["p10"] for earlier in history)
    floor = max(_SPAN_FLOOR * span, _SPAN_FLOOR * abs(median(earlier["p50"] for earlier in history)) / 10, 1e-12)
    strays: list[tuple[float, str]] = []
    for name in PERCENTILES:
        numbers = [earlier[name] for earlier in history]
        low, high = _range(rule, numbers, floor)
        beyond = max(low - measured[name], measured[name] - high, 0.0)
        text = f"the {_ordinal(name)} is {measured[name]:,.4g}, usually {low:,.4g} to {high:,.4g}"
        strays.append((beyond / (high - low), text))
    worst, reason = max(strays)
    reason = reason if worst else f"the median is {measured['p50']:,.4g}, as in {len(history)} batches before"
    return Opinion(not worst, reason, measured["p50"])


def _of_shares(rule: Usual, measured: Mapping[str, float], history: Sequence[Mapping[str, float]]) -> Opinion:
    names = sorted({name for shares in (measured, *history) for name in shares})
    usual = {name: median(shares.get(name, 0.0) for shares in history) for name in names}
    earlier = [_distance(shares, usual) for shares in history]
    _, high = _range(rule, earlier, _LEAST_DISTANCE / rule.tolerance)
    distance = _distance(measured, usual)
    moved = max(names, key=lambda name: abs(measured.get(name, 0.0) - usual[name]), default="")
    about = f"{moved!r} is {_share(measured.get(moved, 0.0))} of the values, usually {_share(usual.get(moved, 0.0))}"
    reason = f"{_share(distance)} of the values are others than usual, and up to {_share(high)} is; {about}"
    return Opinion(distance <= high, reason, distance)


def _distance(shares: Mapping[str, float], usual: Mapping[str, float]) -> float:
    names = shares.keys() | usual.keys()
    return sum(abs(shares.get(name, 0.0) - usual.get(name, 0.0)) for name in names) / 2


def _share(value: float) -> str:
    return f"{value:.1%}"


def _count(value: float) -> str:
    return f"{value:,.0f}"


def _ordinal(name: str) -> str:
    return {"p10": "10th percentile", "p50": "median", "p90": "90th percentile"}[name]
