r"""What stands before the time of a line: client, identity and user, and what servers and collectors put before them.

What belongs here: whose words these are. What does not: the rest of the line (``careful``).

It is `client identity user`. Before that may stand, and is kept as further words:

- what a collector writes: of syslog (`Nov  1 10:00:00 web1 httpd: `, RFC 3164; `<134>1 2026-… web1 nginx 7 - - `, RFC
  5424), of a container's runtime (`2026-11-01T10:00:00.123Z stdout F `), or of Docker Compose (`web-1  | `);
- a virtual host, where an address follows it (`www.example 192.0.2.1 - -`), or where it has a port.

The client is an address or a host name. A list (`192.0.2.1, 192.0.2.2 - -`) is what proxies forwarded: its first is
the client. A port behind it (`192.0.2.1:51413`, `[::1]:443`) is no part of it; `[::1]` is `::1`. Whatever does not fit,
such as a word that can be no client, or an address that has identity and user behind it and something unknown before
it, is no client: nothing is to be shifted into another column.
"""

import re
from functools import lru_cache
from ipaddress import ip_address
from typing import Final, NamedTuple

_TIME: Final = rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)"
_PREFIX: Final = re.compile(
    rb"(?:"
    rb"(?:<\d{1,3}>)?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +\d{1,2} (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d+)?"
    rb"(?: [^ ]+)? [^ ]+:"
    rb"|(?:<\d{1,3}>)?1? *" + _TIME + rb" [^ ]+ [^ ]+ [^ ]+ [^ ]+ (?:-|\[[^\]]*\])(?: \xef\xbb\xbf)?"
    rb"|" + _TIME + rb" (?:stdout|stderr) [FP]"
    rb"|(?:<\d{1,3}>)?" + _TIME + rb" [^ ]+ [^ ]+:"
    rb"|" + _TIME + rb"(?= )"
    rb"|[A-Za-z0-9][A-Za-z0-9_.-]* *\|"
    rb") +"
)
_MOST_PREFIXES: Final = 3
_WORDS: Final = re.compile(rb"[^ ]+")
_NAME: Final = re.compile(rb"[A-Za-z0-9_.](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?")
_HOST_AND_PORT: Final = re.compile(rb"[^ ]+:[0-9]{1,5}")
_WITH_PORT: Final = re.compile(rb"(?:\[([^\[\] ]+)\]|([^:\[\] ]+)):[0-9]{1,5}")
_UNIX: Final = b"unix:"
"""What nginx calls a client that came by a socket of the machine."""
_FEWEST: Final = 3
_KNOWN: Final = 4096


class Who(NamedTuple):
    """What precedes the time; `more` is what stands before the client or beside it."""

    client: bytes
    identity: bytes
    user: bytes
    more: bytes


def who_of(words: bytes) -> Who | None:
    """Read what precedes the time.

    Args:
        words: As it stands, spaces around it or not.

    Returns:
        What it says; None where there are no client, identity and user.
    """
    rest, more = words.strip(b" "), list[bytes]()
    for _ in range(_MOST_PREFIXES):
        if not (prefix := _PREFIX.match(rest)):
            break
        more.append(prefix[0].strip(b" "))
        rest = rest[prefix.end() :]
    found = list(_WORDS.finditer(rest))
    place = 1 if _is_virtual_host([word[0] for word in found[:3]], len(found)) else 0
    if place:
        more.append(found[0][0])
    first = place
    while place < len(found) and found[place][0].endswith(b","):
        place += 1
    if len(found) - place < _FEWEST:
        return None
    named = client_of(found[first][0].removesuffix(b","))
    identity, user = found[place + 1][0], rest[found[place + 2].start() :]
    if named is None or _is_shifted([word[0] for word in found[place + 1 :]]):
        return None
    if place > first:
        more.append(rest[found[first + 1].start() : found[place].end()])
    client, port = named
    if port:
        more.append(port)
    return Who(client, identity, user, b" ".join(more))


@lru_cache(_KNOWN)
def client_of(word: bytes) -> tuple[bytes, bytes] | None:
    """The client that a word names, and its port with the colon; None where it can be none."""
    if _NAME.fullmatch(word) or word == _UNIX or is_address(word):
        return word, b""
    if word[:1] == b"[" and word[-1:] == b"]" and is_address(word[1:-1]):
        return word[1:-1], b""
    if match := _WITH_PORT.fullmatch(word):
        bracketed, plain = match.groups()
        host = plain if bracketed is None else bracketed
        if is_address(host) or (bracketed is None and _NAME.fullmatch(host)):
            return host, word[word.rindex(b":") :]
    return None


@lru_cache(_KNOWN)
def is_address(word: bytes) -> bool:
    """Whether a word is an IPv4 or IPv6 address."""
    try:
        ip_address(word.decode("ascii"))
    except ValueError:
        return False
    return True


def _is_virtual_host(words: list[bytes], count: int) -> bool:
    """Whether the first word is the host that was asked, and the client comes second."""
    if count <= _FEWEST or words[0].endswith(b","):
        return False
    named = client_of(words[1].removesuffix(b","))
    if named is not None and is_address(named[0]):
        return True
    return bool(_HOST_AND_PORT.fullmatch(words[0])) and named is not None and b"." in words[1]


def _is_shifted(behind: list[bytes]) -> bool:
    """Whether there is an address behind the client that has identity and user behind it, and so is the client."""
    return any((named := client_of(word.removesuffix(b","))) and is_address(named[0]) for word in behind[:-2])
