"""Changes of what a contract says to people: descriptions, business names, tags, and keys that nothing here reads.

What belongs here: words. What does not: anything that a rule is made of.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from data_platform.contracts.compatibility.changes import Change
from data_platform.contracts.compatibility.kinds import Kind
from data_platform.contracts.compatibility.where import Where
from data_platform.contracts.elements import Property, SchemaObject
from data_platform.contracts.properties import CONTRACT_LEVEL, PROPERTY_LEVEL, RELATIONSHIP_LEVEL
from data_platform.contracts.rules.registry import custom_keys

_CUSTOM: Final = "customProperties"


def word_changes(old: Property | SchemaObject, new: Property | SchemaObject, where: Where) -> Iterator[Change]:
    """What became of the words about a table or a property."""
    if old.description != new.description:
        yield where.turned(Kind.DESCRIPTION_CHANGED, "description", old.description, new.description)
    if old.business_name != new.business_name:
        yield where.turned(Kind.BUSINESS_NAME_CHANGED, "businessName", old.business_name, new.business_name)
    yield from tag_changes(old.tags, new.tags, where)


def tag_changes(old: tuple[str, ...], new: tuple[str, ...], where: Where) -> Iterator[Change]:
    """What became of tags, whose order means nothing."""
    if set(old) != set(new):
        yield where.turned(Kind.TAGS_CHANGED, "tags", list(old), list(new))


def other_changes(
    old: Mapping[str, object], new: Mapping[str, object], read: frozenset[str], where: Where
) -> Iterator[Change]:
    """One change that names the keys of two mappings that differ, other than those that are compared elsewhere.

    Args:
        old: As it was written.
        new: As it is written now.
        read: Keys that are compared elsewhere. With ``customProperties`` among them, those of others are compared here.
        where: The place.
    """
    before, after = ({key: value for key, value in raw.items() if key not in read} for raw in (old, new))
    if _CUSTOM in read:
        before, after = {**before, **_others(old)}, {**after, **_others(new)}
    keys = sorted(key for key in {**before, **after} if before.get(key) != after.get(key))
    if keys:
        changed = ({key: values[key] for key in keys if key in values} for values in (before, after))
        yield where.change(Kind.OTHER_CHANGED, f"changed: {', '.join(keys)}", *changed)


def _others(raw: Mapping[str, object]) -> dict[str, object]:
    """The custom properties of other tools by their names."""
    entries, ours = raw.get(_CUSTOM), _ours()
    known = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    return {
        f"{_CUSTOM}.{entry.get('property')}": entry.get("value") for entry in known if entry.get("property") not in ours
    }


@cache
def _ours() -> frozenset[str]:
    """All keys of ours, which are compared elsewhere."""
    of_rules = {key.full_name for key in custom_keys()}
    return frozenset({*CONTRACT_LEVEL, *PROPERTY_LEVEL, *RELATIONSHIP_LEVEL, *of_rules})
