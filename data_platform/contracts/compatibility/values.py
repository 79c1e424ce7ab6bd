"""Changes of what a value may be: lists, bounds, sizes, patterns, formats.

What belongs here: the options of a property as pairs of rules, and what became of each. What does not: which rule
follows from which (``implication``).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

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
    was, now = ({name: rule for name, rule, _ in option_rules(one)} for one in (old, new))
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


def _written(one: Property, name: str) -> Any:
    return one.logical_type_options.get("required" if name == "requiredProperties" else name)


def _enum(old: Property, new: Property, where: Where) -> Iterator[Change]:
    before, after = old.enum, new.enum
    if not before and not after:
        return
    if not before or not after:
        yield where.turned(Kind.ENUM_REMOVED if before else Kind.ENUM_ADDED, "enum", before or None, after or None)
        return
    zones = [str(one.logical_type_options.get("defaultTimezone", "UTC")) for one in (old, new)]
    was, now = rules.OneOf(before, zones[0]), rules.OneOf(after, zones[1])
    narrower, wider = follows(now, was, new.logical_type), follows(was, now, old.logical_type)
    if narrower and wider:
        return
    kind = _kind(narrower, wider, (Kind.ENUM_NARROWED, Kind.ENUM_WIDENED, Kind.ENUM_CHANGED))
    gone, come = ([one for one in first if one not in second] for first, second in ((before, after), (after, before)))
    parts = [
        f"without {', '.join(map(str, gone))}" if gone else "",
        f"with {', '.join(map(str, come))}" if come else "",
    ]
    yield where.change(kind, f"enum: now {' and '.join(filter(None, parts))}", before, after)


def _range(
    old: Property, new: Property, was: Mapping[str, Rule], now: Mapping[str, Rule], where: Where
) -> Iterator[Change]:
    before, after = (_bounds_of(rules_) for rules_ in (was, now))
    if before == after:
        return
    narrower = range_within(after, before, new.logical_type)
    wider = range_within(before, after, old.logical_type)
    if narrower and wider:
        return
    yield _told(_kind(narrower, wider, _RANGE), _BOUNDS, old, new, where)


def _bounds_of(found: Mapping[str, Rule]) -> list[Bound]:
    return [rule for rule in found.values() if isinstance(rule, Bound)]


def _sizes(was: Mapping[str, Rule], now: Mapping[str, Rule], where: Where) -> Iterator[Change]:
    for names in _SIZES.values():
        before, after = ([rules_.get(name) for name in names] for rules_ in (was, now))
        if before == after:
            continue
        narrower = all(_size_follows(one, other) for one, other in zip(after, before, strict=True))
        wider = all(_size_follows(one, other) for one, other in zip(before, after, strict=True))
        if not (narrower and wider):
            yield _moved(_kind(narrower, wider, _SIZE), names, before, after, where)


def _size_follows(premise: Rule | None, conclusion: Rule | None) -> Answer:
    if conclusion is None or (
        isinstance(conclusion, Size) and conclusion.operator == "minimum" and conclusion.limit <= 0
    ):
        return True
    return premise is not None and follows(premise, conclusion)


def _pattern(was: Mapping[str, Rule], now: Mapping[str, Rule], where: Where) -> Iterator[Change]:
    found = (was.get("pattern"), now.get("pattern"))
    before, after = (one.pattern if isinstance(one, rules.Matches) else None for one in found)
    if before == after:
        return
    kind = Kind.PATTERN_ADDED if before is None else Kind.PATTERN_REMOVED if after is None else Kind.PATTERN_CHANGED
    yield where.turned(kind, "pattern", before, after)


def _told(kind: Kind, names: Sequence[str], old: Property, new: Property, where: Where) -> Change:
    options = (old.logical_type_options, new.logical_type_options)
    before, after = ({name: one[name] for name in names if name in one} for one in options)
    return where.change(kind, _said(before, after), before or None, after or None)


def _moved(
    kind: Kind, names: Sequence[str], before: Sequence[Rule | None], after: Sequence[Rule | None], where: Where
) -> Change:
    limits = [
        {name: one.limit for name, one in zip(names, each, strict=True) if isinstance(one, Size)}
        for each in (before, after)
    ]
    return where.change(kind, _said(*limits), limits[0] or None, limits[1] or None)


def _said(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return "; ".join(f"{name}: {before.get(name, 'none')} → {after.get(name, 'none')}" for name in names)
