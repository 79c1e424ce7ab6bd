"""Properties that are there: ``required`` of an object's ``logicalTypeOptions``."""

from collections.abc import Iterator
from dataclasses import dataclass

from data_platform.contracts.elements import Property
from data_platform.contracts.rules.comparing.differences import Answer
from data_platform.contracts.rules.model import Declared, RuleSample, Samples, WrittenSample
from data_platform.contracts.rules.option import OptionRule
from data_platform.contracts.rules.paths import Path
from data_platform.contracts.rules.registry import rule_kind
from data_platform.contracts.rules.sql.values import Value, text_literal


@rule_kind(110)
@dataclass(frozen=True)
class HasProperties(OptionRule):
    """These properties of an object are not null; of a map, these keys are there."""

    names: tuple[str, ...]

    options = {"required": ("object",)}  # noqa: RUF012 - never changed
    told_as = ("presence-narrowed", "presence-widened", "presence-changed")

    def violation(self, value: Value) -> str:
        """Without one of the properties."""
        own = value.needs("struct", "map")
        if own == "null":
            return "false"
        if own == "map":
            absent = [f"NOT map_contains({value.sql}, {text_literal(name)})" for name in self.names]
        else:
            absent = [f"{part} IS NULL" for part in value.parts(self.names)]
        return f"({value.sql} IS NOT NULL AND ({' OR '.join(absent) or 'false'}))"

    def implies(self, other: "HasProperties", _: str | None) -> Answer:
        """Whether these are all of the other's."""
        return set(self.names) >= set(other.names)

    @classmethod
    def of_property(cls, column: Property, path: Path) -> Iterator[Declared]:
        """The rule of the option."""
        names = column.logical_type_options.get("required")
        if names:
            rule = HasProperties(tuple(map(str, names)))
            yield Declared.at(path, cls.suffix(), rule, "has the required properties")

    @classmethod
    def suffix(cls) -> str:
        """Not ``required``, which is what a column itself is called by."""
        return "requiredProperties"

    @classmethod
    def samples(cls) -> Samples:
        """An object of two properties."""
        rule = RuleSample(
            HasProperties(("a",)), "STRUCT(a BIGINT, b BIGINT)", ({"a": 1, "b": None}, None), ({"a": None, "b": 1},),
            narrower=HasProperties(("a", "b")), wider=HasProperties(()),
        )  # fmt: skip
        parts = [{"name": name, "logicalType": "integer", "description": name} for name in ("a", "b")]
        keys, fewer = (
            {"logicalType": "object", "properties": parts, "logicalTypeOptions": {"required": names}}
            for names in (["a", "b"], ["a"])
        )
        return Samples((rule,), (WrittenSample(fewer, "required_properties", keys, "presence-narrowed"),))
