"""This machine's own addresses, which are never asked through a proxy.

What belongs here: which hosts are this machine, and an HTTP client's settings that follow from it. What does not:
requests. ``HTTP_PROXY`` and ``ALL_PROXY`` are meant for the world outside: a proxy cannot reach our loopback, and would
be shown every request to the S3 and the simulator on it.
"""

import ipaddress
from typing import Any
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def host_of(url: str) -> str:
    """The host of a URL; empty where there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def proxy_settings(url: str) -> dict[str, Any]:
    """What an ``httpx`` client for a URL is made with: no proxy for this machine, else the environment's."""
    return {"trust_env": not is_loopback(host_of(url))}


def store_proxy_settings(endpoint: str | None) -> dict[str, str]:
    """The same for obstore and deltalake, as client options.

    Their HTTP client takes a proxy from the environment unless it is given one; one that is given may leave out hosts.
    So it is given one that nobody listens at, and that leaves out the endpoint's host.
    """
    host = host_of(endpoint or "")
    return {"proxy_url": "http://127.0.0.1:9", "proxy_excludes": host} if host and is_loopback(host) else {}
