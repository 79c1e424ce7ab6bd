"""What a kind of rule is: the class that every kind extends, and what it is asked.

What belongs here: the questions, with what is answered where a kind says nothing of its own. What does not: the kinds
(``kinds``), the two usual forms of them (``option``, ``custom``), which kinds there are (``registry``).

A kind is a frozen dataclass; an object of it is one rule: what is promised, never how it is checked. What a whole kind
knows (how it is written in a contract, what can be wrong with that) are class methods.
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, NamedTuple, Self

from data_platform.contracts.elements import Property, SchemaObject
from data_platform.contracts.model import Contract
from data_platform.contracts.rules.comparing.differences import Answer, Difference
from data_platform.contracts.rules.custom_keys import CustomKey
from data_platform.contracts.rules.exporting import DbtTest
from data_platform.contracts.rules.paths import Path, shown
from data_platform.contracts.rules.plans import Context, Plan, Verdict, rows
from data_platform.contracts.rules.sources import QualitySource, TableSource, Wrong
from data_platform.contracts.rules.sql.inside import inside
from data_platform.contracts.rules.sql.values import UnevaluableError, Value
from data_platform.contracts.rules.thresholds import Threshold


class Rule:
    """A rule: what is promised of a table or of a value in it."""

    position: ClassVar[int]
    """Where the checks of this kind stand among those of a table, or of a column; ``registry.rule_kind`` sets it."""
    custom_keys: ClassVar[tuple[CustomKey, ...]] = ()
    """The keys of ours that the kind comes of."""
    dimensions: ClassVar[Mapping[str, str]] = {}
    """Of rules made of entries of ``quality``: the dimension of data quality by type or metric."""
    is_evaluated: ClassVar[bool] = True
    """Whether a machine can judge it."""

    def plan(self, path: Path, context: Context) -> Plan | Verdict:  # noqa: ARG002 - kinds need them
        """What to ask of a batch, or the verdict where nothing has to be asked.

        Args:
            path: What the rule is about; empty for the whole table.
            context: The batch, and what else there is.

        Raises:
            UnevaluableError: It has no meaning here.
            UnfitValueError, UnknownTypeError: The contract and the batch do not fit together.
        """
        raise UnevaluableError(f"{type(self).__name__} is not known to this engine")

    def implies(self, _: Self, __: str | None, /) -> Answer:
        """Whether data that keep this rule keep another one of its kind, about a place of that logical type."""
        return None

    def renamed(self, _: Mapping[Path, Path], /) -> "Rule":
        """The rule with the columns that it names called as a mapping says."""
        return self

    @property
    def kept_by_nulls(self) -> bool:
        """Whether a column of nothing but nulls is sure to keep it."""
        return False

    @classmethod
    def of_table(cls, _: TableSource, /) -> "Iterable[Declared]":
        """The rules of this kind that a table and its contract declare as a whole."""
        return ()

    @classmethod
    def of_property(cls, _: Property, __: Path, /) -> "Iterable[Declared]":
        """The rules of this kind that a property declares by a key of its own."""
        return ()

    @classmethod
    def of_quality(cls, _: QualitySource, /) -> "Rule | None":
        """The rule that an entry of ``quality`` says; None where it is of another kind.

        Raises:
            ValueError, TypeError: It is of this kind, and its threshold cannot be read.
        """
        return None

    @classmethod
    def problems(cls, _: Property, /) -> Iterable[Wrong]:
        """What is wrong with how a property declares rules of this kind."""
        return ()

    @classmethod
    def differences(cls, _: Property, __: Property, /) -> Iterable[Difference]:
        """What became of the rules of this kind from the old form of a property to the new one."""
        return ()

    @classmethod
    def contract_differences(cls, _: Contract, __: Contract, /) -> Iterable[Difference]:
        """What became of the rules of this kind that a whole contract declares by keys of ours."""
        return ()

    @classmethod
    def new_column_differences(cls, _: Property, /) -> Iterable[Difference]:
        """What rules of this kind ask of a new column that old data, in which it is null, may break."""
        return ()

    @classmethod
    def dbt_tests(cls, _: Property, __: SchemaObject, /) -> Iterable[DbtTest]:
        """The tests of dbt that say what a column of a table promises by rules of this kind."""
        return ()

    @classmethod
    def json_schema(cls, _: Property, /) -> Mapping[str, object]:
        """The keywords of JSON Schema that say what a property promises by rules of this kind."""
        return {}

    @classmethod
    def samples(cls) -> "Samples":
        """Rules of this kind with data and contracts, which the shared tests try."""
        return Samples()


class ValueRule(Rule):
    """A rule about single values: the rows that break it can be left out."""

    def violation(self, value: Value) -> str:
        """SQL that is true where a value breaks the rule; it may be null where the value is, which counts as kept.

        Raises:
            UnevaluableError, UnfitValueError: As ``plan``.
        """
        raise NotImplementedError

    def plan(self, path: Path, context: Context) -> Plan | Verdict:
        """The rows with a value that breaks the rule, counted."""
        return self.counted(path, context)

    def counted(self, path: Path, context: Context, threshold: Threshold | None = None) -> Plan:
        """The plan that counts rows with a value that breaks the rule; without a threshold there may be none."""
        value = context.table.column(path[0])
        flag = inside(value, path[1:], self.violation)
        per_value = value.sql if value.family == "text" and "regexp_" in flag else None
        return rows(flag, threshold, per_value)


class Declared(NamedTuple):
    """A rule as a contract declares it, which makes a check.

    Attributes:
        rule: The rule.
        path: What it is about.
        parts: The parts of the check's name.
        description: The promise in words.
        dimension: The data quality dimension of ODCS.
        warns: Whether a failure is told and keeps nothing from being published.
    """

    rule: Rule
    path: Path
    parts: tuple[str, ...]
    description: str
    dimension: str | None = None
    warns: bool = False

    @classmethod
    def at(
        cls, path: Path, suffix: str, rule: Rule, words: str, dimension: str = "conformity", *, warns: bool = False
    ) -> "Declared":
        """A rule about one value, named by the value and a suffix, in words that go on after the value's name."""
        element = shown(path)
        return cls(rule, path, (element, suffix), f"{element}: {words}.", dimension, warns)


Keys = Mapping[str, Any]
"""Keys of a property ``v`` as a contract has them."""


class RuleSample(NamedTuple):
    """A rule about the column ``v``, with data.

    Attributes:
        rule: The rule.
        type: The column's type in DuckDB's SQL.
        keeps: Values of a batch that keeps it.
        breaks: Values of a batch that breaks it.
        failing: How many rows of that fail; None where the rule counts no rows.
        path: What the rule is about.
        narrower: A rule that allows less: what keeps it keeps the rule, and not the other way round.
        wider: One that allows more.
    """

    rule: Rule
    type: str
    keeps: tuple[Any, ...]
    breaks: tuple[Any, ...]
    failing: int | None = 1
    path: tuple[str, ...] = ("v",)
    narrower: Rule | None = None
    wider: Rule | None = None


class WrittenSample(NamedTuple):
    """How a rule is written, rightly and wrongly.

    Attributes:
        keys: Keys of the property ``v`` that declare the rule.
        check: The name of the check that comes of it, without that of the property.
        narrower: Keys that declare a narrower rule; None: there is none.
        told_as: The kind of change from the keys to the narrower ones.
        wrong: Keys with something wrong in them; None: the schema or the standard's own rules tell it.
        lint: The id of the finding.
        fix: A part of what the finding says to write.
        mended: Keys after that fix.
    """

    keys: Keys
    check: str
    narrower: Keys | None = None
    told_as: str = ""
    wrong: Keys | None = None
    lint: str = ""
    fix: str = ""
    mended: Keys | None = None


class Samples(NamedTuple):
    """The samples of a kind."""

    rules: tuple[RuleSample, ...] = ()
    written: tuple[WrittenSample, ...] = ()


def follows(premise: Rule, conclusion: Rule, logical: str | None = None) -> Answer:
    """Whether data that keep one rule keep another.

    Args:
        premise: A rule.
        conclusion: Another, about the same place.
        logical: The logical type of that place.

    Returns:
        ``True`` (always), ``False`` (not always), or ``None`` (nobody can tell).
    """
    if repr(premise) == repr(conclusion):  # where true is not 1, as it is to ``==``
        return True if premise.is_evaluated else None
    if type(premise) is not type(conclusion):
        return None
    return premise.implies(conclusion, logical)
