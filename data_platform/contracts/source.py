"""A contract's text, from a file or given, read to a document.

What belongs here: files, encodings and sizes. What does not: what YAML means (``yaml_reading``), and anything that
knows the contract standard.

A contract is untrusted input: its size, depth and number of values are bounded before anything is built from it.
"""

import os
from pathlib import Path
from typing import Final, TypeAlias

from data_platform.contracts.document import CONTRACT, Document, FileKind
from data_platform.contracts.errors import UnreadableContractError
from data_platform.contracts.findings import Position

Source: TypeAlias = "str | bytes | os.PathLike[str]"
"""A path, or the text itself: bytes are text, and so is a ``str`` with a newline or that starts with ``{``."""

LARGEST_BYTES: Final = 1024 * 1024
UNNAMED: Final = "<contract>"


def read(source: Source, *, file: str | None = None, kind: FileKind = CONTRACT) -> Document:
    """Read a contract's YAML to plain data with positions.

    Args:
        source: A path, or the text itself (see `Source`).
        file: The name that findings carry; by default the path, or ``<contract>`` for a text.
        kind: What the file is, for messages.

    Returns:
        The document. Dates stay text, a key is always text, values read by the YAML 1.2 core schema.

    Raises:
        UnreadableContractError: No such file, not UTF-8, not one YAML mapping, a key twice, a tag that builds
            objects, or beyond the limits. Carries every finding that could be made.
    """
    from data_platform.contracts.yaml_reading import read_yaml  # noqa: PLC0415 - PyYAML is loaded when it is needed

    name = file or (UNNAMED if _is_text(source) else os.fspath(source))
    return read_yaml(_decoded(_bytes(source, str(name), kind), str(name), kind), str(name), kind)


def _is_text(source: Source) -> bool:
    return isinstance(source, bytes) or (isinstance(source, str) and ("\n" in source or source.lstrip()[:1] == "{"))


def _bytes(source: Source, name: str, kind: FileKind) -> bytes:
    if isinstance(source, bytes):
        content = source
    elif isinstance(source, str) and _is_text(source):
        content = source.encode("utf-8", "surrogatepass")
    else:
        content = _file_bytes(Path(source), name, kind)
    if len(content) > LARGEST_BYTES:
        message = f"the {kind.noun} is larger than {LARGEST_BYTES // 1024} KiB"
        raise UnreadableContractError(
            [kind.unreadable(name, Position(1, 1), message, "split it into several products")]
        )
    return content


def _file_bytes(path: Path, name: str, kind: FileKind) -> bytes:
    try:
        with path.open("rb") as opened:
            return opened.read(LARGEST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        fix = f"give the path of a {kind.noun}, such as {kind.example}"
        finding = kind.unreadable(name, Position(1, 1), f"the file cannot be read: {reason}", fix)
        raise UnreadableContractError([finding]) from error


def _decoded(content: bytes, name: str, kind: FileKind) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        position = Position(before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        message = f"byte 0x{content[error.start]:02x} is not UTF-8"
        finding = kind.unreadable(name, position, message, "save the file as UTF-8, without UTF-16 or latin-1")
        raise UnreadableContractError([finding]) from error
