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

    def is_there(made: Made) -> bool:
        if not made.uri:
            return True
        if not made.uri.startswith(store_url.rstrip("/") + "/"):
            return False
        return _exists(made.uri, aws)

    return is_there


def _exists(uri: str, aws: Mapping[str, str]) -> bool:
    """Whether an object of this name, or any below it, exists."""
    import obstore  # noqa: PLC0415 - `data-platform --help` does without it
    from obstore.exceptions import BaseError  # noqa: PLC0415
    from obstore.store import from_url  # noqa: PLC0415

    scheme = uri.partition("://")[0]
    if scheme == "memory":
        return False
    root, _, key = uri.rpartition("/") if scheme == "file" else _bucket_and_key(uri)
    options: dict[str, object] = {}
    if scheme in {"s3", "s3a"} and aws:
        options = {name.lower(): value for name, value in aws.items()} | {"client_options": {"allow_http": True}}
    try:
        store = from_url(root, **options)  # type: ignore[call-overload]
        with_this_name = obstore.list_with_delimiter(store, _parent(key))
    except (BaseError, OSError):
        return False
    objects = {entry["path"] for entry in with_this_name["objects"]}
    return key in objects or key in with_this_name["common_prefixes"]


def _bucket_and_key(uri: str) -> tuple[str, str, str]:
    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    return f"{scheme}://{bucket}", "/", key.rstrip("/")


def _parent(key: str) -> str | None:
    return key.rpartition("/")[0] or None
