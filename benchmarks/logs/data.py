"""Combined logs of any size, for the benchmark: the same bytes for the same shape, some seconds for 2 GB.

What belongs here: the content of the files. What does not: what is measured with them (``run``).

A pool of finished lines is made once. A day is a number of windows of the pool, at random places, into which the
moments are stamped: numpy copies and stamps whole blocks, so that memory is bounded and the disk is what one waits for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Numbers = NDArray[np.int64]

DAY_SECONDS: Final = 86_400
LATEST_SECONDS: Final = DAY_SECONDS
"""How late a line that is out of order may be."""

_TORN_WITHIN: Final = 60
"""Bytes after a line's stamp within which it may be torn."""

_POOL_LINES: Final = 1 << 17
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_STAMP: Final = "01/Jan/2025:00:00:00"
_AGENTS: Final = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:{n}.0) Gecko/20100101 Firefox/{n}.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{n}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Android {m}; Mobile; rv:{n}.0) Gecko/{n}.0 Firefox/{n}.0",
    "Mozilla/5.0 (compatible; Lanternbot/2.{m}; +https://lantern.example/bot.html)",
    "Mozilla/5.0 (iPhone; CPU iPhone OS {m}_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{m}.1",
    "python-requests/2.{m}.5",
)
_TARGETS: Final = (
    "/films/{film}",
    "/posters/{film}.jpg",
    "/search?q=film+{film}&page={page}",
    "/films/{film}?utm_campaign=CMP-{campaign:04}&utm_source=newsletter&utm_medium=email",
)
_REFERRERS: Final = (
    *("-", "https://shop.example/", "https://lantern.example/", "https://chatterbox.example/feed"),
    "https://shop.example/films/{film}",
)
_NOT_MODIFIED: Final = 304


@dataclass(frozen=True)
class Shape:
    """What a log looks like.

    Attributes:
        size: Bytes, as near as whole lines allow.
        dates: How many days it is about, the first is 2025-01-01.
        out_of_order: Share of lines that come up to a day late.
        broken: Share of lines that are torn into two, neither of which is a good one.
    """

    size: int
    dates: int
    out_of_order: float = 0.0
    broken: float = 0.0
    seed: int = 0
    first: date = date(2025, 1, 1)

    def __str__(self) -> str:
        order = f"{self.out_of_order:.0%} out of order" if self.out_of_order else "sorted"
        return f"{self.size / 1e9:g} GB, {self.dates} dates, {order}"


def write(path: Path, shape: Shape) -> int:
    """Write a log.

    Args:
        path: The file; replaced where there is one.
        shape: What it looks like.

    Returns:
        How many lines it has, broken ones included.
    """
    chance = np.random.default_rng(shape.seed)
    with path.open("wb") as file:
        writer = _Writer(file, shape, _Pool.make(chance), _days(shape), _clock(), chance)
        return sum(writer.day(day) for day in range(shape.dates))


@dataclass(frozen=True)
class _Pool:
    """Finished lines but for their moments.

    Attributes:
        content: The lines, one after the other.
        starts: Where each begins, and where the last ends.
        stamps: Where each one's moment is, in `content`.
    """

    content: Bytes
    starts: Numbers
    stamps: Numbers

    @classmethod
    def make(cls, chance: np.random.Generator) -> "_Pool":
        lines = _lines(chance)
        ends = np.cumsum([len(line) for line in lines], dtype=np.int64)
        starts = np.concatenate([np.zeros(1, np.int64), ends])
        stamps = starts[:-1] + np.array([line.index(b"[") + 1 for line in lines], np.int64)
        return cls(np.frombuffer(b"".join(lines), np.uint8), starts, stamps)


def _lines(chance: np.random.Generator) -> list[bytes]:
    """A pool's lines: few popular paths and many rare ones, few agents, many clients."""
    count = _POOL_LINES
    films = (chance.pareto(1.1, count) * 8).astype(int) % 5_000
    clients, campaigns, sizes = (chance.integers(0, most, count) for most in (40_000, 60, 90_000))
    agents = (chance.pareto(1.2, count) * 6).astype(int)
    targets = chance.choice(_TARGETS, count, p=(0.4, 0.3, 0.1, 0.2))
    statuses = chance.choice((200, 304, 404, 301, 500), count, p=(0.88, 0.05, 0.04, 0.02, 0.01))
    addresses = chance.choice(("198.{a}.{b}.{c}", "2001:db8:1::{a:x}:{d:x}"), count, p=(0.85, 0.15))
    referrers = chance.choice(_REFERRERS, count, p=(0.25, 0.2, 0.1, 0.05, 0.4))
    methods = chance.choice(("GET", "POST"), count, p=(0.97, 0.03))
    found = []
    for n in range(count):
        film, who, how = films[n], int(clients[n]), agents[n] // len(_AGENTS)
        target = targets[n].format(film=film, page=who % 9, campaign=campaigns[n])
        client = addresses[n].format(a=18 + who % 2, b=who // 256 % 256, c=who % 256, d=who)
        asked = f"{methods[n]} {target} {'HTTP/1.1' if who % 3 else 'HTTP/2.0'}"
        size = sizes[n] if statuses[n] != _NOT_MODIFIED else "-"
        referrer = referrers[n].format(film=film)
        agent = _AGENTS[agents[n] % len(_AGENTS)].format(n=144 - how % 30, m=18 - how % 9)
        found.append(f'{client} - - [{_STAMP} +0000] "{asked}" {statuses[n]} {size} "{referrer}" "{agent}"\n'.encode())
    return found


def _days(shape: Shape) -> Bytes:
    """The dates as ``01/Jan/2025:``, a row each."""
    days = (shape.first + timedelta(days=number) for number in range(shape.dates))
    text = "".join(f"{day.day:02}/{_MONTHS[day.month - 1]}/{day.year}:" for day in days)
    return np.frombuffer(text.encode(), np.uint8).reshape(shape.dates, -1)


def _clock() -> Bytes:
    """The seconds of a day as ``18:05:09``, a row each."""
    text = "".join(f"{s // 3_600:02}:{s // 60 % 60:02}:{s % 60:02}" for s in range(DAY_SECONDS))
    return np.frombuffer(text.encode(), np.uint8).reshape(DAY_SECONDS, -1)


@dataclass(frozen=True)
class _Writer:
    """Writes a log from a pool; `days` and `clock` are the texts of all dates and all seconds of a day."""

    file: BinaryIO
    shape: Shape
    pool: _Pool
    days: Bytes
    clock: Bytes
    chance: np.random.Generator

    def day(self, day: int) -> int:
        """Write a day's lines; returns how many."""
        windows = list(self._windows(self.shape.size * (day + 1) // self.shape.dates - self.file.tell()))
        total, done, torn = sum(last - first for first, last in windows), 0, 0
        for first, last in windows:
            seconds = np.arange(done, done + last - first) * DAY_SECONDS // total + day * DAY_SECONDS
            torn += self._block(first, last, seconds)
            done += last - first
        return total + torn

    def _windows(self, wanted: int) -> Iterator[tuple[int, int]]:
        """Parts of the pool, from one line to before another, that have so many bytes together."""
        starts = self.pool.starts
        while True:
            first = int(self.chance.integers(0, _POOL_LINES // 2))
            last = int(np.searchsorted(starts, starts[first] + wanted, side="right")) - 1
            if last <= first:
                return
            yield first, last
            wanted -= int(starts[last] - starts[first])

    def _block(self, first: int, last: int, seconds: Numbers) -> int:
        """Write a part of the pool with these moments, in seconds since the first date; returns how many were torn."""
        begin, count = self.pool.starts[first], last - first
        block, stamps = self.pool.content[begin : self.pool.starts[last]].copy(), self.pool.stamps[first:last] - begin
        if self.shape.out_of_order:
            late = self.chance.random(count) < self.shape.out_of_order
            seconds = (seconds - late * self.chance.integers(1, LATEST_SECONDS, count)).clip(0)
        moments = np.concatenate([self.days[seconds // DAY_SECONDS], self.clock[seconds % DAY_SECONDS]], axis=1)
        sliding_window_view(block, moments.shape[1], writeable=True)[stamps] = moments
        torn = np.flatnonzero(self.chance.random(count) < self.shape.broken)
        block[stamps[torn] + self.chance.integers(-1, _TORN_WITHIN, len(torn))] = ord("\n")
        self.file.write(block.data)
        return len(torn)
