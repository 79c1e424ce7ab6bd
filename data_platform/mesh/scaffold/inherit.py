"""What a column takes over from the columns that it is made of: meaning, rules, and how its values are to be treated.

What belongs here: from properties of inputs to a column of the new product. What does not: finding which columns those
are.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any, Final

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
    given = [(one, copied) for one, copied in sources if one is not None]
    labels = {one.classification for one, _ in given if one.classification}
    if len(given) != 1 or not given[0][1]:
        told = labels - set(_HARMLESS) if not counts else set()
        return replace(draft, classification=_strictest(told, given) if told else None)
    source = given[0][0]
    return replace(
        draft,
        type={**draft.type, **_same_type(source, draft.type)},
        description=source.description or draft.description,
        classification=source.classification,
        more=_more(source),
    )


def _strictest(labels: set[str], given: list[tuple[Property, bool]]) -> str:
    personal = {one.classification for one, _ in given if one.is_personal and one.classification}
    return min(personal or labels)


def _same_type(source: Property, kind: Any) -> dict[str, Any]:
    """The source's own words for the same type, with its options: every value of it keeps them, so a copy does."""
    if source.logical_type != kind.get("logicalType"):
        return {}
    keys = ("logicalTypeOptions", "physicalType", "properties", "items")
    return {key: source.raw[key] for key in keys if key in source.raw}


def _more(source: Property) -> dict[str, Any]:
    custom = [
        {"property": one.name, "value": one.value}
        for one in source.custom_properties
        if one.name == f"{PREFIX}pseudonymise"
    ]
    made: dict[str, Any] = {key: source.raw[key] for key in ("businessName", "tags") if key in source.raw}
    return {**made, **({"customProperties": custom} if custom else {})}
