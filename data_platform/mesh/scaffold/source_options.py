"""What the command line says of a new source, and what was guessed of it.

What belongs here: the two. What does not: guessing (``from_source``, ``from_pieces``).
"""

from dataclasses import dataclass
from typing import Any, Final

RESTATED_DAYS: Final = 30
"""What is written where nothing better is known."""


@dataclass(frozen=True)
class SourceOptions:
    """What the command line says of a source.

    Attributes:
        address: Where it is, or the name of the variable that says so.
        table: Of a database.
        rest: Whether the address is an API's.
        path: What follows the address that a variable has.
        records: Where an API's answer has its list.
        owner: The team of a new domain.
    """

    address: str
    table: str | None = None
    rest: bool = False
    path: str = ""
    records: str = ""
    owner: str | None = None


@dataclass(frozen=True)
class Guess:
    """The attributes of a source, and what was guessed."""

    attributes: dict[str, Any]
    notes: tuple[str, ...] = ()
