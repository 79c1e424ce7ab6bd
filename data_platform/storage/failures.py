"""Which failures Dagster must not retry.

What belongs here: turning an error that will come again into a failure without a retry. What does not: which errors
those are (each says so itself, as `permanent`, or the caller names them).
"""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from data_platform.storage.errors import StorageError


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
