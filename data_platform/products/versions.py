"""The versions of a product's table: which there are, and for how long they stay.

What belongs here: what a contract says about versions, and the calls for it. What does not: how Delta keeps them
(``storage.delta.history``), and going back to one (``mesh.life.rolling_back``).
"""

import logging
from datetime import UTC, datetime
from typing import Final

from data_platform.products.folder import Product
from data_platform.storage.delta import Commit, history, vacuum
from data_platform.storage.delta.history import VersionInfo
from data_platform.storage.delta.log import read_entry
from data_platform.storage.delta.vacuum import KEEP_AT_LEAST
from data_platform.storage.errors import MissingObject, StorageError
from data_platform.storage.objects.store import ObjectStore

EVERY: Final = 20
"""Old versions are cleaned away once in so many publications: it lists all files of the table."""

_log: Final = logging.getLogger(__name__)


def versions(store: ObjectStore, product: Product, *, limit: int = 50) -> list[VersionInfo]:
    """The versions of a product's table, the newest first, each with what its commit says of itself.

    Raises:
        MissingTable: It was never published.
        StorageError: The store failed.
    """
    return history.versions(store, product.key, limit=limit)


def clean_up(store: ObjectStore, product: Product, commit: Commit) -> None:
    """Now and then, delete what no version within the contract's ``dataPlatform.versionRetention`` needs.

    That is at the first publication of a day, and once in ``EVERY`` publications. Where the contract names no time, it
    is 30 days. A failure is logged: the publication stands, and the next one tries again.
    """
    keep = product.contract.custom.version_retention
    if not commit.version or commit.repeated:
        return
    try:
        if commit.version % EVERY and _is_of_today(store, product, commit.version - 1):
            return
        vacuum.vacuum(store, product.key, max(keep, KEEP_AT_LEAST))
    except StorageError as error:
        _log.warning("%s: old versions were not cleaned away: %s", product.key, error)


def _is_of_today(store: ObjectStore, product: Product, version: int) -> bool:
    try:
        return read_entry(store, product.key, version).at.date() == datetime.now(UTC).date()
    except MissingObject:  # its entry was cleaned up, so it is old
        return False
