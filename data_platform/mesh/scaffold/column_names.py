"""What columns of other people's data are to be called here.

What belongs here: names. What does not: what is in the columns.
"""

import re
from collections.abc import Iterable
from typing import Final

_WORDS: Final = re.compile(r"[^a-z0-9]+")


def column_names(columns: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """What each column is to be called, in small letters, digits and underscores, with its own name.

    Args:
        columns: Their own names.
        taken: What none may be called.
    """
    names: dict[str, str] = {}
    not_free = set(taken)
    for own in columns:
        snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", own).lower()
        name = _WORDS.sub("_", snake).strip("_") or "column"
        name = f"c_{name}" if name[0].isdigit() else name
        number, free = 2, name
        while free in names or free in not_free:
            free, number = f"{name}_{number}", number + 1
        names[free] = own
    return names
