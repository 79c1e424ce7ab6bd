"""Changes of who may see a column's values, and how.

What belongs here: classification, pseudonymisation, encryption. What does not: masking itself (``products``).
"""

from collections.abc import Iterator, Mapping
from typing import Final

from data_platform.contracts.compatibility.changes import Change
from data_platform.contracts.compatibility.kinds import Kind
from data_platform.contracts.compatibility.where import Where
from data_platform.contracts.elements import PERSONAL_CLASSIFICATIONS, Property
from data_platform.contracts.properties import pseudonymisation

_RANKS: Final[Mapping[str, int]] = {
    **dict.fromkeys(("", "public", "open", "none", "unclassified", "unrestricted"), 0),
    "internal": 1,
    "confidential": 2,
    **dict.fromkeys(("restricted", "secret", *PERSONAL_CLASSIFICATIONS), 3),
}
"""How strict the usual words are, from open to personal."""


def protection_changes(old: Property, new: Property, where: Where) -> Iterator[Change]:
    """What became of the protection of a property."""
    before, after = (column.classification for column in (old, new))
    was, now = ((word or "").strip().lower() for word in (before, after))
    if was != now:
        yield where.turned(_classification(was, now), "classification", before, after)
    hidden, hides = pseudonymisation(old), pseudonymisation(new)
    if hidden != hides:
        kind = Kind.PSEUDONYMISATION_ADDED if hidden is None else Kind.PSEUDONYMISATION_CHANGED
        kind = Kind.PSEUDONYMISATION_REMOVED if hides is None else kind
        yield where.turned(kind, "dataPlatform.pseudonymise", hidden and hidden.value, hides and hides.value)
    if old.encrypted_name != new.encrypted_name:
        yield where.turned(Kind.ENCRYPTION_CHANGED, "encryptedName", old.encrypted_name, new.encrypted_name)


def _classification(was: str, now: str) -> Kind:
    """Of two words of the same rank, another one is told as changed: what it means to people is not guessed."""
    first, second = _RANKS.get(was), _RANKS.get(now)
    if first is None or second is None or first == second:
        return Kind.CLASSIFICATION_CHANGED
    return Kind.CLASSIFICATION_RAISED if second > first else Kind.CLASSIFICATION_LOWERED
