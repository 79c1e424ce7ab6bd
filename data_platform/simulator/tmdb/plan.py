"""Whether a fault strikes a request, and which.

What belongs here: the drawing, which depends on the faults' seed, the page asked for and how often it was asked for,
so that a test repeats even where its requests race. What does not: what a fault looks like (``misbehaviour.py``).
"""

from dataclasses import dataclass, field
from typing import Final, Literal

from data_platform.simulator.chance import uniforms
from data_platform.simulator.tmdb.faults import Faults, Refusal, ServerError

_MOST_KEYS: Final = 100_000


@dataclass(frozen=True, slots=True)
class RateLimited:
    """Answer 429.

    Attributes:
        retry_after: Which form of ``Retry-After``; None for none.
        bare: Whether the body lacks ``success``.
    """

    retry_after: Literal["seconds", "date", "absurd"] | None
    bare: bool


@dataclass(frozen=True, slots=True)
class Failing:
    """Answer with a server error."""

    kind: ServerError


@dataclass(frozen=True, slots=True)
class Refused:
    """Refuse a request that is as good as any."""

    kind: Refusal


@dataclass(frozen=True, slots=True)
class Reset:
    """Abort the connection, before the answer or after half of the body."""

    mid_body: bool


Failure = RateLimited | Failing | Refused | Reset


@dataclass(frozen=True, slots=True)
class Verdict:
    """What happens to one request: a failure or None, and a delay in seconds."""

    failure: Failure | None = None
    delay: float = 0.0


@dataclass(slots=True)
class FaultPlan:
    """Draws verdicts, and remembers how often each page was asked for.

    Not thread-safe: the caller holds a lock.
    """

    faults: Faults
    _asked: dict[tuple[str, int | None], int] = field(default_factory=dict)
    _failed: dict[tuple[str, int | None], int] = field(default_factory=dict)

    def draw(self, path: str, page: int | None) -> Verdict:
        """The verdict on the next request.

        Args:
            path: The path asked for.
            page: The page asked for, None where there is none or it is no page.

        Returns:
            The verdict; the same sequence for the same faults and requests.
        """
        faults, key = self.faults, (path, page)
        if len(self._asked) > _MOST_KEYS:
            self._asked.clear()
            self._failed.clear()
        asked = self._asked[key] = self._asked.get(key, 0) + 1
        if faults.only_pages is not None and page not in faults.only_pages:
            return Verdict()
        draws = uniforms(faults.seed, "fault", path, page, asked)
        delay = faults.slow_seconds if draws[0] < faults.rate_slow else 0.0
        failed, failure = self._failed.get(key, 0), _failure(faults, draws[1:])
        if faults.max_consecutive is not None and failed >= faults.max_consecutive:
            failure = None
        self._failed[key] = failed + 1 if failure else 0
        return Verdict(failure, delay)


def _failure(faults: Faults, draws: tuple[float, ...]) -> Failure | None:
    which, how, bare = draws[:3]
    if which < faults.rate_429:
        return RateLimited(_retry_after(faults, how), bare < faults.bare_429_share)
    which -= faults.rate_429
    if which < faults.rate_5xx:
        return Failing(faults.kinds_5xx[int(how * len(faults.kinds_5xx))])
    which -= faults.rate_5xx
    if which < faults.rate_reset:
        return Reset(how < faults.reset_mid_body_share)
    which -= faults.rate_reset
    return Refused(faults.kinds_refused[int(how * len(faults.kinds_refused))]) if which < faults.rate_refused else None


def _retry_after(faults: Faults, draw: float) -> Literal["seconds", "date", "absurd"] | None:
    if draw < faults.retry_after_seconds_share:
        return "seconds"
    draw -= faults.retry_after_seconds_share
    if draw < faults.retry_after_date_share:
        return "date"
    draw -= faults.retry_after_date_share
    return "absurd" if draw < faults.retry_after_absurd_share else None
