"""Keeping an order database up with the clock, as the shop's own order system would: every minute, or when asked.

What belongs here: which moment it is for the database, the thread, and the page that moves it by hand. What does not:
what is written (``database.py``).
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from functools import cached_property
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from data_platform.simulator.orders.database import advance, open_database

_EVERY_SECONDS: Final = 60.0
_PINNED_HOUR: Final = time(12)


class OrderDatabase:
    """One order database and how far it is. Its methods may be called from any thread."""

    def __init__(self, url: str, seed: int, *, since: date, pinned: date | None) -> None:
        """Nothing is opened yet.

        Args:
            url: SQLAlchemy's; empty for no database at all.
            seed: The shop's seed.
            since: First day whose orders a new database has.
            pinned: The day that it always is, None for the clock's.
        """
        self._url, self._seed, self._since, self._pinned = url, seed, since, pinned
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """Where it is, without its password; empty for no database at all."""
        return make_url(self._url).render_as_string(hide_password=True) if self._url else ""

    def now(self) -> datetime:
        """The moment up to which the database should be: now, or noon of the pinned day, UTC."""
        return datetime.combine(self._pinned, _PINNED_HOUR, UTC) if self._pinned else datetime.now(UTC)

    def advance(self, moment: datetime | None = None) -> int:
        """Bring it to the state of a moment, by default of now.

        Returns:
            How many rows were written: none where it is that far already.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: The database cannot be written to.
        """
        with self._lock:
            return advance(self._engine, self._seed, moment or self.now(), since=self._since)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep it up with the clock for as long as the block lasts; it is up when the block begins.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: The database cannot be opened or written to.
        """
        if not self._url:
            yield
            return
        self.advance()
        stop = threading.Event()
        thread = threading.Thread(target=self._keep, args=(stop,), name="order database", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            self._engine.dispose()

    def _keep(self, stop: threading.Event) -> None:
        while not stop.wait(_EVERY_SECONDS):
            try:
                self.advance()
            except sa.exc.SQLAlchemyError as error:
                sys.stderr.write(f"simulator: the order database stays where it is for now: {type(error).__name__}\n")

    @cached_property
    def _engine(self) -> sa.Engine:
        return open_database(self._url)
