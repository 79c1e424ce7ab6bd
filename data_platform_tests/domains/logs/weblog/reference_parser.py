"""A slow and obvious reading of log lines, byte by byte, by what the documentation says and without the product's code.

What belongs here: the whole of what parsing means, to compare with. What does not: speed.
"""

import ipaddress
import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any
from urllib.parse import unquote_plus

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DIGITS = "0123456789"
METHODS = {"GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE"}
Row = dict[str, Any]


class RejectedError(Exception):
    """Why a line is no event."""


def split_lines(data: bytes) -> list[tuple[int, bytes]]:
    """Each line's offset, and the line without its newline."""
    lines, start = [], 0
    while start < len(data):
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        lines.append((start, data[start:end]))
        start = end + 1
    return lines


def without_end(line: bytes) -> bytes:
    return line[:-1] if line.endswith(b"\r") else line


def is_blank(line: bytes) -> bool:
    return len(without_end(line)) <= 65536 and all(byte in b" \t\r\n\x0b\x0c" for byte in line)


def stamp_of(line: bytes) -> tuple[int, datetime] | None:
    for start in range(min(len(line), 65536) - 27):
        if line[start] == ord("["):
            time = _time(line[start : start + 28])
            if time is not None:
                return start, time
    return None


def date_of(line: bytes, zone: tzinfo = UTC) -> date | None:
    stamp = stamp_of(line)
    return stamp[1].astimezone(zone).date() if stamp else None


def read(line: bytes) -> Row:
    """What a line (without its newline) says; raises RejectedError."""
    if len(line) > 1 << 20:
        raise RejectedError("longer than 1 MiB")
    line = without_end(line)
    if line.startswith(b"\xef\xbb\xbf"):
        line = line[3:]
    if line.startswith(b'"') and line.endswith(b'"') and b'""' in line:
        line = line[1:-1].replace(b'""', b'"')
    stamp = stamp_of(line)
    if stamp is None:
        raise RejectedError("no time")
    extra: list[bytes] = []
    row: Row = {"time": stamp[1]}
    row |= _who(line[: stamp[0]], extra)
    request, after = _request(line, stamp[0] + 28, extra)
    numbers, after = _numbers(line, after)
    row |= numbers
    row |= _asked(request, extra)
    row["referrer"] = row["agent"] = None
    names = ["referrer", "agent"]
    while names:
        filling, start = _filling(line, after)
        if line[start : start + 1] != b'"':
            break
        if names == ["referrer", "agent"] and filling.split(b" ")[-1] == b"-" and not _is_page(line[start + 1 :]):
            names.remove("referrer")
            filling = filling[:-1].strip(b" ")
        ends = [end for end in _closing_quotes(line, start + 1) if line[end + 1 : end + 2] in {b"", b" "}]
        if not ends:
            raise RejectedError("unclosed quote")
        extra.append(filling)
        value, after = line[start + 1 : ends[0]], ends[0] + 1
        row[names.pop(0)] = None if value in {b"", b"-"} else _plain(value)
    extra.append(line[after:].strip(b" "))
    row["extra"] = _text(b" ".join(part for part in extra if part)) or None
    row["campaign"] = _campaign(row["query"])
    return row


def _time(stamp: bytes) -> datetime | None:  # noqa: PLR0911  # one for each thing that may be wrong
    """What 28 bytes say, if they are a stamp."""
    try:
        text = stamp.decode("ascii")
    except UnicodeDecodeError:
        return None
    shape = "[00/###/0000:00:00:00 #0000]"
    if len(text) != 28:
        return None
    for char, wanted in zip(text, shape, strict=True):
        if (wanted == "0" and char not in DIGITS) or (wanted not in "0#" and char != wanted):
            return None
    if text[4:7] not in MONTHS or text[22] not in "+-":
        return None
    hours, minutes = int(text[23:25]), int(text[25:27])
    second = int(text[19:21])
    if minutes > 59 or hours * 60 + minutes > 14 * 60 or second > 60 or not 2 <= int(text[8:12]) <= 9998:
        return None
    offset = timedelta(hours=hours, minutes=minutes) * (-1 if text[22] == "-" else 1)
    try:
        local = datetime(
            int(text[8:12]),
            MONTHS.index(text[4:7]) + 1,
            int(text[1:3]),
            int(text[13:15]),
            int(text[16:18]),
            min(second, 59),
            tzinfo=timezone(offset),
        )
    except ValueError:
        return None
    return local.astimezone(UTC)


COLLECTORS = [
    rb"ISO std(?:out|err) [FP]",  # a container's runtime
    rb"(?:PRI)?MONTH +DAY (?:YEAR )?CLOCK(?: WORD)? WORD:",  # RFC 3164
    rb"(?:PRI)?1? *ISO WORD WORD WORD WORD (?:-|SD)(?: BOM)?",  # RFC 5424
    rb"(?:PRI)?ISO WORD WORD:",
    rb"ISO",
    rb"[A-Za-z0-9][A-Za-z0-9_.-]* *[|]",  # Docker Compose
]
NAMES = {
    b"ISO": rb"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,9})?(?:Z|[+-][0-9]{2}:?[0-9]{2})",
    b"PRI": rb"<[0-9]{1,3}>",
    b"MONTH": "|".join(MONTHS).join(["(?:", ")"]).encode(),
    b"DAY": rb"[0-9]{1,2}",
    b"YEAR": rb"[0-9]{4}",
    b"CLOCK": rb"[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.][0-9]+)?",
    b"WORD": rb"[^ ]+",
    b"SD": rb"\[[^\]]*\]",
    b"BOM": rb"\xef\xbb\xbf",
}


def _after_collector(text: bytes) -> tuple[bytes, bytes]:
    """What a collector of logs wrote first, and the rest."""
    for shape in COLLECTORS:
        pattern = shape
        for name, meaning in NAMES.items():
            pattern = pattern.replace(name, meaning)
        for end in range(len(text), 0, -1):
            if text[end : end + 1] == b" " and text[end - 1 : end] != b" " and re.fullmatch(pattern, text[:end]):
                return text[:end], text[end:].lstrip(b" ")
    return b"", text


def _who(before: bytes, extra: list[bytes]) -> Row:
    before = before.strip(b" ")
    for _ in range(3):
        written, before = _after_collector(before)
        extra.append(written)
    words = [word for word in before.split(b" ") if word]
    if len(words) > 3 and not words[0].endswith(b","):
        second = _client(words[1].removesuffix(b","))
        if second and (_is_address(second[0]) or (_has_port(words[0]) and b"." in words[1])):
            extra.append(words[0])
            before, words = before[_nth_word(before, 1) :], words[1:]
    count = 0
    while count < len(words) and words[count].endswith(b","):
        count += 1
    if len(words) - count < 3:
        raise RejectedError("no client")
    client = _client(words[0].removesuffix(b","))
    behind = [_client(word.removesuffix(b",")) for word in words[count + 1 : -2]]
    if client is None or any(named is not None and _is_address(named[0]) for named in behind):
        raise RejectedError("no client")
    if count:
        extra.append(before[_nth_word(before, 1) : _nth_word(before, count) + len(words[count])])
    extra.append(client[1])
    identity, user = words[count + 1], before[_nth_word(before, count + 2) :]
    return {
        "client": _text(client[0]),
        "identity": None if identity == b"-" else _text(identity),
        "user": None if user in {b"-", b'""'} else _text(user),
    }


def _client(word: bytes) -> tuple[bytes, bytes] | None:
    """A client, and its port with the colon."""
    if _is_name(word) or _is_address(word) or word == b"unix:":
        return word, b""
    host, port = (word[: word.rindex(b":")], word[word.rindex(b":") :]) if _has_port(word) else (word, b"")
    if host.startswith(b"[") and host.endswith(b"]"):
        return (host[1:-1], port) if _is_address(host[1:-1]) else None
    if port and b":" not in host and (_is_name(host) or _is_address(host)):
        return host, port
    return None


def _is_name(word: bytes) -> bool:
    letters = (UPPER + UPPER.lower() + DIGITS + "_").encode()
    return _all_in(word, letters + b".-") and word[0] in letters + b"." and word[-1] in letters + b"."


def _filling(line: bytes, after: int) -> tuple[bytes, int]:
    """Numbers and dashes from here on, if a quote follows them, and where that is."""
    place = after
    while True:
        start = _skip(line, place)
        if line[start : start + 1] == b'"':
            return line[after:start].strip(b" "), start if start > place or place == after else after
        word, end = _word(line, start)
        is_number = word[:1] in [b"%d" % digit for digit in range(10)] and _all_in(word, DIGITS.encode() + b".,:")
        if start == place or not (word == b"-" or is_number):
            return b"", _skip(line, after)
        place = end


def _is_page(quoted: bytes) -> bool:
    """Whether what stands behind a quote is the address of a page, or says that there is none."""
    if quoted.startswith((b'-"', b'"', b"/", b"android-app:", b"ios-app:", b"about:", b"data:")):
        return True
    return b"://" in quoted.split(b'"')[0]


def _nth_word(text: bytes, wanted: int) -> int:
    """Where the word of this number starts."""
    seen = -1
    for place, byte in enumerate(text):
        if byte != 32 and (place == 0 or text[place - 1] == 32):
            seen += 1
            if seen == wanted:
                return place
    raise AssertionError(f"no word {wanted} in {text!r}")


def _is_address(word: bytes) -> bool:
    try:
        address = word.decode("ascii")
        ipaddress.ip_address(address)
    except ValueError:
        return False
    return True


def _has_port(word: bytes) -> bool:
    host, _, port = word.rpartition(b":")
    return bool(host) and 1 <= len(port) <= 5 and _all_in(port, b"0123456789")


def _closing_quotes(line: bytes, start: int) -> list[int]:
    """The quotes from here on that no backslash escapes."""
    found, escaped = [], False
    for place in range(start, len(line)):
        byte = line[place]
        if escaped:
            escaped = False
        elif byte == ord("\\"):
            escaped = True
        elif byte == ord('"'):
            found.append(place)
    return found


def _request(line: bytes, after: int, extra: list[bytes]) -> tuple[bytes, int]:
    start = line.find(b'"', after)
    between = line[after:start]
    if start < 0 or (between.strip(b" ") and (not between.startswith(b" ") or not between.endswith(b" "))):
        raise RejectedError("no request")
    if stamp_of(between):
        raise RejectedError("no request")
    extra.append(between.strip(b" "))
    quotes = _closing_quotes(line, start + 1)
    if not quotes:
        raise RejectedError("unclosed quote")
    for quote in quotes:
        try:
            _numbers(line, quote + 1)
        except RejectedError as why:
            if str(why) != "size is too large":
                continue
        request = line[start + 1 : quote]
        if quote != quotes[0] and stamp_of(request):
            raise RejectedError("unclosed quote")
        return request, quote + 1
    return line[start + 1 : quotes[0]], quotes[0] + 1


def _numbers(line: bytes, after: int) -> tuple[Row, int]:
    status, end = _word(line, after)
    if not status:
        raise RejectedError("no status")
    if (status != b"-" and not (len(status) == 3 and _all_in(status, b"0123456789"))) or line[after] != 32:
        raise RejectedError("status is not a number of three digits")
    size, end = _word(line, end)
    if not size:
        raise RejectedError("no size")
    if size != b"-" and not _all_in(size, b"0123456789"):
        raise RejectedError("size is not a number")
    size = size.lstrip(b"0") or b"0"
    if len(size) > 19 or (size != b"-" and int(size) > 2**63 - 1):
        raise RejectedError("size is too large")
    return {
        "status": None if status == b"-" else int(status),
        "bytes": None if size == b"-" else int(size),
    }, end


def _asked(quoted: bytes, extra: list[bytes]) -> Row:
    row: Row = dict.fromkeys(("method", "path", "query", "protocol"))
    line = _plain(quoted).strip(" ")
    if line in {"", "-"}:
        return row
    target: str | None = line
    if " " in line and _is_protocol(line[line.rindex(" ") + 1 :]):
        row["protocol"] = line[line.rindex(" ") + 1 :]
        target = line[: line.rindex(" ")].rstrip(" ")
    assert target is not None
    first = target.split(" ")[0]
    if _is_method(first, any_case=row["protocol"] is not None) and (" " in target or first in METHODS):
        row["method"] = first
        target = target[len(first) :].lstrip(" ") if " " in target else None
    elif row["protocol"] is None and not target.startswith("/"):
        extra.append(b'"' + quoted + b'"')
        return row
    if target is not None:
        row["path"] = target.split("?")[0]
        row["query"] = target[target.index("?") + 1 :] if "?" in target else None
    return row


def _is_method(word: str, *, any_case: bool) -> bool:
    letters = UPPER + (UPPER.lower() if any_case else "")
    return 1 <= len(word) <= 32 and word[0] in letters and all(char in letters + DIGITS + "_-" for char in word)


def _is_protocol(word: str) -> bool:
    name, slash, version = word.partition("/")
    if not slash or not version:
        return False
    if name.upper() == "HTTP" and name.isascii():
        return True
    if not 2 <= len(name) <= 12 or any(char not in UPPER + UPPER.lower() for char in name):
        return False
    numbers = version.split(".")
    return len(numbers) <= 2 and all(number and all(char in DIGITS for char in number) for number in numbers)


def _campaign(query: str | None) -> str | None:
    for parameter in (query or "").replace(";", "&").split("&"):
        if parameter.startswith("utm_campaign="):
            value = unquote_plus(parameter[len("utm_campaign=") :].split("#")[0])
            return value.replace("\0", "\\x00")[:100] or None
    return None


def _plain(quoted: bytes) -> str:
    plain, place = b"", 0
    while place < len(quoted):
        if quoted[place : place + 2] in {b'\\"', b"\\\\"}:
            place += 1
        elif quoted[place : place + 1] == b"\\":
            plain += quoted[place : place + 2]
            place += 2
            continue
        plain += quoted[place : place + 1]
        place += 1
    return _text(plain)


def _text(raw: bytes) -> str:
    text = ""
    while raw:
        for size in range(1, 5):
            try:
                char = raw[:size].decode("utf-8")
            except UnicodeDecodeError:
                continue
            break
        else:
            char, size = f"\\x{raw[0]:02x}", 1
        text += "\\x00" if char == "\0" else char
        raw = raw[size:]
    return text


def _word(line: bytes, start: int) -> tuple[bytes, int]:
    start = _skip(line, start)
    end = start
    while end < len(line) and line[end] != 32:
        end += 1
    return line[start:end], end


def _skip(line: bytes, place: int) -> int:
    while place < len(line) and line[place] == 32:
        place += 1
    return place


def _all_in(word: bytes, allowed: bytes) -> bool:
    return bool(word) and all(byte in allowed for byte in word)
