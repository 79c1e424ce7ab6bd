"""Where the logs are put: a store of this machine, and no other.

What belongs here: which store URLs are accepted, and opening one. What does not: what is put there and when
(``shipper``). Access keys come from the environment alone, as for every AWS client.
"""

import ipaddress
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from obstore.store import LocalStore, S3Store

FOLDER: Final = "logs/landing"
"""Below the store: where the logs' owner looks for them."""

ENDPOINT_VARIABLE: Final = "AWS_ENDPOINT_URL"


def check_landing(url: str, endpoint: str) -> None:
    """Let a store pass that invented logs may be put into.

    Args:
        url: ``file:///folder`` or ``s3://bucket/prefix``.
        endpoint: The S3's, ``AWS_ENDPOINT_URL``; empty where it is not set.

    Raises:
        ValueError: Another URL, or an S3 that is not on this machine: invented data have no place there.
    """
    parts = urlsplit(url)
    if "@" in parts.netloc:
        raise ValueError("a store URL has no user and password in it")
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        return
    if parts.scheme != "s3" or not parts.netloc:
        raise ValueError(f"{url!r} is neither file:///folder nor s3://bucket/prefix")
    if not _is_here(endpoint):
        raise ValueError(
            f"invented logs are put into an S3 of this machine only, but {ENDPOINT_VARIABLE} is {endpoint or 'not set'}"
        )


def open_landing(url: str, endpoint: str) -> S3Store | LocalStore:
    """The store at a URL; no request is made.

    Args:
        url: The store's.
        endpoint: The S3's, from the environment.

    Raises:
        ValueError: `check_landing` does not let it pass.
        OSError: The folder of a ``file://`` store cannot be made.
    """
    check_landing(url, endpoint)
    parts = urlsplit(url)
    if parts.scheme == "file":
        return LocalStore(Path(unquote(parts.path)), mkdir=True)
    settings: Any = {
        "endpoint": endpoint,
        "aws_endpoint_url_s3": endpoint,  # the variable of that name would win over `endpoint`
        "virtual_hosted_style_request": False,
        "client_options": {
            "allow_http": endpoint.startswith("http://"),
            "connect_timeout": timedelta(seconds=3),
            "timeout": timedelta(seconds=20),
            "proxy_excludes": urlsplit(endpoint).hostname,
        },
        "retry_config": {"max_retries": 0},  # the shipper tries again by itself
    }
    return S3Store(parts.netloc, prefix=parts.path.strip("/") or None, **settings)


def _is_here(endpoint: str) -> bool:
    host = urlsplit(endpoint).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
