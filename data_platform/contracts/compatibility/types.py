"""Changes of a property's type.

What belongs here: naming what became of a logical and a physical type. What does not: what a type holds
(``contracts.types``), limits and lists by themselves (``rules.kinds``).

What a column may hold is decided by value, as the checks do it: BIGINT allows what INTEGER did not, so its readers meet
numbers that were excluded, unless other limits of the contract keep the values within the old type.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final

from data_platform.contracts.compatibility.changes import Change
from data_platform.contracts.compatibility.kinds import Kind
from data_platform.contracts.compatibility.where import Where
from data_platform.contracts.elements import Property
from data_platform.contracts.types.holding import LOGICAL, NUMBERS, SIGNIFICAND, holds
from data_platform.contracts.types.model import ColumnType, decimal, integer

_LOGICAL_OPTIONS: Final = ("timezone", "dimensions")
_TOPS: Final[Mapping[str, ColumnType]] = {
    "string": ColumnType("text"), "integer": integer(None), "boolean": ColumnType("boolean"),
    "date": ColumnType("date"), "timestamp": ColumnType("timestamp"), "time": ColumnType("time"),
    "array": ColumnType("list"), "vector": ColumnType("list"), "object": ColumnType("any"), "map": ColumnType("map"),
}  # fmt: skip
"""All values of a logical type, where no physical type says more; numbers have no such type."""


def type_changes(old: Property, new: Property, where: Where) -> Iterator[Change]:
    """What became of the types of a property."""
    yield from _logical(old, new, where)
    if _spelled(old) != _spelled(new) and (kind := _physical_kind(old, new)) is not None:
        yield where.turned(kind, "physicalType", old.physical_type, new.physical_type)
    zones = [column.logical_type_options.get("defaultTimezone") or "UTC" for column in (old, new)]
    if zones[0] != zones[1]:
        yield where.turned(Kind.DEFAULT_TIMEZONE_CHANGED, "defaultTimezone", *zones)


def _logical(old: Property, new: Property, where: Where) -> Iterator[Change]:
    before, after = (_shown(column) for column in (old, new))
    if before == after:
        return
    sizes = frozenset(column.logical_type_options.get("dimensions") for column in (old, new))
    was, now = (_values_of_logical(column, sizes) for column in (old, new))
    kind = Kind.LOGICAL_TYPE_CHANGED
    if was is not None and (now is None or was < now or (was == now and new.logical_type is None)):
        kind = Kind.LOGICAL_TYPE_WIDENED
    elif now is not None and (was is None or now < was or (was == now and old.logical_type is None)):
        kind = Kind.LOGICAL_TYPE_NARROWED
    yield where.turned(kind, "logicalType", before, after)


def _values_of_logical(column: Property, sizes: frozenset[object]) -> frozenset[object] | None:
    """What a logical type allows, as marks that can be compared; None: everything."""
    logical, options = column.logical_type, column.logical_type_options
    if logical is None or logical not in LOGICAL:
        return None
    if logical in {"integer", "number"}:
        return frozenset({"whole"} if logical == "integer" else {"whole", "other numbers"})
    if logical == "timestamp":
        zoned = options.get("timezone")
        return frozenset({True, False} if not isinstance(zoned, bool) else {zoned})
    if logical in {"array", "vector"}:
        size = options.get("dimensions") if logical == "vector" else None
        return frozenset({size} if size else {*sizes, "other sizes"})
    return frozenset(LOGICAL[logical])


def _shown(column: Property) -> str | None:
    options = {name: column.logical_type_options.get(name) for name in _LOGICAL_OPTIONS}
    listed = ", ".join(f"{name}: {str(value).lower()}" for name, value in options.items() if value is not None)
    return f"{column.logical_type} ({listed})" if listed else column.logical_type


def _spelled(column: Property) -> tuple[str | None, str]:
    physical = column.physical_type
    return (None if physical is None else "".join(physical.lower().split())), column.dialect.value


def _physical_kind(old: Property, new: Property) -> Kind | None:
    """What became of the physical type; None: nothing that could be called a change."""
    if old.physical_type is None and new.physical_type is None:
        return None
    if any(column.physical_type is not None and column.column_type is None for column in (old, new)):
        return Kind.PHYSICAL_TYPE_UNDECIDED
    old_fits, new_fits = _within(old, new), _within(new, old)
    if old_fits and new_fits:
        return _kind_of_same(old, new)
    is_text = all(column.column_type is None or column.column_type.family == "text" for column in (old, new))
    if new_fits:
        return Kind.TEXT_SHORTENED if is_text else Kind.PHYSICAL_TYPE_NARROWED
    if old_fits:
        return Kind.TEXT_LENGTHENED if is_text else Kind.PHYSICAL_TYPE_WIDENED
    return Kind.PHYSICAL_TYPE_CHANGED


def _kind_of_same(old: Property, new: Property) -> Kind | None:
    if old.column_type == new.column_type:
        return Kind.PHYSICAL_TYPE_RESPELLED if old.physical_type != new.physical_type else None
    return Kind.PHYSICAL_TYPE_REPLACED


def _within(narrow: Property, wide: Property) -> bool:
    """Whether every value that one version of a column allows is of the type of the other."""
    largest, smallest = _type_of(narrow, most=True), _type_of(wide, most=False)
    if smallest is None or smallest.family == "any":
        return True
    return (largest is not None and holds(smallest, largest)) or _limits_within(narrow, largest, smallest)


def _type_of(column: Property, *, most: bool) -> ColumnType | None:
    """The type of a column's values, by physical and logical type; None: any number, or any value.

    Args:
        column: The column.
        most: Whether to err on the side of too many values rather than too few, where no one type has them exactly.
    """
    column_type = column.column_type
    if column_type is None:
        top = _TOPS.get(column.logical_type or "")
        zoned = column.logical_type_options.get("timezone")
        if top is not None and top.family == "timestamp" and isinstance(zoned, bool):
            return replace(top, zoned=zoned)
        return top
    if column.logical_type != "integer" or column_type.family not in NUMBERS or column_type.family == "integer":
        return column_type
    if column_type.family == "float":
        return integer(None) if most else integer(1 + SIGNIFICAND[column_type.bits or 64])
    if column_type.precision is None:
        return integer(None)
    return decimal(column_type.precision - (column_type.scale or 0), 0)


def _limits_within(narrow: Property, largest: ColumnType | None, smallest: ColumnType) -> bool:
    """Whether limits or listed values of a column keep what it allows within a type."""
    options = narrow.logical_type_options
    if smallest.family == "text" and smallest.length is not None:
        longest = options.get("maxLength")
        listed = [value for value in narrow.enum if isinstance(value, str)]
        return (isinstance(longest, int) and longest <= smallest.length) or bool(
            narrow.enum and all(len(value) <= smallest.length for value in listed)
        )
    if smallest.family not in NUMBERS or largest is None or not _same_steps(largest, smallest):
        return False
    ends = _ends(options)
    return ends is not None and all(_reaches(smallest, end) for end in ends)


def _same_steps(largest: ColumnType, smallest: ColumnType) -> bool:
    """Whether only the size of a number can keep it from being of a type, not its digits after the point."""
    if largest.family == "float" or smallest.family == "float":
        return largest.family == "integer" or largest == smallest
    return (largest.scale or 0 if largest.family == "decimal" else 0) <= (
        (smallest.scale or 0) if smallest.family == "decimal" else 0
    ) and (largest.family == "integer" or largest.scale is not None)


def _ends(options: Mapping[str, object]) -> tuple[Decimal, Decimal] | None:
    ends = []
    for names in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        limits = [options[name] for name in names if name in options]
        numbers = [Decimal(str(limit)) for limit in limits if isinstance(limit, int | float | Decimal)]
        if not numbers or any(isinstance(limit, bool) for limit in limits):
            return None
        ends.append(max(numbers) if names[0] == "minimum" else min(numbers))
    return ends[0], ends[1]


def _reaches(column_type: ColumnType, end: Decimal) -> bool:
    """Whether a type goes as far as a number; what lies between is a matter of digits."""
    if not end.is_finite():
        return False
    match column_type.family:
        case "integer":
            least, most = column_type.least, column_type.most
            return (least is None or end >= least) and (most is None or end <= most)
        case "decimal":
            whole = None if column_type.precision is None else column_type.precision - (column_type.scale or 0)
            return whole is None or end.copy_abs() < Decimal(10) ** whole
    return abs(int(end)) <= int(2 ** SIGNIFICAND[column_type.bits or 64])
