"""Which partitions of a product were made of older inputs than there are now, by the tables' own logs.

What belongs here: that comparison, of what each batch says that it was made from with what its inputs are by now. What
does not: who asks for the runs (``orchestration.products.catching_up``).

It looks at levels, not at changes: whatever was missed, a tick, a daemon, an event of another platform, the difference
is there until it is gone. Only what was published can be behind; files that are read as files have no versions, and
inputs that are looked up (``triggers: false``, ``optional``) make nothing anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from data_platform.products.declared_inputs import Input
from data_platform.products.folder import Product
from data_platform.products.inputs import days_until
from data_platform.products.newest_commits import newest_commits
from data_platform.storage.delta.following import Seen, published_since
from data_platform.storage.delta.order import KEY
from data_platform.storage.errors import MissingTable
from data_platform.storage.objects.store import ObjectStore


@dataclass(frozen=True)
class Behind:
    """A partition that is behind.

    Attributes:
        partition: Its key; ``None`` for a product without partitions.
        inputs: The inputs that are newer, by key, with the version of their table that changed what it reads.
        since: When the newest of these was published, UTC.
    """

    partition: str | None
    inputs: Mapping[str, int]
    since: datetime

    @property
    def of(self) -> str:
        """What it is behind of, in a word: the same as long as no input changes again."""
        return ",".join(f"{key}@{version}" for key, version in sorted(self.inputs.items()))


def behind(
    store: ObjectStore, product: Product, lookback: timedelta | None, *, today: date | None = None
) -> list[Behind]:
    """The partitions of a product that are behind their inputs, the oldest first.

    Args:
        store: Where products are.
        product: The product.
        lookback: How far back partitions of days are looked at; ``None``: all of them.
        today: The present day, UTC; ``None``: the clock's.

    Raises:
        StorageError: The store failed.
    """
    triggers = [upstream for upstream in product.inputs if upstream.triggers and not upstream.optional]
    watched = [upstream for upstream in triggers if upstream.files is None]
    daily, first = product.partitions is not None and product.partitions.type == "daily", ""
    if daily and lookback is not None:
        first = ((today or datetime.now(UTC).date()) - lookback).isoformat()
    try:
        commits = newest_commits(store, product, lambda key: key >= first)
    except MissingTable:
        return []
    batches = {key: commit.entry.info[KEY] for key, commit in commits.items() if commit.entry is not None}
    newer: dict[str | None, dict[str, tuple[int, datetime]]] = {}
    for upstream in watched:
        read = {key: recorded.get("inputs", {}).get(upstream.key) for key, recorded in batches.items()}
        known = {key: (str(of[0]), int(of[1])) for key, of in read.items() if isinstance(of, Sequence) and len(of) > 1}
        for key, version_and_time in _newer(store, upstream, known).items():
            newer.setdefault(key, {})[upstream.key] = version_and_time
    return [
        Behind(key, {name: version for name, (version, _) in inputs.items()}, max(at for _, at in inputs.values()))
        for key, inputs in sorted(newer.items(), key=lambda of: of[0] or "")
    ]


def _newer(
    store: ObjectStore, upstream: Input, known: Mapping[str | None, tuple[str, int]]
) -> dict[str | None, tuple[int, datetime]]:
    """For each partition of the product that read an older version of what it reads: the newer one, and its time."""
    newer: dict[str | None, tuple[int, datetime]] = {}
    for identity in {identity for identity, _ in known.values()}:
        of_it = {key: version for key, (of, version) in known.items() if of == identity}
        published = published_since(store, upstream.key, Seen(identity, min(of_it.values())))
        if published is None:
            continue
        changed = {value[0] if len(value) == 1 else None: version for value, version in published.partitions.items()}
        for key, version in of_it.items():
            wanted = partitions_read(upstream, key)
            later = [at for part, at in changed.items() if wanted is None or part is None or part in wanted]
            # Another table than the one that was read is newer, whatever its versions are.
            last = max(later, default=-1)
            if later and (published.table != identity or last > version):
                info = published.infos.get(last)
                newer[key] = last, info.at if info is not None else datetime.now(UTC)
    return newer


def partitions_read(upstream: Input, key: str | None) -> set[str] | None:
    """The partitions of an input that a partition of the product reads; ``None``: all."""
    if key is None or upstream.partitions == "all":
        return None
    return {key} if upstream.partitions == "same" else set(days_until(key, upstream.lookback_days))
