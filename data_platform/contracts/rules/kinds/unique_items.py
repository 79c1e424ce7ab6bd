"""Items that are there once: ``uniqueItems`` of an array."""

from collections.abc import Iterator
from dataclasses import dataclass

from data_platform.contracts.elements import Property
from data_platform.contracts.rules.model import Declared, RuleSample, Samples, WrittenSample
from data_platform.contracts.rules.option import OptionRule
from data_platform.contracts.rules.paths import Path
from data_platform.contracts.rules.registry import rule_kind
from data_platform.contracts.rules.sql.values import Value


@rule_kind(100)
@dataclass(frozen=True)
class UniqueItems(OptionRule):
    """No item twice in an array; null is an item like any other."""

    options = {"uniqueItems": ("array",)}  # noqa: RUF012 - never changed
    keyword_of = frozenset({"array"})
    told_as = ("unique-items-added", "unique-items-removed", "unique-items-added")

    def violation(self, value: Value) -> str:
        """With an item that is there twice."""
        if value.needs("list") == "null":
            return "false"
        array = value.sql
        # list_distinct leaves nulls out; one null is distinct, two are not.
        return f"(list_count({array}) <> len(list_distinct({array})) OR len({array}) - list_count({array}) > 1)"

    @classmethod
    def of_property(cls, column: Property, path: Path) -> Iterator[Declared]:
        """The rule of the option."""
        if column.logical_type_options.get("uniqueItems"):
            yield Declared.at(path, "uniqueItems", UniqueItems(), "no item twice")

    @classmethod
    def samples(cls) -> Samples:
        """Arrays of whole numbers."""
        rule = RuleSample(UniqueItems(), "BIGINT[]", ([1, 2, None], [], None), ([1, 1], [None, None], [1]), 2)
        array = {"logicalType": "array", "items": {"logicalType": "integer"}}
        unique = {**array, "logicalTypeOptions": {"uniqueItems": True}}
        return Samples((rule,), (WrittenSample(array, "", unique, "unique-items-added"),))
