"""Unpacking an answer while it comes, a little at a time, so that a small answer cannot become a large memory.

What belongs here: the content codings of HTTP that we ask for (RFC 9110, 8.4.1: gzip and deflate). What does not: where
the bytes come from (``fetching``).
"""

import zlib
from collections.abc import Iterator
from typing import Final

ACCEPTED: Final = "gzip, deflate"
"""What to send as ``Accept-Encoding``."""

_AT_ONCE: Final = 64 * 1024
_GZIP_OR_ZLIB: Final = zlib.MAX_WBITS | 32


class UnpackingError(ValueError):
    """What came is not packed as its ``Content-Encoding`` says, or is cut short."""


class Unpacker:
    """Unpacks one answer."""

    def __init__(self, coding: str) -> None:
        """Prepare.

        Args:
            coding: The answer's ``Content-Encoding``.

        Raises:
            UnpackingError: It is none that we asked for.
        """
        self._coding = coding.strip().lower()
        if self._coding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
            raise UnpackingError(f"it is packed as {self._coding[:20]!r}, which was not asked for")
        self._plain = self._coding in {"", "identity"}
        self._zlib = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The next bytes of the answer, unpacked, in pieces of at most 64 KiB.

        Raises:
            UnpackingError: They are not packed as was said.
        """
        if self._plain:
            if data:
                yield data
            return
        while data:
            if self._zlib.eof:  # gzip may hold several members, one after the other
                self._zlib = zlib.decompressobj(_GZIP_OR_ZLIB)
            piece = self._piece(data)
            data = self._zlib.unused_data if self._zlib.eof else self._zlib.unconsumed_tail
            if piece:
                yield piece

    def end(self) -> None:
        """There is no more.

        Raises:
            UnpackingError: There should be.
        """
        if not self._plain and self._begun and not self._zlib.eof:
            raise UnpackingError(f"its {self._coding} is cut short")

    def _piece(self, data: bytes) -> bytes:
        try:
            piece = self._zlib.decompress(data, _AT_ONCE)
        except zlib.error as error:
            if self._begun or self._coding != "deflate":
                raise UnpackingError(f"its {self._coding} is corrupt: {error}") from None
            self._zlib = zlib.decompressobj(-zlib.MAX_WBITS)  # servers that send deflate without zlib's header
            try:
                piece = self._zlib.decompress(data, _AT_ONCE)
            except zlib.error as raw:
                raise UnpackingError(f"its deflate is corrupt: {raw}") from None
        self._begun = True
        return piece
