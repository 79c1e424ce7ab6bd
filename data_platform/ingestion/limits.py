"""How long and how large a source's answers may be: one of them, and all of a run's.

What belongs here: the limits and what is left of them. What does not: requests (``fetching``).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from data_platform.ingestion.errors import OverLimitError

MIB: Final = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What is allowed.

    Attributes:
        answer_seconds: One answer, from connecting to its last byte.
        answer_bytes: One answer, as it comes over the wire.
        unpacked_bytes: One answer, unpacked.
        total_seconds: All answers and the waits between them.
        total_bytes: All answers, unpacked.
        requests: How many requests, failed ones included.
    """

    answer_seconds: float = 60.0
    answer_bytes: int = 256 * MIB
    unpacked_bytes: int = 512 * MIB
    total_seconds: float = 1800.0
    total_bytes: int = 4096 * MIB
    requests: int = 20_000


@dataclass
class Allowance:
    """What is left of some limits, from now on.

    Attributes:
        limits: What was allowed.
        clock: Seconds that only grow.
        requests: How many were made.
        received: Bytes so far, unpacked.
    """

    limits: Limits
    clock: Callable[[], float] = time.monotonic
    requests: int = 0
    received: int = 0
    _begun: float = field(init=False)

    def __post_init__(self) -> None:
        self._begun = self.clock()

    def begin(self, what: str) -> float:
        """Count a request that is about to be made.

        Args:
            what: How an error names it.

        Returns:
            How many seconds it may take.

        Raises:
            OverLimitError: The run has made as many, or has taken as long, as it may.
        """
        left = self.spent(what)
        if self.requests >= self.limits.requests:
            raise OverLimitError(f"{what}: given up after {self.requests} requests, the limit of one run")
        self.requests += 1
        return min(left, self.limits.answer_seconds)

    def left(self) -> float:
        """How many seconds are left for all of it; less than none where they are over."""
        return self.limits.total_seconds - (self.clock() - self._begun)

    def spent(self, what: str) -> float:
        """How many seconds are left for all of it.

        Raises:
            OverLimitError: None.
        """
        left = self.left()
        if left <= 0:
            raise OverLimitError(f"{what}: given up, all together takes more than {self.limits.total_seconds:g} s")
        return left

    def take(self, size: int, what: str) -> None:
        """Count bytes that were unpacked.

        Raises:
            OverLimitError: All answers together are larger than is allowed.
        """
        self.received += size
        if self.received > self.limits.total_bytes:
            raise OverLimitError(f"{what}: all answers together are larger than {size_text(self.limits.total_bytes)}")


def size_text(size: int) -> str:
    """A number of bytes as people read it."""
    return f"{size / MIB:g} MiB" if size >= MIB else f"{size} bytes"
