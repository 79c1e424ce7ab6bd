"""Random histories of a landing folder: logs in files that are cut, grow, are replaced and compressed.

What belongs here: what arrives, step by step, and what it has to come to. What does not: the platform.
"""

import bz2
import gzip
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Final

import pyarrow as pa
from hypothesis import strategies as st

from data_platform.domains.logs.weblog.agents import PATTERNS
from data_platform_tests.domains.logs.weblog import reference_parser as reference
from data_platform_tests.domains.logs.weblog.lines_of_logs import BLANKS, LINES
from data_platform_tests.domains.logs.weblog.records import COMBINED, COMMON, log_lines

UNDATED = "undated"
COMPRESS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".zst": lambda data: bytes(pa.compress(data, codec="zstd", asbytes=True)),
}
_DATE: Final = re.compile(rb"\[\d\d/[A-Z][a-z][a-z]/\d{4}:")
Row = dict[str, Any]


@dataclass(frozen=True)
class History:
    """What arrives.

    Attributes:
        steps: Name and content of files, in the order in which they are put; a later one replaces an earlier one.
        looks: After which steps somebody looks, by number; always after the last.
        final: What is in each file in the end, decompressed.
    """

    steps: list[tuple[str, bytes]]
    looks: frozenset[int]
    final: dict[str, bytes]


@st.composite
def dated_lines(draw: st.DrawFn) -> bytes:
    """A line as any, though mostly of one of three dates, so that dates have more lines than one."""
    line: bytes = draw(log_lines() | log_lines() | LINES | BLANKS | st.sampled_from([COMBINED, COMMON]))
    day = draw(st.sampled_from([0, 1, 1, 1, 2, 3]))
    return _DATE.sub(b"[%02d/Nov/2026:" % day, line) if day else line


@st.composite
def histories(draw: st.DrawFn) -> History:
    """One log in pieces: each file a part of it from any byte to any other, and what it was on the way there."""
    end = draw(st.sampled_from([b"\n", b"\n", b"\r\n"]))
    log = end.join([*draw(st.lists(dated_lines(), max_size=25)), draw(st.sampled_from([b"", b"", b"torn"]))])
    cuts = sorted({0, len(log), *draw(st.lists(st.integers(0, len(log)), max_size=3))})
    waiting: list[list[tuple[str, bytes]]] = []
    final = {}
    for number, (start, stop) in enumerate(zip(cuts, [*cuts[1:], len(log)], strict=True)):
        suffix = draw(st.sampled_from(["", "", "", *COMPRESS]))
        name, content = f"{number}.log{suffix}", log[start:stop]
        waiting.append([(name, COMPRESS[suffix](was)) for was in draw(pasts(content, log))])
        final[name] = content
    steps = []
    while waiting:
        whose = draw(st.integers(0, len(waiting) - 1))
        steps.append(waiting[whose].pop(0))
        waiting = [some for some in waiting if some]
    looks = draw(st.sets(st.integers(0, len(steps) - 1))) if steps else set()
    return History(steps, frozenset({*looks, len(steps) - 1}), final)


@st.composite
def pasts(draw: st.DrawFn, content: bytes, log: bytes) -> list[bytes]:
    """What a file was before it was what it is, which comes last: less of the same, or something else."""
    sizes = sorted(draw(st.lists(st.integers(0, len(content)), max_size=4)))
    past = [content[:size] for size in sizes]
    if draw(st.sampled_from([True, False, False, False])):
        past.insert(draw(st.integers(0, len(past))), log[draw(st.integers(0, len(log))) :])
    return [*past, content]


@dataclass
class Truth:
    """What files come to by the reference parser: every line in one of three places, with its date's partition."""

    events: dict[tuple[str, int], Row]
    rejected: dict[tuple[str, int], Row]
    blank: dict[str, int]


def truth(files: dict[str, bytes], zone: tzinfo) -> Truth:
    found = Truth({}, {}, {})
    for file, content in files.items():
        owner = UNDATED
        for number, (offset, line) in enumerate(reference.split_lines(content), 1):
            if reference.is_blank(line):
                found.blank[owner] = found.blank.get(owner, 0) + 1
                continue
            day = reference.date_of(line, zone)
            owner = day.isoformat() if day else UNDATED
            place = {"date": owner, "file": file, "offset": offset}
            try:
                row = reference.read(line)
            except reference.RejectedError as why:
                raw = reference.without_end(line)[:65536]
                found.rejected[file, offset] = place | {"line_number": number, "raw": raw, "reason": str(why)}
            else:
                agent = row["agent"]
                bot = agent is None or any(one in _ascii_lower(agent) for one in PATTERNS)
                found.events[file, offset] = row | place | {"bot": bot}
    return found


def _ascii_lower(text: str) -> str:
    return "".join(char.lower() if char.isascii() else char for char in text)
