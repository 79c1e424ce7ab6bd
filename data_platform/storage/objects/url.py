"""Store URLs and the paths below them: what is accepted, and how arbitrary text becomes a safe path segment.

What belongs here: parsing, checking and joining of locations, on text alone. What does not: opening anything
(``store``); the one thing made here is the folder of a ``memory://`` store.
"""

import atexit
import os
import re
import shutil
import tempfile
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal
from urllib.parse import quote, unquote, urlsplit

from data_platform.storage.errors import InvalidLocation

ACCEPTED: Final = "accepted are s3://bucket/prefix, file:///absolute/folder and memory://name"
_MAX_KEY_BYTES: Final = 1024  # S3's own limit
_BUCKET = re.compile(r"[a-z0-9](?:[a-z0-9.-]{1,61})[a-z0-9]")
_IP_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
_MEMORY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")


@dataclass(frozen=True)
class StoreUrl:
    """Where a store is.

    Attributes:
        scheme: ``s3``, ``file`` or ``memory``.
        bucket: The bucket (``s3``) or the name (``memory``); empty for ``file``.
        prefix: ``s3``: the path below the bucket, without slashes at its ends, may be empty. ``file``: the absolute
            folder. ``memory``: empty.
    """

    scheme: Literal["s3", "file", "memory"]
    bucket: str
    prefix: str

    @classmethod
    def parse(cls, text: str) -> "StoreUrl":
        """Read a store URL.

        Args:
            text: ``s3://bucket/prefix``, ``file:///absolute/folder`` (percent-encoded as any URL) or ``memory://name``.
                A slash at the end is ignored.

        Returns:
            The store URL.

        Raises:
            InvalidLocation: Anything else; the message names the value (credentials in it are not repeated) and what
                is accepted.
        """
        shown = re.sub(r"//[^/]*@", "//***@", text)
        parts = urlsplit(text)
        if parts.query or parts.fragment or "@" in parts.netloc or "?" in text or "#" in text:
            msg = f"store URL {shown.split('?')[0]!r}: no user, password, query or fragment may be in it; {ACCEPTED}"
            raise InvalidLocation(msg)
        match parts.scheme:
            case "s3":
                return cls("s3", *_parse_s3(text, parts.netloc, parts.path))
            case "file":
                return cls("file", "", _parse_file(text, parts.netloc, parts.path))
            case "memory" if _MEMORY_NAME.fullmatch(parts.netloc) and parts.path in ("", "/"):
                return cls("memory", parts.netloc, "")
        raise InvalidLocation(f"store URL {shown!r}: {ACCEPTED}")

    def __str__(self) -> str:
        if self.scheme == "file":
            return "file://" + quote(self.prefix)
        return f"{self.scheme}://{self.bucket}" + (f"/{self.prefix}" if self.prefix else "")

    @property
    def folder(self) -> Path:
        """The folder of a ``file`` or ``memory`` store.

        A ``memory`` store is a folder in RAM (``/dev/shm`` where there is one, else the folder for temporary files),
        private to this process and removed when it ends, so that obstore and deltalake see the same bytes. The same
        name is the same store throughout the process; a child process has its own.

        Raises:
            InvalidLocation: For an ``s3`` store, which has none.
        """
        if self.scheme == "s3":
            raise InvalidLocation(f"{self} is no folder")
        return _memory_root() / self.bucket if self.scheme == "memory" else Path(self.prefix)

    def join(self, *parts: str) -> str:
        """The full URI of an object: for people, metadata and messages.

        Args:
            parts: Paths below the store, checked by ``check_path``.

        Returns:
            ``s3://bucket/prefix/key``, with the key as it is; ``file://`` percent-encoded; ``memory://name/path``.
        """
        path = check_path("/".join(parts))
        return f"{self}/{quote(path) if self.scheme == 'file' else path}"

    def path_of(self, uri: str) -> str | None:
        """The path below the store that ``join`` made a URI of; ``None`` for a URI of elsewhere."""
        if not uri.startswith(f"{self}/"):
            return None
        path = uri.removeprefix(f"{self}/")
        return unquote(path) if self.scheme == "file" else path


def check_path(path: str) -> str:
    """Let a relative path pass that is safe in every kind of store.

    Args:
        path: Segments with ``/`` between them.

    Returns:
        The same path.

    Raises:
        InvalidLocation: A segment is empty (so also: a slash at an end), ``.`` or ``..``, or holds a backslash, a
            control character or a lone surrogate; or the path is longer than 1024 bytes, S3's limit.
    """
    for segment in path.split("/"):
        if segment in ("", ".", ".."):
            raise InvalidLocation(f"path {path!r}: a segment may not be empty, '.' or '..'")
        if any(unicodedata.category(char) in ("Cc", "Cs") or char == "\\" for char in segment):
            msg = f"path {path!r}: no backslash, control character or surrogate may be in it; use encode_segment()"
            raise InvalidLocation(msg)
    if len(path.encode()) > _MAX_KEY_BYTES:
        raise InvalidLocation(f"path {path[:80]!r}... is longer than {_MAX_KEY_BYTES} bytes, the limit of S3")
    return path


def encode_segment(text: str) -> str:
    """Turn any text (a partition key, say) into one safe path segment, reversibly.

    Letters, digits and ``_.-~=+,@`` of ASCII stay, everything else is percent-encoded UTF-8 (RFC 3986), so
    ``2024-01-31`` stays itself and ``a/b`` becomes ``a%2Fb``. ``.`` and ``..`` become ``%2E`` and ``%2E%2E``.

    Raises:
        InvalidLocation: For empty text and for lone surrogates, which have no UTF-8.
    """
    if not text:
        raise InvalidLocation("an empty text cannot be a path segment")
    try:
        encoded = quote(text, safe="_.-~=+,@")
    except UnicodeEncodeError as error:
        raise InvalidLocation(f"{text!r} cannot be a path segment: it holds a lone surrogate") from error
    return encoded.replace(".", "%2E") if encoded in (".", "..") else encoded


def decode_segment(segment: str) -> str:
    """The text that ``encode_segment`` was given."""
    return unquote(segment, errors="strict")


def _parse_s3(text: str, bucket: str, path: str) -> tuple[str, str]:
    """Bucket and prefix; naming rules: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html."""
    if not _BUCKET.fullmatch(bucket) or ".." in bucket or _IP_ADDRESS.fullmatch(bucket):
        msg = (
            f"store URL {text!r}: {bucket!r} is no bucket name; it has 3 to 63 lower-case letters, digits, dots and "
            f"hyphens, starts and ends with a letter or digit, and is no IP address; {ACCEPTED}"
        )
        raise InvalidLocation(msg)
    prefix = path.strip("/") if path.strip("/") == path.removeprefix("/").removesuffix("/") else path
    if prefix:
        _check_prefix(text, prefix)
    return bucket, prefix


def _parse_file(text: str, host: str, path: str) -> str:
    """The absolute folder."""
    if host or not path.startswith("/"):
        msg = f"store URL {text!r}: a file URL needs three slashes and an absolute folder, file:///folder; {ACCEPTED}"
        raise InvalidLocation(msg)
    folder = unquote(path).removesuffix("/")
    _check_prefix(text, folder.removeprefix("/"))
    if "%" in folder:
        # deltalake 1.6 decodes a file URL twice, so its table would land elsewhere.
        raise InvalidLocation(f"store URL {text!r}: the folder's name may not hold a percent sign")
    return folder


def _check_prefix(text: str, prefix: str) -> None:
    try:
        check_path(prefix)
    except InvalidLocation as error:
        raise InvalidLocation(f"store URL {text!r}: {error}; {ACCEPTED}") from error


@cache
def _memory_root() -> Path:
    shared = Path("/dev/shm")  # noqa: S108 - a private folder is made inside
    root = tempfile.mkdtemp(prefix="data_platform-", dir=shared if shared.is_dir() else None)
    atexit.register(_remove, root, os.getpid())
    return Path(root)


def _remove(folder: str, owner: int) -> None:
    if os.getpid() == owner:  # not in a forked child
        shutil.rmtree(folder, ignore_errors=True)
