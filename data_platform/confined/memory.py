"""How much memory a process may take: a limit that the system keeps, and that is told as an error and not as a death.

What belongs here: setting the limit, and the words for it. What does not: ending a process from outside
(``supervisor``).

**RLIMIT_DATA, not RLIMIT_AS.** Both make an allocation fail, which DuckDB, Arrow and Python tell as an error. The
address space holds much that is never used (a Python with DuckDB, Arrow and deltalake reserves gigabytes), so that a
limit on it is either too wide or met by nothing at all; the data segment counts private memory that can be written
(getrlimit(2), since Linux 4.7). Parts in Rust end the process when an allocation fails: then the supervisor, or
Dagster, tells of it.
"""

import re
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_STATUS: Final = Path("/proc/self/status")
_SIZE: Final = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([KMGT]?)(i?)B?\s*", re.IGNORECASE)
_POWER: Final = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}


def size_of(text: str) -> int:
    """The bytes that a size means, written as DuckDB writes them: ``2GB`` (10⁹), ``512MiB`` (2²⁰).

    Raises:
        ValueError: It is no size.
    """
    match = _SIZE.fullmatch(text)
    if match is None or not float(match[1]):
        raise ValueError(f"{text!r} is no size: write one such as 512MB or 4GB")
    return int(float(match[1]) * (1024 if match[3] else 1000) ** _POWER[match[2].upper()])


def size_text(size: int) -> str:
    """A size for people: ``3.0 GB``, ``250 MB``."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"  # noqa: PLR2004


def memory_taken() -> int:
    """The bytes that count against the limit now; 0 where the system does not say."""
    try:
        match = re.search(r"^VmData:\s+([0-9]+) kB", _STATUS.read_text(encoding="ascii"), re.MULTILINE)
    except OSError:
        return 0
    return int(match[1]) * 1024 if match else 0


def limit(size: int | None) -> None:
    """Let this process take at most so much from now on; ``None``: as much as there is.

    Where the system knows no such limit, or was told a lower one, nothing happens.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = resource.RLIM_INFINITY if size is None else size
    if hard != resource.RLIM_INFINITY and (wanted == resource.RLIM_INFINITY or wanted > hard):
        wanted = hard
    try:
        resource.setrlimit(resource.RLIMIT_DATA, (wanted, hard))
    except (OSError, ValueError):
        return


@contextmanager
def limited(size: int | None) -> Iterator[None]:
    """Let this process take at most so much inside; ``None``: no limit.

    The limit is the process's, so other threads meet it too. What has been taken already counts.

    Raises:
        MemoryError: By whoever takes more; DuckDB says ``OutOfMemoryException``.
    """
    if size is None:
        yield
        return
    before, _ = resource.getrlimit(resource.RLIMIT_DATA)
    limit(size)
    try:
        yield
    finally:
        limit(None if before == resource.RLIM_INFINITY else before)
