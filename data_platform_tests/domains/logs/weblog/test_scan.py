import tracemalloc
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from data_platform.domains.logs.weblog import ranges
from data_platform.domains.logs.weblog.lines import lines_of, owners
from data_platform.domains.logs.weblog.out_of_order import Block
from data_platform.domains.logs.weblog.scan import COUNTS, Place, Scanned, scan
from data_platform.domains.logs.weblog.sizes import DEFAULT, Sizes
from data_platform.domains.logs.weblog.stamp import HEAD, LONGEST, date_of, find_stamp, is_blank
from data_platform_tests.domains.logs.weblog.lines_of_logs import logs, split
from data_platform_tests.examples import examples

EPOCH = date(1970, 1, 1)
SMALL = Sizes(window=400, piece=100, longest=300, gap=60, smallest_range=120, block=500)


@dataclass
class File:
    """A log file and what its scans, one after the other, found."""

    data: bytes = b""
    zone: tzinfo = UTC
    sizes: Sizes = DEFAULT
    ranged: bool = True
    scans: list[Scanned] = field(default_factory=list)
    blocks: list[list[Block]] = field(default_factory=list)

    def grow(self, added: bytes, *, chunk: int = 1 << 20, complete: bool = False) -> Scanned:
        self.data += added
        start = self.scans[-1].end if self.scans else Place()
        new = self.data[start.offset :]
        blocks: list[Block] = []
        scanned = scan(
            (new[at : at + chunk] for at in range(0, len(new), chunk)),
            blocks.append,
            start=start,
            complete=complete,
            zone=self.zone,
            ranged=self.ranged,
            sizes=self.sizes,
        )
        self.scans.append(scanned)
        self.blocks.append(blocks)
        return scanned

    def ranges(self) -> list[dict[str, object]]:
        return pa.concat_tables([scanned.ranges for scanned in self.scans]).to_pylist()

    def counts(self) -> dict[date | None, tuple[int, int, int]]:
        total: Counter[tuple[date | None, str]] = Counter()
        for scanned in self.scans:
            for row in scanned.counts.to_pylist():
                total.update({(row["date"], name): row[name] for name in COUNTS.names[1:]})
        return {day: tuple(total[day, name] for name in COUNTS.names[1:]) for day, _ in total}

    def read_back(self) -> list[tuple[date | None, int, int, bytes]]:
        """Date, offset, number and bytes of all lines, as the places say that the scans gave."""
        lines = []
        for scanned, blocks in zip(self.scans, self.blocks, strict=True):
            for place in scanned.ranges.to_pylist():
                lines += self._in_range(place)
            position = 0
            for block in blocks:
                lines += self._in_block(block, position)
                position += len(block.blob)
        return sorted(lines, key=lambda line: line[1])

    def _in_range(self, place: dict[str, int]) -> Iterator[tuple[date | None, int, int, bytes]]:
        own = -(1 << 31) if place["date"] is None else (place["date"] - EPOCH).days
        part = self.data[place["start"] : place["end"]]
        lines = lines_of(np.frombuffer(part, np.uint8), self.zone)
        rows = np.flatnonzero(owners(lines.dates, own) == own)
        assert rows[0] == 0
        assert len(rows) == place["lines"]
        assert (lines.ends - lines.starts)[rows].sum() == place["bytes"]
        assert sum(is_blank(part[lines.starts[row] : lines.ends[row]]) for row in rows) == place["blank"]
        for row in rows:
            start, end = int(lines.starts[row]), int(lines.ends[row])
            yield place["date"], place["start"] + start, place["line"] + int(row), part[start:end]

    def _in_block(self, block: Block, position: int) -> Iterator[tuple[date | None, int, int, bytes]]:
        lines = split(block.blob)
        starts = position + np.cumsum([0, *map(len, lines[:-1])])
        offsets, numbers, rows = originals(block.index, starts)
        index = block.index.to_pylist()
        assert [row["position"] for row in index] == [
            position + sum(r["length"] for r in index[:n]) for n, r in enumerate(index)
        ]
        dates = [row["date"] for row in index]
        assert sum(one != other for one, other in pairwise(dates)) == len(set(dates)) - 1
        for line, offset, number, row in zip(lines, offsets.tolist(), numbers.tolist(), rows.tolist(), strict=True):
            place = index[row]
            if place["length"] < place["size"]:
                assert line == self.data[offset : offset + HEAD] + b"\n"
                assert place["lines"] == 1
                yield place["date"], offset, number, self.data[offset : offset + place["size"]]
            elif offset + len(line) > len(self.data):
                yield place["date"], offset, number, line.removesuffix(b"\n")
            else:
                yield place["date"], offset, number, line


def originals(
    index: pa.Table, starts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Where lines of the blob stood in the file.

    Args:
        index: Consecutive rows of an index.
        starts: Positions in the blob of all lines of these rows, in order.

    Returns:
        For each line its offset in the file, its number in the file (the first is 1), and its row in `index`.
    """
    position, offset, line, lines = (index.column(name).to_numpy() for name in ("position", "offset", "line", "lines"))
    row = np.repeat(np.arange(len(lines)), lines)
    in_row = np.arange(len(row)) - (np.cumsum(lines) - lines)[row]
    return offset[row] + starts - position[row], line[row] + in_row, row


def by_single_lines(data: bytes, zone: tzinfo) -> list[tuple[date | None, int, int, bytes]]:
    lines, offset, owner = [], 0, None
    for number, line in enumerate(split(data), start=1):
        if not is_blank(line):
            stamp = find_stamp(line)
            owner = date_of(stamp.time, zone) if stamp else None
        lines.append((owner, offset, number, line))
        offset += len(line)
    return lines


def assert_every_line_is_found_once(file: File) -> None:
    expected = by_single_lines(file.data, file.zone)
    assert file.read_back() == expected
    days = {line[0] for line in expected}
    own = {day: [line for line in expected if line[0] == day] for day in days}
    assert file.counts() == {
        day: (len(lines), sum(is_blank(line) for *_, line in lines), sum(len(line) for *_, line in lines))
        for day, lines in own.items()
    }


@st.composite
def small_sizes(draw: st.DrawFn) -> Sizes:
    longest = draw(st.integers(1, 400))
    return Sizes(
        window=longest + draw(st.integers(1, 400)),
        piece=draw(st.integers(1, 500)),
        longest=longest,
        gap=draw(st.integers(0, longest)),
        smallest_range=draw(st.integers(1, 400)),
        block=draw(st.integers(1, 2000)),
    )


ZONES = st.sampled_from([UTC, ZoneInfo("Asia/Kathmandu")])


@settings(max_examples=examples(200))
@given(log=logs(), sizes=small_sizes(), chunk=st.integers(1, 900), zone=ZONES, ranged=st.booleans())
def test_every_line_is_found_once_under_its_date(
    log: bytes, sizes: Sizes, chunk: int, zone: tzinfo, ranged: bool
) -> None:
    file = File(zone=zone, sizes=sizes, ranged=ranged)
    scanned = file.grow(log, chunk=chunk, complete=True)
    assert_every_line_is_found_once(file)
    assert scanned.end.offset == len(log)
    assert scanned.end.line == len(split(log)) + 1
    assert scanned.end.unfinished == (log != b"" and not log.endswith(b"\n"))
    assert scanned.pending == 0
    assert ranged or not file.ranges()
    for place in file.ranges():
        size = place["end"] - place["start"]
        assert size >= sizes.smallest_range
        assert place["bytes"] * 2 >= size


@settings(max_examples=examples(100))
@given(
    log=logs(huge=True),
    longest=st.integers(HEAD + 1, HEAD + 20),
    more=st.integers(1, 70_000),
    piece=st.integers(20_000, 200_000),
    chunk=st.integers(9_000, 200_000),
)
def test_lines_too_long_to_be_held_are_found_once_under_their_dates(
    log: bytes, longest: int, more: int, piece: int, chunk: int
) -> None:
    sizes = Sizes(window=longest + more, piece=piece, longest=longest, gap=100, smallest_range=1000, block=100_000)
    file = File(sizes=sizes)
    file.grow(log, chunk=chunk, complete=True)
    assert_every_line_is_found_once(file)


def test_a_line_that_is_white_space_for_64_kib_only_is_not_blank() -> None:
    file = File()
    scanned = file.grow(b" " * HEAD + b"\r" + b"x" * (1 << 25), complete=True)
    assert scanned.counts.to_pylist() == [{"date": None, "lines": 1, "blank": 0, "bytes": HEAD + 1 + (1 << 25)}]


@settings(max_examples=examples(150))
@given(
    log=logs(),
    sizes=small_sizes(),
    cuts=st.lists(st.integers(0, 3000), max_size=6),
    chunk=st.integers(1, 900),
    zone=ZONES,
)
def test_a_file_that_grows_in_any_steps_gives_the_same_lines(
    log: bytes, sizes: Sizes, cuts: list[int], chunk: int, zone: tzinfo
) -> None:
    file = File(zone=zone, sizes=sizes)
    for start, end in pairwise(sorted([0, len(log), *(min(cut, len(log)) for cut in cuts)])):
        scanned = file.grow(log[start:end], chunk=chunk)
        assert scanned.end.offset + scanned.pending == end
        assert scanned.pending == len(file.data.rpartition(b"\n")[2])
    file.grow(b"", complete=True)
    assert_every_line_is_found_once(file)


def line_of(day: int, size: int = 200) -> bytes:
    stamp = (date(2025, 1, 1) + timedelta(days=day)).strftime("%d/%b/%Y").encode()
    return (b"1.2.3.4 - - [%s:10:00:00 +0000] " % stamp).ljust(size - 1, b"x") + b"\n"


@pytest.mark.slow
def test_a_sorted_file_is_one_range_a_date_without_strays() -> None:
    file = File()
    file.grow(b"".join(line_of(day) * 200_000 for day in range(3)), complete=True)  # larger than two windows
    size = 40_000_000
    assert [(row["date"].day, row["start"], row["end"], row["line"], row["lines"]) for row in file.ranges()] == [
        (day + 1, day * size, (day + 1) * size, day * 200_000 + 1, 200_000) for day in range(3)
    ]
    assert file.blocks == [[]]


def test_late_lines_are_strays_and_leave_the_ranges_whole() -> None:
    file = File()
    block = line_of(0) * 50 + line_of(1)
    file.grow(block * 20 + b"no date\n" + line_of(2) * 1000, complete=True)
    assert [(row["date"].day, row["start"], row["lines"]) for row in file.ranges()] == [
        (1, 0, 1000),
        (3, 204_008, 1000),
    ]
    ((strays_of_file,),) = file.blocks
    assert strays_of_file.blob == b"no date\n" + line_of(1) * 20
    index = strays_of_file.index.to_pylist()
    assert [row["date"] for row in index] == [None, *[date(2025, 1, 2)] * 20]
    assert [row["offset"] for row in index] == [204_000, *range(10_000, 204_000, 10_200)]
    assert_every_line_is_found_once(file)


def test_dates_that_take_turns_by_the_line_cost_no_reading_of_foreign_bytes() -> None:
    file = File()
    file.grow(b"".join(line_of(day % 3) for day in range(3000)), complete=True)
    assert file.ranges() == []
    assert_every_line_is_found_once(file)


def test_a_range_that_what_follows_would_spoil_ends_before_it() -> None:
    file = File(sizes=Sizes(window=200_000, longest=100_000, piece=50_000))
    file.grow(line_of(0) * 1000 + (line_of(0) + line_of(1) * 60) * 300, complete=True)
    assert file.ranges()[0]["date"] == date(2025, 1, 1)
    assert file.ranges()[0]["end"] < 400_000
    assert all(row["bytes"] * 2 >= row["end"] - row["start"] for row in file.ranges())
    assert_every_line_is_found_once(file)


def test_undated_lines_of_a_file_without_dates_are_read_where_they_are() -> None:
    file = File()
    file.grow(b"what is this\n" * 100_000, complete=True)
    (row,) = file.ranges()
    assert (row["date"], row["start"], row["end"], row["lines"]) == (None, 0, 1_300_000, 100_000)
    assert file.blocks == [[]]


def test_a_line_of_more_than_1_mib_is_a_stray_of_its_first_64_kib() -> None:
    file = File()
    long, allowed = line_of(1, LONGEST + 2), line_of(1, LONGEST + 1)
    file.grow(line_of(1) * 1000 + long + allowed + line_of(1) * 1000, complete=True)
    assert [row["lines"] for row in file.ranges()] == [1000, 1001]
    ((block,),) = file.blocks
    assert block.blob == long[:HEAD] + b"\n"
    assert block.index.select(["offset", "size", "line", "lines"]).to_pylist() == [
        {"offset": 200_000, "size": LONGEST + 2, "line": 1001, "lines": 1}
    ]
    assert_every_line_is_found_once(file)


@pytest.mark.parametrize("ranged", [True, False])
def test_a_line_of_100_mb_is_never_held(ranged: bool) -> None:
    def chunks() -> Iterator[bytes]:
        yield line_of(0) * 1000 + line_of(1, 1 << 20)[:-1]
        for _ in range(100):
            yield b"x" * 1_000_000
        yield b"\n" + line_of(2)

    blocks: list[Block] = []
    tracemalloc.start()
    scanned = scan(chunks(), blocks.append, complete=True, ranged=ranged)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40 << 20
    counts = {row["date"].day: (row["lines"], row["bytes"]) for row in scanned.counts.to_pylist()}
    assert counts == {1: (1000, 200_000), 2: (1, 100_000_000 + (1 << 20)), 3: (1, 200)}
    assert [row["size"] for block in blocks for row in block.index.to_pylist() if row["date"].day == 2] == [101_048_576]


@pytest.mark.slow
def test_memory_is_bounded_for_lines_in_any_order() -> None:
    lines = b"".join(line_of(number % 365) for number in range(10_000))

    def chunks() -> Iterator[bytes]:
        for _ in range(40):
            yield lines

    tracemalloc.start()
    scan(chunks(), lambda block: None, complete=True, sizes=Sizes(block=8 << 20))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 120 << 20


@pytest.mark.slow
def test_memory_is_bounded_for_a_file_of_newlines() -> None:
    tracemalloc.start()
    scanned = scan((b"\n" * (1 << 20) for _ in range(40)), lambda block: None, complete=True)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200 << 20
    assert scanned.counts.to_pylist() == [{"date": None, "lines": 40 << 20, "blank": 40 << 20, "bytes": 40 << 20}]


def test_blocks_come_when_they_are_full_and_their_positions_go_on() -> None:
    file = File(ranged=False, sizes=SMALL)
    file.grow(b"".join(line_of(day % 2, 50) for day in range(100)), complete=True)
    (blocks,) = file.blocks
    assert all(500 <= len(block.blob) < 1000 for block in blocks[:-1])
    assert sum(len(block.blob) for block in blocks) == 5000
    assert_every_line_is_found_once(file)


def test_blank_lines_after_the_growth_belong_to_the_line_before_it() -> None:
    file = File()
    file.grow(line_of(3))
    file.grow(b"\r\n\n")
    assert file.counts() == {date(2025, 1, 4): (3, 2, 203)}


def test_a_file_that_goes_on_within_its_last_line_has_to_be_scanned_again() -> None:
    file = File()
    assert file.grow(line_of(0) + b"half a li", complete=True).end.unfinished
    with pytest.raises(ValueError, match="went on after byte 209, within a line"):
        file.grow(b"ne\n")


def test_an_empty_file_has_nothing() -> None:
    file = File()
    scanned = file.grow(b"", complete=True)
    assert scanned.end == Place()
    assert (scanned.ranges, scanned.counts) == (ranges.SCHEMA.empty_table(), COUNTS.empty_table())
    assert file.blocks == [[]]


@pytest.mark.parametrize("wrong", [{"gap": 2 << 20}, {"window": 1 << 20}, {"piece": 0}, {"gap": -1}])
def test_sizes_that_do_not_fit_each_other_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(wrong))}"):
        Sizes(**wrong)
