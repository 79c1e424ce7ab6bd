"""How many different values a column has: ``dataPlatform.distinctCount``, such as ``{mustBeBetween: [2, 50]}``.

Nulls are no value. Two NaN are the same value, and so are -0.0 and 0.0. A batch without rows, or of nothing but nulls,
has 0 different values, so that a least number refuses it. Of many partitions each has its own count.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from data_platform.contracts.elements import Property
from data_platform.contracts.findings import quoted
from data_platform.contracts.rules.comparing import thresholds
from data_platform.contracts.rules.comparing.differences import Answer
from data_platform.contracts.rules.custom import CustomRule
from data_platform.contracts.rules.custom_keys import CustomKey
from data_platform.contracts.rules.kinds.unevaluated import Unevaluated
from data_platform.contracts.rules.model import Rule, RuleSample, Samples, WrittenSample
from data_platform.contracts.rules.paths import ITEMS, Path
from data_platform.contracts.rules.plans import Answers, Context, Measure, Plan, Status, Verdict
from data_platform.contracts.rules.registry import rule_kind
from data_platform.contracts.rules.sources import Wrong
from data_platform.contracts.rules.thresholds import Operator, Threshold
from data_platform.contracts.suggest import did_you_mean

_SEVERITIES: Final = ("error", "warning")
_EXAMPLE: Final = "{mustBeBetween: [2, 50]}"


class _Setting(NamedTuple):
    """What a value of the key says: how many there may be, and whether a failure only warns."""

    threshold: Threshold
    warns: bool


def _parse(value: object) -> _Setting:
    if not isinstance(value, Mapping):
        raise ValueError(f"{quoted(value)} compares with nothing; write a mapping, such as {_EXAMPLE}")  # noqa: TRY004
    operators = [str(key) for key in value if key != "severity"]
    for name in operators:
        if name not in set(Operator):
            raise ValueError(f"{quoted(name)} is no operator; {did_you_mean(name, Operator)}")
    if len(operators) != 1:
        raise ValueError(f"it has {len(operators)} operators; write one, such as {_EXAMPLE}")
    severity = value.get("severity", "error")
    if severity not in _SEVERITIES:
        raise ValueError(f"severity: {quoted(severity)} is not known; write error or warning")
    return _Setting(_threshold(Operator(operators[0]), value[operators[0]]), severity == "warning")


def _threshold(operator: Operator, written: object) -> Threshold:
    limits = tuple(written) if isinstance(written, list) else (written,)
    if not all(isinstance(limit, int) and not isinstance(limit, bool) for limit in limits):
        raise ValueError(f"{operator}: {quoted(written)} is no count; write whole numbers, such as {_EXAMPLE}")
    try:
        threshold = Threshold(operator, limits)
    except ValueError as error:
        raise ValueError(f"{error}; write it as in {_EXAMPLE}") from None
    if not thresholds.kept_by(threshold, "counts"):
        raise ValueError(f"{operator} {quoted(written)} leaves no count; write a number that a count can be")
    return threshold


@rule_kind(130)
@dataclass(frozen=True)
class DistinctCount(CustomRule):
    """A column has so many different values.

    Attributes:
        threshold: How many.
    """

    threshold: Threshold

    custom_keys = (CustomKey("distinctCount", "property", _parse),)
    dimension = "conformity"
    suffix = "distinctCount"

    @property
    def words(self) -> str:
        """The promise after the column's name."""
        return f"the number of different values {self.threshold}"

    def plan(self, path: Path, context: Context) -> Plan:
        """One aggregate in the scan that measures all else."""
        measure = Measure(f"count(DISTINCT {context.table.key(path)})")
        return Plan(self._judge, (measure,), threshold=str(self.threshold))

    def _judge(self, answers: Answers, _: int) -> Verdict:
        count = int(answers[0] or 0)  # a partition without rows has no answer
        return Verdict(Status.PASSED if self.threshold.holds(count) else Status.FAILED, value=float(count))

    def implies(self, other: "DistinctCount", _: str | None) -> Answer:
        """Whether each count that keeps this threshold keeps the other."""
        return thresholds.keeps(self.threshold, other.threshold, "counts")

    @property
    def kept_by_nulls(self) -> bool:
        """Nulls are no value, so there are 0."""
        return self.threshold.holds(0)

    @classmethod
    def of_setting(cls, setting: _Setting, path: Path) -> tuple[Rule, bool]:
        """The rule; inside an array nobody can say of which values."""
        if ITEMS in path:
            return Unevaluated("different values inside an array have no one count"), setting.warns
        return cls(setting.threshold), setting.warns

    @classmethod
    def problems(cls, column: Property) -> Iterator[Wrong]:
        """That it is written where no check reaches, or where there is no one count."""
        place = cls.place(column)
        if place is not None and {"items", "map"} & set(column.path):
            message = f"{cls.custom_keys[0].full_name} is not counted inside an array or a map"
            yield Wrong("house-property", place, message, "write it at a column, or at a property of an object")

    @classmethod
    def samples(cls) -> Samples:
        """Texts with nulls, floats with NaN, and a property of an object."""
        nan, two = float("nan"), _count(Operator.BE, 2)
        narrower, wider = two, _count(Operator.GREATER_OR_EQUAL, 1)
        texts = RuleSample(
            _count(Operator.BETWEEN, 2, 3), "VARCHAR", ("a", "b", "b", "B", None), ("a", "a", None), None,
            narrower=narrower, wider=wider,
        )  # fmt: skip
        reals = RuleSample(two, "DOUBLE", (nan, nan, 0.0, -0.0, None), (0.0, -0.0), None)
        nulls = RuleSample(_count(Operator.BE, 0), "BIGINT", (None,), (7,), None)
        inner = RuleSample(two, "STRUCT(a BIGINT)", ({"a": 1}, {"a": 2}, None), ({"a": 1},), None, ("v", "a"))
        written = WrittenSample(
            _keys(mustBeBetween=[2, 9]), "distinct_count", _keys(mustBeBetween=[3, 9]), "rule-tightened",
            _keys(mustBeBetwen=[2, 9]), "house-property", "mustBeBetween", _keys(mustBeBetween=[2, 9]),
        )  # fmt: skip
        array = {"logicalType": "array", "items": {"logicalType": "string"}}
        misplaced = WrittenSample(
            _keys(mustBe=2), "distinct_count", _keys(mustBe=2, severity="warning"), "rule-no-longer-enforced",
            {**array, "items": _keys(mustBe=2)}, "house-property", "write it at a column", array,
        )  # fmt: skip
        return Samples((texts, reals, nulls, inner), (written, misplaced))


def _count(operator: Operator, *limits: int) -> DistinctCount:
    return DistinctCount(Threshold(operator, limits))


def _keys(**value: Any) -> dict[str, object]:
    entry = {"property": "dataPlatform.distinctCount", "value": value}
    return {"logicalType": "string", "customProperties": [entry]}
