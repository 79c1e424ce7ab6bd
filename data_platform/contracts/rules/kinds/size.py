"""Sizes: ``minLength`` and ``maxLength`` of texts, ``…Items`` of arrays, ``…Properties`` of objects."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from data_platform.contracts.elements import Property
from data_platform.contracts.findings import quoted
from data_platform.contracts.rules.comparing.differences import Answer, Difference, kind_of_difference
from data_platform.contracts.rules.model import Declared, RuleSample, Samples, WrittenSample, follows
from data_platform.contracts.rules.option import OptionRule, place
from data_platform.contracts.rules.paths import Path
from data_platform.contracts.rules.registry import rule_kind
from data_platform.contracts.rules.sources import Wrong
from data_platform.contracts.rules.sql.values import Value
from data_platform.contracts.rules.written import comparable
from data_platform.contracts.types.model import Family

What = Literal["length", "items", "properties"]
Operator = Literal["minimum", "maximum"]
_OPTIONS: Final[Mapping[str, tuple[What, Operator]]] = {
    "minLength": ("length", "minimum"),
    "maxLength": ("length", "maximum"),
    "minItems": ("items", "minimum"),
    "maxItems": ("items", "maximum"),
    "minProperties": ("properties", "minimum"),
    "maxProperties": ("properties", "maximum"),
}
_TYPES: Final[Mapping[What, str]] = {"length": "string", "items": "array", "properties": "object"}
_FAMILIES: Final[Mapping[What, tuple[Family, ...]]] = {
    "length": ("text", "binary"),
    "items": ("list",),
    "properties": ("struct", "map"),
}
_SIZE: Final[Mapping[Family, str]] = {"text": "length", "binary": "octet_length", "list": "len", "map": "cardinality"}


@rule_kind(60)
@dataclass(frozen=True)
class Size(OptionRule):
    """A size within a limit: code points of a text, items of an array, non-null properties of an object."""

    what: What
    operator: Operator
    limit: int

    options = {option: (_TYPES[what],) for option, (what, _) in _OPTIONS.items()}  # noqa: RUF012 - never changed
    keyword_of = frozenset(_TYPES.values())
    told_as = ("size-narrowed", "size-widened", "size-changed")

    def violation(self, value: Value) -> str:
        """Too small or too large."""
        own = value.needs(*_FAMILIES[self.what])
        if own == "null":
            return "false"
        size = f"{_SIZE[own]}({value.sql})" if own in _SIZE else _filled(value)
        return f"({size} {'<' if self.operator == 'minimum' else '>'} {int(self.limit)})"

    def implies(self, other: "Size", _: str | None) -> Answer:
        """Whether this limit is at least as sharp as the other."""
        if (self.what, self.operator) != (other.what, other.operator):
            return False
        return self.limit >= other.limit if self.operator == "minimum" else self.limit <= other.limit

    @classmethod
    def of_property(cls, column: Property, path: Path) -> Iterator[Declared]:
        """One rule an option."""
        options = column.logical_type_options
        for option, (what, operator) in _OPTIONS.items() if options else ():
            limit = options.get(option)
            if isinstance(limit, int):
                yield Declared.at(path, option, Size(what, operator, limit), f"{option} {limit}")

    @classmethod
    def differences(cls, old: Property, new: Property) -> Iterator[Difference]:
        """What became of both limits of each size."""
        was, now = _by_option(old), _by_option(new)
        if was == now:
            return
        for what in _TYPES:
            names = [option for option, (measured, _) in _OPTIONS.items() if measured == what]
            before, after = ({name: side[name] for name in names if name in side} for side in (was, now))
            if before == after:
                continue
            narrower = all(_follows(after.get(name), before.get(name)) for name in names)
            wider = all(_follows(before.get(name), after.get(name)) for name in names)
            if not (narrower and wider):
                limits = [{name: size.limit for name, size in sizes.items()} for sizes in (before, after)]
                yield Difference.of_limits(kind_of_difference(narrower, wider, cls.told_as), *limits)

    @classmethod
    def problems(cls, column: Property) -> Iterator[Wrong]:
        """Sizes below 0, and a least one above the most."""
        options = column.logical_type_options
        if not options:
            return
        for key in _OPTIONS.keys() & options.keys():
            if isinstance(options[key], int | float) and options[key] < 0:
                yield Wrong("wrong-limit", place(column, key), f"{key} {options[key]} is below 0", "write 0 or more")
        for lower, upper in (("minLength", "maxLength"), ("minItems", "maxItems"), ("minProperties", "maxProperties")):
            low, high = (comparable(options.get(key), "integer") for key in (lower, upper))
            if low is not None and high is not None and low > high:
                message = f"{lower} {quoted(options[lower])} leaves nothing below {upper} {quoted(options[upper])}"
                fix = f"write a smaller {lower} or a larger {upper}"
                yield Wrong("minimum-above-maximum", place(column, lower), message, fix)

    @classmethod
    def samples(cls) -> Samples:
        """The length of texts in code points, and the items of arrays."""
        text = RuleSample(
            Size("length", "maximum", 2), "VARCHAR", ("ab", "👍👍", "", None), ("abc", "ab"),
            narrower=Size("length", "maximum", 1), wider=Size("length", "maximum", 3),
        )  # fmt: skip
        items = RuleSample(Size("items", "minimum", 1), "BIGINT[]", ([1], [None], None), ([], [1]))

        def keys(**options: object) -> dict[str, object]:
            return {"logicalType": "string", "logicalTypeOptions": options}

        written = WrittenSample(
            keys(maxLength=5), "max_length", keys(maxLength=4), "size-narrowed",
            keys(minLength=-1), "wrong-limit", "write 0 or more", keys(minLength=0),
        )  # fmt: skip
        return Samples((text, items), (written,))


def _filled(value: Value) -> str:
    """How many properties of an object are not null."""
    filled = [f"CAST(({part} IS NOT NULL) AS INTEGER)" for part in value.parts(value.members)]
    return f"CASE WHEN {value.sql} IS NOT NULL THEN {' + '.join(filled) or '0'} END"


def _by_option(column: Property) -> dict[str, Size]:
    rules = ((declared.parts[-1], declared.rule) for declared in Size.of_property(column, ()))
    return {option: rule for option, rule in rules if isinstance(rule, Size)}


def _follows(premise: Size | None, conclusion: Size | None) -> Answer:
    if conclusion is None or (conclusion.operator == "minimum" and conclusion.limit <= 0):
        return True
    return premise is not None and follows(premise, conclusion)
