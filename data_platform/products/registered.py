"""How products stand to the registry when their location is loaded: a glance at the store that never holds up a load.

What belongs here: asking once a domain and process, within limits, and what comes of it for Dagster. What does not:
what publishing asks (``guard``), and the registry itself (``contracts.registry``).

Where no store is set nothing is asked. Where it does not answer, that is said once, and no product of any domain asks
again for a minute: a location with a hundred products waits no longer than one with a single product.
"""

import os
import time
import warnings
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from data_platform.contracts.registry.errors import UnreadableEntry
from data_platform.contracts.registry.log import Survey
from data_platform.contracts.registry.state import Standing, state_of
from data_platform.contracts.registry.versions import RegisteredVersion, newest
from data_platform.products import guard
from data_platform.products.folder import Product
from data_platform.settings import STORE_VARIABLE
from data_platform.storage.errors import StorageError
from data_platform.storage.objects.fail_fast import FailFastS3Options
from data_platform.storage.objects.store import ObjectStore

VALID_SECONDS: Final = 60.0
"""How long an answer, or that there was none, is good for: longer than a load takes, shorter than a person waits."""


class DifferentContractWarning(UserWarning):
    """A contract is not the one that was registered under its version; said at every load."""


class UnknownRegistryWarning(UserWarning):
    """It could not be found out how contracts stand to the registry."""


@dataclass
class _Lookup:
    """What one look at the registry found.

    Attributes:
        at: When, by the monotonic clock.
        store: The store; ``None``: it did not answer.
        newest: The newest registered version of each product, by domain.
    """

    at: float
    store: ObjectStore | None
    newest: dict[str, Survey[RegisteredVersion]] = field(default_factory=dict)


_lookups: Final[dict[str, _Lookup]] = {}
_looking: Final = Lock()


def standing_of(product: Product) -> str | None:
    """How a product's contract stands to the registry, in words; warns where it is not what was registered.

    Returns:
        What Dagster shows; ``None`` where no store is set or it does not answer.
    """
    url = os.environ.get(STORE_VARIABLE)
    if not url:
        return None
    with _looking:
        lookup = _lookups.get(url)
        if lookup is None or time.monotonic() - lookup.at > VALID_SECONDS:
            lookup = _lookups[url] = _Lookup(time.monotonic(), None)
            _look_up(lookup, product.domain, url)
        elif lookup.store is not None and product.domain not in lookup.newest:
            _look_up(lookup, product.domain, url)
        if lookup.store is None:
            return None
        return _standing(lookup, product)


def forget() -> None:
    """Ask anew the next time: for tests, and for whoever has just registered something."""
    with _looking:
        _lookups.clear()
    guard.forget()


def _look_up(lookup: _Lookup, domain: str, url: str) -> None:
    try:
        store = ObjectStore.open(url, FailFastS3Options() if url.startswith("s3://") else None)
        lookup.newest[domain] = newest(store, domain)
        lookup.store = store
    except StorageError as error:
        _warn_unknown(lookup, error)


def _standing(lookup: _Lookup, product: Product) -> str | None:
    survey = lookup.newest[product.domain]
    last = survey.by_product.get(product.key)
    try:
        if last is None and (problems := survey.problems.get(product.key)):
            raise problems[0]
        state = state_of(lookup.store, product.key, product.contract, last) if lookup.store else None
    except UnreadableEntry as error:  # of this product only: the others are looked at all the same
        message = f"whether {product.key} is as it was registered is not known: {error}"
        warnings.warn(message, UnknownRegistryWarning, stacklevel=1)
        return f"not known: {error}"
    except StorageError as error:
        _warn_unknown(lookup, error)
        return None
    if state is not None and state.standing is Standing.DIFFERS:
        message = f"{product.contract.file}: the contract is not what was registered under its version: {state}"
        warnings.warn(
            f"{message}. Fix: give it a greater version, or take the change back", DifferentContractWarning, 1
        )
    return str(state)


def _warn_unknown(lookup: _Lookup, error: StorageError) -> None:
    """Say that nobody knows, and do not ask again for a while."""
    lookup.store = None
    message = f"whether contracts are as they were registered is not known: {error}"
    warnings.warn(message, UnknownRegistryWarning, stacklevel=1)
