from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data_platform.domains.logs.weblog import decode
from data_platform.domains.logs.weblog.lines import BLANK, UNDATED, lines_of, owners
from data_platform.domains.logs.weblog.stamp import MONTHS, date_of, find_stamp, is_blank
from data_platform_tests.domains.logs.weblog.lines_of_logs import logs, split, stamps
from data_platform_tests.examples import examples

EPOCH = date(1970, 1, 1)
ZONES: list[tzinfo] = [
    UTC,
    timezone(timedelta(hours=-3, minutes=-30)),
    timezone(timedelta(seconds=12_345)),
    *(ZoneInfo(name) for name in ("Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Africa/Monrovia", "UTC")),
]


def day_of(line: bytes, zone: tzinfo) -> int:
    if is_blank(line):
        return BLANK
    stamp = find_stamp(line)
    return UNDATED if stamp is None else (date_of(stamp.time, zone) - EPOCH).days


def offset(time: datetime, zone: tzinfo) -> timedelta | None:
    return time.astimezone(zone).utcoffset()


def assert_read_as_line_by_line(log: bytes, zone: tzinfo) -> None:
    lines = lines_of(np.frombuffer(log, np.uint8), zone)
    expected = split(log)
    assert [log[start:end] for start, end in zip(lines.starts, lines.ends, strict=True)] == expected
    assert lines.dates.tolist() == [day_of(line, zone) for line in expected]


def written(time: datetime) -> bytes:
    return b"[%02d/%s/%s +0000]\n" % (
        time.day,
        MONTHS[time.month - 1],
        b"%04d" % time.year + time.strftime(":%H:%M:%S").encode(),
    )


@settings(max_examples=examples(200))
@given(log=logs() | logs(huge=True), zone=st.sampled_from(ZONES))
@example(log=b"", zone=UTC)
@example(log=b"\n", zone=UTC)
@example(log=b"\n\nx", zone=UTC)
def test_every_line_and_date_is_what_reading_line_by_line_says(log: bytes, zone: tzinfo) -> None:
    assert_read_as_line_by_line(log, zone)


# Hypothesis takes limits without a zone and adds it.
FIRST, LAST = datetime.fromisoformat("1901-01-01"), datetime.fromisoformat("2036-12-31")


@given(
    start=st.datetimes(FIRST, LAST, timezones=st.just(UTC)),
    zone=st.sampled_from(ZONES),
)
@example(
    start=datetime(2006, 10, 29, 1, tzinfo=UTC), zone=ZoneInfo("America/St_Johns")
)  # 00:01 to 23:01 the day before
@example(start=datetime(2011, 12, 30, 9, tzinfo=UTC), zone=ZoneInfo("Pacific/Apia"))  # a date that did not exist
@example(start=datetime(1972, 1, 7, 0, tzinfo=UTC), zone=ZoneInfo("Africa/Monrovia"))  # an offset of -0:44:30 ends
@example(start=datetime(1971, 6, 1, 0, 40, tzinfo=UTC), zone=ZoneInfo("Africa/Monrovia"))
def test_dates_in_a_zone_are_those_of_single_times(start: datetime, zone: tzinfo) -> None:
    assert_read_as_line_by_line(b"".join(written(start + timedelta(seconds=17 * step)) for step in range(300)), zone)


@pytest.mark.slow
def test_dates_are_right_at_all_changes_of_clocks_in_a_century() -> None:
    for zone in ZONES:
        days = [datetime(1940, 1, 1, tzinfo=UTC) + timedelta(days=day) for day in range(365 * 97)]
        changed = [day for day in days if offset(day + timedelta(days=1), zone) != offset(day, zone)]
        hours = [day + timedelta(hours=hour) for day in changed for hour in range(24)]
        changing = [hour for hour in hours if offset(hour + timedelta(hours=1), zone) != offset(hour, zone)]
        log = [written(hour + timedelta(minutes=minute)) for hour in changing for minute in range(-5, 66)]
        assert_read_as_line_by_line(b"".join(log), zone)


@pytest.mark.parametrize("place", range(28))
@pytest.mark.parametrize("stamp", [b"[28/Feb/2025:09:08:07 +0459]", b"[30/Jun/2019:23:59:60 -1400]"])
def test_every_byte_of_a_stamp_counts_as_it_does_alone(stamp: bytes, place: int) -> None:
    variants = [stamp[:place] + bytes([byte]) + stamp[place + 1 :] for byte in range(256)]
    times = decode.times(np.frombuffer(b"".join(variants), np.uint8), np.arange(0, 256 * 28, 28))
    found = [find_stamp(variant) for variant in variants]
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    expected = [
        stamp and stamp.time == epoch + timedelta(seconds=int(time)) for stamp, time in zip(found, times, strict=True)
    ]
    assert all(same is not False for same in expected)
    assert [stamp is None for stamp in found] == (times == decode.NO_STAMP).tolist()


@given(stamp=stamps(), cut=st.integers(0, 27))
def test_a_stamp_cut_off_by_the_end_is_none(stamp: bytes, cut: int) -> None:
    assert decode.times(np.frombuffer(b"x" * 40 + stamp[:cut], np.uint8), np.array([40])) == [decode.NO_STAMP]


def test_a_blank_line_belongs_to_the_line_before_it() -> None:
    dates = np.array([BLANK, BLANK, 7, BLANK, UNDATED, BLANK, 8], np.int32)
    assert owners(dates, 5).tolist() == [5, 5, 7, 7, UNDATED, UNDATED, 8]
    assert owners(dates, UNDATED).tolist()[:2] == [UNDATED, UNDATED]
