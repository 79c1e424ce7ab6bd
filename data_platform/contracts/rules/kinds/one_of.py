"""Lists of values: ``enum`` of a property (ODCS 3.2)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from data_platform.contracts.elements import Property, SchemaObject
from data_platform.contracts.rules.comparing.differences import Answer, Difference, kind_of_difference
from data_platform.contracts.rules.comparing.limits import listed
from data_platform.contracts.rules.exporting import DbtTest
from data_platform.contracts.rules.model import Declared, RuleSample, Samples, ValueRule, WrittenSample, follows
from data_platform.contracts.rules.option import zone_of
from data_platform.contracts.rules.paths import Path, Scalar
from data_platform.contracts.rules.registry import rule_kind
from data_platform.contracts.rules.sources import Wrong
from data_platform.contracts.rules.sql.values import ORDERED, Value
from data_platform.contracts.rules.written import value_problems

_TOLD_AS: Final = ("enum-narrowed", "enum-widened", "enum-changed")


@rule_kind(120)
@dataclass(frozen=True)
class OneOf(ValueRule):
    """One of these values. A listed value that the column's type cannot hold equals nothing."""

    values: tuple[Scalar, ...]
    zone: str = "UTC"

    def violation(self, value: Value) -> str:
        """Neither of the values."""
        value.needs("text", "boolean", *ORDERED)
        literals = value.literals(self.values, self.zone)
        return f"{value.sql} NOT IN ({', '.join(literals)})" if literals else f"{value.sql} IS NOT NULL"

    def implies(self, other: "OneOf", logical: str | None) -> Answer:
        """Whether the other lists all of these values."""
        return listed(self.values, logical, self.zone) <= listed(other.values, logical, other.zone)

    @classmethod
    def of_property(cls, column: Property, path: Path) -> Iterator[Declared]:
        """The rule of the list."""
        if column.enum:
            yield Declared.at(path, "enum", OneOf(column.enum, zone_of(column)), f"one of {len(column.enum)} values")

    @classmethod
    def differences(cls, old: Property, new: Property) -> Iterator[Difference]:
        """What became of the list, by the values that went and came."""
        before, after = old.enum, new.enum
        if not before and not after:
            return
        if not before or not after:
            kind = "enum-removed" if before else "enum-added"
            yield Difference.turned(kind, "enum", before or None, after or None)
            return
        was, now = OneOf(before, zone_of(old)), OneOf(after, zone_of(new))
        narrower, wider = follows(now, was, new.logical_type), follows(was, now, old.logical_type)
        if narrower and wider:
            return
        gone, come = (
            [value for value in these if value not in those] for these, those in ((before, after), (after, before))
        )
        parts = [
            f"without {', '.join(map(str, gone))}" if gone else "",
            f"with {', '.join(map(str, come))}" if come else "",
        ]
        message = f"enum: now {' and '.join(filter(None, parts))}"
        yield Difference(kind_of_difference(narrower, wider, _TOLD_AS), message, before, after)

    @classmethod
    def problems(cls, column: Property) -> Iterator[Wrong]:
        """A list of nothing, and values that are none of the type or listed twice."""
        place = (*column.path, "enum")
        if column.raw.get("enum") == []:
            yield Wrong("invalid-enum", place, "enum allows no value", "list the values, or remove it")
        for problem in value_problems(column.enum, column.logical_type, place):
            yield Wrong("invalid-enum", *problem)

    @classmethod
    def dbt_tests(cls, column: Property, _: SchemaObject) -> Iterator[DbtTest]:
        """The list."""
        if column.enum:
            yield DbtTest("accepted_values", {"values": list(column.enum)})

    @classmethod
    def json_schema(cls, column: Property) -> Mapping[str, object]:
        """The list."""
        return listed_in_json(column, column.enum)

    @classmethod
    def samples(cls) -> Samples:
        """Texts and floats."""
        text = RuleSample(
            OneOf(("a", "it's")), "VARCHAR", ("a", "it's", None), ("A", "a"), narrower=OneOf(("a",)),
            wider=OneOf(("a", "b", "it's")),
        )  # fmt: skip
        real = RuleSample(OneOf((0.1, 2)), "DOUBLE", (0.1, 2.0), (float("nan"), 0.2), 2)

        def keys(*values: object) -> dict[str, object]:
            return {"logicalType": "string", "enum": [{"value": value} for value in values]}

        written = WrittenSample(
            keys("a", "b"), "enum", keys("a"), "enum-narrowed",
            keys("a", 1), "invalid-enum", "write a text, in quotes", keys("a", "1"),
        )  # fmt: skip
        return Samples((text, real), (written,))


def listed_in_json(column: Property, values: Sequence[object]) -> Mapping[str, object]:
    """JSON Schema of a list of values, with null where the property may be null; nothing of an empty one."""
    if not values:
        return {}
    return {"enum": [*values] if column.required or column.primary_key else [*values, None]}
