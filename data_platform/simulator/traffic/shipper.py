"""A log shipper: puts the web servers' files into the laptop's store, the past days once and today's as they grow.

What belongs here: which files are put when, and the thread. What does not: what is in them (``servers``), and which
store may be used (``landing``).
"""

import hashlib
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Final

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from data_platform.simulator.traffic.landing import FOLDER, open_landing
from data_platform.simulator.traffic.servers import files

DAYS_BACK: Final = 7
"""How many past days a store has from the start, as far as the shop's feeds go back."""

_EVERY_SECONDS: Final = 300.0
_AGAIN_SECONDS: Final = 2.0
_TELL_AFTER: Final = 15
"""Failures in a row: at the start, the store comes up beside the simulator."""

_STOP_SECONDS: Final = 1.0
"""How long a PUT under way is waited for; one that is left is whole or nothing."""


class Shipper:
    """Keeps one store's landing folder up with the clock. Its methods may be called from any thread."""

    def __init__(
        self,
        url: str,
        endpoint: str,
        seed: int,
        *,
        lines: int,
        since: date,
        now: Callable[[], datetime],
        after: float = 0.0,
    ) -> None:
        """Nothing is opened yet.

        Args:
            url: The store's; empty for none, then nothing is ever put anywhere.
            endpoint: Of its S3.
            seed: The shop's seed.
            lines: About how many log lines a usual day has.
            since: No file of an earlier day is put.
            now: Which moment it is.
            after: Seconds that `kept` waits before the first PUT.
        """
        self.url = url
        self._endpoint, self._seed, self._lines, self._since, self._now = endpoint, seed, lines, since, now
        self._after = after
        self._lock = threading.Lock()
        self._put: dict[str, bytes] = {}
        self._done: set[date] = set()

    def ship(self, moment: datetime | None = None) -> int:
        """Put what is new at a moment, by default now: each file whole, with one atomic PUT.

        A file is left alone where it was put with this content before, or where an object of its size is there when
        it is first looked at: the same day and seed give the same bytes.

        Returns:
            How many files were put.

        Raises:
            obstore.exceptions.BaseError: The store refuses, or does not answer.
            OSError: The same, for a folder.
        """
        moment = moment or self._now()
        today = moment.astimezone(UTC).date()
        with self._lock:
            days = [today - timedelta(days=back) for back in range(DAYS_BACK, -1, -1)]
            return sum(self._ship_day(day, moment) for day in days if day >= self._since and day not in self._done)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep the store up with the clock for as long as the block lasts, from a thread; failures are tried again."""
        if not self.url:
            yield
            return
        stop = threading.Event()
        thread = threading.Thread(target=self._keep, args=(stop,), name="log shipper", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(_STOP_SECONDS)

    def _keep(self, stop: threading.Event) -> None:
        pause, failures = self._after, 0
        while not stop.wait(pause):
            try:
                self.ship()
                pause, failures = _EVERY_SECONDS, 0
            except (BaseError, OSError) as error:
                pause, failures = _AGAIN_SECONDS, failures + 1
                if failures == _TELL_AFTER:
                    sys.stderr.write(f"simulator: the logs wait, the store fails: {type(error).__name__}\n")

    def _ship_day(self, day: date, moment: datetime) -> int:
        contents = files(self._seed, day, moment, self._lines)
        count = sum(self._put_if_new(f"{FOLDER}/{name}", content) for name, content in contents.items())
        if moment >= datetime.combine(day + timedelta(days=1), time(), UTC):
            self._done.add(day)
        return count

    def _put_if_new(self, path: str, content: bytes) -> bool:
        digest = hashlib.blake2b(content, digest_size=16).digest()
        before = self._put.get(path)
        same = before == digest if before else self._size(path) == len(content)
        if not same:
            obstore.put(self._store, path, content, use_multipart=False)
        self._put[path] = digest
        return not same

    def _size(self, path: str) -> int | None:
        try:
            return obstore.head(self._store, path)["size"]
        except FileNotFoundError:
            return None

    @cached_property
    def _store(self) -> S3Store | LocalStore:
        return open_landing(self.url, self._endpoint)
