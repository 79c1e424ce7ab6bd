"""Values that are there: ``required`` of a property."""

from collections.abc import Iterator
from dataclasses import dataclass

from data_platform.contracts.elements import Property, SchemaObject
from data_platform.contracts.rules.exporting import DbtTest
from data_platform.contracts.rules.model import Declared, RuleSample, Samples, ValueRule, WrittenSample
from data_platform.contracts.rules.paths import Path
from data_platform.contracts.rules.registry import rule_kind
from data_platform.contracts.rules.sql.values import Value


@rule_kind(30)
@dataclass(frozen=True)
class Required(ValueRule):
    """No nulls. What a change of it means depends on the primary key, too, so columns are compared with it."""

    def violation(self, value: Value) -> str:
        """Null."""
        return f"{value.sql} IS NULL"

    @classmethod
    def of_property(cls, column: Property, path: Path) -> Iterator[Declared]:
        """The rule of the key."""
        if column.required:
            yield Declared.at(path, "required", Required(), "not null", "completeness")

    @classmethod
    def dbt_tests(cls, column: Property, _: SchemaObject) -> Iterator[DbtTest]:
        """Also of the primary key, which promises it."""
        if column.required or column.primary_key:
            yield DbtTest("not_null")

    @classmethod
    def samples(cls) -> Samples:
        """Whole numbers; NaN is a value."""
        rules = (
            RuleSample(Required(), "BIGINT", (1,), (1, None)),
            RuleSample(Required(), "DOUBLE", (float("nan"),), (None,)),
        )
        text = {"logicalType": "string"}
        return Samples(rules, (WrittenSample(text, "", {**text, "required": True}, "required-added"),))
