"""Changes of what a value may be: lists, bounds, sizes, patterns, formats.

What belongs here: the options of a property as pairs of rules, and what became of each. What does not: which rule
follows from which (``implication``).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from data_platform.contracts.checks import rules
from data_platform.contracts.checks.options import option_rules
from data_platform.contracts.checks.rules import Bound, Rule, Size
from data_platform.contracts.compatibility.changes import Change
from data_platform.contracts.compatibility.implication import Answer, follows, range_within
from data_platform.contracts.compatibility.kinds import Kind
from data_platform.contracts.compatibility.where import Where
from data_platform.contracts.elements import Property

_RANGE: Final = (Kind.RANGE_NARROWED, Kind.RANGE_WIDENED, Kind.RANGE_CHANGED)
_SIZE: Final = (Kind.SIZE_NARROWED, Kind.SIZE_WIDENED, Kind.SIZE_CHANGED)
_SINGLE: Final[Mapping[str, tuple[Kind, Kind, Kind]]] = {
    "format": (Kind.FORMAT_NARROWED, Kind.FORMAT_WIDENED, Kind.FORMAT_CHANGED),
    "multipleOf": (Kind.MULTIPLE_OF_NARROWED, Kind.MULTIPLE_OF_WIDENED, Kind.MULTIPLE_OF_CHANGED),
    "uniqueItems": (Kind.UNIQUE_ITEMS_ADDED, Kind.UNIQUE_ITEMS_REMOVED, Kind.UNIQUE_ITEMS_ADDED),
    "requiredProperties": (Kind.PRESENCE_NARROWED, Kind.PRESENCE_WIDENED, Kind.PRESENCE_CHANGED),
}
"""Options that are one rule: kinds of a narrower, a wider and another one."""
_BOUNDS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_SIZES: Final[Mapping[str, tuple[str, str]]] = {
    "length": ("minLength", "maxLength"),
    "items": ("minItems", "maxItems"),
    "properties": ("minProperties", "maxProperties"),
}


def value_changes(old: Property, new: Property, where: Where) -> Iterator[Change]:
    """What became of the rules about a property's values."""
    was, now = ({name: rule for name, rule, _ in option_rules(column)} for column in (old, new))
    yield from _enum(old, new, where)
    yield from _range(old, new, was, now, where)
    yield from _sizes(was, now, where)
    yield from _pattern(was, now, where)
    for name, kinds in _SINGLE.items():
        before, after = was.get(name), now.get(name)
        if before == after:
            continue
        narrower = before is None or (after is not None and follows(after, before, new.logical_type))
        wider = after is None or (before is not None and follows(before, after, old.logical_type))
        if narrower and wider:  # another word for the same, such as a format that excludes nothing
            continue
        yield where.turned(_kind(narrower, wider, kinds), name, _written(old, name), _written(new, name))


def _kind(narrower: Answer, wider: Answer, kinds: tuple[Kind, Kind, Kind]) -> Kind:
    return kinds[0] if narrower else kinds[1] if wider else kinds[2]


def _written(column: Property, name: str) -> object:
    return column.logical_type_options.get("required" if name == "requiredProperties" else name)


def _enum(old: Property, new: Property, where: Where) -> Iterator[Change]:
    before, after = old.enum, new.enum
    if not before and not after:
        return
    if not before or not after:
        yield where.turned(Kind.ENUM_REMOVED if before else Kind.ENUM_ADDED, "enum", before or None, after or None)
        return
    zones = [str(column.logical_type_options.get("defaultTimezone", "UTC")) for column in (old, new)]
    was, now = rules.OneOf(before, zones[0]), rules.OneOf(after, zones[1])
    narrower, wider = follows(now, was, new.logical_type), follows(was, now, old.logical_type)
    if narrower and wider:
        return
    kind = _kind(narrower, wider, (Kind.ENUM_NARROWED, Kind.ENUM_WIDENED, Kind.ENUM_CHANGED))
    gone, come = (
        [value for value in first if value not in second] for first, second in ((before, after), (after, before))
    )
    parts = [
        f"without {', '.join(map(str, gone))}" if gone else "",
        f"with {', '.join(map(str, come))}" if come else "",
    ]
    yield where.change(kind, f"enum: now {' and '.join(filter(None, parts))}", before, after)


def _range(
    old: Property, new: Property, was: Mapping[str, Rule], now: Mapping[str, Rule], where: Where
) -> Iterator[Change]:
    before, after = (_bounds_of(by_option) for by_option in (was, now))
    if before == after:
        return
    narrower = range_within(after, before, new.logical_type)
    wider = range_within(before, after, old.logical_type)
    if narrower and wider:
        return
    yield _options_change(_kind(narrower, wider, _RANGE), _BOUNDS, old, new, where)


def _bounds_of(by_option: Mapping[str, Rule]) -> list[Bound]:
    return [rule for rule in by_option.values() if isinstance(rule, Bound)]


def _sizes(was: Mapping[str, Rule], now: Mapping[str, Rule], where: Where) -> Iterator[Change]:
    for names in _SIZES.values():
        before, after = ([by_option.get(name) for name in names] for by_option in (was, now))
        if before == after:
            continue
        narrower = all(_size_follows(premise, other) for premise, other in zip(after, before, strict=True))
        wider = all(_size_follows(premise, other) for premise, other in zip(before, after, strict=True))
        if not (narrower and wider):
            yield _limits_change(_kind(narrower, wider, _SIZE), names, before, after, where)


def _size_follows(premise: Rule | None, conclusion: Rule | None) -> Answer:
    if conclusion is None or (
        isinstance(conclusion, Size) and conclusion.operator == "minimum" and conclusion.limit <= 0
    ):
        return True
    return premise is not None and follows(premise, conclusion)


def _pattern(was: Mapping[str, Rule], now: Mapping[str, Rule], where: Where) -> Iterator[Change]:
    patterns = (was.get("pattern"), now.get("pattern"))
    before, after = (rule.pattern if isinstance(rule, rules.Matches) else None for rule in patterns)
    if before == after:
        return
    kind = Kind.PATTERN_ADDED if before is None else Kind.PATTERN_REMOVED if after is None else Kind.PATTERN_CHANGED
    yield where.turned(kind, "pattern", before, after)


def _options_change(kind: Kind, names: Sequence[str], old: Property, new: Property, where: Where) -> Change:
    options = (old.logical_type_options, new.logical_type_options)
    before, after = ({name: values[name] for name in names if name in values} for values in options)
    return where.change(kind, _difference(before, after), before or None, after or None)


def _limits_change(
    kind: Kind, names: Sequence[str], before: Sequence[Rule | None], after: Sequence[Rule | None], where: Where
) -> Change:
    limits = [
        {name: size.limit for name, size in zip(names, sizes, strict=True) if isinstance(size, Size)}
        for sizes in (before, after)
    ]
    return where.change(kind, _difference(*limits), limits[0] or None, limits[1] or None)


def _difference(before: Mapping[str, object], after: Mapping[str, object]) -> str:
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return "; ".join(f"{name}: {before.get(name, 'none')} → {after.get(name, 'none')}" for name in names)
