"""Compressed log files as the streams of bytes that they hold.

What belongs here: .gz, .bz2 and .zst files, also of several members or frames, to bytes. What does not: lines.
"""

import bz2
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Final, Literal

import pyarrow as pa

Codec = Literal["gzip", "bz2", "zstd"]

_SUFFIXES: Final[dict[str, Codec]] = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd"}
_READ: Final = 1 << 20
_INPUT: Final = 1 << 16
_FAULTS: Final = (OSError, EOFError, ValueError, zlib.error, pa.ArrowException)


class CorruptFile(ValueError):  # noqa: N818  # as in `except CorruptFile`
    """A compressed file that cannot be read to its end. What was read of it before is not to be used.

    Attributes:
        codec: Its compression.
        read: At most so many bytes of it were whole: the fault is before this offset, within the last 64 KiB or so.
        produced: How many bytes they became.
    """

    def __init__(self, codec: Codec, read: int, produced: int, reason: str) -> None:
        super().__init__(
            f"This {codec} file cannot be decompressed: {reason} (in the bytes before {read:,}, after {produced:,} "
            "bytes of its content). Nothing of it is used; deliver it again."
        )
        self.codec, self.read, self.produced = codec, read, produced


def codec_of(name: str) -> Codec | None:
    """The compression that a file's name says, None for none."""
    return next((codec for suffix, codec in _SUFFIXES.items() if name.lower().endswith(suffix)), None)


def decompressed(chunks: Iterable[bytes], codec: Codec, size: int = _READ) -> Iterator[bytes]:
    """What a compressed file holds.

    Args:
        chunks: The whole file, in pieces of any sizes. What they raise goes through.
        codec: Its compression.
        size: How many bytes of the content are given at a time, at most.

    Raises:
        CorruptFile: The file is cut off (also between nothing and its first byte), damaged, or has something else
            behind its end.
    """
    source = _Source(chunks)
    produced = 0
    try:
        for content in _zstd(source, size) if codec == "zstd" else _members(source, _DECOMPRESSORS[codec], size):
            produced += len(content)
            yield content
    except _FAULTS as error:
        if source.error is not None:
            raise source.error from None
        raise CorruptFile(codec, source.read_so_far, produced, str(error)) from error
    if not source.read_so_far:
        raise CorruptFile(codec, 0, 0, "it is empty")


class _Gzip:
    """One member, with the methods of `bz2.BZ2Decompressor`."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(wbits=31)
        self.eof, self.unused_data, self.needs_input = False, b"", True

    def decompress(self, data: bytes, max_length: int) -> bytes:
        content = self._member.decompress(self._member.unconsumed_tail + data, max_length)
        self.eof, self.unused_data = self._member.eof, self._member.unused_data
        # With no room left there may be content that needs no further input.
        self.needs_input = not self._member.unconsumed_tail and len(content) < max_length
        return content


_DECOMPRESSORS: Final[dict[Codec, Callable[[], _Gzip | bz2.BZ2Decompressor]]] = {
    "gzip": _Gzip,
    "bz2": bz2.BZ2Decompressor,
}


def _members(source: "_Source", new: Callable[[], _Gzip | bz2.BZ2Decompressor], size: int) -> Iterator[bytes]:
    """The members of a file, one after the other. Arrow's reader fails at a bz2 member without content."""
    rest = source.read(_INPUT)
    while rest:
        member = new()
        while not member.eof:
            if member.needs_input:
                rest = rest or source.read(_INPUT)
                if not rest:
                    raise EOFError("Truncated compressed stream")
            content = member.decompress(rest, size)
            rest = b""
            if content:
                yield content
        rest = member.unused_data or source.read(_INPUT)


def _zstd(source: "_Source", size: int) -> Iterator[bytes]:
    with pa.CompressedInputStream(pa.PythonFile(source, mode="r"), "zstd") as stream:
        while content := stream.read(size):
            yield content


class _Source:
    """The chunks as a file that Arrow can read."""

    closed = False

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self.read_so_far = 0
        self.error: BaseException | None = None
        self._chunks = iter(chunks)
        self._rest = memoryview(b"")

    def read(self, size: int) -> bytes:
        while not self._rest:
            try:
                self._rest = memoryview(next(self._chunks))
            except StopIteration:
                return b""
            except BaseException as error:
                self.error = error
                raise
        part, self._rest = bytes(self._rest[:size]), self._rest[size:]
        self.read_so_far += len(part)
        return part

    def close(self) -> None:
        pass
