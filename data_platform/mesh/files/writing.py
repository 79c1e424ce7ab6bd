"""Putting a new text in the place of a file's.

What belongs here: that a reader sees one or the other. What does not: what is in it.
"""

import shutil
from pathlib import Path


def replace_text(file: Path, text: str) -> None:
    """Put a text in the place of a file's, at once; line ends are kept as they are in it."""
    new = file.with_name(f".{file.name}.new")
    new.write_bytes(text.encode())
    shutil.copymode(file, new)
    new.replace(file)
