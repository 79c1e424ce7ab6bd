"""The request line in its parts.

What belongs here: what in `GET /path?query HTTP/1.1` is method, path, query and protocol. What does not: the quotes
around it, the campaign within a query (`campaigns`).
"""

import re
from typing import Final, NamedTuple

METHODS: Final = ("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE")
"""The methods of RFC 9110 and RFC 5789, the most frequent first."""

_METHOD: Final = re.compile(r"[A-Z][A-Z0-9_-]{0,31}")
_METHOD_ANY_CASE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")
_PROTOCOL: Final = re.compile(r"HTTP/[^ ]+|[A-Z]{2,12}/[0-9]+(?:\.[0-9]+)?", re.IGNORECASE | re.ASCII)


class Request(NamedTuple):
    """A request line's parts, as they stand in it; None for what it does not have."""

    method: str | None
    path: str | None
    query: str | None
    protocol: str | None


NOTHING: Final = Request(None, None, None, None)


def split_request(line: str) -> Request | None:
    """Split a request line; spaces around it and around its target do not count.

    The protocol is what follows the last space, if it looks like one. The method is what precedes the first space: of
    upper-case letters, or of any case where there is a protocol. The target between them may have spaces; its first
    `?` ends the path. An absolute target (`http://host/path`), `host:443` and `*` are paths as they stand. HTTP/0.9
    has no protocol (`GET /path`), and some clients send no method (`/path`, or anything followed by a protocol).

    Returns:
        The parts; all None for an empty line or `-`. None for what is no request, like the bytes of a TLS handshake.
    """
    line = line.strip(" ")
    if line in {"", "-"}:
        return NOTHING
    before, _, last = line.rpartition(" ")
    protocol = last if before and _PROTOCOL.fullmatch(last) else None
    rest = before.rstrip(" ") if protocol else line
    first, space, target = rest.partition(" ")
    if (_METHOD_ANY_CASE if protocol else _METHOD).fullmatch(first) and (space or first in METHODS):
        return Request(first, *_split_target(target.lstrip(" ") if space else None), protocol)
    if protocol or rest.startswith("/"):
        return Request(None, *_split_target(rest), protocol)
    return None


def _split_target(target: str | None) -> tuple[str | None, str | None]:
    if target is None:
        return None, None
    path, mark, query = target.partition("?")
    return path, query if mark else None
