"""What changes while a simulator runs: the faults that are on, and what it was asked.

What belongs here: state, safe to touch from the server's thread and a test's. What does not: HTTP.
"""

import threading
from collections import Counter, deque
from dataclasses import dataclass
from datetime import date
from typing import Final

from data_platform.simulator.orders.keeper import OrderDatabase
from data_platform.simulator.settings import SimulatorSettings
from data_platform.simulator.tmdb.faults import Faults
from data_platform.simulator.tmdb.plan import FaultPlan, Verdict
from data_platform.simulator.traffic.shipper import Shipper

LOG_LENGTH: Final = 10_000


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One request to a feed, as far as it may be remembered: no headers, no query but the page, so no token.

    Attributes:
        path: The path, with the feed's base path.
        page: The page, None where it was none of the API's.
        day: The day that it was answered for, None where it was refused before.
        status: The HTTP status, 0 where the connection was reset.
        fault: ``429``, ``500``, ``502``, ``503``, ``504``, ``html``, ``reset`` or None.
        delay: Seconds that the answer was held back.
    """

    path: str
    page: int | None
    day: date | None
    status: int
    fault: str | None
    delay: float


class SimulatorState:
    """The state of one simulator. Every method may be called from any thread."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self.settings = settings
        self.orders = OrderDatabase(settings.database, settings.seed, since=settings.since, pinned=settings.day)
        self.shipper = Shipper(
            *(settings.landing, settings.endpoint, settings.seed),
            lines=settings.traffic,
            after=settings.landing_after,
            since=settings.since,
            now=self.orders.now,
        )
        self._lock = threading.Lock()
        self._plan = FaultPlan(settings.faults)
        self._log: deque[RequestRecord] = deque(maxlen=LOG_LENGTH)
        self._requests: Counter[str] = Counter()
        self._faults_served: Counter[str] = Counter()

    @property
    def faults(self) -> Faults:
        """The faults that are on. Setting them starts their draws anew, so that a test repeats."""
        with self._lock:
            return self._plan.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        with self._lock:
            self._plan = FaultPlan(faults)

    def next_request(self, path: str, page: int | None) -> tuple[Faults, Verdict]:
        """The faults that are on and what they do to the request that has just come in."""
        with self._lock:
            return self._plan.faults, self._plan.draw(path, page)

    def record(self, record: RequestRecord) -> None:
        """Remember a request that is about to be answered; the log keeps the last `LOG_LENGTH`."""
        with self._lock:
            self._log.append(record)
            self._requests[record.path] += 1
            if record.fault:
                self._faults_served[record.fault] += 1
            if record.delay:
                self._faults_served["slow"] += 1

    def forget(self) -> None:
        """Empty the log and the counters."""
        with self._lock:
            self._log.clear()
            self._requests.clear()
            self._faults_served.clear()

    @property
    def log(self) -> tuple[RequestRecord, ...]:
        """The last requests, oldest first."""
        with self._lock:
            return tuple(self._log)

    @property
    def requests(self) -> Counter[str]:
        """How many requests each path had, refused and failed ones included."""
        with self._lock:
            return Counter(self._requests)

    @property
    def faults_served(self) -> Counter[str]:
        """How many requests each fault struck: the kinds of `RequestRecord.fault`, and ``slow``."""
        with self._lock:
            return Counter(self._faults_served)
