"""Changes of a property's type.

What belongs here: naming what became of a logical and a physical type. What does not: which types of data each allows
(``type_sets``).
"""

from collections.abc import Iterator
from typing import Final

from data_platform.contracts.compatibility.changes import Change
from data_platform.contracts.compatibility.kinds import Kind
from data_platform.contracts.compatibility.where import Where
from data_platform.contracts.elements import Property

_LOGICAL_OPTIONS: Final = ("timezone", "dimensions")


def type_changes(old: Property, new: Property, where: Where) -> Iterator[Change]:
    """What became of the types of a property."""
    yield from _logical(old, new, where)
    if _spelled(old.physical_type) != _spelled(new.physical_type):
        yield where.turned(_physical_kind(old, new), "physicalType", old.physical_type, new.physical_type)
    zones = [one.logical_type_options.get("defaultTimezone") or "UTC" for one in (old, new)]
    if zones[0] != zones[1]:
        yield where.turned(Kind.DEFAULT_TIMEZONE_CHANGED, "defaultTimezone", *zones)


def _logical(old: Property, new: Property, where: Where) -> Iterator[Change]:
    before, after = (_shown(one) for one in (old, new))
    if before == after:
        return
    from data_platform.contracts.compatibility.type_sets import logical_types  # noqa: PLC0415 - it loads pyarrow

    was = logical_types(old.logical_type, old.logical_type_options)
    now = logical_types(new.logical_type, new.logical_type_options)
    kind = Kind.LOGICAL_TYPE_CHANGED
    if was < now or (was == now and new.logical_type is None):
        kind = Kind.LOGICAL_TYPE_WIDENED
    elif now < was or (was == now and old.logical_type is None):
        kind = Kind.LOGICAL_TYPE_NARROWED
    yield where.turned(kind, "logicalType", before, after)


def _shown(one: Property) -> str | None:
    options = {name: one.logical_type_options.get(name) for name in _LOGICAL_OPTIONS}
    told = ", ".join(f"{name}: {str(value).lower()}" for name, value in options.items() if value is not None)
    return f"{one.logical_type} ({told})" if told else one.logical_type


def _spelled(physical: str | None) -> str | None:
    return None if physical is None else "".join(physical.lower().split())


def _physical_kind(old: Property, new: Property) -> Kind:
    from data_platform.contracts.compatibility import type_sets  # noqa: PLC0415 - it loads pyarrow

    was, now = (type_sets.physical_types(one.physical_type) for one in (old, new))
    if was is None or now is None:
        return Kind.PHYSICAL_TYPE_UNDECIDED
    logical_was, logical_now = (
        type_sets.logical_types(one.logical_type, one.logical_type_options) for one in (old, new)
    )
    was, now = was & logical_was, now & logical_now
    longest, length = type_sets.text_length(old.physical_type), type_sets.text_length(new.physical_type)
    if was == now:
        return _same_types(old, new, longest, length)
    if now < was and length <= longest:
        return Kind.PHYSICAL_TYPE_NARROWED
    if was < now and longest <= length:
        wide = None if old.physical_type is None else type_sets.physical_types(type_sets.widest(old.physical_type))
        lossless = wide is not None and now <= wide & logical_was
        return Kind.PHYSICAL_TYPE_WIDENED if lossless else Kind.PHYSICAL_TYPE_LOOSENED
    return Kind.PHYSICAL_TYPE_CHANGED


def _same_types(old: Property, new: Property, longest: float, length: float) -> Kind:
    if longest != length:
        return Kind.TEXT_LENGTHENED if length > longest else Kind.TEXT_SHORTENED
    described = (old.physical_type or "", new.physical_type or "")
    if any(one.rstrip().endswith((">", "[]")) for one in described):
        return Kind.PHYSICAL_TYPE_UNDECIDED  # the checks do not look at what stands between the brackets
    return Kind.PHYSICAL_TYPE_RESPELLED
