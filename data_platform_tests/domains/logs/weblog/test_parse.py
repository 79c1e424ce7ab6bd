from collections import Counter
from datetime import UTC, date, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_platform.domains.logs.weblog import block, columns, parse
from data_platform.domains.logs.weblog.agents import PATTERNS
from data_platform.domains.logs.weblog.careful import read_line
from data_platform.domains.logs.weblog.events import EVENTS, READ, REJECTED, Reason
from data_platform.domains.logs.weblog.fast import find_regular
from data_platform.domains.logs.weblog.lines import UNDATED
from data_platform.domains.logs.weblog.marks import find_marks
from data_platform.domains.logs.weblog.offsets import Offsets
from data_platform_tests.domains.logs.samples import MADE_UP, REAL, Sample
from data_platform_tests.domains.logs.weblog import reference_parser as reference
from data_platform_tests.domains.logs.weblog.records import COMBINED, COMMON, LOGS, log_lines
from data_platform_tests.examples import examples

PLUS_TWO = timezone(timedelta(hours=2))
BERLIN = ZoneInfo("Europe/Berlin")


def parsed(data: bytes, **more: Any) -> parse.Parsed:
    return parse.parse(data, file="web.log", offsets=Offsets.contiguous(0, 1), **more)


def expected(data: bytes, zone: tzinfo = UTC, only: date | None = None) -> tuple[list[dict[str, Any]], list[Any], int]:
    """Events, rejected lines and blank lines by the reference parser."""
    events, rejected, blank, owner = [], [], 0, only
    for number, (offset, line) in enumerate(reference.split_lines(data), start=1):
        if reference.is_blank(line):
            blank += only is None or owner == only
            continue
        owner = reference.date_of(line, zone)
        if only is not None and owner != only:
            continue
        try:
            row = reference.read(line)
        except reference.RejectedError as why:
            raw = reference.without_end(line)[:65536]
            rejected.append(
                {"file": "web.log", "offset": offset, "line_number": number, "raw": raw, "reason": str(why)}
            )
            continue
        agent = row["agent"]
        row["bot"] = agent is None or any(pattern in ascii_lower(agent) for pattern in PATTERNS)
        row["date"] = owner
        row |= {"file": "web.log", "offset": offset}
        events.append({name: row[name] for name in EVENTS.names})
    return events, rejected, blank


def ascii_lower(text: str) -> str:
    return "".join(char.lower() if char.isascii() else char for char in text)


def agrees(data: bytes, result: parse.Parsed, zone: tzinfo = UTC, only: date | None = None) -> None:
    events, rejected, blank = expected(data, zone, only)
    assert result.events.sort_by("offset").to_pylist() == events
    assert result.rejected.to_pylist() == rejected
    assert result.blank == blank
    assert result.lines == len(events) + len(rejected) + blank
    assert result.events.schema == EVENTS
    assert result.rejected.schema == REJECTED
    result.events.validate(full=True)


def test_a_line_beyond_1_mib_is_rejected_and_only_its_head_kept() -> None:
    long = COMBINED[:-1] + b"x" * (1 << 20) + b'"'
    result = parsed(COMMON + b"\n" + long + b"\n" + COMMON)
    assert result.events.num_rows == 2
    (row,) = result.rejected.to_pylist()
    assert (row["reason"], row["line_number"], row["offset"]) == ("longer than 1 MiB", 2, len(COMMON) + 1)
    assert row["raw"] == long[:65536]


def test_a_line_of_just_1_mib_is_an_event() -> None:
    agent = b"x" * ((1 << 20) - len(COMBINED))
    line = COMBINED[:-1] + agent + b'"'
    assert len(line) == 1 << 20
    assert parsed(line + b"\n").events["agent"].to_pylist() == [(b"Mozilla/5.0 (X11)" + agent).decode()]
    assert parsed(line + b"\r\n").rejected["reason"].to_pylist() == ["longer than 1 MiB"]


def test_line_ends_of_both_kinds_and_a_missing_last_one_are_no_part_of_a_line() -> None:
    lines = [COMBINED, COMMON, b"broken"]
    for end in (b"\n", b"\r\n"):
        for last in (b"", end):
            data = end.join(lines) + last
            agrees(data, parsed(data))


def test_blank_lines_are_counted() -> None:
    data = b"\n\r\n \t\n" + COMBINED + b"\n  "
    result = parsed(data)
    assert (result.lines, result.blank, result.events.num_rows) == (5, 4, 1)


def test_an_empty_buffer_has_no_lines() -> None:
    result = parsed(b"")
    assert (result.lines, result.events.num_rows, result.rejected.num_rows, result.blank) == (0, 0, 0, 0)
    assert result.events.schema == EVENTS


def test_a_buffer_may_be_bytes_a_view_or_arrow_s() -> None:
    for buffer in (COMBINED, memoryview(COMBINED), pa.py_buffer(COMBINED)):
        assert parsed(buffer).events.num_rows == 1


def test_only_the_lines_of_a_date_are_kept_and_blank_ones_are_of_the_line_before() -> None:
    other = COMBINED.replace(b"10/Oct", b"11/Oct")
    bad = COMBINED.replace(b"2326", b"?")
    data = b"\n".join([b"", COMBINED, b"", other, b"", bad, b"no stamp", b"", other.replace(b"2326", b"?"), COMMON])
    day = date(2000, 10, 10)
    result = parsed(data, only_date=days(day))
    agrees(data, result, only=day)
    assert (result.lines, result.blank, result.events.num_rows, result.rejected.num_rows) == (5, 2, 2, 1)
    undated = parsed(data, only_date=UNDATED, before=days(day))
    assert (undated.lines, undated.blank, undated.rejected["raw"].to_pylist()) == (2, 1, [b"no stamp"])


def test_whose_the_last_line_is_goes_on_to_the_next_buffer() -> None:
    other = COMBINED.replace(b"10/Oct", b"11/Oct")
    day = days(date(2000, 10, 10))
    first = parsed(COMBINED + b"\n" + other + b"\n", only_date=day)
    second = parsed(b"\n" + COMBINED, only_date=day, before=first.after)
    assert (first.after, second.lines, second.blank) == (day + 1, 1, 0)


def days(day: date) -> int:
    return day.toordinal() - date(1970, 1, 1).toordinal()


def test_offsets_of_pieces_and_of_lines_are_those_of_the_file() -> None:
    lines = [COMBINED + b"\n", b"broken\n", COMMON + b"\n"]
    size = len(lines[0]) + len(lines[1])
    pieces = Offsets.of_pieces([0, size], [1000, 5000], [11, 51])
    result = parse.parse(b"".join(lines), file="f", offsets=pieces)
    assert result.events.sort_by("offset")["offset"].to_pylist() == [1000, 5000]
    assert result.rejected.select(["offset", "line_number"]).to_pylist() == [
        {"offset": 1000 + len(lines[0]), "line_number": 12}
    ]
    result = parse.parse(b"".join(lines), file="f", offsets=Offsets.of_lines([7, 99, 500], [1, 4, 9]))
    assert sorted(result.events["offset"].to_pylist()) == [7, 500]
    assert result.rejected["line_number"].to_pylist() == [4]
    assert parsed(lines[1]).rejected["line_number"].to_pylist() == [1]
    unnumbered = parse.parse(lines[1], file="f", offsets=Offsets.contiguous(3))
    assert unnumbered.rejected["line_number"].to_pylist() == [None]


@pytest.mark.parametrize(
    "offsets", [Offsets.of_lines([0]), Offsets.of_pieces([0, 5], [0, 5]), Offsets.of_pieces([3], [0])]
)
def test_offsets_of_other_lines_are_refused(offsets: Offsets) -> None:
    with pytest.raises(ValueError, match="line"):
        parse.parse(COMBINED + b"\n" + COMMON, file="f", offsets=offsets)


def test_a_date_is_of_the_zone_asked_for() -> None:
    late = COMBINED.replace(b"13:55:36 -0700", b"23:30:00 +0000")
    for zone in (PLUS_TWO, BERLIN):
        assert parsed(late, zone=zone).events["date"].to_pylist() == [date(2000, 10, 11)]
    assert parsed(late).events["date"].to_pylist() == [date(2000, 10, 10)]


@pytest.mark.parametrize(
    "sample",
    [*MADE_UP, *(pytest.param(sample, marks=pytest.mark.slow) for sample in REAL)],
    ids=lambda sample: sample.name,
)
def test_a_sample_has_every_line_accounted_for_and_says_what_is_missing(sample: Sample) -> None:
    result = parsed(sample.data)
    agrees(sample.data, result)
    assert (result.events.num_rows, result.rejected.num_rows, result.blank) == (sample.good, sample.bad, 0)
    assert Counter(result.rejected["reason"].to_pylist()) == sample.reasons


@settings(max_examples=examples(500))
@given(LOGS, st.sampled_from([UTC, PLUS_TWO, BERLIN]))
def test_random_damaged_logs_give_what_the_reference_parser_gives(data: bytes, zone: tzinfo) -> None:
    agrees(data, parsed(data, zone=zone), zone)


@settings(max_examples=examples(200))
@given(LOGS, st.data())
def test_each_date_of_a_random_log_has_its_lines_alone(data: bytes, choices: st.DataObject) -> None:
    dates = {found for _, line in reference.split_lines(data) if (found := reference.date_of(line))}
    only = choices.draw(st.sampled_from(sorted(dates | {date(2000, 10, 10)})))
    agrees(data, parsed(data, only_date=days(only)), only=only)


@settings(max_examples=examples(500))
@given(st.lists(log_lines(), min_size=1, max_size=6))
def test_the_fast_path_says_what_the_careful_path_says(lines: list[bytes]) -> None:
    buffer = np.frombuffer(b"\n".join(lines) + b"\n", np.uint8)
    marks = find_marks(buffer)
    for regular in find_regular(buffer, marks, UTC):
        records = [read_line(lines[line]) for line in regular.lines.tolist()]
        assert not any(isinstance(record, Reason) for record in records)
        dates = [record.time.date() for record in records]
        careful = columns.of_records(records, dates)
        if records:
            assert columns.of_regular(buffer, regular).to_pylist() == careful.to_pylist()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"/shop?page=2", rb"\/shop?page=2"),
        (b"/shop?page=2", rb"/shop?page=\2"),
        (b"- - [", b"-x - ["),
        (b"- - [", b"- -x ["),
        (b"- - [", b"- bob the builder ["),
        (b"- - [", b"- alice.of.example the second ["),
        (b"- - [", b"- alice.exam ple ["),
        (b"- - [", b" - - ["),
        (b"192.0.2.1", b"[::1]"),
        (b"192.0.2.1", b"two words"),
        (b"192.0.2.1", b"twelve-chars words"),
        (b"192.0.2.1", b" 192.0.2.1"),
        (b"192.0.2.1", b"[10/Oct/2000:13:55:36 -0700]"),
        (b"] ", b"]x"),
        (b"] ", b"]  "),
        (b":36 ", b":61 "),
        (b":36 ", b":3x "),
        (b"13:55", b"24:55"),
        (b"GET ", b"GET  "),
        (b"GET ", b"GETS "),
        (b"GET ", b"get "),
        (b" HTTP/1.1", b"  HTTP/1.1"),
        (b" HTTP/1.1", b" HTTP/1.1 "),
        (b" HTTP/1.1", b" HTTP/1.x"),
        (b" HTTP/1.1", b" HTTP/x.1"),
        (b"/shop?page=2 ", b""),
        (b"/shop?page=2 ", b" "),
        (b'1" ', b'1"x'),
        (b" 200 ", b" 20x "),
        (b" 200 ", b" 200x"),
        (b" 200 ", b" -  "),
        (b" 2326 ", b" 2326x"),
        (b" 2326 ", b" 2x26 "),
        (b" 2326 ", b" -1 "),
        (b" 2326 ", b" x "),
        (b" 2326 ", b" 123456789 "),
        (b" 2326 ", b"  "),
        (b'start" "', b'start"x"'),
        (b'start" "', b'start"  "'),
        (b'start" "', b'start" x "'),
        (b'start" "', b'start""'),
        (b'(X11)"', b'(X11)"x'),
        (b'(X11)"', b'(X11)" '),
        (b'(X11)"', b'(X11)"  x'),
        (b'(X11)"', b'(X11)" x '),
        (b'(X11)"', rb"(X11)\""),
        (b'(X11)"', b'(X11)\\\\"'),
        (b"(X11)", b"\x00"),
        (b"(X11)", b"\xc3"),
    ],
)
def test_a_line_that_is_nearly_regular_is_read_as_the_reference_reads_it(old: bytes, new: bytes) -> None:
    assert old in COMBINED
    data = b"\n".join([COMBINED, COMBINED.replace(old, new, 1), COMBINED])
    agrees(data, parsed(data))


def test_a_date_that_depends_on_the_second_is_read_carefully() -> None:
    # Until 1972 Monrovia was 44 minutes and 30 seconds behind UTC.
    zone = ZoneInfo("Africa/Monrovia")
    lines = [
        COMBINED.replace(b"10/Oct/2000:13:55:36 -0700", b"02/Jan/1971:00:44:%02d +0000" % second) for second in (29, 31)
    ]
    data = b"\n".join(lines)
    agrees(data, parsed(data, zone=zone), zone)
    assert sorted(parsed(data, zone=zone).events["date"].to_pylist()) == [date(1971, 1, 1), date(1971, 1, 2)]


def test_regular_lines_take_the_fast_path() -> None:
    lines = [
        COMBINED,
        COMMON,
        COMBINED + b' "-" 0.1',
        COMBINED.replace(b"GET", b"POST"),
        COMBINED.replace(b"(X11)", b"\xc3\xbc\\x22"),
    ]
    buffer = np.frombuffer(b"\n".join(lines), np.uint8)
    found = find_regular(buffer, find_marks(buffer), UTC)
    assert sorted(line for regular in found for line in regular.lines.tolist()) == list(range(len(lines)))


def test_blocks_of_a_buffer_give_what_the_whole_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"\n".join([COMBINED, COMMON, b"", b"broken", COMBINED.replace(b"10/Oct", b"11/Oct"), b"", COMMON] * 3)
    for size in (1, 50, 100, 333):
        monkeypatch.setattr(parse, "BLOCK", size)
        agrees(data, parsed(data))
        day = date(2000, 10, 10)
        agrees(data, parsed(data, only_date=days(day)), only=day)


def test_what_one_line_says_has_the_columns_of_an_event_but_for_those_that_follow() -> None:
    assert set(EVENTS.names) - set(READ.names) == {"campaign", "bot", "file", "offset"}
    part = block.read_block(np.frombuffer(COMBINED, np.uint8), UTC, None, UNDATED)
    assert [table.schema for table in part.tables] == [READ]
