"""Whether something that Dagster says was materialized is still in the store.

The record of a materialization is a claim about the store, not the store: the user may have deleted the data, or set
another store since. What belongs here: that question, and whether the store answers at all. What does not: reading or
writing data.
"""

from collections.abc import Callable, Mapping
from typing import Final

from data_platform.laptop.dagster_values import Materialization
from data_platform.laptop.errors import LaptopError
from data_platform.storage.errors import StorageError
from data_platform.storage.objects.s3_options import S3Options
from data_platform.storage.objects.store import ObjectStore

_NOTHING: Final = ".ready"
"""A prefix that nobody writes below: listing it costs one request, whatever the store holds."""


def reach(store_url: str) -> None:
    """Make sure that a store of the user's own can be used, before anything is started.

    Args:
        store_url: See `data_platform.storage.objects.url`; credentials and endpoint are those of the environment.

    Raises:
        LaptopError: It cannot be; the message says why and what to do.
    """
    if store_url.startswith("memory:"):
        raise LaptopError(f"{store_url} lives in one process alone, and the platform has several: use file:///folder.")
    try:
        next(_opened(store_url, {}).list(_NOTHING), None)
    except StorageError as error:
        raise LaptopError(f"The store cannot be used: {error}") from None


def existence_check(store_url: str, aws: Mapping[str, str]) -> Callable[[Materialization], bool]:
    """A function that tells whether a materialization's `uri` exists.

    Args:
        store_url: The store that is in use: what lies elsewhere counts as not there.
        aws: Variables of the S3 client for this store, empty for those of the environment.

    Returns:
        True for what exists, and for what names no `uri` and so cannot be looked up.
    """
    store = _opened(store_url, aws)

    def is_there(materialization: Materialization) -> bool:
        if not materialization.uri:
            return True
        path = store.url.path_of(materialization.uri)
        try:
            return path is not None and (store.exists(path) or next(store.list(path), None) is not None)
        except StorageError:
            return False

    return is_there


def _opened(store_url: str, aws: Mapping[str, str]) -> ObjectStore:
    options = S3Options(
        access_key_id=aws.get("AWS_ACCESS_KEY_ID"),
        secret_access_key=aws.get("AWS_SECRET_ACCESS_KEY"),
        endpoint=aws.get("AWS_ENDPOINT_URL"),
        region=aws.get("AWS_REGION"),
    )
    return ObjectStore.open(store_url, options)
