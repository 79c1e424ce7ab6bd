"""The space that is left where the platform keeps everything, and the floor below which nothing is begun.

What belongs here: measuring it and saying it. What does not: what would be written. A full disk shows itself as an
error of whatever writes next, SQLite as a rule, in words that name neither the folder nor what is free.
"""

import os
import shutil
from pathlib import Path
from typing import Final

from data_platform.laptop.errors import DiskFullError, LaptopError

FLOOR_VARIABLE: Final = "DATA_PLATFORM_MINIMUM_FREE_MB"
"""How many MiB must be free in the state folder for the platform to start, and for it to begin a run."""

DEFAULT_FLOOR: Final = 512
_MIB: Final = 1 << 20


def floor() -> int:
    """The floor in bytes.

    Raises:
        LaptopError: The variable holds no whole number.
    """
    text = os.environ.get(FLOOR_VARIABLE) or str(DEFAULT_FLOOR)
    if not text.isdecimal():
        raise LaptopError(f"{FLOOR_VARIABLE} is {text!r}; it has to be a whole number of MiB, such as {DEFAULT_FLOOR}.")
    return int(text) * _MIB


def shortage(folder: Path) -> str:
    """A sentence that names the folder and what is free, when that is below the floor; else empty."""
    free, least = shutil.disk_usage(folder).free, floor()
    if free >= least:
        return ""
    return (
        f"{folder} has {free // _MIB} MiB free, and {least // _MIB} MiB is the least to begin anything with: "
        f"free some space, move the folder with DATA_PLATFORM_STATE, or lower {FLOOR_VARIABLE}."
    )


def require(folder: Path) -> None:
    """Refuse to begin without space.

    Raises:
        DiskFullError: Less than the floor is free.
    """
    if message := shortage(folder):
        raise DiskFullError(message)
