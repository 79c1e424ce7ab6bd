"""Batches that a contract rejected, and that no later publication has made good for, by the quarantine's log.

What belongs here: finding them, and what to say of them. What does not: whether a product is well for all that
(``health``), and their rows (``reading``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from data_platform.contracts.suggest import counted
from data_platform.products.folder import Product
from data_platform.products.quarantine import path_of
from data_platform.storage.delta import open_table
from data_platform.storage.delta.log import LogEntry, read_entry
from data_platform.storage.errors import MissingObject, MissingTable
from data_platform.storage.objects.store import ObjectStore

_MOST_REJECTIONS: Final = 20
_MOST_RULES: Final = 3


@dataclass(frozen=True)
class Rejection:
    """A batch that was rejected, and not made good since.

    Attributes:
        partition: The partition that it was to be, if any.
        at: When, UTC.
        run_id: The run that made it.
        rows: How many of its rows were rejected.
        rules: The rules that they break; none where it is not known.
    """

    partition: str | None
    at: datetime
    run_id: str
    rows: int
    rules: tuple[str, ...] = ()


def rejections_of(store: ObjectStore, product: Product) -> tuple[Rejection, ...]:
    """The batches that were rejected last, the newest first; of each partition the last one."""
    path = path_of(product)
    try:
        version = open_table(store, path).version()
    except MissingTable:
        return ()
    rejections: dict[str | None, Rejection] = {}
    for entry in newest_entries(store, path, version, _MOST_REJECTIONS):
        info = entry.info
        if "run_id" in info and info.get("partition") not in rejections:
            rows = int(info.get("rejected_in_all", info.get("rejected", 0)))
            rules = tuple(map(str, info.get("rules") or ()))
            partition = info.get("partition")
            rejections[partition] = Rejection(partition, entry.at, str(info["run_id"]), rows, rules)
    return tuple(rejections.values())


def newest_entries(store: ObjectStore, path: str, version: int, limit: int) -> Iterator[LogEntry]:
    """The entries of a table's log from a version on, the newest first, until one that was cleaned up."""
    for number in range(version, max(version - limit, -1), -1):
        try:
            yield read_entry(store, path, number)
        except MissingObject:  # cleaned up
            return


def covers(publication: LogEntry, partition: str | None) -> bool:
    """Whether a publication wrote a partition; one that names none wrote the whole table."""
    partitions = publication.info.get("partitions")
    return partition is None or not partitions or partition in partitions


def makes_good(publication: LogEntry, rejection: Rejection) -> bool:
    """Whether a publication has what was rejected before."""
    later = publication.at >= rejection.at or publication.info.get("run_id") == rejection.run_id
    return later and covers(publication, rejection.partition)


def sentences(product: str, rejections: Sequence[Rejection]) -> tuple[str, ...]:
    """What to say of each of a product's batches that were rejected, and where to look."""
    return tuple(_sentence(product, rejection) for rejection in rejections)


def _sentence(product: str, rejection: Rejection) -> str:
    of, option = "", ""
    if rejection.partition:
        of, option = f" of {rejection.partition}", f" --partition {rejection.partition}"
    why = f", for it breaks {_listed(rejection.rules)}" if rejection.rules else ""
    rows = counted(rejection.rows, "row in quarantine")
    return (
        f"the batch{of} of {rejection.at:%Y-%m-%d %H:%M} UTC was rejected{why} ({rows}, run {rejection.run_id}); "
        f"look at them: data-platform quarantine {product}{option}"
    )


def _listed(rules: Sequence[str]) -> str:
    more = len(rules) - _MOST_RULES
    return ", ".join(rules[:_MOST_RULES]) + (f" and {more} more" if more > 0 else "")
