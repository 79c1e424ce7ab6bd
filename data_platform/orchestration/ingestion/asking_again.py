"""The sensor that has a day of a source asked for again, until it is there or cannot be had any more; then says so.

What belongs here: what Dagster knows of a day, and what to ask it for. What does not: times (``horizon``), and how a
source is asked (a domain's own).

No run waits: a run asks in one short burst and ends, and the sensor asks for the next one. All that it needs to know is
in Dagster's own records, so a restart loses nothing: which days were materialized, which runs of a day ended in vain
and when. The cursor only spares looking: it names the newest day that is there, and the newest that was told as missed.

A failed run leaves its reason with the day, as an observation of the asset (`leave_reason`), so that a day that has no
materialization shows why. A day that cannot be had any more becomes, once, a failed check of the asset and an
observation with the last reason: the partition has no other event, and whoever is alerted by failed checks is alerted.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import dagster as dg

from data_platform.ingestion import clock
from data_platform.ingestion.horizon import Horizon
from data_platform.orchestration.failures import without_secrets
from data_platform.redaction import shortened

TAKEN: Final = "day_taken"
"""The check that fails where a day of a source was missed for good."""

TAKEN_PROMISE: Final = "Each day is taken from its source while it can be had"

REASON: Final = "reason"
MISSED: Final = "missed"
"""Metadata: why a day is not there, and whether it never will be."""

_UNSEEN: Final = "{day}: no run yet; asked for at the next look, if there is none then"
_PARTITION_TAG: Final = "dagster/partition"
_MOST_DAYS: Final = 10
_MOST_RECORDS: Final = 200
_LONGEST_REASON: Final = 2000
_KEPT: Final = timedelta(days=1)
"""What is made of a day that is stored is asked for this much longer than the day itself could be had."""

Metadata = Mapping[str, Any]


@dataclass(frozen=True)
class DailySource:
    """A daily source as its sensor sees it.

    Attributes:
        job: The job that takes a day, by its name.
        asset: What is stored as it came; it has the check `TAKEN`.
        made: What is to be there besides, made from it in the same job.
        horizon: When a day can be had.
        first: The first day at all.
        counts: Whether a materialization is of what is wanted, by its metadata; any is, where this is not given.
    """

    job: str
    asset: dg.AssetKey
    made: tuple[dg.AssetKey, ...]
    horizon: Horizon
    first: date
    counts: Callable[[Metadata], bool] = lambda _: True


@dataclass
class Memory:
    """What the sensor remembers, to spare looking.

    Attributes:
        there: What was looked at when every day was there that can be.
        told: The newest day of which it was told, or need not be told, that it was missed.
        seen: Days that were seen without a run; one that is seen so twice is asked for.
    """

    there: str = ""
    told: str = ""
    seen: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, cursor: str | None) -> "Memory":
        """What a cursor says; nothing, where there is none."""
        return cls(**json.loads(cursor)) if cursor else cls()


def taken() -> dg.AssetCheckResult:
    """The result of the check `TAKEN` of a run that has taken its days."""
    return dg.AssetCheckResult(check_name=TAKEN, passed=True)


def taken_spec(asset: Sequence[str]) -> dg.AssetCheckSpec:
    """The check `TAKEN` of an asset, which `taken` answers."""
    return dg.AssetCheckSpec(TAKEN, asset=list(asset), description=TAKEN_PROMISE)


def leave_reason(context: dg.AssetExecutionContext, reason: str) -> None:
    """Leave with each day of a run why it is not there."""
    for day in context.partition_keys if context.has_partition_key or context.has_partition_key_range else []:
        context.log_event(
            dg.AssetObservation(
                context.asset_key, partition=day, metadata={REASON: shortened(reason, _LONGEST_REASON), MISSED: False}
            )
        )


def asks_again(name: str, source: DailySource, job: Any) -> dg.SensorDefinition:
    """The sensor of a daily source.

    Args:
        name: The sensor's.
        source: What it looks after.
        job: The job of that name.
    """

    @dg.sensor(
        name=name,
        job=job,
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=(
            f"Asks again, ever more slowly, for days of {source.asset.to_user_string()} that are due and not there;"
            " says which were missed for good."
        ),
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        with without_secrets():
            return look(context.instance, source, context.cursor, clock.now())

    return sensor


def look(instance: dg.DagsterInstance, source: DailySource, cursor: str | None, moment: datetime) -> dg.SensorResult:
    """One tick: what to ask for, and what to tell.

    Args:
        instance: Knows runs and materializations.
        source: The source.
        cursor: What the last tick left.
        moment: Now.
    """
    memory = Memory.of(cursor)
    due = [day for day in source.horizon.to_be_had(moment, _MOST_DAYS) if day >= source.first]
    over = [day for day in source.horizon.too_late_for(moment, _MOST_DAYS) if day >= source.first]
    events = list(_missed(instance, source, memory, over))
    memory.told = over[0].isoformat() if over else memory.told
    kept = [day for day in over if moment < source.horizon.until(day) + _KEPT] if source.made else []
    looked_at = f"{due[0] if due else ''} {kept[0] if kept else ''}".strip()
    if memory.there == looked_at:
        return _result(memory, [], events, f"{looked_at or 'nothing'} is there")
    missing = _missing(instance, source, due, kept)
    memory.there = "" if missing else looked_at
    memory.seen, seen = [], memory.seen
    requests, reasons = [], []
    for day in missing:
        answer = _request(instance, source, day, moment, again=day in seen)
        requests += [answer] if isinstance(answer, dg.RunRequest) else []
        reasons += [answer] if isinstance(answer, str) else []
        memory.seen += [day] if answer == _UNSEEN.format(day=day) else []
    return _result(memory, requests, events, "; ".join(reasons) or f"{looked_at} is there")


def _result(memory: Memory, requests: list[dg.RunRequest], events: list[Any], reason: str) -> dg.SensorResult:
    return dg.SensorResult(
        run_requests=requests,
        skip_reason=None if requests else dg.SkipReason(reason),
        asset_events=events,
        cursor=json.dumps(asdict(memory)),
    )


def _missing(instance: dg.DagsterInstance, source: DailySource, due: Sequence[date], kept: Sequence[date]) -> list[str]:
    """The days to ask for, newest first.

    The newest due day; days before it, where there is one before them that was taken: what was before the first is a
    backfill's business. Of a day that cannot be had any more, what is to be made from what is stored.
    """
    days = [day.isoformat() for day in [*due, *kept]]
    there = {key: _materialized(instance, source, key, days) for key in (source.asset, *source.made)}
    taken_days = there[source.asset]
    whole = set.intersection(*there.values())
    first = min(taken_days, default="9")
    wanted = [day.isoformat() for day in due if day == due[0] or day.isoformat() > first]
    wanted += [day.isoformat() for day in kept if day.isoformat() in taken_days]
    return [day for day in wanted if day not in whole]


def _materialized(instance: dg.DagsterInstance, source: DailySource, key: dg.AssetKey, days: Sequence[str]) -> set[str]:
    if not days:
        return set()
    wanted = dg.AssetRecordsFilter(asset_key=key, asset_partitions=list(days))
    partitions = set()
    for record in instance.fetch_materializations(wanted, limit=_MOST_RECORDS).records:
        materialization = record.asset_materialization
        if materialization and materialization.partition and source.counts(materialization.metadata):
            partitions.add(materialization.partition)
    return partitions


def _request(
    instance: dg.DagsterInstance, source: DailySource, day: str, moment: datetime, *, again: bool
) -> dg.RunRequest | str:
    """A run for a day, or why there is none now."""
    runs = _runs(instance, source, day)
    if any(not run.dagster_run.is_finished for run in runs):
        return f"{day}: a run goes on"
    if not runs:
        return dg.RunRequest(run_key=f"{day}:0", partition_key=day) if again else _UNSEEN.format(day=day)
    until = source.horizon.until(date.fromisoformat(day))
    at = source.horizon.next_at(len(runs), max(map(_ended, runs)), until if until > moment else until + _KEPT)
    if moment < at:
        return f"{day}: asked for {len(runs)} times in vain; again at {at:%H:%M} UTC"
    return dg.RunRequest(run_key=f"{day}:{len(runs)}", partition_key=day)


def _runs(instance: dg.DagsterInstance, source: DailySource, day: str) -> Sequence[dg.RunRecord]:
    """The runs for a day, newest first."""
    wanted = dg.RunsFilter(job_name=source.job, tags={_PARTITION_TAG: day})
    return instance.get_run_records(wanted, limit=_MOST_RECORDS)


def _ended(run: dg.RunRecord) -> datetime:
    return datetime.fromtimestamp(run.end_time, UTC) if run.end_time else run.update_timestamp.astimezone(UTC)


def _missed(
    instance: dg.DagsterInstance, source: DailySource, memory: Memory, over: Sequence[date]
) -> Iterator[dg.AssetObservation | dg.AssetCheckEvaluation]:
    """What to tell of days that were missed for good, and that nothing was told of yet."""
    days = [day.isoformat() for day in over if day.isoformat() > memory.told]
    if not days:
        return
    stored = _materialized(instance, source, source.asset, [day.isoformat() for day in over])
    first = memory.told or min(stored, default="9")  # before it looked, a day is missed only after one that was not
    told = {day for day in days if any(about[MISSED] for about in _observed(instance, source, day))}
    for day in sorted(set(days) - stored - told):
        if day > first:
            yield from _missed_events(source, day, _reason(instance, source, day))


def _missed_events(
    source: DailySource, day: str, reason: str
) -> Iterator[dg.AssetObservation | dg.AssetCheckEvaluation]:
    text = f"{day} was missed, and cannot be had any more: {reason}"
    yield dg.AssetObservation(source.asset, partition=day, description=text, metadata={REASON: reason, MISSED: True})
    yield dg.AssetCheckEvaluation(
        source.asset,
        TAKEN,
        passed=False,
        severity=dg.AssetCheckSeverity.ERROR,
        description=text,
        partition=day,
        metadata={REASON: reason, "day": day},
    )


def _reason(instance: dg.DagsterInstance, source: DailySource, day: str) -> str:
    runs = _runs(instance, source, day)
    if not runs:
        return f"the platform did not run: there was no run of {source.job} for it"
    tried = f"{len(runs)} runs ended without it"
    for about in _observed(instance, source, day):
        if not about[MISSED]:
            return f"{tried}; the last reason: {about[REASON]}"
    last = runs[0].dagster_run
    return f"{tried}; the last is {last.run_id}: {last.status.value}"


def _observed(instance: dg.DagsterInstance, source: DailySource, day: str) -> Iterator[Metadata]:
    """What was left with a day and told of it, newest first."""
    wanted = dg.AssetRecordsFilter(asset_key=source.asset, asset_partitions=[day])
    for record in instance.fetch_observations(wanted, limit=_MOST_RECORDS).records:
        about = record.asset_observation.metadata if record.asset_observation else {}
        if REASON in about and MISSED in about:
            yield {REASON: about[REASON].value, MISSED: about[MISSED].value}
