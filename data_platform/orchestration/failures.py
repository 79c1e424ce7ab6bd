"""Failures in Dagster's words: which it must not retry, and none that tells a secret.

What belongs here: turning an error that will come again into a failure without a retry, and what a library's error says
into what may be said. What does not: which errors will come again (each says so itself, as `permanent`, or the caller
names them), and what a secret looks like (``data_platform.redaction``).
"""

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final, TypeVar

import dagster as dg

from data_platform.redaction import redact, redacted, shows_secret
from data_platform.storage.errors import StorageError

_F = TypeVar("_F", bound=Callable[..., Any])

_RETRIES: Final = dg.RetryPolicy(max_retries=6, delay=10, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.FULL)
"""For steps that talk to the store alone, which can be asked at any time: about five minutes, ten at most, the client's
own retries not counted."""


@contextmanager
def without_retry(*permanent: type[Exception]) -> Iterator[None]:
    """Let a step fail for good where trying again is of no use; all other errors pass as they are.

    Args:
        permanent: Further errors that will come again; the store's own are known.

    Raises:
        Failure: In place of such an error, with its message; no retry policy applies to it.
    """
    try:
        yield
    except StorageError as error:
        if not error.permanent:
            raise
        raise dg.Failure(str(error), allow_retries=False) from error
    except permanent as error:
        raise dg.Failure(str(error), allow_retries=False) from error


@contextmanager
def asked_again(retry_number: int) -> Iterator[None]:
    """Have a step tried again, after a while, when the store failed in a way that passes.

    No retry policy of Dagster's does that: it would try a mistake in the code again for minutes, and a step that
    somebody ended.

    Args:
        retry_number: How often the step was tried again so far.

    Raises:
        RetryRequested: In place of a ``StorageError`` that is not permanent, or a ``Failure`` that allows it; after the
            last attempt, that error itself.
    """
    try:
        yield
    except (StorageError, dg.Failure) as error:
        passes = error.allow_retries if isinstance(error, dg.Failure) else not error.permanent
        if not passes or retry_number >= _RETRIES.max_retries:
            raise
        seconds = _RETRIES.calculate_delay(retry_number + 1)
        raise dg.RetryRequested(max_retries=_RETRIES.max_retries, seconds_to_wait=seconds) from error


def asks_store_again(function: _F) -> _F:
    """A decorator for an asset's function: ``asked_again`` around all of it.

    The function may take a context or none: the step's own is asked. Called without a step, as unit tests may do, it is
    not tried again.
    """
    return _inside(function, lambda *_args, **_kwargs: asked_again(_retry_number()))


def _retry_number() -> int:
    try:
        return int(dg.AssetExecutionContext.get().retry_number)
    except dg.DagsterInvariantViolationError:
        return _RETRIES.max_retries


@contextmanager
def without_secrets() -> Iterator[None]:
    """Let no error out whose text, or whose causes' text, holds a secret: Dagster stores and shows all of it.

    Raises:
        RedactedError: In place of such an error, with the same traceback; of a ``Failure``, one without the secret.
    """
    try:
        yield
    except Exception as error:
        if not shows_secret(error):
            raise
        safe = _redacted(error).with_traceback(error.__traceback__)
        raise safe from safe.__cause__


def no_secrets(function: _F) -> _F:
    """A decorator for what Dagster calls, functions and generators alike: ``without_secrets`` around all of it."""
    return _inside(function, lambda *_args, **_kwargs: without_secrets())


def _inside(function: _F, around: Callable[..., AbstractContextManager[None]]) -> _F:
    """A function, or a generator to its last value, inside what is made of its arguments.

    Dagster tells assets that are generators from those that are not by looking, so each stays what it is.
    """
    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def generator(*args: object, **kwargs: object) -> Any:
            with around(*args, **kwargs):
                yield from function(*args, **kwargs)

        return generator  # type: ignore[return-value] # the same signature

    @functools.wraps(function)
    def plain(*args: object, **kwargs: object) -> Any:
        with around(*args, **kwargs):
            return function(*args, **kwargs)

    return plain  # type: ignore[return-value] # the same signature


def _redacted(error: Exception) -> Exception:
    if isinstance(error, dg.Failure):
        return dg.Failure(
            redact(error.description or ""), metadata=dict(error.metadata), allow_retries=error.allow_retries
        )
    if isinstance(error, dg.RetryRequested):
        again = dg.RetryRequested(error.max_retries, error.seconds_to_wait)
        again.__cause__ = redacted(error.__cause__) if error.__cause__ else None
        return again
    return redacted(error)
