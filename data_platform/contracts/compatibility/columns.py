"""Changes of a column, or of any property inside one.

What belongs here: a pair of properties compared, with all that is nested in it; columns that came and went. What does
not: types (``types``), rules about values (``rules.kinds``), keys of the table (``tables``), quality rules
(``quality``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from data_platform.contracts.compatibility.changes import Change
from data_platform.contracts.compatibility.kinds import Kind
from data_platform.contracts.compatibility.pairing import KEY, VALUE, Pairs, pair_properties
from data_platform.contracts.compatibility.protection import protection_changes
from data_platform.contracts.compatibility.types import type_changes
from data_platform.contracts.compatibility.where import Where
from data_platform.contracts.compatibility.words import other_changes, word_changes
from data_platform.contracts.elements import Property, SchemaObject
from data_platform.contracts.rules.model import Rule
from data_platform.contracts.rules.option import OptionRule
from data_platform.contracts.rules.paths import ITEMS
from data_platform.contracts.rules.registry import kinds_with, option_kinds

_READ: Final = frozenset(
    ("id", "name", "physicalName", "logicalType", "physicalType", "logicalTypeOptions", "required", "unique",
     "primaryKey", "primaryKeyPosition", "partitioned", "partitionKeyPosition", "classification",
     "encryptedName", "semanticType", "deprecated", "description", "businessName", "tags", "enum", "properties",
     "items", "map", "relationships", "quality", "customProperties")
)  # fmt: skip
"""Keys of a property that are compared one by one."""
_OF_THE_TYPE: Final = frozenset({"timezone", "dimensions", "defaultTimezone"})
"""Options that are compared with the type."""


@dataclass(frozen=True)
class Keys:
    """What the primary keys of both versions say about single columns: they are not null, and alone they are unique."""

    old: frozenset[str] = frozenset()
    new: frozenset[str] = frozenset()

    @classmethod
    def of(cls, old: SchemaObject, new: SchemaObject) -> "Keys":
        """The columns of both primary keys."""
        was, now = (frozenset(column.column for column in table.primary_key) for table in (old, new))
        return cls(was, now)


def children_changes(old: Sequence[Property], new: Sequence[Property], where: Where, keys: Keys) -> Iterator[Change]:
    """What became of the columns of a table, or the properties of an object."""
    pairs = pair_properties(old, new)
    for column in pairs.removed:
        yield where.inside(column.column, None).change(Kind.COLUMN_REMOVED, "removed", column.logical_type)
    for column in pairs.added:
        at = where.inside(None, column.column)
        needed = column.required or column.column in keys.new
        kind = Kind.COLUMN_ADDED_REQUIRED if needed else Kind.COLUMN_ADDED_OPTIONAL
        yield at.change(kind, f"added{', required' if needed else ''}", None, column.logical_type)
        for rule_kind in kinds_with("new_column_differences"):
            yield from map(at.differed, rule_kind.new_column_differences(column))
    for column, other in pairs.both:
        yield from property_changes(column, other, where.inside(column.column, other.column), keys)
    if _is_reordered(pairs, old, new):
        before, after = ([column.column for column in columns] for columns in (old, new))
        yield where.change(Kind.COLUMNS_REORDERED, "the columns are in another order", before, after)


def property_changes(old: Property, new: Property, where: Where, keys: Keys) -> Iterator[Change]:
    """What became of a property and of all inside it."""
    yield from _names(old, new, where)
    yield from type_changes(old, new, where)
    yield from _promises(old, new, where, keys)
    yield from _rules(old, new, where, of_ours=False)
    yield from protection_changes(old, new, where)
    yield from _rules(old, new, where, of_ours=True)
    yield from word_changes(old, new, where)
    yield from other_changes(old.raw, new.raw, _READ, where)
    yield from other_changes(old.logical_type_options, new.logical_type_options, _compared_options(), where)
    yield from _nested(old, new, where)


def _rules(old: Property, new: Property, where: Where, *, of_ours: bool) -> Iterator[Change]:
    """What became of the rules of a property: of keys and options of the standard, or of keys of ours."""
    for kind in _compared_kinds(of_ours=of_ours):
        yield from map(where.differed, kind.differences(old, new))


@cache
def _compared_kinds(*, of_ours: bool) -> tuple[type[Rule], ...]:
    """Keys of the property come first, then its options."""
    compared = [kind for kind in kinds_with("differences") if bool(kind.custom_keys) is of_ours]
    return tuple(sorted(compared, key=lambda kind: issubclass(kind, OptionRule)))


@cache
def _compared_options() -> frozenset[str]:
    return _OF_THE_TYPE.union(*(kind.options for kind in option_kinds()))


def _is_reordered(pairs: Pairs[Property], old: Sequence[Property], new: Sequence[Property]) -> bool:
    """Whether what is in both versions stands in another order."""
    order = {id(column): position for position, column in enumerate(new)}
    places = [order[id(other)] for _, other in pairs.both]
    return places != sorted(places) and len(old) > 1


def _names(old: Property, new: Property, where: Where) -> Iterator[Change]:
    if old.column != new.column:
        yield where.turned(Kind.COLUMN_RENAMED, "renamed", old.column, new.column)
    elif old.name != new.name:
        yield where.turned(Kind.COLUMN_ALIAS_CHANGED, "name in the contract", old.name, new.name)


def _promises(old: Property, new: Property, where: Where, keys: Keys) -> Iterator[Change]:
    """Null, repeated and deprecated values; on the top level, the primary key promises as well."""
    top = where.old is not None and len(where.old) == 1
    was_key, now_key = top and old.column in keys.old, top and new.column in keys.new
    if new.required and not (old.required or was_key):
        yield where.change(Kind.REQUIRED_ADDED, "required: false → true", False, True)
    if old.required and not (new.required or now_key):
        yield where.change(Kind.REQUIRED_REMOVED, "required: true → false", True, False)
    was_alone, now_alone = was_key and len(keys.old) == 1, now_key and len(keys.new) == 1
    if new.unique and not (old.unique or was_alone):
        yield where.change(Kind.UNIQUE_ADDED, "unique: false → true", False, True)
    if old.unique and not (new.unique or now_alone):
        yield where.change(Kind.UNIQUE_REMOVED, "unique: true → false", True, False)
    if old.deprecated != new.deprecated:
        kind = Kind.COLUMN_DEPRECATED if new.deprecated else Kind.COLUMN_UNDEPRECATED
        yield where.turned(kind, "deprecated", old.deprecated, new.deprecated)


def _nested(old: Property, new: Property, where: Where) -> Iterator[Change]:
    if bool(old.properties) != bool(new.properties):
        yield _declared(bool(new.properties), "properties", where)
    else:
        yield from children_changes(old.properties, new.properties, where, Keys())
    children = ((ITEMS, old.items, new.items), (KEY, old.map_key, new.map_key), (VALUE, old.map_value, new.map_value))
    for step, before, after in children:
        if (before is None) != (after is None):
            yield _declared(after is not None, {ITEMS: "items"}.get(step, f"map {step}"), where)
        elif before is not None and after is not None:
            yield from property_changes(before, after, where.inside(step, step), Keys())


def _declared(now: bool, what: str, where: Where) -> Change:
    if now:
        return where.change(Kind.CHILDREN_DECLARED, f"its {what} are declared now", None, what)
    return where.change(Kind.CHILDREN_UNDECLARED, f"its {what} are not declared any more", what, None)
