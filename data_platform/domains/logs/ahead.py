"""Reading ahead: a file's ranges come out of windows of it, the next of which is fetched while the last is looked at.

What belongs here: windows of files held for a while. What does not: which ranges are asked for (``chunks``).

A run over many dates of a sorted file asks for one range after the other; a request for each would cost the store as
much as one for all of its window, and nobody would parse while it is answered.
"""

from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Final, Self

from data_platform.domains.logs.scanning import read_part
from data_platform.storage.objects.store import ObjectInfo, ObjectStore

WINDOW: Final = 16 << 20
"""Bytes that are read at once; windows start at multiples of it."""

HELD: Final = 5
"""Windows that are held: two that each of two readers is at, and the next."""

_Key = tuple[str, str | None, int]


class Ahead:
    """Parts of files, read in windows. Safe to share between threads; to be closed, as by ``with``."""

    def __init__(self, store: ObjectStore, *, wanted: bool) -> None:
        """Nothing is read yet.

        Args:
            store: The store.
            wanted: Whether to read more than is asked for: only where what follows will be asked for too.
        """
        self._store, self._wanted = store, wanted
        self._held: OrderedDict[_Key, Future[memoryview]] = OrderedDict()
        self._lock = Lock()
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="read-ahead")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for what is being fetched, and forget everything."""
        self._pool.shutdown(cancel_futures=True)
        self._held.clear()

    def part(self, info: ObjectInfo, start: int, end: int) -> memoryview:
        """A part of a file, as ``scanning.read_part`` gives it.

        Raises:
            ChangedMeanwhile: The file is another one now, or gone.
            StorageError: The store failed.
        """
        if not self._wanted or end - start >= WINDOW or end <= start:
            return read_part(self._store, info, start, end)
        first, last = start // WINDOW, (end - 1) // WINDOW
        if first == last:
            return self._window(info, first)[start - first * WINDOW : end - first * WINDOW]
        before, after = self._window(info, first), self._window(info, last)
        return memoryview(bytes(before[start - first * WINDOW :]) + bytes(after[: end - last * WINDOW]))

    def _window(self, info: ObjectInfo, number: int) -> memoryview:
        key = (info.path, info.etag, number)
        with self._lock:
            future = self._fetched(info, number)
            in_turn = (info.path, info.etag, number - 1) in self._held
            if in_turn and (number + 1) * WINDOW < info.size:
                self._fetched(info, number + 1)
            while len(self._held) > HELD:
                self._held.popitem(last=False)
        try:
            return future.result()
        except BaseException:
            with self._lock:
                self._held.pop(key, None)  # whoever asks again asks the store
            raise

    def _fetched(self, info: ObjectInfo, number: int) -> Future[memoryview]:
        key = (info.path, info.etag, number)
        if key not in self._held:
            start = number * WINDOW
            end = min(start + WINDOW, info.size)
            self._held[key] = self._pool.submit(read_part, self._store, info, start, end)
        return self._held[key]
