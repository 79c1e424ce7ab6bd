"""Parts of the stack that ended are started again, for as long as the stack serves.

What belongs here: when a part is started again, and what is told of it. What does not: how a part is started
(`seaweedfs`, `simulator`, `dagster_services`), and which parts there are (`stack`).

A part is given up never: what ends again and again is started ever more slowly, and its last words are told each time.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol

from data_platform.laptop.processes import Service
from data_platform.laptop.waiting import restart_pause

_HEALTHY_SECONDS: Final = 60.0
_LAST_WORDS: Final = 3


class Part(Protocol):
    """Something that is started, and works some time after."""

    @property
    def service(self) -> Service:
        """Its process."""

    def launch(self) -> None:
        """Start it without waiting."""

    def ready(self) -> bool:
        """Whether it does its work right now."""


@dataclass
class _Watched:
    part: Part
    since: float
    ends: int = 0
    start_at: float | None = None
    waited_for: bool = False


@dataclass
class Supervisor:
    """Watches parts that have been started.

    Attributes:
        parts: The parts.
        clock: Tells seconds that only go on.
    """

    parts: Iterable[Part]
    clock: Callable[[], float] = time.monotonic
    _watched: list[_Watched] = field(init=False)

    def __post_init__(self) -> None:
        self._watched = [_Watched(part, self.clock()) for part in self.parts]

    def look(self) -> list[str]:
        """Look at every part once, without waiting for any, and start what ended and is due.

        Returns:
            What is to be told, a line each: what ended and why, and what works again.
        """
        return [line for watched in self._watched for line in _look(watched, self.clock())]


def _look(watched: _Watched, now: float) -> Iterator[str]:
    service = watched.part.service
    if watched.start_at is None and not service.running:
        watched.ends = 1 if now - watched.since > _HEALTHY_SECONDS else watched.ends + 1
        wait = restart_pause(watched.ends)
        watched.start_at, watched.waited_for = now + wait, False
        when = f"in {wait:.0f} s" if wait else "now"
        yield f"{service.name} had ended (exit code {service.exit_code}); it is restarted {when}. Log: {service.log}"
        yield from (f"    {line}" for line in service.tail(_LAST_WORDS).splitlines())
    if watched.start_at is not None and now >= watched.start_at:
        watched.part.launch()
        watched.since, watched.start_at, watched.waited_for = now, None, True
    if watched.waited_for and watched.part.service.running and watched.part.ready():
        watched.waited_for = False
        yield f"{watched.part.service.name} answers again."
