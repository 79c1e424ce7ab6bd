"""How products stand to the registry when their location is loaded: a glance at the store that never holds up a load.

What belongs here: asking once a domain and process, within limits, and what comes of it for Dagster; and what the
commits of publications say of the registry. What does not: the registry itself (``contracts.registry``), and who may
register what (``mesh``).

Where no store is set nothing is asked. Where it does not answer, that is said once, and no product of any domain asks
again for a minute: a location with a hundred products waits no longer than one with a single product.
"""

import os
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Final

from data_platform.contracts.compatibility.judge import judge
from data_platform.contracts.registry import events as event_log
from data_platform.contracts.registry.errors import UnreadableEntry
from data_platform.contracts.registry.heads import KEY, Head, NamedHead
from data_platform.contracts.registry.log import Survey
from data_platform.contracts.registry.state import Standing, state_of
from data_platform.contracts.registry.versions import RegisteredVersion, digest, head_of, newest, readable
from data_platform.products.errors import UnregisteredError
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
_heads: Final[dict[tuple[str, str], tuple[float, Head | None]]] = {}
"""The newest registered version by store and product, and when that was looked up."""
_seen: Final[dict[tuple[str, str, str], float]] = {}
"""When a product's contract, by its digest, was last seen to be one that may be published."""
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


def registered_as(store: ObjectStore, product: Product, named: NamedHead | None) -> dict[str, object]:
    """What the commit of a publication says of the registry: the newest registered version of the product.

    A version is noticed to be gone by who names it (``contracts.registry.heads``), so what the table named before is
    named again, as long as nothing later is registered.

    Args:
        store: Where products and registry are.
        product: The product.
        named: What the table names.

    Returns:
        Metadata of the commit; none, where nothing was ever registered, or the registry cannot be read: that is no
        reason not to publish.
    """
    with _looking:
        at, head = _heads.get((str(store.url), product.key), (-VALID_SECONDS, None))
        if time.monotonic() - at > VALID_SECONDS:
            head = _head(store, product.key)
            _heads[str(store.url), product.key] = time.monotonic(), head
    before = named.head if named else None
    last = max(
        (candidate for candidate in (before, head) if candidate),
        key=lambda candidate: (candidate.number, candidate.events),
        default=None,
    )
    return {KEY: last.as_details()} if last else {}


def see_registered(store: ObjectStore, product: Product, named: NamedHead | None = None) -> None:
    """See that a product may be published by its contract: it is the newest registered one, or breaks none of them.

    A product of which nothing is registered is its team's own affair. Otherwise the registry would promise what readers
    do not get, and two repositories that share a store could each put their own rows under one product's name.

    Args:
        store: Where products and registry are.
        product: The product.
        named: The registered version that the product's table names.

    Raises:
        UnregisteredError: It breaks what is registered, by the contract's own compatibility mode; or what is registered
            is gone or cannot be read, so that nobody knows.
    """
    own = digest(product.contract)
    key = (str(store.url), product.key, own)
    with _looking:
        if time.monotonic() - _seen.get(key, -VALID_SECONDS) < VALID_SECONDS:
            return
    try:
        survey = newest(store, products=[product.key])
        record, problems = survey.by_product.get(product.key), [*survey.problems.get(product.key, ())]
        if record is not None and record.digest != own and not problems:
            known, unread = readable(store, product.key)
            problems += unread
            _see_successor(product, [entry for entry in known if entry.digest != own])
    except UnreadableEntry as error:
        problems, record = [error], None
    except StorageError:
        return  # a store that does not answer now is no reason not to publish: publishing finds out by itself
    if problems:
        raise UnregisteredError(f"{product.key}: nobody knows what is registered of it: {problems[0]}")
    if record is None and named is not None and named.head.digest != own:
        gone = f"version {named.head.version}, which its table names, is gone, and this is another contract"
        raise UnregisteredError(f"{product.key}: nobody knows what is registered of it: {gone}")
    if record is not None:
        with _looking:
            _seen[key] = time.monotonic()


def _see_successor(product: Product, known: Sequence[RegisteredVersion]) -> None:
    breaking = judge(product.contract, [entry.contract for entry in known]).breaking if known else ()
    if breaking:
        version, (against, judged) = product.contract.version_text, breaking[0]
        what = f"version {version} breaks the registered version {against}: {judged.change.message}"
        fix = f"data-platform register {product.key} says whom that would break; nothing was published"
        raise UnregisteredError(f"{product.key}: {what}. Fix: {fix}")


def forget() -> None:
    """Ask anew the next time: for tests, and for whoever has just registered something."""
    with _looking:
        _lookups.clear()
        _heads.clear()
        _seen.clear()


def _head(store: ObjectStore, product: str) -> Head | None:
    """The newest registered version of a product, with the events that there are by now."""
    try:
        registered = newest(store, products=[product]).by_product.get(product)
        if registered is None:
            return None
        number = event_log.log_of(store, product).size()
        last = event_log.log_of(store, product).read(number).digest if number else None
    except StorageError:
        return None
    return replace(head_of(registered), events=number, last_event=last)


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
