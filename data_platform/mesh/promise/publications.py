"""When a product was published: how regularly, and how late after the day that a batch is about.

What belongs here: moments, from the log of the product's table. What does not: rows (``history``), and what is promised
of it (``levels``).

Days that are made together, or long after, say nothing of the next day: of partitions only those count which were
first published after the one before, by at least half the time that lies between the two.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

from data_platform.products.folder import Product
from data_platform.storage.delta.following import PUBLISHING
from data_platform.storage.delta.history import VersionInfo, versions
from data_platform.storage.objects.store import ObjectStore

_MOST_COMMITS: Final = 400


@dataclass(frozen=True)
class Regularity:
    """How a product was published.

    Attributes:
        pauses: Between one publication and the next.
        delays: From the begin of a partition's day to its publication; none of a table without partitions.
    """

    pauses: tuple[timedelta, ...]
    delays: tuple[timedelta, ...] = ()


def regularity(store: ObjectStore, product: Product) -> Regularity:
    """How regularly a product was published, by as much of its log as is left.

    Raises:
        MissingTable: It was never published.
        StorageError: The store failed.
    """
    infos = [info for info in versions(store, product.key, limit=_MOST_COMMITS) if info.mode in PUBLISHING]
    if product.partition_column is None:
        times = sorted(info.at for info in infos)
        return Regularity(tuple(later - earlier for earlier, later in pairwise(times)))
    return regular(_first_published(infos))


def regular(first: Mapping[datetime, datetime]) -> Regularity:
    """How regularly days were published.

    Args:
        first: For each day its begin, and when it was first published; both with a zone.
    """
    days = sorted(first)
    following: Sequence[tuple[datetime, datetime]] = [
        (before, day) for before, day in pairwise(days) if first[day] - first[before] >= (day - before) / 2
    ]
    pauses = tuple(max(first[day] - first[before], day - before) for before, day in following)
    return Regularity(pauses, tuple(first[day] - day for _, day in following))


def _first_published(infos: Iterable[VersionInfo]) -> dict[datetime, datetime]:
    first: dict[datetime, datetime] = {}
    for info in infos:
        named = info.metadata.get("partitions")
        for label in named if isinstance(named, list) else ():
            try:
                day = datetime.fromisoformat(str(label))
            except ValueError:
                continue
            day = day if day.tzinfo else day.replace(tzinfo=UTC)
            first[day] = min(info.at, first.get(day, info.at))
    return first
