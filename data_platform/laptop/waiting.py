"""Waiting for a part: as long as it takes, and never in silence.

What belongs here: the one loop that every wait of the stack is, how long others wait for what comes no further, and the
pause before a new start. What does not: what is waited for. There is no
deadline: how long something takes says how busy the machine is, not whether it will come. What ends a wait is the end
of the process that is waited for (`alive` raises), or the person at the terminal.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

TELL_SECONDS: Final = 15.0
"""How long a wait goes on before it is spoken of, and then again after as long."""

_LONGEST_PAUSE: Final = 60.0


def until(
    holds: Callable[[], bool],
    what: Callable[[], str],
    *,
    alive: Callable[[], None] = lambda: None,
    tell: Callable[[str], None] = lambda _: None,
    pause: float = 0.1,
) -> None:
    """Wait until something holds.

    Args:
        holds: Whether it does.
        what: What is waited for, and why as far as it is known; asked when there is something to tell.
        alive: Called between two looks; raises to give up.
        tell: Told in one line that this still waits, every `TELL_SECONDS`.
        pause: Seconds between two looks.
    """
    begun = told = time.monotonic()
    while not holds():
        alive()
        if (now := time.monotonic()) - told >= TELL_SECONDS:
            tell(f"Still waiting after {now - begun:.0f} s: {what()}")
            told = now
        time.sleep(pause)


def restart_pause(ends: int) -> float:
    """Seconds before something is started again that has ended so many times in a row: none, 2, 4, … up to 60."""
    return 0.0 if ends <= 1 else min(_LONGEST_PAUSE, 2.0 ** min(ends - 1, 10))


PATIENCE_SECONDS: Final = 30.0


@dataclass
class Patience:
    """Says when others should not wait any longer for what comes no further. It may still come, later.

    Attributes:
        progress: What changes when something comes further.
        clock: Tells seconds that only go on.
    """

    progress: Callable[[], object]
    clock: Callable[[], float] = time.monotonic
    _seen: object = field(default=None, init=False)
    _since: float = field(init=False)

    def __post_init__(self) -> None:
        self._since = self.clock()

    @property
    def spent(self) -> bool:
        """Whether nothing has changed for `PATIENCE_SECONDS`. Ask it often: only what it sees is a change."""
        now = self.progress()
        if now != self._seen:
            self._seen, self._since = now, self.clock()
        return self.clock() - self._since > PATIENCE_SECONDS
