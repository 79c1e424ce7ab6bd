"""Whether something that Dagster says was materialized is still in the store.

The record of a materialization is a claim about the store, not the store: the user may have deleted the data, or set
another store since. What belongs here: that one question. What does not: reading or writing data.
"""

from collections.abc import Callable, Mapping

from data_platform.laptop.dagster_values import Made


def looker(store_url: str, aws: Mapping[str, str]) -> Callable[[Made], bool]:
    """A function that tells whether a materialization's `uri` exists.

    Args:
        store_url: The store that is in use: what lies elsewhere counts as not there.
        aws: Variables of the S3 client for this store, empty for those of the environment.

    Returns:
        True for what exists, and for what names no `uri` and so cannot be looked up.
    """
    from data_platform.storage.errors import StorageError  # noqa: PLC0415 - `data-platform --help` does without it
    from data_platform.storage.object_store import ObjectStore  # noqa: PLC0415
    from data_platform.storage.s3_options import S3Options  # noqa: PLC0415

    options = S3Options(
        access_key_id=aws.get("AWS_ACCESS_KEY_ID"),
        secret_access_key=aws.get("AWS_SECRET_ACCESS_KEY"),
        endpoint=aws.get("AWS_ENDPOINT_URL"),
        region=aws.get("AWS_REGION"),
    )
    store = ObjectStore.open(store_url, options)

    def is_there(made: Made) -> bool:
        if not made.uri:
            return True
        path = store.url.path_of(made.uri)
        try:
            return path is not None and (store.exists(path) or next(store.list(path), None) is not None)
        except StorageError:
            return False

    return is_there
