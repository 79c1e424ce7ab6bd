from datetime import UTC, date, datetime
from typing import Any

import pytest

from data_platform.domains.logs.weblog.offsets import Offsets
from data_platform.domains.logs.weblog.parse import Parsed, parse
from data_platform_tests.domains.logs.weblog.records import COMBINED, COMMON


def parsed(line: bytes) -> Parsed:
    return parse(line, file="web.log", offsets=Offsets.contiguous(0, 1))


def event_of(line: bytes) -> dict[str, Any]:
    result = parsed(line)
    assert result.rejected.num_rows == 0, result.rejected.to_pylist()
    (event,) = result.events.to_pylist()
    return event


def reason_of(line: bytes) -> str:
    (row,) = parsed(line).rejected.to_pylist()
    return row["reason"]


def test_a_combined_line_is_an_event_with_all_its_fields() -> None:
    assert event_of(COMBINED) == {
        "date": date(2000, 10, 10),
        "time": datetime(2000, 10, 10, 20, 55, 36, tzinfo=UTC),
        "client": "192.0.2.1",
        "identity": None,
        "user": None,
        "method": "GET",
        "path": "/shop",
        "query": "page=2",
        "protocol": "HTTP/1.1",
        "status": 200,
        "bytes": 2326,
        "referrer": "http://example.com/start",
        "agent": "Mozilla/5.0 (X11)",
        "campaign": None,
        "bot": False,
        "extra": None,
        "file": "web.log",
        "offset": 0,
    }


def test_a_common_line_has_neither_referrer_nor_agent() -> None:
    event = event_of(COMMON)
    assert (event["user"], event["bytes"], event["status"]) == ("alice", None, 304)
    assert (event["referrer"], event["agent"], event["extra"]) == (None, None, None)


@pytest.mark.parametrize(
    ("before", "client", "identity", "user", "extra"),
    [
        (b"2001:db8::1 - -", "2001:db8::1", None, None, None),
        (b"[::1] - -", "::1", None, None, None),
        (b"[fe80::1%eth0] - -", "fe80::1%eth0", None, None, None),
        (b"h - John Smith", "h", None, "John Smith", None),
        (b"h - John  [Jack] Smith", "h", None, "John  [Jack] Smith", None),
        (b"h id O'Brien@example.com", "h", "id", "O'Brien@example.com", None),
        (b'h - ""', "h", None, None, None),
        (b"h  -  - ", "h", None, None, None),
        (b"h - b\xfcro", "h", None, r"b\xfcro", None),
        (b"h - \xc3\xbc", "h", None, "ü", None),
        (b"www.shop.example:443 192.0.2.1 - -", "192.0.2.1", None, None, "www.shop.example:443"),
        (b"www.shop.example 2001:db8::1 - John Smith", "2001:db8::1", None, "John Smith", "www.shop.example"),
        (b"www.shop.example:80 host.example - -", "host.example", None, None, "www.shop.example:80"),
        (b"192.0.2.1, 192.0.2.2, 10.0.0.1 - eve", "192.0.2.1", None, "eve", "192.0.2.2, 10.0.0.1"),
    ],
)
def test_who_asked_stands_before_the_time(
    before: bytes, client: str, identity: str | None, user: str | None, extra: str | None
) -> None:
    event = event_of(COMMON.replace(b"host.example - alice", before))
    assert (event["client"], event["identity"], event["user"], event["extra"]) == (client, identity, user, extra)


@pytest.mark.parametrize(
    ("request_line", "path"),
    [
        (rb"GET /say\"hello\" HTTP/1.1", '/say"hello"'),
        (rb"GET /back\\slash HTTP/1.1", "/back\\slash"),
        (rb"GET /kept\x16\n HTTP/1.1", r"/kept\x16\n"),
        (rb"GET /ends\\", "/ends\\"),
        (b'GET /old"server" HTTP/1.0', '/old"server"'),
        (b'GET /say" 200 HTTP/1.0', '/say" 200'),
        (b"GET /caf\xc3\xa9 HTTP/1.1", "/café"),
        (b"GET /caf\xe9 HTTP/1.1", r"/caf\xe9"),
        (b"GET /nul\x00 HTTP/1.1", r"/nul\x00"),
    ],
)
def test_quotes_and_bytes_in_a_request_are_read(request_line: bytes, path: str) -> None:
    assert event_of(COMBINED.replace(b"GET /shop?page=2 HTTP/1.1", request_line))["path"] == path


@pytest.mark.parametrize(
    ("after", "referrer", "agent", "extra"),
    [
        (b'"-" "-"', None, None, None),
        (b'"" ""', None, None, None),
        (rb'"http://e/?q=\"x\"" "A \\ \"B\" C"', 'http://e/?q="x"', 'A \\ "B" C', None),
        (b'"r" "a" "192.0.2.7" 0.005 -', "r", "a", '"192.0.2.7" 0.005 -'),
        (b'"r" "a" rt=0.1', "r", "a", "rt=0.1"),
        (b'"r" "a" ', "r", "a", None),
        (b'"r"', "r", None, None),
        (b'"r" 17', "r", None, "17"),
        (b'17 x "y', None, None, '17 x "y'),
        (b'3413 "-" "a"', None, "a", "3413"),
        (b'- "Mozilla/5.0" "192.0.2.7"', None, "Mozilla/5.0", '"192.0.2.7"'),
        (b'3 - "Mozilla/5.0"', None, "Mozilla/5.0", "3"),
        (b'- "http://e/" "a"', "http://e/", "a", "-"),
        (b'"r" 0.1 "a" 0.2', "r", "a", "0.1 0.2"),
        (b'"r"s" "a"b"', 'r"s', 'a"b', None),
    ],
)
def test_referrer_agent_and_added_fields_follow_the_size(
    after: bytes, referrer: str | None, agent: str | None, extra: str | None
) -> None:
    event = event_of(COMBINED.replace(b'"http://example.com/start" "Mozilla/5.0 (X11)"', after))
    assert (event["referrer"], event["agent"], event["extra"]) == (referrer, agent, extra)


@pytest.mark.parametrize(
    ("before", "client", "user", "extra"),
    [
        (b"Nov  1 10:00:00 web1 httpd: 192.0.2.1 - -", "192.0.2.1", None, "Nov  1 10:00:00 web1 httpd:"),
        (b"<134>Nov 11 10:00:00 nginx: h.example - ada", "h.example", "ada", "<134>Nov 11 10:00:00 nginx:"),
        (
            b"<134>1 2026-11-01T10:00:00Z web1 nginx 7 - - ::1 - -",
            "::1",
            None,
            "<134>1 2026-11-01T10:00:00Z web1 nginx 7 - -",
        ),
        (
            b"2026-11-01T10:00:00.123456789Z stdout F 192.0.2.1 - -",
            "192.0.2.1",
            None,
            "2026-11-01T10:00:00.123456789Z stdout F",
        ),
        (b"web-1  | 192.0.2.1 - -", "192.0.2.1", None, "web-1  |"),
        (b"shop.example 192.0.2.1, 192.0.2.77 - -", "192.0.2.1", None, "shop.example 192.0.2.77"),
        (b"192.0.2.1, 192.0.2.77, 192.0.2.78 - ada", "192.0.2.1", "ada", "192.0.2.77, 192.0.2.78"),
        (b"shop.example:443 192.0.2.1 - -", "192.0.2.1", None, "shop.example:443"),
        (b"192.0.2.1:51413 - -", "192.0.2.1", None, ":51413"),
        (b"[2001:db8::1]:443 - -", "2001:db8::1", None, ":443"),
        (b"[::1] - -", "::1", None, None),
        (b"\xef\xbb\xbf192.0.2.1 - -", "192.0.2.1", None, None),
        (b"unix: - -", "unix:", None, None),
        (b"2001:db8::1 - Ada Lovelace", "2001:db8::1", "Ada Lovelace", None),
    ],
)
def test_what_stands_before_the_client_is_taken_off_it(
    before: bytes, client: str, user: str | None, extra: str | None
) -> None:
    event = event_of(COMBINED.replace(b"192.0.2.1 - -", before))
    assert (event["client"], event["identity"], event["user"], event["extra"]) == (client, None, user, extra)


@pytest.mark.parametrize(
    "before",
    [
        b"=== restart ===",
        b"something unknown 192.0.2.1 - -",
        b"some more words 192.0.2.1, 192.0.2.2 - -",
        b"- - -",
    ],
)
def test_what_can_be_no_client_is_rejected_and_never_shifted(before: bytes) -> None:
    (row,) = parsed(COMBINED.replace(b"192.0.2.1 - -", before)).rejected.to_pylist()
    assert row["reason"] == "no client"


@pytest.mark.parametrize("between", [b"(0 s)", b"[0.003] [PORT 80]", b"1234", b"-"])
def test_words_between_time_and_request_are_kept(between: bytes) -> None:
    event = event_of(COMBINED.replace(b'"GET', between + b' "GET'))
    assert (event["path"], event["status"], event["extra"]) == ("/shop", 200, between.decode())


def test_a_line_in_quotes_is_read_without_them() -> None:
    assert event_of(b'"' + COMBINED.replace(b'"', b'""') + b'"') == event_of(COMBINED)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"/Oct/", b"/October/", "no time"),
        (b"192.0.2.1 - - ", b"- - ", "no client"),
        (b'"GET', b"GET", "no request"),
        (b'HTTP/1.1" ', b"HTTP/1.1 ", "status is not a number of three digits"),
        (b'1" 200 2326', b'1"', "status is not a number of three digits"),
        (b" 200 ", b" 2000 ", "status is not a number of three digits"),
        (b" 2326 ", b" many ", "size is not a number"),
        (b" 2326 ", b" 9223372036854775808 ", "size is too large"),
        (b'(X11)"', b"(X11)", "unclosed quote"),
    ],
)
def test_a_broken_line_is_rejected_for_the_first_thing_that_is_wrong(old: bytes, new: bytes, reason: str) -> None:
    assert old in COMBINED
    assert reason_of(COMBINED.replace(old, new)) == reason


@pytest.mark.parametrize(
    ("end", "reason"),
    [(b'"GET ', "unclosed quote"), (b'1.1"', "no status"), (b'1.1" 200', "no size"), (b"-0700]", "no request")],
)
def test_a_line_that_was_cut_short_is_rejected(end: bytes, reason: str) -> None:
    assert reason_of(COMBINED[: COMBINED.index(end) + len(end)]) == reason


def test_two_records_that_ran_into_each_other_are_no_event() -> None:
    cut = COMBINED[: COMBINED.index(b"/shop") + 3]
    assert reason_of(cut + COMBINED) == "unclosed quote"


def test_a_size_is_read_up_to_the_largest_of_64_bits() -> None:
    for size in (0, 7, 12_345_678, 123_456_789, 2**63 - 1):
        assert event_of(COMBINED.replace(b" 2326 ", b" %d " % size))["bytes"] == size
