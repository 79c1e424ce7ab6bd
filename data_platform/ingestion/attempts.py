"""Another attempt where one may help: when, and after how long. For every client of somebody else's server.

What belongs here: attempts and waiting. What does not: requests, and which errors may pass (each client says so).
"""

import email.utils
import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential
from tenacity.stop import stop_base

LONGEST_RETRY_AFTER: Final = 60.0
"""Seconds. A server's wish beyond this is taken for a mistake and our own backoff is used instead."""

FIRST_WAIT: Final = 0.5
LONGEST_WAIT: Final = 30.0
backoff: Final = wait_random_exponential(multiplier=FIRST_WAIT, max=LONGEST_WAIT)
"""Exponential with full jitter, in seconds."""


class _NoTimeLeft(stop_base):
    """Ends where the next wait would take longer than there is time."""

    def __init__(self, left: Callable[[], float]) -> None:
        self._left = left

    def __call__(self, retry_state: RetryCallState) -> bool:
        return retry_state.upcoming_sleep > self._left()


def retrying(
    transient: type[Exception],
    attempts: int,
    on_retry: Callable[[str], None],
    left: Callable[[], float] = lambda: math.inf,
) -> Retrying:
    """Calls a function until it succeeds, fails for good, or has failed often enough.

    Args:
        transient: The error that may pass. Its ``retry_after``, where it has one, is how many seconds to wait.
        attempts: How often to try in all; the last error is raised as it is.
        on_retry: Is told in one line about each failed attempt that is followed by another.
        left: How many seconds may still be spent; a wait that takes longer is not begun.
    """

    def tell(state: RetryCallState) -> None:
        wait = state.next_action.sleep if state.next_action else 0.0
        on_retry(f"attempt {state.attempt_number} of {attempts}: {_error(state)}; the next one in {wait:.1f} s")

    return Retrying(
        retry=retry_if_exception_type(transient),
        stop=stop_after_attempt(attempts) | _NoTimeLeft(left),
        wait=_wait,
        before_sleep=tell,
        reraise=True,
    )


def retry_after(value: str | None) -> float | None:
    """Seconds to wait by a `Retry-After` header (RFC 9110, 10.2.3), or None where it is absent or not sane."""
    if value is None:
        return None
    try:
        seconds = float(value) if value.strip().isdigit() else _seconds_until(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return seconds if 0 <= seconds <= LONGEST_RETRY_AFTER else None


def _seconds_until(http_date: str) -> float:
    moment = email.utils.parsedate_to_datetime(http_date)
    return (moment.astimezone(UTC) - datetime.now(UTC)).total_seconds()


def _wait(state: RetryCallState) -> float:
    asked: float | None = getattr(_error(state), "retry_after", None)
    return backoff(state) if asked is None else asked


def _error(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None
