"""Partitions that follow each other, as one run or one range takes them.

What belongs here: cutting a choice of partitions into stretches. What does not: which are chosen, and who takes them.
"""

from collections.abc import Collection, Iterator, Sequence


def stretches(order: Sequence[str], wanted: Collection[str]) -> Iterator[tuple[str, str]]:
    """The first and the last of each stretch of wanted partitions that follow each other.

    Args:
        order: All partitions that there are, in their order.
        wanted: Some of them.
    """
    first: str | None = None
    for place, partition in enumerate(order):
        if partition in wanted:
            first = first or partition
            if place + 1 == len(order) or order[place + 1] not in wanted:
                yield first, partition
                first = None
