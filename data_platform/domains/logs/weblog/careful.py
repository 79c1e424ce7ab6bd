r"""One line of a log, read field by field: what the fast path must agree with.

What belongs here: which lines are events, what each field of one is, why a line is none. What does not: many lines at
once (`fast`), the parts of a request (`request`), what time a stamp says (`stamp`).

A line is `client identity user [time] "request" status size "referrer" "agent" more`, with one or more spaces between
its fields. The Common format ends with the size; referrer, agent and what is added after them may be missing.

- *Before the time*: see ``who``; `-` is null for identity and user, as is `""` for the user, who may have spaces in the
  name. A byte order mark at the line's start is none of it, nor are quotes around the whole line, in which quotes are
  doubled.
- *Between time and request* words may stand, such as a duration or a port.
- *Quoted fields* end at the first quote without an odd number of backslashes before it that is followed by a space or
  the line's end; the request at the first that is followed by a status and a size, since old servers do not escape
  quotes. `\"` and `\\` are unescaped, other escapes stay as they stand. Bytes that are not UTF-8 become `\xhh`.
- *A request that is none*, like a TLS handshake, leaves method, path, query and protocol null and is kept in `extra`,
  as it stands, with its quotes.
- *Status* is three digits or `-`, *size* digits or `-`; `-` is null.
- *Referrer* and *agent*: `-` and empty are null. Numbers and `-` may stand before them. Where such a `-` is followed by
  what is no address of a page, it is the referrer, and that the agent.
- *extra* is all that has no column of its own, as it stands and in the line's order, separated by a space: what stands
  before the client or beside it, words before the request, a request that is none, numbers before referrer and agent,
  what follows the agent (or the size, if no quoted field does).
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

from data_platform.domains.logs.weblog.events import Reason
from data_platform.domains.logs.weblog.request import NOTHING, Request, split_request
from data_platform.domains.logs.weblog.stamp import LONGEST, SIZE, find_stamp
from data_platform.domains.logs.weblog.who import who_of

_UNTIL_QUOTE: Final = re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_OPENING: Final = re.compile(rb' *"')
_NUMBERS: Final = re.compile(rb" +([0-9]{3}|-) +([0-9]+|-)(?= |\Z)")
_WORDS: Final = re.compile(rb"[^ ]+")
_FILLING: Final = re.compile(rb'(?: +(?:-|[0-9][0-9.,:]*)(?= ))+(?= *")')
_PAGE: Final = re.compile(rb'-?"|[^"]*://|/|(?:android|ios)-app:|about:|data:')
_BOM: Final = b"\xef\xbb\xbf"
_LARGEST: Final = (1 << 63) - 1
_DIGITS: Final = len(str(_LARGEST))


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
    line = _bare(line.removesuffix(b"\r"))
    stamp = find_stamp(line)
    if stamp is None:
        return Reason.NO_TIME
    who = who_of(line[: stamp.position])
    if who is None:
        return Reason.NO_CLIENT
    try:
        between, request, numbers = _request(line, stamp.position + SIZE)
        size = None if numbers[2] == b"-" else _size(numbers[2])
        sent = _sent(line, numbers.end())
    except _Rejection as rejection:
        return rejection.reason
    parts = split_request(_unescaped(request))
    none = b"" if parts is not None else b'"%b"' % request
    extra = b" ".join(part for part in (who.more, between, none, *sent.more) if part)
    return Record(
        stamp.time,
        _text(who.client),
        None if who.identity == b"-" else _text(who.identity),
        None if who.user in {b"-", b'""'} else _text(who.user),
        NOTHING if parts is None else parts,
        None if numbers[1] == b"-" else int(numbers[1]),
        size,
        None if sent.referrer in {b"", b"-"} else _unescaped(sent.referrer),
        None if sent.agent in {b"", b"-"} else _unescaped(sent.agent),
        _text(extra) or None,
    )


def _bare(line: bytes) -> bytes:
    """A line without a byte order mark, and without quotes around all of it."""
    line = line.removeprefix(_BOM)
    if line[:1] == line[-1:] == b'"' and b'""' in line:
        return line[1:-1].replace(b'""', b'"')
    return line


def _request(line: bytes, position: int) -> tuple[bytes, bytes, re.Match[bytes]]:
    """What stands before the request, what between its quotes, and the status and size after it."""
    between = line[position : line.find(b'"', position)]
    opening = _OPENING.match(line, position + len(between.rstrip(b" ")))
    if not opening or (between.strip(b" ") and (between[:1] != b" " or between[-1:] != b" " or find_stamp(between))):
        raise _Rejection(Reason.NO_REQUEST)
    first = None
    for end in _closings(line, opening.end()):
        if numbers := _NUMBERS.match(line, end):
            request = line[opening.end() : end - 1]
            if first is not None and find_stamp(request):  # another record began before this one was over
                raise _Rejection(Reason.UNCLOSED_QUOTE)
            return between.strip(b" "), request, numbers
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


class _Sent(NamedTuple):
    referrer: bytes
    agent: bytes
    more: tuple[bytes, ...]


def _sent(line: bytes, position: int) -> _Sent:
    """Referrer and agent, empty where there is none, and what stands beside them."""
    filling, place = _filled(line, position)
    if filling == b"-" or filling.endswith(b" -"):
        opening = _OPENING.match(line, place)
        if opening and not _PAGE.match(line, opening.end()):
            agent, place = _quoted(line, place)
            return _Sent(b"", agent or b"", (filling[:-1].strip(b" "), line[place:].strip(b" ")))
    referrer, place = _quoted(line, place)
    if referrer is None:
        return _Sent(b"", b"", (line[position:].strip(b" "),))
    more, behind = _filled(line, place)
    agent, end = _quoted(line, behind)
    if agent is None:
        return _Sent(referrer, b"", (filling, line[place:].strip(b" ")))
    return _Sent(referrer, agent, (filling, more, line[end:].strip(b" ")))


def _filled(line: bytes, position: int) -> tuple[bytes, int]:
    """Numbers and `-` that stand before a quoted field, and where they are over."""
    filling = _FILLING.match(line, position)
    return (filling[0].strip(b" "), filling.end()) if filling else (b"", position)


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
