"""One log file scanned, or what was added to it.

What belongs here: what a changed file needs (from its start, or from where it ended), reading it from the store as it
is at one moment, and keeping what was found. What does not: the scan itself (``weblog``), which files there are
(``landing``).
"""

import hashlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import obstore

from data_platform.domains.logs.catalogue import UNDATED_KEY, LogFile, Step
from data_platform.domains.logs.stored_steps import Index, OutOfOrderBlocks, write_index
from data_platform.domains.logs.weblog.compressed import CorruptFile, codec_of, decompressed
from data_platform.domains.logs.weblog.scan import Place, Scanned, scan
from data_platform.domains.logs.weblog.sizes import DEFAULT, Sizes
from data_platform.storage.error_texts import translated
from data_platform.storage.errors import Conflict, MissingObject
from data_platform.storage.objects.store import ObjectInfo, ObjectStore

if TYPE_CHECKING:
    from obstore import GetOptions

MOST_STEPS: Final = 24
"""A file that grew so often has its last steps scanned again as one, so that its dates are read in few pieces."""

_CHUNK: Final = 16 << 20
_AT_ONCE: Final = 2
_MARK: Final = 64 << 10
_SMALL: Final = 8
"""The smallest range of a small file is this fraction of it, so that it is not copied as a whole."""


class ChangedMeanwhile(Exception):  # noqa: N818 - said of a file, and no fault
    """A file was replaced or deleted while it was read; the next look finds it as it is then."""


def scan_file(store: ObjectStore, info: ObjectInfo, known: LogFile | None, zone: ZoneInfo) -> LogFile:
    """Scan a file that is new, or is not what it was.

    Args:
        store: The store.
        info: The file as it was listed.
        known: The file as it was scanned before, if it was.
        zone: In which lines have their dates.

    Returns:
        The file's record. One that cannot be read to its end has a problem, and nothing of it counts.

    Raises:
        ChangedMeanwhile: It was replaced or deleted while it was read; nothing counts yet.
        StorageError: The store failed.
    """
    grown = _still_good(store, info, known)
    kept = grown or ()
    try:
        steps = (*kept, *_new_steps(store, info, kept[-1].end if kept else Place(), zone))
    except CorruptFile as error:
        return LogFile(info.path, info.etag or "", info.size, problem=str(error))
    end = steps[-1].end.offset if steps else 0
    marks = ("", "") if codec_of(info.path) else marks_of(store, info, end)
    generation = known.generation if known and grown is not None else _name(info, Place())
    return LogFile(info.path, info.etag or "", info.size, generation, steps, marks)


def read_from(store: ObjectStore, info: ObjectInfo, start: int, end: int | None = None) -> Iterator[bytes]:
    """The bytes of a file, as long as it is the one that was listed; the next are fetched while some are looked at.

    Each chunk is a request of its own: SeaweedFS spends a third of the time on those that it does on one long answer.

    Raises:
        ChangedMeanwhile: It is another one now, or gone.
        StorageError: The store failed.
    """
    stop = info.size if end is None else end
    if start >= stop:
        return
    waiting: deque[Future[memoryview]] = deque()
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="read-ahead") as pool:
        for first in range(start, stop, _CHUNK):
            waiting.append(pool.submit(read_part, store, info, first, min(first + _CHUNK, stop)))
            if len(waiting) > _AT_ONCE:
                yield bytes(waiting.popleft().result())
        while waiting:
            yield bytes(waiting.popleft().result())


def read_part(store: ObjectStore, info: ObjectInfo, start: int, end: int) -> memoryview:
    """A part of a file in one piece, as long as the file is the one that was listed.

    Raises:
        ChangedMeanwhile: It is another one now, or gone.
        StorageError: The store failed.
    """
    options: GetOptions = {"range": (start, end)}
    if info.etag:
        options["if_match"] = info.etag
    uri = store.uri(info.path)
    try:
        with translated(uri):
            return memoryview(obstore.get(store.native, info.path, options=options).bytes())
    except (MissingObject, Conflict) as error:
        raise ChangedMeanwhile(f"{uri} was replaced or deleted while it was read") from error


def marks_of(store: ObjectStore, info: ObjectInfo, end: int) -> tuple[str, str]:
    """Hashes of the first bytes of a file and of those before an offset, by which growth is told from replacement."""
    head = b"".join(read_from(store, info, 0, min(_MARK, end)))
    tail = b"".join(read_from(store, info, max(0, end - _MARK), end))
    return _hash(head), _hash(tail)


def has_only_grown(store: ObjectStore, info: ObjectInfo, known: LogFile) -> bool:
    """Whether a file starts with what was scanned of it."""
    end = known.end.offset
    return bool(end) and info.size >= end and marks_of(store, info, end) == known.marks


def _still_good(store: ObjectStore, info: ObjectInfo, known: LogFile | None) -> tuple[Step, ...] | None:
    """The steps that still hold, which the next one continues; None where the file is another one."""
    if known is None or not known.steps or codec_of(info.path) or info.size <= known.size:
        return None
    if not has_only_grown(store, info, known):
        return None
    steps = list(known.steps)
    if steps[-1].end.unfinished:
        steps.pop()  # its last line went on
    added = info.size - (steps[-1].end.offset if steps else 0)
    if len(steps) > MOST_STEPS:
        while steps and steps[-1].end.offset - steps[-1].start.offset <= 2 * added:
            added += steps[-1].end.offset - steps[-1].start.offset
            steps.pop()
    return tuple(steps)


def _new_steps(store: ObjectStore, info: ObjectInfo, start: Place, zone: ZoneInfo) -> Iterator[Step]:
    r"""Scan from a place to the end. A last line without its `\n` is a step of its own: it alone may go on."""
    codec = codec_of(info.path)
    complete, more = codec is not None, True
    while more:
        name = _name(info, start)
        blocks = OutOfOrderBlocks(store, name)
        chunks = read_from(store, info, start.offset)
        scanned = scan(
            decompressed(chunks, codec) if codec else chunks,
            blocks.keep,
            start=start,
            complete=complete,
            zone=zone,
            ranged=codec is None,
            sizes=_sizes(info.size - start.offset),
        )
        write_index(store, name, Index(scanned.ranges, blocks.table))
        if scanned.counts.num_rows:
            yield _step(name, start, scanned)
        start, complete, more = scanned.end, True, scanned.pending > 0


def _step(name: str, start: Place, scanned: Scanned) -> Step:
    rows = scanned.counts.to_pylist()
    keys = [UNDATED_KEY if row["date"] is None else row["date"].isoformat() for row in rows]
    numbers = [(row["lines"], row["blank"], row["bytes"]) for row in rows]
    return Step(name, start, scanned.end, dict(zip(keys, numbers, strict=True)))


def _name(info: ObjectInfo, start: Place) -> str:
    return _hash(f"{info.path}\0{info.etag}\0{info.size}\0{start}".encode())


def _sizes(size: int) -> Sizes:
    smallest = max(1, min(DEFAULT.smallest_range, size // _SMALL))
    return Sizes(smallest_range=smallest)


def _hash(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=12).hexdigest()
