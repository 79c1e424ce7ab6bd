"""What keeps a text file from being read, where its encoding or its being empty does.

What belongs here: looking at its bytes, and what to do about them. What does not: reading it (``table_files``).
"""

import codecs
import gzip
from pathlib import Path
from typing import Final

_CHUNK: Final = 1024 * 1024
_WIDE: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def why_no_text(file: Path) -> str:
    """Why a file is no text in UTF-8, with what to do; empty: it is.

    Args:
        file: The file, on this machine; packed if it ends in ``.gz``. Read piece by piece, as far as it is text.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    line, read = 1, 0
    try:
        with gzip.open(file) if file.name.endswith(".gz") else file.open("rb") as source:
            while chunk := source.read(_CHUNK):
                if not read and chunk.startswith(_WIDE):
                    return f"it is in UTF-16, not in UTF-8: {_converted(file, 'UTF-16')}"
                read += len(chunk)
                line += _decoded(decoder, chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        line += error.object[: error.start].count(b"\n")
        return f"line {line} is not in UTF-8, but in Windows-1252 perhaps: {_converted(file, 'WINDOWS-1252')}"
    except (OSError, EOFError):
        return ""  # what reads it says why
    return "" if read else "it is empty: the first line names the columns"


def _decoded(decoder: codecs.IncrementalDecoder, chunk: bytes) -> int:
    """How many lines end in a chunk."""
    return decoder.decode(chunk).count("\n")


def _converted(file: Path, encoding: str) -> str:
    name = file.name.removesuffix(".gz")
    return f"iconv -f {encoding} -t UTF-8 {name} > utf8-{name} converts it"
