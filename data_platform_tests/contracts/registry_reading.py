"""The registered versions of a product for tests that want them all, or the first thing that is wrong with them."""

from data_platform.contracts.registry import versions
from data_platform.contracts.registry.versions import RegisteredVersion
from data_platform.storage.objects.store import ObjectStore


def all_versions(store: ObjectStore, product: str) -> tuple[RegisteredVersion, ...]:
    """The versions, the oldest first; raises the first problem where there is one."""
    records, problems = versions.readable(store, product)
    if problems:
        raise problems[0]
    return records
