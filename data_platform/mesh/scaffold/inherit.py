"""What a column takes over from the columns that it is made of: meaning, rules, and how its values are to be treated.

What belongs here: from properties of inputs to a column of the new product. What does not: finding which columns those
are.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Final

from data_platform.contracts.drafting import ColumnDraft
from data_platform.contracts.elements import Property
from data_platform.contracts.properties import PREFIX

EXAMPLE_DAY: Final = date(2026, 11, 21)
"""The day of examples: any will do, and a fixed one keeps generated tests the same."""

_HARMLESS: Final = ("public",)


def inherited(draft: ColumnDraft, sources: Iterable[tuple[Property | None, bool]], *, counts: bool) -> ColumnDraft:
    """A column with what its sources say of it.

    A copy has its source's description, rules on values, type, classification and pseudonymisation. What is computed
    of classified columns is classified as well, since nobody knows what it still tells; unless it is a mere count.

    Args:
        draft: The column.
        sources: The properties that it is made of (None: an input without a contract), and whether it is a copy.
        counts: Whether it counts values.
    """
    given = [(source, copied) for source, copied in sources if source is not None]
    labels = {source.classification for source, _ in given if source.classification}
    if len(given) != 1 or not given[0][1]:
        stricter = labels - set(_HARMLESS) if not counts else set()
        return replace(draft, classification=_strictest(stricter, given) if stricter else None)
    source = given[0][0]
    return replace(
        draft,
        type={**draft.type, **_same_type(source, draft.type)},
        description=source.description or draft.description,
        classification=source.classification,
        more=_more(source),
    )


def _strictest(labels: set[str], given: list[tuple[Property, bool]]) -> str:
    personal = {source.classification for source, _ in given if source.is_personal and source.classification}
    return min(personal or labels)


def _same_type(source: Property, kind: Mapping[str, object]) -> dict[str, object]:
    """The source's own words for the same type, with its options: every value of it keeps them, so a copy does."""
    if source.logical_type != kind.get("logicalType"):
        return {}
    keys = ("logicalTypeOptions", "physicalType", "properties", "items")
    return {key: source.raw[key] for key in keys if key in source.raw}


def _more(source: Property) -> dict[str, object]:
    custom = [
        {"property": entry.name, "value": entry.value}
        for entry in source.custom_properties
        if entry.name == f"{PREFIX}pseudonymise"
    ]
    kept: dict[str, object] = {key: source.raw[key] for key in ("businessName", "tags") if key in source.raw}
    return {**kept, **({"customProperties": custom} if custom else {})}
