"""Metrics of the ODCS library: entries of ``quality`` with a ``metric``, one number each within a threshold.

All five are here, since they are one kind to whoever reads results, and the standard closes the list. Of no rows a
metric counts 0, and 0 percent.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from data_platform.contracts.elements import Property, QualityRule, SchemaObject
from data_platform.contracts.rules.comparing import thresholds
from data_platform.contracts.rules.comparing.differences import Answer
from data_platform.contracts.rules.comparing.limits import listed
from data_platform.contracts.rules.exporting import DbtTest
from data_platform.contracts.rules.kinds.matches import Matches
from data_platform.contracts.rules.kinds.one_of import OneOf, listed_in_json
from data_platform.contracts.rules.kinds.unevaluated import Unevaluated
from data_platform.contracts.rules.kinds.unique import integer_key, question
from data_platform.contracts.rules.model import Rule, RuleSample, Samples, ValueRule, follows
from data_platform.contracts.rules.paths import ITEMS, Path, Scalar
from data_platform.contracts.rules.plans import Context, Measure, Plan, judge_count, judge_value
from data_platform.contracts.rules.registry import option_kinds, rule_kind
from data_platform.contracts.rules.sources import QualitySource
from data_platform.contracts.rules.sql import keys
from data_platform.contracts.rules.sql.values import UnfitValueError, Value
from data_platform.contracts.rules.thresholds import Operator, Threshold, threshold_of

Name = Literal["nullValues", "missingValues", "invalidValues", "duplicateValues", "rowCount"]
OF_A_PROPERTY: Final[tuple[Name, ...]] = ("nullValues", "missingValues", "invalidValues")
"""Metrics of values; the others count rows."""
ARGUMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "nullValues": (),
    "missingValues": ("missingValues",),
    "invalidValues": ("validValues", "pattern"),
    "duplicateValues": ("properties",),
    "rowCount": (),
}
"""The metrics with the arguments that each takes."""
_MISSING: Final = (None, "")


@rule_kind(300)
@dataclass(frozen=True)
class Metric(ValueRule):
    """A metric of the ODCS library, within a threshold.

    Attributes:
        metric: ``nullValues``: nulls. ``missingValues``: values listed in ``values`` (where ``None`` stands for null).
            ``invalidValues``: values neither null nor in ``values``, or without ``pattern`` in them.
            ``duplicateValues``: rows that repeat an earlier one, rows minus distinct keys. ``rowCount``: rows.
        threshold: What the number must be; percent is of all rows.
        values: See ``metric``.
        pattern: See ``metric``; read as in ``Matches``.
        columns: The key of ``duplicateValues``.
        rules: For ``invalidValues``: values that break one of these rules are invalid too.
    """

    metric: Name
    threshold: Threshold
    values: tuple[Scalar, ...] | None = None
    pattern: str | None = None
    columns: tuple[Path, ...] = ()
    rules: tuple[Rule, ...] = ()

    dimensions = {  # noqa: RUF012 - never changed
        "nullValues": "completeness", "missingValues": "completeness", "invalidValues": "conformity",
        "duplicateValues": "uniqueness", "rowCount": "coverage",
    }  # fmt: skip

    def plan(self, path: Path, context: Context) -> Plan:
        """Values are counted as rules about values count those that break them; rows and keys otherwise."""
        if self.metric == "rowCount":
            if self.threshold.unit == "percent":
                raise UnfitValueError("rowCount in percent has no meaning")
            return Plan(judge_value(self.threshold), (Measure("count(*)"),), threshold=str(self.threshold))
        if self.metric == "duplicateValues":
            return self._duplicates(context)
        return self.counted(path, context, self.threshold)

    def _duplicates(self, context: Context) -> Plan:
        key = [context.table.key(path) for path in self.columns]
        judge = judge_count(self.threshold)
        return Plan(
            lambda answers, total: judge(answers[1:], total),
            integer_key=integer_key(self.columns, context.table),
            flag=keys.is_repeated(key),
            row_level=self.threshold.tolerates_none,
            threshold=str(self.threshold),
            **question(key),
        )

    def violation(self, value: Value) -> str:
        """Null, missing or invalid."""
        if self.metric == "nullValues":
            return f"{value.sql} IS NULL"
        return self._missing(value) if self.metric == "missingValues" else self._invalid(value)

    def _missing(self, value: Value) -> str:
        values = _MISSING if self.values is None else self.values
        literals = value.literals(values)
        tests = [f"{value.sql} IN ({', '.join(literals)})"] if literals else []
        tests += [f"{value.sql} IS NULL"] if None in values else []
        return f"({' OR '.join(tests) or 'false'})"

    def _invalid(self, value: Value) -> str:
        tests = [f"coalesce({rule.violation(value)}, false)" for rule in self.tests() if isinstance(rule, ValueRule)]
        if not tests:
            raise UnfitValueError("has an invalidValues rule with neither validValues nor pattern")
        return f"({' OR '.join(tests)})"

    def tests(self) -> tuple[Rule, ...]:
        """The rules that a valid value keeps."""
        tests: list[Rule] = list(self.rules)
        tests += [OneOf(self.values)] if self.values is not None else []
        tests += [Matches(self.pattern)] if self.pattern is not None else []
        return tuple(tests)

    def implies(self, other: "Metric", logical: str | None) -> Answer:
        """Of two counts, how one lies to the other, and then the numbers that are allowed."""
        if self.metric != other.metric:
            return None
        fewer, more = other.counts_no_more(self, logical), self.counts_no_more(other, logical)
        if self.threshold.unit != other.threshold.unit:
            none_left = self.threshold.tolerates_none and other.threshold.holds(0)
            return True if none_left and fewer else None
        domain: thresholds.Domain = "shares" if self.threshold.unit == "percent" else "counts"
        allowed, wanted = (thresholds.kept_by(metric.threshold, domain) for metric in (self, other))
        if fewer and more:
            return thresholds.implies(allowed, wanted)
        if fewer and thresholds.implies(thresholds.up_to_most(allowed), wanted):
            return True
        if more and thresholds.implies(thresholds.from_least(allowed, domain), wanted):
            return True
        return None if fewer is None or more is None else False

    def counts_no_more(self, other: "Metric", logical: str | None) -> Answer:
        """Whether it counts only rows that the other counts as well."""
        if self.metric == "duplicateValues":
            return set(self.columns) >= set(other.columns)
        if self.metric == "missingValues":
            mine, theirs = (_MISSING if side.values is None else side.values for side in (self, other))
            return listed(mine, logical) <= listed(theirs, logical) and (None not in mine or None in theirs)
        if self.metric == "invalidValues":
            # Whether whatever is valid to the other is valid to this one.
            answers = [_some(other.tests(), wanted, logical) for wanted in self.tests()]
            return True if all(answers) else False if False in answers else None
        return True

    def renamed(self, moved: Mapping[Path, Path]) -> "Metric":
        """The same with the columns of its key called as they are now."""
        return replace(self, columns=tuple(moved.get(path, path) for path in self.columns))

    @property
    def kept_by_nulls(self) -> bool:
        """Nulls are neither invalid nor duplicates."""
        return self.metric in ("invalidValues", "duplicateValues") and self.threshold.holds(0)

    @classmethod
    def of_quality(cls, source: QualitySource) -> Rule | None:
        """The rule of an entry of type ``library``."""
        if source.entry.type != "library":
            return None
        threshold, metric = threshold_of(source.entry), source.entry.metric
        if metric in OF_A_PROPERTY:
            return cls._of_values(source, threshold)
        if metric == "duplicateValues":
            return cls._of_duplicates(source, threshold)
        return cls("rowCount", threshold) if metric == "rowCount" else Unevaluated("its metric is not known")

    @classmethod
    def _of_duplicates(cls, source: QualitySource, threshold: Threshold) -> Rule:
        names = source.entry.arguments.get("properties") or []
        columns = tuple(source.column(str(name)) for name in names) or ((source.path,) if source.path else ())
        if not columns or any(ITEMS in column for column in columns):
            return Unevaluated("nothing says which properties must differ")
        return cls("duplicateValues", threshold, columns=columns)

    @classmethod
    def _of_values(cls, source: QualitySource, threshold: Threshold) -> Rule:
        """What is invalid, without arguments, the property's own options and enum say."""
        metric, arguments, owner = source.entry.metric, source.entry.arguments, source.owner
        if owner is None:
            return Unevaluated(f"{metric} is measured of a property")
        if metric == "nullValues":
            return cls("nullValues", threshold)
        if metric == "missingValues":
            return cls("missingValues", threshold, values=_values(arguments.get("missingValues")))
        values, pattern = _values(arguments.get("validValues")), arguments.get("pattern")
        if values is not None or pattern is not None:
            return cls("invalidValues", threshold, values, None if pattern is None else str(pattern))
        own = [declared.rule for kind in option_kinds() for declared in kind.of_property(owner, source.path)]
        own += [OneOf(owner.enum)] if owner.enum else []
        return cls("invalidValues", threshold, rules=tuple(own)) if own else Unevaluated("nothing says which are valid")

    @classmethod
    def dbt_tests(cls, column: Property, _: SchemaObject) -> Iterator[DbtTest]:
        """Lists of valid values."""
        for entry, values in _valid_values(column):
            yield DbtTest("accepted_values", {"values": values}, warns=(entry.severity or "error") != "error")

    @classmethod
    def json_schema(cls, column: Property) -> Mapping[str, object]:
        """The first list of valid values that lets no other through, unless there is an ``enum``."""
        for entry, values in _valid_values(column):
            lets_none = any(operator.name == "mustBe" and operator.value == 0 for operator in entry.operators)
            if not column.enum and lets_none and entry.severity in (None, "error"):
                return listed_in_json(column, values)
        return {}

    @classmethod
    def samples(cls) -> Samples:
        """One of each metric."""
        none, few = Threshold(Operator.BE, (0,)), Threshold(Operator.LESS_OR_EQUAL, (1,))
        return Samples(
            (
                RuleSample(cls("nullValues", none), "BIGINT", (1,), (None, 1), wider=cls("nullValues", few)),
                RuleSample(cls("missingValues", none, (None, "N/A")), "VARCHAR", ("a", ""), ("N/A", None, "a"), 2,
                           wider=cls("missingValues", none, ("N/A",))),
                RuleSample(cls("invalidValues", none, ("a", "b")), "VARCHAR", ("a", None), ("A", "a"),
                           narrower=cls("invalidValues", none, ("a",))),
                RuleSample(cls("duplicateValues", few, columns=(("v",),)), "BIGINT", (1, 1, None, None), (1, 1, 1), 2,
                           narrower=cls("duplicateValues", none, columns=(("v",),)), path=()),
                RuleSample(cls("rowCount", few), "BIGINT", (1,), (1, 2), None, path=(),
                           narrower=cls("rowCount", Threshold(Operator.BE, (1,)))),
            )
        )  # fmt: skip


def _some(tests: Iterable[Rule], wanted: Rule, logical: str | None) -> Answer:
    answers = [follows(test, wanted, logical) for test in tests if type(test) is type(wanted)]
    if any(answers):
        return True
    return None if None in answers else False


def _values(written: object) -> tuple[Any, ...] | None:
    return tuple(written) if isinstance(written, list | tuple) else None


def _valid_values(column: Property) -> Iterator[tuple[QualityRule, list[object]]]:
    """The entries that list valid values and ask nothing else."""
    for entry in column.quality:
        values = entry.arguments.get("validValues")
        if entry.metric == "invalidValues" and isinstance(values, list) and len(entry.arguments) == 1:
            yield entry, list(values)
