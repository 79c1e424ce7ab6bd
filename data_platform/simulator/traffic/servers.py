"""The log files of the shop's three web servers, as they are at a moment.

What belongs here: from requests to lines in Combined Log Format, in the order in which a server writes them, and which
files that makes. What does not: the requests (``visits``), and what is damaged about a line (``dirt``).

A server writes a line when the answer is out, with the time at which the request came: lines are minutes out of order
where an answer takes minutes. Files are cut at midnight UTC; a few lines come so late that they are in the next day's.
web-2 writes local time; web-3 hands its file over when the day is done, compressed.
"""

import bisect
import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from itertools import accumulate
from typing import Final
from zoneinfo import ZoneInfo

from data_platform.simulator.chance import generator
from data_platform.simulator.traffic import dirt
from data_platform.simulator.traffic.bots import DAY_SECONDS
from data_platform.simulator.traffic.journeys import Request
from data_platform.simulator.traffic.visitors import SERVERS
from data_platform.simulator.traffic.visits import LINES_A_DAY, belated, requests_of

NAMES: Final = tuple(f"web-{number}" for number in range(1, SERVERS + 1))
COMPRESSED: Final = "web-3"
_ZONES: Final[tuple[tzinfo, ...]] = (UTC, ZoneInfo("Europe/Berlin"), UTC)

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_BELATED_WITHIN: Final = 900
_LAST_SECOND: Final = DAY_SECONDS - 0.001


def files(seed: int, day: date, until: datetime, lines: int = LINES_A_DAY) -> dict[str, bytes]:
    """The files about a day.

    Args:
        seed: The shop's seed.
        day: The day of the files, UTC.
        until: The moment at which they are looked at, with its time zone.
        lines: About how many lines a usual day has in all, see `visits.requests_of`.

    Returns:
        Content by name, ``web-1/access-2026-11-21.log``: what was written before `until`, so always a prefix of the
        whole file. ``web-3/access-2026-11-21.log.gz`` is there
        once the day is over. A file without a line is not there.
    """
    midnight = datetime.combine(day, time(), UTC)
    elapsed = (until - midnight).total_seconds()
    contents = {}
    for name, log in zip(NAMES, _logs(seed, day, lines) if elapsed > 0 else (), strict=False):
        path, content = f"{name}/access-{day}.log", log.before(elapsed)
        if name != COMPRESSED and content:
            contents[path] = content
        elif name == COMPRESSED and elapsed >= DAY_SECONDS:
            contents[f"{path}.gz"] = gzip.compress(content, mtime=0)
    return contents


@dataclass(frozen=True, slots=True)
class _Log:
    """A whole day's file of a server.

    Attributes:
        content: All of it.
        written: When each line was written, in seconds since midnight, ascending.
        ends: Where each line ends in `content`.
    """

    content: bytes
    written: Sequence[float]
    ends: Sequence[int]

    def before(self, second: float) -> bytes:
        """What was written before a moment."""
        count = bisect.bisect_left(self.written, second)
        return self.content[: self.ends[count - 1]] if count else b""


@lru_cache(maxsize=3)
def _logs(seed: int, day: date, lines: int) -> tuple[_Log, ...]:
    chance, troubles = generator(seed, "access logs", day), dirt.troubles_of(seed, day)
    clocks = [_Clock(day, zone) for zone in _ZONES]
    written: list[list[tuple[float, bytes]]] = [[] for _ in NAMES]
    for request in requests_of(seed, day, lines):
        if not 0 <= request.second < DAY_SECONDS:
            continue
        for trouble in troubles:
            if trouble.strikes(request, chance):
                request.status, request.size = trouble.status, 3_120
        if dirt.fails_by_itself(request, chance):
            request.status, request.size = 500, 3_120
        moment = min(request.second + request.lasts * (0.5 + chance.random()), _LAST_SECOND)
        line = _line(request, clocks[request.visitor.server])
        if chance.random() < dirt.BROKEN:
            line = dirt.damaged(line, chance)
        written[request.visitor.server].append((moment, line))
    for request in belated(seed, day - timedelta(days=1)):
        request.second -= DAY_SECONDS
        line = _line(request, clocks[request.visitor.server])
        written[request.visitor.server].append((chance.random() * _BELATED_WITHIN, line))
    return tuple(_log(of_server) for of_server in written)


def _log(written: list[tuple[float, bytes]]) -> _Log:
    written.sort()
    ends = list(accumulate(len(line) for _, line in written))
    return _Log(b"".join(line for _, line in written), [moment for moment, _ in written], ends)


class _Clock:
    """A server's clock, which writes the time as logs do."""

    def __init__(self, day: date, zone: tzinfo) -> None:
        self._midnight, self._zone = datetime.combine(day, time(), UTC), zone

    def stamp(self, second: float) -> str:
        """``21/Nov/2026:18:05:09 +0100`` for so many seconds since the day's midnight UTC."""
        moment = (self._midnight + timedelta(seconds=int(second // 1))).astimezone(self._zone)
        clock = f"{moment.hour:02}:{moment.minute:02}:{moment.second:02}"
        return f"{moment.day:02}/{_MONTHS[moment.month - 1]}/{moment.year}:{clock} {moment:%z}"


def _line(request: Request, clock: _Clock) -> bytes:
    visitor = request.visitor
    agent = visitor.agent.replace('"', '\\"')
    asked = f"{request.method} {request.target} {visitor.protocol}"
    answered = f"{request.status} {request.size or '-'}"
    stamp = clock.stamp(request.second)
    return f'{visitor.client} - - [{stamp}] "{asked}" {answered} "{request.referrer}" "{agent}"\n'.encode()
