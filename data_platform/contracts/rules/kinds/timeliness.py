"""Timeliness: the service levels ``latency``, ``frequency`` and ``retention`` of a column of instants.

Without a value there is nothing to measure, and latency and frequency are not evaluated. What became of service levels
is compared with all others, in ``contracts.compatibility.promises``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final, Literal

from data_platform.contracts import service_levels as sla
from data_platform.contracts.model import ServiceLevel
from data_platform.contracts.rules.kinds.unevaluated import Unevaluated
from data_platform.contracts.rules.model import Declared, Rule, RuleSample, Samples
from data_platform.contracts.rules.option import zone_of
from data_platform.contracts.rules.paths import Path, shown
from data_platform.contracts.rules.plans import Answers, Context, Measure, Plan, Status, Verdict, rows
from data_platform.contracts.rules.registry import rule_kind
from data_platform.contracts.rules.sources import TableSource
from data_platform.contracts.rules.sql import keys

Kind = Literal["latency", "frequency", "retention"]
_KINDS: Final[tuple[Kind, ...]] = ("latency", "frequency", "retention")
_MICROSECOND: Final = timedelta(microseconds=1)


@rule_kind(600)
@dataclass(frozen=True)
class Timeliness(Rule):
    """A promise about the instants in a column.

    Attributes:
        kind: ``latency``: the newest is at most ``period`` old. ``frequency``: at most ``period`` lies between one
            value and the next. ``retention``: none is older than ``period``.
        period: How long.
        zone: Of a column without one.
    """

    kind: Kind
    period: timedelta
    zone: str = "UTC"

    def plan(self, path: Path, context: Context) -> Plan:
        """The newest instant, the longest gap, or the rows that are too old."""
        moment = keys.instant(context.table.column(path[0]), self.zone)
        now = context.now.astimezone(UTC).replace(tzinfo=None)
        words = f"must be at most {self.period.total_seconds():g} seconds"
        if self.kind == "retention":
            return rows(f"({moment} < TIMESTAMP '{(now - self.period).isoformat(' ')}')")

        def judge(answers: Answers, _: int) -> Verdict:
            if answers[0] is None:
                reason = f"{shown(path)} has too few values to measure the {self.kind}"
                return Verdict(Status.NOT_EVALUATED, reason=reason)
            age = answers[0] * _MICROSECOND
            if self.kind == "latency":
                age = now - datetime(1970, 1, 1) - age  # noqa: DTZ001 - both UTC
            return Verdict(Status.FAILED if age > self.period else Status.PASSED, value=age.total_seconds())

        if self.kind == "latency":
            return Plan(judge, (Measure(f"epoch_us(max({moment}))"),), threshold=words)
        gap = partial(keys.longest_gap, moment)
        return Plan(judge, query=gap(), by_part=gap, of_no_rows=(None,), threshold=words)

    @classmethod
    def of_table(cls, source: TableSource) -> Iterator[Declared]:
        """One rule a service level and element that is about this table's rows; warnings.

        Holding a late batch back would make it later.
        """
        for level in source.contract.service_levels:
            kind = next((known for known in _KINDS if known == sla.kind(level)), None)
            for element in (level.elements or ("",)) if kind else ():
                path = _element(element, source)
                if path is None or kind is None:
                    continue
                words = f"{shown(path) or source.table.name}: {kind} {level.value} {level.unit or ''}"
                rule, parts = _rule(level, kind, path, source), ("sla", shown(path), kind)
                yield Declared(rule, path, parts, level.description or words, "timeliness", warns=True)

    @classmethod
    def samples(cls) -> Samples:
        """Days on end, and one that is long ago."""
        day, old = datetime(2024, 1, 10, tzinfo=UTC), datetime(2023, 1, 1, tzinfo=UTC)
        before = day - timedelta(days=1)
        return Samples(
            (
                RuleSample(cls("latency", timedelta(days=1)), "TIMESTAMPTZ", (day, old), (old,), None),
                RuleSample(cls("frequency", timedelta(days=1)), "TIMESTAMPTZ", (before, day), (day, old), None),
                RuleSample(cls("retention", timedelta(days=2)), "TIMESTAMPTZ", (before, None), (old, day)),
            )
        )


def _element(text: str, source: TableSource) -> Path | None:
    """The path in this table; empty for the table itself; ``None`` where it is about another table."""
    steps = text.split(".") if text else []
    if steps and source.contract.schema(steps[0]) is not None:
        if steps[0] != source.table.name:
            return None
        steps = steps[1:]
    elif len(source.contract.schemas) > 1 and steps:
        return None
    return tuple(steps)


def _rule(level: ServiceLevel, kind: Kind, path: Path, source: TableSource) -> Rule:
    period = sla.duration(level)
    if not path:
        return Unevaluated("it names no column to measure")
    if period is None:
        return Unevaluated(f"{level.value!r} {level.unit or ''} is no duration")
    owner = source.table.find(path[0])
    return Timeliness(kind, period, zone_of(owner) if owner else "UTC")
