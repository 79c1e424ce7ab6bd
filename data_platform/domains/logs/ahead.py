"""Reading ahead: ranges that lie near each other in a file come with one request.

What belongs here: windows of files held for a while. What does not: which ranges are asked for (``pieces``).

A run over many dates of a sorted file asks for one range after the other. SeaweedFS looks through all the chunks of a
file for each request (30 ms of CPU, in a file of 2 GB), other stores charge for it.
"""

import threading
from collections import deque
from typing import Final

from data_platform.domains.logs.scanning import read_part
from data_platform.storage.object_store import ObjectInfo, ObjectStore

WINDOW: Final = 24 << 20
"""Bytes that are read at once, where so much of the file follows."""

HELD: Final = 3
"""Windows that are held."""


class Ahead:
    """Parts of files, read in windows. Safe to share between threads."""

    def __init__(self, store: ObjectStore, *, wanted: bool) -> None:
        """Nothing is read yet.

        Args:
            store: The store.
            wanted: Whether to read more than is asked for: only where what follows will be asked for too.
        """
        self._store, self._wanted = store, wanted
        self._held: deque[tuple[ObjectInfo, int, memoryview]] = deque(maxlen=HELD)
        self._lock = threading.Lock()

    def part(self, found: ObjectInfo, start: int, end: int) -> memoryview:
        """A part of a file, as ``scanning.read_part`` gives it.

        Raises:
            ChangedMeanwhile: The file is another one now, or gone.
            StorageError: The store failed.
        """
        if not self._wanted or end - start >= WINDOW:
            return read_part(self._store, found, start, end)
        with self._lock:  # whoever asks for the next range waits for the window that has it
            for file, first, data in self._held:
                if file == found and first <= start and end <= first + len(data):
                    return data[start - first : end - first]
            data = read_part(self._store, found, start, min(start + WINDOW, max(end, found.size)))
            self._held.append((found, start, data))
            return data[: end - start]
