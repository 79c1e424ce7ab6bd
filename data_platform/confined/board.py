"""What a watched process is working on: until when it may take, and with how much memory.

What belongs here: noting that down for the supervisor, and the limit of memory that goes with it. What does not: what
follows (``supervisor``).

In a process that nobody watches all of this does nothing. Notes go through a pipe, one JSON object a line, each written
at once: ``{"what": …, "seconds": …, "until": …, "setting": …, "memory": …}``, ``until`` by the monotonic clock, which
all processes of a machine share; without ``what`` nothing has an end now.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final

from data_platform.confined.memory import limit, memory_taken

HEADROOM: Final = 10**9
"""Bytes that a process may take on top of what DuckDB was given: the rows that come out, Arrow's and Python's own."""

PARSE_SECONDS: Final = 60.0
"""The longest that reading one query may take; the largest that people write take a second."""

_LONGEST: Final = 400
"""Characters of a description: a note has to fit into what a pipe takes at once (4,096 bytes, pipe(7))."""


@dataclass
class _Board:
    """The notes of this process."""

    pipe: int | None = None
    start: int = 0
    memory: int = 0
    labels: list[str] = field(default_factory=list)
    work: dict[int, dict[str, Any]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)
    count: int = 0

    def write(self) -> None:
        """Write what ends first."""
        if self.pipe is None:
            return
        first = min(self.work.values(), key=lambda note: note["until"], default={})
        os.write(self.pipe, json.dumps({**first, "memory": self.memory}).encode() + b"\n")


_board: Final = _Board()


def watch(pipe: int, memory: int) -> None:
    """From now on, note down what is worked on.

    Args:
        pipe: The file to write to, which the supervisor reads; kept from processes that are started.
        memory: How many bytes may be taken where nobody says otherwise.
    """
    os.set_inheritable(pipe, False)
    _board.pipe, _board.start, _board.memory = pipe, memory_taken(), memory
    limit(_board.start + memory)
    _board.write()


@contextmanager
def about(label: str) -> Iterator[None]:
    """What is worked on inside is for this: a product, a rule."""
    _board.labels.append(label)
    try:
        yield
    finally:
        _board.labels.remove(label)


@contextmanager
def working(what: str, seconds: float, setting: str = "") -> Iterator[None]:
    """Work on something that may take so long; the supervisor ends a process that takes longer.

    Args:
        what: What it is.
        seconds: How long it may take.
        setting: The environment variable that changes this, if one does.
    """
    if _board.pipe is None:
        yield
        return
    with _board.lock:
        _board.count += 1
        number = _board.count
        description = ": ".join([*_board.labels, what])[:_LONGEST]
        until = time.monotonic() + seconds
        _board.work[number] = {"what": description, "seconds": seconds, "until": until, "setting": setting}
        _board.write()
    try:
        yield
    finally:
        with _board.lock:
            del _board.work[number]
            _board.write()


@contextmanager
def allowed(size: int) -> Iterator[None]:
    """Inside, DuckDB may take so many bytes, so that the process may take at least ``HEADROOM`` more."""
    if _board.pipe is None or size + HEADROOM <= _board.memory:
        yield
        return
    before = _board.memory
    _board.memory = size + HEADROOM
    limit(_board.start + _board.memory)
    _board.write()
    try:
        yield
    finally:
        _board.memory = before
        limit(_board.start + before)
        _board.write()
