"""Whether products are well, by what the store says: published, fresh, and nothing rejected since.

What belongs here: reading the log of a product's table, and judging it. What does not: batches that were rejected
(``rejections``), Dagster (nothing of it is asked), and printing.

A batch that its contract rejected leaves rows in the quarantine, until a later publication of the same partition makes
good for it. A batch without rows that was rejected leaves nothing in the store: it shows when the product is overdue.

A table, or a part of the registry, that cannot be read makes its own product ill, and no other one unknown.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from data_platform.contracts.registry.heads import KEY, Head, NamedHead, missing_versions
from data_platform.contracts.registry.versions import readable
from data_platform.contracts.service_levels import fresh_window
from data_platform.mesh.overview.rejections import (
    Rejection,
    covers,
    makes_good,
    newest_entries,
    rejections_of,
    sentences,
)
from data_platform.products.folder import Product
from data_platform.products.outdated import count_outdated
from data_platform.storage.delta import open_table
from data_platform.storage.delta.commit import data_files
from data_platform.storage.delta.log import LogEntry
from data_platform.storage.errors import (
    MissingBucket,
    MissingTable,
    StorageError,
    Unreachable,
    WrongCredentials,
)
from data_platform.storage.objects.store import ObjectStore

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_AT_ONCE: Final = 8
_MOST_COMMITS: Final = 200
"""How far back the log is read. What is older is taken for made good."""


@dataclass(frozen=True)
class Health:
    """How a product is.

    Attributes:
        product: Its key.
        published: When it was last published, UTC; ``None``: never.
        contract_version: By which version of its contract.
        run_id: By which run.
        rows: How many rows its table has.
        failed: How many rules (warnings, for others keep a batch out) the last publication did not keep.
        quarantined: How many rows of the last publication were left out.
        newest: The newest partition, of a partitioned product.
        fresh_at: When the newest partition, or the table, was last published, UTC.
        allowed: How old that may be, by the contract's service levels; ``None``: it does not say.
        rejections: Batches that were rejected and not made good since, the newest first.
        reasons: Why it is not well; none: it is.
        outdated: How many of its partitions (1: the whole, without) another contract or transform made, for certain.
    """

    product: str
    published: datetime | None = None
    contract_version: str | None = None
    run_id: str | None = None
    rows: int = 0
    failed: int = 0
    quarantined: int = 0
    newest: str | None = None
    fresh_at: datetime | None = None
    allowed: timedelta | None = None
    rejections: tuple[Rejection, ...] = ()
    reasons: tuple[str, ...] = ()
    outdated: int = 0

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong."""
        return not self.reasons


def health_of_all(store: ObjectStore, products: Sequence[Product], now: datetime | None = None) -> list[Health]:
    """How products are, several looked at at once; those that are retired or not yet active are only looked at.

    Raises:
        StorageError: The store does not answer, or refuses us.
    """

    def look(product: Product) -> Health:
        try:
            return health(store, product, now)
        except (Unreachable, WrongCredentials, MissingBucket):
            raise
        except StorageError as error:
            return Health(product.key, reasons=(f"its table or its quarantine cannot be read: {error}",))

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(look, products))


def health(store: ObjectStore, product: Product, now: datetime | None = None) -> Health:
    """How a product is.

    Args:
        store: Where products are.
        product: The product.
        now: The present; ``None``: the clock.

    Raises:
        StorageError: The store failed.
    """
    moment, window = now or datetime.now(UTC), fresh_window(product.contract)
    served = product.contract.status in {"active", "deprecated"}
    rejected = rejections_of(store, product)
    try:
        table = open_table(store, product.key)
    except MissingTable:
        never = ("never published: materialize it",) if served else ()
        return Health(
            product.key, allowed=window, rejections=rejected, reasons=(*never, *sentences(product.key, rejected))
        )
    column = product.partition_column
    newest = (
        newest_of(str(partition[column]) for partition in table.partitions() if partition.get(column))
        if column
        else None
    )
    known = _publications(store, product.key, table.version(), newest, rejected)
    late = count_outdated(store, product) if product.contract.status != "retired" else 0
    last = known[0] if known else None
    info: Mapping[str, Any] = last.info if last else {}
    checks = info.get("checks") or {}
    left_out = int(checks.get("rejected_rows", 0))
    product_health = Health(
        product.key,
        published=last.at if last else None,
        contract_version=info.get("contract_version"),
        run_id=info.get("run_id"),
        rows=sum(file.rows for file in data_files(table, product.key)),
        failed=0 if left_out else int(checks.get("failed", 0)) + int(checks.get("error", 0)),
        quarantined=left_out,
        newest=newest,
        fresh_at=next(
            (publication.at for publication in known if covers(publication, newest)), last.at if last else None
        ),
        allowed=window,
        rejections=tuple(
            rejection for rejection in rejected if not any(makes_good(publication, rejection) for publication in known)
        ),
        outdated=late,
    )
    lost = _lost(store, product.key, Head.of(info.get(KEY)), product_health.run_id)
    return replace(product_health, reasons=(*_reasons(product_health, moment), *lost)) if served else product_health


def with_failed_run(health: Health, run_id: str, reason: str, url: str) -> Health:
    """What is known of a product whose newest run failed: readers go on with what was published before.

    Args:
        health: What the store says.
        run_id: The run.
        reason: Why it failed, in a sentence; empty: not looked into.
        url: Where it is shown.
    """
    if any(rejection.run_id == run_id for rejection in health.rejections):
        return health  # it says so already, and which rows
    readers = (
        f"readers have the last good version, published {health.published:%Y-%m-%d %H:%M} UTC"
        if health.published
        else "there is nothing for readers yet"
    )
    why = f": {reason.rstrip('. ')}" if reason else ""
    return replace(health, reasons=(*health.reasons, f"its newest run failed{why} ({url}); {readers}"))


def _lost(store: ObjectStore, product: str, head: Head | None, run_id: str | None) -> tuple[str, ...]:
    """What of the registered versions is gone by what the last publication names, or cannot be read."""
    if head is None:
        return ()
    registered, problems = readable(store, product)
    missing = missing_versions(registered, [NamedHead(head, f"the last publication (run {run_id})")])
    return tuple(map(str, problems or missing))


def _reasons(health: Health, now: datetime) -> tuple[str, ...]:
    reasons = []
    if health.published is None:
        reasons.append("no publication is known: its table was not written by publishing, or its log was cleaned up")
    if health.fresh_at and health.allowed and now - health.fresh_at > health.allowed:
        what = f"the newest partition, {health.newest}," if health.newest else "it"
        reasons.append(
            f"{what} was published {spoken(now - health.fresh_at)} ago; promised is {spoken(health.allowed)}"
        )
    return (*reasons, *sentences(health.product, health.rejections))


def newest_of(keys: Iterable[str]) -> str | None:
    """The last of some partitions: of the days among them, where there are any (``undated`` is none); None of none."""
    ordered = sorted(keys)
    return max(filter(_DAY.fullmatch, ordered), default=ordered[-1] if ordered else None)


def _publications(
    store: ObjectStore, path: str, version: int, newest: str | None, rejected: Sequence[Rejection]
) -> list[LogEntry]:
    """The commits that published something, the newest first, as far back as there is something to find out."""
    oldest = min((rejection.at for rejection in rejected), default=None)
    publications: list[LogEntry] = []
    fresh = False
    for entry in newest_entries(store, path, version, _MOST_COMMITS):
        if "run_id" in entry.info:
            publications.append(entry)
            fresh = fresh or covers(entry, newest)
        if fresh and (oldest is None or entry.at < oldest):
            break
    return publications


def spoken(span: timedelta) -> str:
    """A span of time in the largest units that say enough: ``3 d 4 h``, ``4 h 10 min``, ``10 min``."""
    minutes = int(span.total_seconds() // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
