"""Names of checks: stable from version to version, unique in a table, ``[a-z0-9_]+``.

What belongs here: naming. What does not: what is checked.

A name is made of the element and the rule (``price_minimum``), or of the name or id that a quality rule was given; so
it changes only where one of these does. Two that come out the same are numbered in the order of the contract.
"""

import hashlib
import re
from dataclasses import dataclass, field


def plain(text: str) -> str:
    """A text in lower case, with underscores for whatever a name may not hold; ``nullValues`` is ``null_values``."""
    words = text.replace("[]", "_items")
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", words)
    name = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")
    return name or f"x{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


@dataclass
class Names:
    """Gives each name once."""

    _given: set[str] = field(default_factory=set)

    def give(self, *parts: str) -> str:
        """A name of these parts; empty ones are left out."""
        name = "_".join(plain(part) for part in parts if part)
        number, candidate = 1, name
        while candidate in self._given:
            number += 1
            candidate = f"{name}_{number}"
        self._given.add(candidate)
        return candidate
