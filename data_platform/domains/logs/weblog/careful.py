r"""One line of a log, read field by field: what the fast path must agree with.

What belongs here: which lines are events, what each field of one is, why a line is none. What does not: many lines at
once (`fast`), the parts of a request (`request`), what time a stamp says (`stamp`).

A line is `client identity user [time] "request" status size "referrer" "agent" more`, with one or more spaces between
its fields. The Common format ends with the size; referrer, agent and what is added after them may be missing.

- *Before the time*: `-` is null for identity and user, as is `""` for the user, who may have spaces in the name. A line
  with fewer than three fields here is the second half of one that was broken in two. `[::1]` is the client `::1`. A
  virtual host that comes first (`www.example:443 192.0.2.1 - -`) is kept in `extra`, and so are all addresses but the
  first of a list (`192.0.2.1, 192.0.2.2 - -`).
- *Quoted fields* end at the first quote without an odd number of backslashes before it that is followed by a space or
  the line's end; the request at the first that is followed by a status and a size, since old servers do not escape
  quotes. `\"` and `\\` are unescaped, other escapes stay as they stand. Bytes that are not UTF-8 become `\xhh`.
- *A request that is none*, like a TLS handshake, leaves method, path, query and protocol null and is kept in `extra`,
  as it stands, with its quotes.
- *Status* is three digits or `-`, *size* digits or `-`; `-` is null. *Referrer* and *agent*: `-` and empty are null.
- *extra* is all that has no column of its own, as it stands and in the line's order, separated by a space: virtual host
  or further addresses, a request that is none, what follows the agent (or the size, if no quoted field does).
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

from data_platform.domains.logs.weblog.events import Reason
from data_platform.domains.logs.weblog.request import NOTHING, Request, split_request
from data_platform.domains.logs.weblog.stamp import LONGEST, SIZE, find_stamp

_UNTIL_QUOTE: Final = re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_OPENING: Final = re.compile(rb' *"')
_NUMBERS: Final = re.compile(rb" +([0-9]{3}|-) +([0-9]+|-)(?= |\Z)")
_WORDS: Final = re.compile(rb"[^ ]+")
_ADDRESS: Final = re.compile(
    rb"[0-9]{1,3}(?:\.[0-9]{1,3}){3}|\[?[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*(?:%[^ ]*)?\]?"
)
_HOST_AND_PORT: Final = re.compile(rb"[^ ]+:[0-9]{1,5}")
_BRACKETED: Final = re.compile(rb"\[([0-9A-Fa-f:.]+(?:%[^ \]]+)?)\]")
_LARGEST: Final = (1 << 63) - 1
_DIGITS: Final = len(str(_LARGEST))
_FEWEST_WORDS: Final = 4
"""Words before the time, from which on there is more than client, identity and user."""


class Record(NamedTuple):
    """What a good line says; the columns of `events.READ`, but for the date."""

    time: datetime
    client: str
    identity: str | None
    user: str | None
    request: Request
    status: int | None
    size: int | None
    referrer: str | None
    agent: str | None
    extra: str | None


class _Who(NamedTuple):
    client: bytes
    identity: bytes
    user: bytes
    more: bytes


class _Rejection(Exception):  # noqa: N818  # a way out of the reading of a line, not an error of the program
    def __init__(self, reason: Reason) -> None:
        self.reason = reason


def read_line(line: bytes) -> Record | Reason:
    r"""Read a line that is not blank, given without its `\n`; a `\r` at its end is of the line end.

    Returns:
        What it says, or why it is rejected.
    """
    if len(line) > LONGEST:
        return Reason.TOO_LONG
    line = line.removesuffix(b"\r")
    stamp = find_stamp(line)
    if stamp is None:
        return Reason.NO_TIME
    try:
        who = _who(line[: stamp.position].strip(b" "))
        request, numbers = _request(line, stamp.position + SIZE)
        size = None if numbers[2] == b"-" else _size(numbers[2])
        referrer, position = _quoted(line, numbers.end())
        agent, position = _quoted(line, position) if referrer is not None else (None, position)
    except _Rejection as rejection:
        return rejection.reason
    parts = split_request(_unescaped(request))
    extra = line[position:].strip(b" ")
    if parts is None or who.more:
        extra = b" ".join(part for part in (who.more, b"" if parts is not None else b'"%b"' % request, extra) if part)
    return Record(
        stamp.time,
        _text(who.client),
        None if who.identity == b"-" else _text(who.identity),
        None if who.user in {b"-", b'""'} else _text(who.user),
        NOTHING if parts is None else parts,
        None if numbers[1] == b"-" else int(numbers[1]),
        size,
        None if referrer in {None, b"", b"-"} else _unescaped(referrer or b""),
        None if agent in {None, b"", b"-"} else _unescaped(agent or b""),
        _text(extra) or None,
    )


def _who(words: bytes) -> _Who:
    """What precedes the time, without spaces around it."""
    more, words = _host_and_rest(words)
    client, _, rest = words.partition(b" ")
    identity, space, user = rest.lstrip(b" ").partition(b" ")
    if not space:
        raise _Rejection(Reason.NO_CLIENT)
    if bracketed := _BRACKETED.fullmatch(client):
        client = bracketed[1]
    return _Who(client, identity, user.lstrip(b" "), more)


def _host_and_rest(words: bytes) -> tuple[bytes, bytes]:
    """A virtual host or further addresses, and the rest of the words."""
    if words.count(b" ") < _FEWEST_WORDS - 1:
        return b"", words
    matches = list(_first(_WORDS.finditer(words), _FEWEST_WORDS))
    if len(matches) < _FEWEST_WORDS:
        return b"", words
    first, second = matches[0][0], matches[1][0]
    if first.endswith(b",") and first != b",":
        last = next(
            (word for word in _WORDS.finditer(words, matches[1].start()) if not word[0].endswith(b",")), matches[1]
        )
        return words[matches[1].start() : last.end()], first[:-1] + words[last.end() :]
    if _ADDRESS.fullmatch(second) or (_HOST_AND_PORT.fullmatch(first) and b"." in second):
        return first, words[matches[1].start() :]
    return b"", words


def _request(line: bytes, position: int) -> tuple[bytes, re.Match[bytes]]:
    """What stands between the request's quotes, and the status and size after it."""
    opening = _OPENING.match(line, position)
    if not opening:
        raise _Rejection(Reason.NO_REQUEST)
    first = None
    for end in _closings(line, opening.end()):
        if numbers := _NUMBERS.match(line, end):
            request = line[opening.end() : end - 1]
            if first is not None and find_stamp(request):  # another record began before this one was over
                raise _Rejection(Reason.UNCLOSED_QUOTE)
            return request, numbers
        first = first or end
    raise _Rejection(Reason.UNCLOSED_QUOTE if first is None else _wrong_number(line[first:]))


def _size(digits: bytes) -> int:
    digits = digits.lstrip(b"0") or b"0"
    if len(digits) > _DIGITS or int(digits) > _LARGEST:
        raise _Rejection(Reason.LARGE_SIZE)
    return int(digits)


def _wrong_number(rest: bytes) -> Reason:
    """What is wrong with the status or the size of what follows a request."""
    words = list(_first(_WORDS.finditer(rest), 2))
    if not words:
        return Reason.NO_STATUS
    if not re.fullmatch(rb"[0-9]{3}|-", words[0][0]) or not rest.startswith(b" "):
        return Reason.BAD_STATUS
    return Reason.NO_SIZE if len(words) == 1 else Reason.BAD_SIZE


def _quoted(line: bytes, position: int) -> tuple[bytes | None, int]:
    """What stands between the quotes that open here, and where it is over; None, and here, where no quote opens."""
    opening = _OPENING.match(line, position)
    if not opening:
        return None, position
    for end in _closings(line, opening.end()):
        if end == len(line) or line[end] == ord(" "):
            return line[opening.end() : end - 1], end
    raise _Rejection(Reason.UNCLOSED_QUOTE)


def _closings(line: bytes, position: int) -> Iterator[int]:
    """One past each quote from here on that is not escaped."""
    while match := _UNTIL_QUOTE.match(line, position):
        position = match.end()
        yield position


def _first(matches: Iterator[re.Match[bytes]], count: int) -> Iterator[re.Match[bytes]]:
    for match, _ in zip(matches, range(count), strict=False):
        yield match


def _text(raw: bytes) -> str:
    r"""The text that bytes are. A byte that is not of valid UTF-8, and NUL, becomes `\xhh`, as servers do."""
    return raw.decode("utf-8", "backslashreplace").replace("\0", r"\x00")


def _unescaped(quoted: bytes) -> str:
    r"""The text between two quotes: `\"` and `\\` are unescaped; other escapes (`\n`, `\x16`) stay as they stand."""
    if b"\\" in quoted:
        quoted = b"\\".join(part.replace(rb"\"", b'"') for part in quoted.split(rb"\\"))
    return _text(quoted)
