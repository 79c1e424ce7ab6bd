"""Keys of ours that a kind of rule comes of: ``customProperties`` that start with ``dataPlatform.``.

What belongs here: what such a key is, and reading one. What does not: the keys, which the kinds declare, and those that
are no rule (``contracts.properties``).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NamedTuple

from data_platform.contracts.elements import CustomProperty
from data_platform.contracts.properties import PREFIX, parsed

Level = Literal["contract", "property"]


class CustomKey(NamedTuple):
    """A key of ours.

    Attributes:
        name: Without the prefix.
        level: Where it is written: at the contract, or at a property.
        parse: Its value in, what it says out; raises ``ValueError`` "what is wrong; what to write".
    """

    name: str
    level: Level
    parse: Callable[[object], Any]

    @property
    def full_name(self) -> str:
        """The name as it is written."""
        return f"{PREFIX}{self.name}"

    def read(self, entries: Iterable[CustomProperty]) -> Any:
        """What custom properties say of it; None where they say nothing, or nothing valid, which the lint tells."""
        return parsed(self.parse, entries, self.name, None)


def parsers(keys: Iterable[CustomKey], level: Level) -> Mapping[str, Callable[[object], Any]]:
    """The parsers of a level by the keys' full names."""
    return {key.full_name: key.parse for key in keys if key.level == level}
