r"""A stream of chunks, cut at ends of lines.

What belongs here: windows of whole lines, which lie where they were read; a buffer for those that began in one chunk
and end in another; lines that are too long for it, of which only the start is kept. What does not: what lines say.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data_platform.domains.logs.weblog.sizes import Sizes
from data_platform.domains.logs.weblog.stamp import HEAD

_KEPT: Final = HEAD + 2
"""Bytes of a line too long: all that says its date and that it is not blank, as a `\\r` at its end would not count."""


@dataclass(frozen=True, slots=True)
class Window:
    r"""Whole lines of a file, and no other's before the next window is asked for.

    Attributes:
        data: The bytes; of a line too long its first 64 KiB and two bytes, without `\n`.
        offset: Where they stand in the file.
        size: How many bytes of the file they stand for: more than `data` has for a line too long.
    """

    data: NDArray[np.uint8]
    offset: int
    size: int


class Windows:
    r"""Iterates over the windows of a stream.

    Attributes:
        end: After the last window: one past the last byte that was in one.
        pending: After the last window: how many bytes of an unfinished last line follow.
        unfinished: After the last window: whether the last line in it lacked its `\n`.
    """

    def __init__(self, chunks: Iterable[bytes], offset: int, sizes: Sizes, *, complete: bool) -> None:
        self.end, self.pending, self.unfinished = offset, 0, False
        self._chunks, self._longest, self._complete = chunks, sizes.longest, complete
        self._buffer = bytearray(sizes.window)
        self._array = np.frombuffer(self._buffer, np.uint8)
        self._filled = 0
        self._head = bytearray()
        self._long = 0  # bytes of a line too long that were seen; none is being read while this is 0

    def __iter__(self) -> Iterator[Window]:
        for chunk in self._chunks:
            at = 0
            while at < len(chunk):
                if self._long:
                    end = chunk.find(b"\n", at) + 1
                    self._skip(chunk, at, end or len(chunk))
                    at = end or len(chunk)
                    if end:
                        yield self._long_line()
                    continue
                last = chunk.rfind(b"\n", at, at + len(self._buffer)) + 1
                if not self._filled and last:
                    yield self._window(np.frombuffer(chunk, np.uint8, last - at, at))
                    at = last
                    continue
                end = chunk.find(b"\n", at) + 1 or len(chunk)
                taken = min(end - at, len(self._buffer) - self._filled)
                self._buffer[self._filled : self._filled + taken] = memoryview(chunk)[at : at + taken]
                self._filled, at = self._filled + taken, at + taken
                if self._filled == len(self._buffer) or (last and at == end):
                    yield from self._whole_lines()
        yield from self._last()

    def _whole_lines(self) -> Iterator[Window]:
        cut = self._buffer.rfind(b"\n", 0, self._filled) + 1
        if cut:
            yield self._window(self._array[:cut])
            self._buffer[: self._filled - cut] = self._buffer[cut : self._filled]
            self._filled -= cut
        if self._filled > self._longest:
            filled, self._filled = self._filled, 0
            self._skip(self._buffer, 0, filled)

    def _last(self) -> Iterator[Window]:
        if self._filled:
            yield from self._whole_lines()
        self.pending = self._long or self._filled
        if self._complete and self.pending:
            yield self._long_line() if self._long else self._window(self._array[: self._filled])
            self.pending, self.unfinished = 0, True

    def _window(self, data: NDArray[np.uint8]) -> Window:
        self.end += len(data)
        return Window(data, self.end - len(data), len(data))

    def _skip(self, data: bytes | bytearray, start: int, end: int) -> None:
        missing = _KEPT - len(self._head)
        self._head += memoryview(data)[start : min(end, start + missing)]
        self._long += end - start

    def _long_line(self) -> Window:
        window = Window(np.frombuffer(bytes(self._head.removesuffix(b"\n")), np.uint8), self.end, self._long)
        self.end += self._long
        self._long = 0
        self._head = bytearray()
        return window
