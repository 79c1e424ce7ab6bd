"""What goes wrong in a log: lines that are cut, requests that are none, and servers in trouble.

What belongs here: each kind of damage, as a function of chance. What does not: whole lines (``servers``).
"""

import random
from dataclasses import dataclass
from datetime import date
from typing import Final

from data_platform.simulator.chance import generator
from data_platform.simulator.traffic.journeys import Request
from data_platform.simulator.traffic.visitors import SERVERS

BROKEN: Final = 1 / 2_000
"""Share of lines that are damaged."""

_TROUBLED_DAYS: Final = 0.35
_BUSY: Final = (10 * 3_600, 22 * 3_600)
"""Servers fail when there is much to do."""

_FAILS_IN_TROUBLE: Final = 0.7
_FAILS_ANYWAY: Final = 0.0008
_SAFE: Final = ("/static/", "/posters/", "/trailers/", "/checkout")


@dataclass(frozen=True, slots=True)
class Trouble:
    """A server that fails for some minutes; seconds are since midnight UTC."""

    server: int
    begin: float
    end: float
    status: int

    def strikes(self, request: Request, chance: random.Random) -> bool:
        """Whether it makes a request fail. Static files and orders that went through are safe."""
        if request.visitor.server != self.server or not self.begin <= request.second < self.end:
            return False
        return _can_fail(request) and chance.random() < _FAILS_IN_TROUBLE


def troubles_of(seed: int, day: date) -> list[Trouble]:
    """The servers in trouble on a day; on most days none."""
    chance = generator(seed, "troubled servers", day)
    if chance.random() >= _TROUBLED_DAYS:
        return []
    begin = chance.uniform(*_BUSY)
    end = begin + chance.uniform(300, 1_500)
    return [Trouble(chance.randrange(SERVERS), begin, end, chance.choice((500, 502, 503, 504)))]


def fails_by_itself(request: Request, chance: random.Random) -> bool:
    """Whether a request fails without any trouble around it."""
    return chance.random() < _FAILS_ANYWAY and _can_fail(request)


def damaged(line: bytes, chance: random.Random) -> bytes:
    """A line after something went wrong.

    Args:
        line: A good one, with its line end.
        chance: Says what.

    Returns:
        It is cut; or cut without a line end, so that the next follows at once; or its request was no HTTP; or it had
        none. In the last two cases the line is a whole one.
    """
    kind = chance.randrange(4)
    if kind <= 1:
        return line[: chance.randrange(5, len(line) - 5)] + (b"\n" if kind else b"")
    head, _, _ = line.partition(b'"')
    if kind == 2:  # noqa: PLR2004 - the third of four
        noise = bytes(byte for byte in chance.randbytes(24) if byte not in b'\n\r"\\')
        return head + b'"\x16\x03\x01\x02\x00\x01' + noise + b'" 400 226 "-" "-"\n'
    return head + b'"-" 408 - "-" "-"\n'


def _can_fail(request: Request) -> bool:
    return request.method == "GET" and not request.target.startswith(_SAFE)
