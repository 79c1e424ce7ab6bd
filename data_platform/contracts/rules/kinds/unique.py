"""Keys of a table: ``unique`` of a property, and the primary key.

A key with a null in it is no key: ``Unique`` leaves it out, ``PrimaryKey`` lets it fail. Two NaN are the same key.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from data_platform.contracts.elements import Property, SchemaObject
from data_platform.contracts.rules.exporting import DbtTest
from data_platform.contracts.rules.kinds.unevaluated import Unevaluated
from data_platform.contracts.rules.model import Declared, Rule, RuleSample, Samples, WrittenSample
from data_platform.contracts.rules.paths import ITEMS, Path
from data_platform.contracts.rules.plans import Answers, Context, Measure, Plan, Status, Table, Verdict
from data_platform.contracts.rules.registry import rule_kind
from data_platform.contracts.rules.sources import TableSource
from data_platform.contracts.rules.sql import keys


@rule_kind(40)
@dataclass(frozen=True)
class Unique(Rule):
    """No two rows with the same values in these columns. Every row of a repeated key fails: which is right is unknown.

    Attributes:
        columns: The columns of the key.
    """

    columns: tuple[Path, ...]

    def plan(self, _: Path, context: Context) -> Plan:
        """The rows of repeated keys, counted by a query of its own."""
        key = [context.table.key(path) for path in self.columns]
        return Plan(
            _judge_repeated,
            integer_key=integer_key(self.columns, context.table),
            flag=keys.is_repeated(key),
            row_level=True,
            **question(key),
        )

    def renamed(self, moved: Mapping[Path, Path]) -> "Unique":
        """The same with its columns called as they are now."""
        return replace(self, columns=tuple(moved.get(path, path) for path in self.columns))

    @classmethod
    def of_property(cls, column: Property, path: Path) -> Iterable[Declared]:
        """The rule of the key ``unique``."""
        if column.unique:
            inside_array = Unevaluated("unique inside an array has no one meaning")
            yield Declared.at(path, "unique", inside_array if ITEMS in path else cls((path,)), "unique", "uniqueness")

    @classmethod
    def dbt_tests(cls, column: Property, table: SchemaObject) -> Iterable[DbtTest]:
        """Also of a column that is the whole primary key."""
        if column.unique or [key.column for key in table.primary_key] == [column.column]:
            yield DbtTest("unique")

    @classmethod
    def samples(cls) -> Samples:
        """Texts, whose case matters, and floats, where -0.0 is 0.0."""
        text = RuleSample(cls((("v",),)), "VARCHAR", ("a", "A", None, None), ("a", "a", "b"), 2)
        real = RuleSample(cls((("v",),)), "DOUBLE", (1.0, float("nan")), (0.0, -0.0, 1.0), 2)
        keys_of_text = {"logicalType": "string"}
        written = WrittenSample(keys_of_text, "", {**keys_of_text, "unique": True}, "unique-added")
        return Samples((text, real), (written,))


@rule_kind(200)
@dataclass(frozen=True)
class PrimaryKey(Unique):
    """Unique, and no null in any of the columns."""

    def plan(self, path: Path, context: Context) -> Plan:
        """The rows of repeated keys, and those with a null in the key."""
        null = keys.has_null([context.table.key(column) for column in self.columns])
        unique = super().plan(path, context)
        return unique._replace(judge=_judge_key, measures=(Measure.count(null),), flag=f"({null} OR {unique.flag})")

    @classmethod
    def of_property(cls, _: Property, __: Path) -> tuple[Declared, ...]:
        """None: the key is the table's."""
        return ()

    @classmethod
    def of_table(cls, source: TableSource) -> Iterator[Declared]:
        """The rule of all columns with ``primaryKey``."""
        columns = [column.column for column in source.table.primary_key]
        if columns:
            description = f"{', '.join(columns)}: the primary key, unique and not null."
            rule = cls(tuple((column,) for column in columns))
            yield Declared(rule, (), ("primary_key",), description, "uniqueness")

    @classmethod
    def dbt_tests(cls, _: Property, __: SchemaObject) -> tuple[DbtTest, ...]:
        """None: what dbt can test of a key, ``Unique`` says."""
        return ()

    @classmethod
    def samples(cls) -> Samples:
        """A key of one whole number."""
        return Samples((RuleSample(cls((("v",),)), "BIGINT", (1, 2), (1, 1, None, 2), 3, path=()),))


def question(key: Sequence[str]) -> dict[str, Any]:
    """What a plan asks about repeated keys: rows of repeated keys, and rows that repeat an earlier one.

    Args:
        key: The expressions of the key.

    Returns:
        Arguments of ``Plan``.
    """
    by_part = partial(keys.repeated_count, key)
    return {"query": keys.repeated_count(key), "by_part": by_part, "of_no_rows": (0, 0), "key": tuple(key)}


def integer_key(columns: Sequence[Path], table: Table) -> str | None:
    """The expression of a key of one column of integers."""
    if len(columns) != 1 or len(columns[0]) != 1:
        return None
    value = table.column(columns[0][0])
    return value.sql if value.family == "integer" else None


def _judge_repeated(answers: Answers, _: int) -> Verdict:
    return Verdict(Status.FAILED if answers[0] else Status.PASSED, answers[0])


def _judge_key(answers: Answers, _: int) -> Verdict:
    # The query leaves out keys with a null in them, so no row is counted twice.
    nulls, rows = answers[0], answers[1]
    reason = f"{nulls:,} with a null, {rows:,} with a key that is there twice" if nulls else None
    return Verdict(Status.FAILED if nulls + rows else Status.PASSED, nulls + rows, reason=reason)
