from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_platform.domains.logs.weblog.stamp import HEAD, MONTHS, Stamp, date_of, find_stamp, is_blank


def time_in(line: bytes) -> datetime | None:
    stamp = find_stamp(line)
    return stamp and stamp.time


def test_a_line_has_the_time_of_its_stamp_in_utc() -> None:
    line = b'in24.inetnebr.com - - [01/Aug/1995:00:00:01 -0400] "GET /shuttle/ HTTP/1.0" 200 1839\r\n'
    assert find_stamp(line) == Stamp(22, datetime(1995, 8, 1, 4, 0, 1, tzinfo=UTC))


@given(
    time=st.datetimes(timezones=st.just(UTC)).filter(lambda time: 2 <= time.year <= 9998),
    offset=st.integers(-14 * 60, 14 * 60),
)
def test_every_time_that_is_written_as_a_stamp_is_read(time: datetime, offset: int) -> None:
    sign, (hours, minutes) = b"-" if offset < 0 else b"+", divmod(abs(offset), 60)
    day = b"%02d/%s/%04d" % (time.day, MONTHS[time.month - 1], time.year)
    clock = b"%02d:%02d:%02d" % (time.hour, time.minute, time.second)
    written = time.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=offset)))
    assert time_in(b"x [%s:%s %s%02d%02d]" % (day, clock, sign, hours, minutes)) == written


def test_a_leap_second_is_the_second_before() -> None:
    assert time_in(b"[31/Dec/2016:23:59:60 +0000]") == datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "almost",
    [
        "[31/Feb/2025:10:00:00 +0000]",
        "[29/Feb/2025:10:00:00 +0000]",
        "[00/Jan/2025:10:00:00 +0000]",
        "[01/jan/2025:10:00:00 +0000]",
        "[01/Mai/2025:10:00:00 +0000]",
        "[01/Jan/0001:10:00:00 +0000]",
        "[01/Jan/9999:10:00:00 +0000]",
        "[01/Jan/2025:24:00:00 +0000]",
        "[01/Jan/2025:10:60:00 +0000]",
        "[01/Jan/2025:10:00:61 +0000]",
        "[01/Jan/2025:10:00:00 +1401]",
        "[01/Jan/2025:10:00:00 +0060]",
        "[01/Jan/2025:10:00:00 0000]",
        "[01/Jan/2025:10:00:00 +0000",
        "[01/Jan/2025 10:00:00 +0000]",
        "[1/Jan/2025:10:00:00 +0000]",
        "[\u0660\u0661/Jan/2025:10:00:00 +0000]",
        "01/Jan/2025:10:00:00 +0000]",
    ],
)
def test_what_is_almost_a_stamp_is_none_and_the_next_one_counts(almost: str) -> None:
    assert find_stamp(almost.encode()) is None
    assert time_in(almost.encode() + b" [02/Jan/2025:10:00:00 +0000]") == datetime(2025, 1, 2, 10, tzinfo=UTC)


def test_a_stamp_counts_if_it_ends_within_64_kib() -> None:
    stamp = b"[02/Jan/2025:10:00:00 +0000]"
    assert find_stamp(b"[" * (HEAD - 28) + stamp) is not None
    assert find_stamp(b"[" * (HEAD - 27) + stamp) is None


def test_a_line_of_nothing_but_white_space_is_blank_unless_it_is_huge() -> None:
    assert all(is_blank(line) for line in (b"", b"\n", b"\r\n", b" \t\x0b\x0c\r\r\n", b" " * HEAD + b"\r\n"))
    assert not any(is_blank(line) for line in (b".", b"\0\n", "\u00a0".encode(), b" " * (HEAD + 1) + b"\n"))


def test_a_time_has_the_date_of_the_zone() -> None:
    late = datetime(2025, 1, 1, 23, 30, tzinfo=UTC)
    assert date_of(late, UTC) == date(2025, 1, 1)
    assert date_of(late, ZoneInfo("Europe/Berlin")) == date(2025, 1, 2)
