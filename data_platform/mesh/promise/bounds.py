"""From what many batches had to what may be promised of the next: a margin, and a round number.

What belongs here: arithmetic. What does not: reading batches, contracts.

A bound is rounded outward to 1, 2 or 5 times a power of ten: it holds for every batch it was made of, leaves room, and
tells no value. What the older half of the batches allows to be promised and the newer half keeps is sure.
"""

import math
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final, TypeVar

LEAST: Final = 5
"""From how many batches on a rule is guessed."""
SURE: Final = 10
"""From how many batches on it may be confirmed."""

_STEPS: Final = (1, 2, 5, 10)
_MOST_NULLS: Final = 50
_T = TypeVar("_T")

Range = tuple[Decimal, Decimal]


def range_of(extremes: Sequence[Range]) -> Range:
    """Where the numbers of the next batch will be.

    Args:
        extremes: The least and the greatest number of each batch, one batch at least.

    Returns:
        Both ends, half the width of what was seen further out; no number changes its sign by that.
    """
    least, most = min(low for low, _ in extremes), max(high for _, high in extremes)
    margin = ((most - least) or abs(most)) / 2
    low = least - margin if least < 0 else max(least - margin, Decimal(0))
    high = most + margin if most > 0 else min(most + margin, Decimal(0))
    return _outward(low, up=False), _outward(high, up=True)


def null_percent(shares: Sequence[float]) -> int | None:
    """How many percent of the values of the next batch may be missing, given the shares of earlier ones, 0 to 1.

    Returns:
        0 where none ever was, else twice the largest share; ``None``: so many that it says nothing.
    """
    percent = math.ceil(200 * max(shares))
    return percent if percent < _MOST_NULLS else None


def rows_of(counts: Sequence[int]) -> tuple[int, int]:
    """How many rows the next batch will have, given those of earlier ones."""
    low, high = Decimal(min(counts)) / 2, Decimal(max(counts)) * 2
    return int(_outward(low, up=False)), int(_outward(high, up=True))


def is_sure(batches: Sequence[_T], promise: Callable[[Sequence[_T]], Callable[[_T], bool]]) -> bool:
    """Whether what the older half of the batches allows to be promised is kept by the newer half.

    Args:
        batches: The oldest first.
        promise: Given batches, what is promised, as a test of a batch.
    """
    if len(batches) < SURE:
        return False
    half = len(batches) // 2
    keeps = promise(batches[:half])
    return all(keeps(batch) for batch in batches[half:])


def _outward(number: Decimal, *, up: bool) -> Decimal:
    if number == 0:
        return Decimal(0)
    size = abs(number)
    unit = Decimal(1).scaleb(size.adjusted())
    away = up == (number > 0)
    fitting = [step * unit for step in _STEPS if (step * unit >= size if away else step * unit <= size)]
    return (min(fitting) if away else max(fitting)).copy_sign(number)
