"""Random records of web servers, mostly regular, some strange, some damaged: for tests of whatever parses them.

What belongs here: whole records with all their fields. What does not: lines for which only the time counts
(`lines_of_logs`).
"""

from datetime import datetime
from typing import Any

from hypothesis import strategies as st

COMBINED = (
    b'192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET /shop?page=2 HTTP/1.1" 200 2326'
    b' "http://example.com/start" "Mozilla/5.0 (X11)"'
)
COMMON = b'host.example - alice [10/Oct/2000:13:55:36 -0700] "GET /index.html HTTP/1.0" 304 -'


def mostly(good: st.SearchStrategy[Any], odd: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.integers(0, 9).flatmap(lambda number: odd if number == 9 else good)


WHO = mostly(
    st.sampled_from(
        [
            *(
                b"192.0.2.1 - -",
                b"a - -",
                b"1234567 - bob",
                b"12345678 - -",
                b"2001:db8::1 - -",
                b"h - alice.of.example",
            ),
            *(b"a.host.name.example.com - -", b"h\t - -", b"\xc3\xbc - -"),
        ]
    ),
    st.sampled_from(
        [
            *(b"[::1] - -", b"h - John Smith", b"h - Johnathan Smith", b"h id -", b'h - ""', b"h -", b"", b"h\xff - -"),
            *(
                b"w:80 192.0.2.1 - -",
                b"a, b - -",
                b"a, b, c - x",
                b", - - -",
                b"v.e:1 h.e - a b",
                b"h - \x00",
                b"[h] - x",
            ),
            *(
                b"Nov  1 10:00:00 web1 httpd: 192.0.2.1 - -",
                b"<134>1 2026-11-01T10:00:00Z web1 nginx 7 - - h - -",
                b"2026-11-01T10:00:00.123456789Z stdout F 192.0.2.1 - -",
                b"2026-11-01T10:00:00+0100 w 192.0.2.1, 192.0.2.2 - x",
                b"web-1  | 192.0.2.1:51413 - -",
                b"[2001:db8::1]:443 - -",
                b"a.example:443 - -",
                b"what is this 192.0.2.1 - -",
                b"=== restart ===",
                b"\xef\xbb\xbfh - -",
                b"dead:beef - -",
                b"1:2 - -",
                b"a- - -",
                b".a - -",
                b"2001:db8::1%eth0 - -",
            ),
            *(b"[10/Oct/2000:13:55:36 -0700] -", b"[10/Oct/2000:13:55:36 - -", b"h - al[ice", b" h - -", b"h  - -"),
        ]
    ),
)
TIMES = mostly(
    st.builds(
        lambda time, offset: time.strftime("[%d/%b/%Y:%H:%M:%S ").encode() + offset + b"]",
        st.datetimes(datetime(1994, 1, 1), datetime(2031, 1, 1)),  # noqa: DTZ001  # the offset is written after it
        st.sampled_from([b"+0000", b"-0700", b"+0530", b"+1400"]),
    ),
    st.sampled_from(
        [
            *(b"[10/Oct/2000:13:55:60 -0700]", b"[10/Oct/2000:13:55:61 -0700]", b"[31/Feb/2000:13:55:36 -0700]"),
            *(b"[10/Oct/0001:13:55:36 -0700]", b"[10/Oct/2000:13:55:36 +1401]", b"[10/Oct/2000:13:55:36]", b"[]", b""),
            *(b"[10/Oct/2000:13:55:36 -0700] [11/Oct/2000:13:55:36 -0700]", b"[30/Mar/1900:23:59:59 +0053]"),
        ]
    ),
)
TARGETS = mostly(
    st.sampled_from(
        [
            *(
                b"/",
                b"/a?b=c",
                b"/a b?c d",
                b"?x",
                b"/?utm_campaign=spring+sale%21&x=1",
                b"/x?a=1;utm_campaign=%C3%BC#f",
            ),
            *(b"http://h/p?q?r", b"h:443", b"*", b"/\xc3\xa9", b"/?utm_campaign=" + b"x" * 120, b"/?utm_campaign="),
            *(b"/?my_utm_campaign=2&utm_campaign=%00y", b"/x?utm_campaign=a&utm_campaign=b"),
        ]
    ),
    st.sampled_from(
        [b" /sp", b"/sp ", b"", b" ", b"/\xff", b'/q"q', b'/q" 200 1', rb"/e\"e", rb"/\\", b"/\x00", rb"/\x41"]
    ),
)
METHODS = mostly(
    st.sampled_from([b"GET ", b"POST ", b"HEAD ", b"OPTIONS "]),
    st.sampled_from([b"PROPFIND ", b"get ", b"G\xff ", b"", b"GET", b" GET ", b"M\xc4 "]),
)
PROTOCOLS = mostly(
    st.sampled_from([b" HTTP/1.1", b" HTTP/1.0", b" HTTP/2.0"]),
    st.sampled_from(
        [b" HTTP/2", b" HTTP/V1.0", b" RTSP/1.0", b"", b" HTTP/1.1 ", b" HTTP/x.1", b" HTTP/1.x", b"HTTP/1.1"]
    ),
)
REQUESTS = mostly(
    st.builds(lambda *parts: b"".join(parts), METHODS, TARGETS, PROTOCOLS),
    st.sampled_from(
        [
            *(b"", b"-", rb"\x16\x03\x01", b"\x16\x03\x01", b"GET", b"quit", b"/only", b"GET HTTP/1.0", b"a b c"),
            *(b"1/x HTTP/1.0", b'GET /a b.example - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0'),
        ]
    ),
)
NUMBERS = mostly(
    st.sampled_from([b"200 1234", b"404 -", b"304 0", b"000 1", b"200 99999999", b"200 00000001"]),
    st.sampled_from(
        [
            *(b"200", b"", b"20 1", b"200 1.5", b"200 9223372036854775808", b"2x0 7", b"200  5", b"200 12-4", b"- 12"),
            *(b"200 123456789", b"200x12", b"2000 1", b"20012", b"200 x", b"200 12345678x", b"200 000000000001"),
        ]
    ),
)
TEXTS = mostly(
    st.sampled_from(
        [
            *(
                b"-",
                b"",
                b"http://e/?q",
                b"Mozilla/5.0 (X)",
                b"GoogleBOT/2",
                b"curl/8",
                b"x" * 200,
                b" ",
                b"\xe2\x82\xac",
            ),
            *(b"x", b"a?b", b"[10/Oct/2000:13:55:36 -0700]"),
        ]
    ),
    st.sampled_from([rb"a \"b\" c", b'a"b', b'a" b', b"a\\", b"\xff", b"a\x00", rb"\\", rb"\n"]),
)
QUOTED = TEXTS.map(lambda text: b'"' + text + b'"')
TAILS = st.sampled_from([0, 2, 2, 3, 3]).flatmap(
    lambda size: mostly(
        st.lists(QUOTED, min_size=size, max_size=size),
        st.lists(QUOTED | st.sampled_from([b"0.5", b"-", b"-", b"7", b"", b'"', b"x ", b'"curl/8"']), max_size=5),
    )
)
INSERTED = st.sampled_from([b'"', b" ", b"\\", b"\r", b"?", b"\xc3", b"x", b"-", b"["])


@st.composite
def log_lines(draw: st.DrawFn) -> bytes:
    request = draw(mostly(st.just(b""), st.sampled_from([b"(0 s) ", b"[0.003] [PORT 80] ", b"-", b"x"]))) + b'"'
    request += draw(REQUESTS) + b'"'
    space = draw(mostly(st.just(b" "), st.sampled_from([b"  ", b""])))
    line = b" ".join([space.join([draw(WHO), draw(TIMES), request, draw(NUMBERS)]), *draw(TAILS)])
    line = draw(mostly(st.just(line), st.just(b'"' + line.replace(b'"', b'""') + b'"')))
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        start, end = sorted(draw(st.tuples(*[st.integers(0, len(line))] * 2)))
        changes = [
            *(
                line[:start],
                line[start:],
                line[:start] + line[start + 1 :],
                line[:start] + line[end:],
                line[:start] + line,
            ),
            line[:start] + draw(INSERTED) + line[start:],
            line[:start] + bytes([draw(st.integers(0, 255))]) + line[start + 1 :],
        ]
        line = draw(st.sampled_from(changes))
    return line.replace(b"\n", b"")


LOGS = st.builds(
    lambda lines, end, last: end.join(lines) + (end if last else b""),
    st.lists(log_lines() | st.sampled_from([b"", b" \t", COMBINED, COMMON]), max_size=12),
    st.sampled_from([b"\n", b"\n", b"\r\n"]),
    st.booleans(),
)
