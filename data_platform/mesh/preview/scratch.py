"""A folder for what a preview makes, on this machine's disk, gone when the preview ends, however it ends.

What belongs here: making it, deleting it, and deleting those that killed previews left. What does not: what is in it.

It is no prefix of the store: readers list, and follow, what is there; and a key that may only read is enough this way.
A folder is locked by the process that works in it (flock(2)), which the system gives up with the process, so that one
without a lock is left over, whatever ended its owner.
"""

import fcntl
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from data_platform.mesh.errors import MeshError

_PREFIX: Final = "data_platform-preview-"
_ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_AGAIN_SECONDS: Final = 1.0


@contextmanager
def scratch() -> Iterator[Path]:
    """Have a folder that nobody else may look into, for as long as the block lasts; what others left is deleted.

    A signal that asks the process to end raises ``SystemExit`` in the block, Ctrl-C ``KeyboardInterrupt``, so that the
    folder goes as well.

    Raises:
        MeshError: The folder for temporary files cannot be written to.
    """
    sweep()
    try:
        folder, lock = _locked()
    except OSError as error:
        where = tempfile.gettempdir()
        raise MeshError(f"{where} takes no folder for the preview: {error.strerror or error}; set TMPDIR") from error
    try:
        with _signals_raised():
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def sweep() -> None:
    """Delete the folders that killed previews of this user left."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if folder.is_symlink() or folder.stat().st_uid != os.getuid():
                continue
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)


def _locked() -> tuple[Path, int]:
    """A new folder and its lock; another one where a sweep was faster than we."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        with suppress(FileNotFoundError, BlockingIOError):
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                folder.stat()
            except OSError:
                os.close(lock)
                raise
            return folder, lock


@contextmanager
def _signals_raised() -> Iterator[None]:
    """A signal that asks the process to end raises; what was ignored stays so, and other threads hear none.

    It raises again every second until the block is left: what is raised in the middle of a query DuckDB turns into a
    ``RuntimeError`` ("Query interrupted"), which would be taken for something that may fail.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    asked: list[int] = []

    def end(number: int, _frame: object) -> None:
        if number != signal.SIGALRM:
            asked.append(number)
            signal.setitimer(signal.ITIMER_REAL, _AGAIN_SECONDS, _AGAIN_SECONDS)
        raise KeyboardInterrupt if asked[-1] == signal.SIGINT else SystemExit(128 + asked[-1])

    before: dict[int, Any] = {
        number: signal.signal(number, end)
        for number in (*_ENDING, signal.SIGALRM)
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
