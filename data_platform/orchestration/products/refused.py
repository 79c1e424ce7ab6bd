"""Asking anew for batches that were refused for what other products did not have yet.

What belongs here: which batches, when, and the request. What does not: what was refused (``mesh.overview.rejections``),
and the sensor (``catching_up``).

A parcel may be announced before its order is published, so that a contract that has every parcel know its order refuses
the day. No input of the batch changes when the order comes, and so nobody would ask again. Where all rules that were
broken look at other products, and one of these was published since, the batch is made again: once for each refusal, and
ever more slowly, for what others publish need not be what was missing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import dagster as dg

from data_platform.mesh.overview.rejections import Rejection, makes_good, newest_entries, rejections_of
from data_platform.orchestration.products.origin import CATCHES_UP
from data_platform.products.folder import Product
from data_platform.products.others import referred
from data_platform.products.quarantine import path_of
from data_platform.storage.delta import open_table
from data_platform.storage.delta.history import versions
from data_platform.storage.errors import MissingTable
from data_platform.storage.objects.store import ObjectStore

REFUSED: Final = "refused"
"""What the tag of a run that catches up says of a batch that was refused."""

_FIRST_WAIT: Final = timedelta(minutes=1)
_LONGEST_WAIT: Final = timedelta(hours=6)
_LOOK_BACK: Final = 20


def refused_requests(store: ObjectStore, product: Product, now: datetime) -> Iterator[dg.RunRequest]:
    """The batches of a product that are worth another run, since others published what they may have lacked.

    Args:
        store: Where products are.
        product: The product.
        now: The present, UTC.

    Raises:
        StorageError: The store failed.
    """
    others = {check.name: set(referred(replace(product.checks, checks=(check,)))) for check in product.checks.checks}
    if not any(others.values()):
        return
    for rejection in _open_rejections(store, product):
        looked_at = [others.get(rule, set()) for rule in rejection.rules]
        if not looked_at or not all(looked_at) or now < rejection.at + _wait(store, product, rejection):
            continue
        if any(_published_since(store, key, rejection.at) for keys in looked_at for key in keys):
            yield dg.RunRequest(
                run_key=f"{product.key}/{rejection.partition or ''}/{REFUSED}/{rejection.run_id}",
                asset_selection=[dg.AssetKey(product.key.split("/"))],
                partition_key=rejection.partition,
                tags={CATCHES_UP: REFUSED},
            )


def _open_rejections(store: ObjectStore, product: Product) -> Sequence[Rejection]:
    """Those of which nothing was published since."""
    rejections = rejections_of(store, product)
    if not rejections:
        return ()
    try:
        newest = open_table(store, product.key).version()
    except MissingTable:
        return rejections
    known = [*newest_entries(store, product.key, newest, _LOOK_BACK)]
    return [rejection for rejection in rejections if not any(makes_good(entry, rejection) for entry in known)]


def _wait(store: ObjectStore, product: Product, rejection: Rejection) -> timedelta:
    """How long after the newest refusal of a batch: twice as long after each."""
    path = path_of(product)
    entries = newest_entries(store, path, open_table(store, path).version(), _LOOK_BACK)
    refusals = sum(entry.info.get("partition") == rejection.partition for entry in entries)
    return min(_FIRST_WAIT * float(2 ** (refusals - 1)), _LONGEST_WAIT)


def _published_since(store: ObjectStore, key: str, moment: datetime) -> bool:
    try:
        return any(version.at > moment for version in versions(store, key, limit=1))
    except MissingTable:
        return False
