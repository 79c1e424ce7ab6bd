"""Random log lines, good, damaged and strange, for tests of whatever reads them."""

from datetime import date, timedelta

from hypothesis import strategies as st

from data_platform.domains.logs.weblog.stamp import HEAD, MONTHS

DAYS = st.sampled_from([date(2015, 5, 17) + timedelta(days=day) for day in range(4)]) | st.dates(
    date(1, 1, 1), date(9999, 12, 31)
)
OFFSETS = st.sampled_from([b"+0000", b"+0000", b"-0400", b"+0545", b"-1400", b"+1359"])


@st.composite
def stamps(draw: st.DrawFn) -> bytes:
    """Mostly stamps, though some of seconds, hours, offsets and dates that do not exist."""
    day = draw(DAYS)
    number = draw(st.just(day.day) | st.integers(0, 32))
    hour, minute, second = draw(st.tuples(st.integers(0, 24), st.integers(0, 60), st.integers(0, 61)))
    time = b"%02d/%s/%04d:%02d:%02d:%02d" % (number, MONTHS[day.month - 1], day.year, hour, minute, second)
    return b"[%s %s]" % (time, draw(OFFSETS | st.integers(0, 9999).map(lambda offset: b"+%04d" % offset)))


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    stamp = bytearray(draw(stamps()))
    for _ in range(draw(st.integers(1, 2))):
        stamp[draw(st.integers(0, len(stamp) - 1))] = draw(st.sampled_from(b"[]/: +-09ajZ\x00\xb0\xff"))
    return bytes(stamp[: draw(st.integers(20, 28))])


WORDS = st.sampled_from([b"1.2.3.4 - - ", b"[::1] ", b"[", b" ", b"\xff\xfe", b"\0", b'"GET / HTTP/1.1" 200 5', b"\r"])
BLANKS = st.sampled_from([b"", b" ", b"\r", b"\t\x0b\x0c \r"])
LINES = (
    st.builds(lambda stamp: b"1.2.3.4 - - " + stamp + b' "GET / HTTP/1.1" 200 5', stamps())
    | st.lists(WORDS | stamps() | damaged(), min_size=1, max_size=5).map(b"".join)
    | BLANKS
)
HUGE_LINES = st.builds(
    lambda filler, size, end: filler * size + end,
    st.sampled_from([b"x", b"[", b" "]),
    st.integers(HEAD - 30, HEAD + 2),
    st.just(b"") | st.just(b"\r") | stamps(),
)


@st.composite
def logs(draw: st.DrawFn, *, huge: bool = False) -> bytes:
    """Whole files; with lines around 64 KiB where wanted."""
    text = b"".join(line + b"\n" for line in draw(st.lists(LINES | HUGE_LINES if huge else LINES, max_size=30)))
    return text if draw(st.booleans()) else text.removesuffix(b"\n")


def split(log: bytes) -> list[bytes]:
    """A log's lines with their ends, slowly and obviously."""
    *whole, last = log.split(b"\n")
    return [line + b"\n" for line in whole] + ([last] if last else [])
