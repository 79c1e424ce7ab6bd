"""Waking when a database was written to: an event of a daemon's end that rings earlier, and a file that is watched.

What belongs here: seeing a change from outside, at the cost of a `stat`, and waiting for one. What does not: what is
done then (`dagster_private.prompt`).
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

POLL_SECONDS: Final = 0.25


class Alarm(threading.Event):
    """A daemon's event of its end, whose `wait` also returns when there is a reason to look."""

    def __init__(self, ended: threading.Event, rings: Callable[[], bool]) -> None:
        """Stand for an event.

        Args:
            ended: That event.
            rings: Whether there is a reason; asked four times a second.
        """
        super().__init__()
        self._ended, self._rings = ended, rings

    def is_set(self) -> bool:
        """Whether the daemon is to end."""
        return self._ended.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end, a reason to look, or so many seconds; whether the daemon is to end."""
        until = None if timeout is None else time.monotonic() + timeout
        while until is None or (left := until - time.monotonic()) > 0:
            if self._ended.wait(POLL_SECONDS if until is None else min(left, POLL_SECONDS)):
                return True
            if self._rings():
                return False
        return self._ended.is_set()


class Watched:
    """A SQLite database whose changes are seen from outside."""

    def __init__(self, path: Path) -> None:
        """Nothing is known of it yet, so that the first look sees a change.

        Args:
            path: The database; where there is none, nothing ever changes.
        """
        self._files = (path, path.with_name(f"{path.name}-wal"))
        self._seen: tuple[tuple[int, int] | None, ...] = ()
        self._again = False

    @property
    def is_there(self) -> bool:
        """Whether there is such a database."""
        return self._files[0].exists()

    def changed(self) -> bool:
        """Whether it was written to since the last call, or shortly before that.

        A file's time goes in steps of milliseconds. A transaction that ends within the step in which it was looked at
        changes nothing that could be seen the next time, so each change is told twice.
        """
        now = tuple(_stamp(file) for file in self._files)
        changed, self._seen = now != self._seen and any(now), now
        told, self._again = changed or self._again, changed
        return told


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
