"""Finding the days that a source changed after they were taken, and asking for exactly these again.

What belongs here: comparing marks, and run requests. What does not: how a source shows its marks (a domain's own).

What a day was made of is part of its materialization (`MARKS`), so the comparison holds across restarts: a change is
seen as long as the day has not been made of it. A look a day is enough for sources that move by the day, and keeps a
source that moves all the time, such as a database, from being read again all the time.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final

import dagster as dg

from data_platform.ingestion.archive import mark_of
from data_platform.orchestration.ingestion.assets import MOST_DAYS_A_RUN
from data_platform.orchestration.ingestion.partition_range import range_tags
from data_platform.products.restated_days import RESTATED_FILE, restated_days

MARKS: Final = "source_marks"
"""Metadata of a raw materialization: the mark of each piece of input by its name, as JSON."""

Marks = Mapping[str, str]
"""The marks of a day's input by name."""


def restated_for(domain: Path, asset: str) -> timedelta:
    """How long after a day its source is looked at for changes, as the domain's ``restated.yaml`` says.

    Args:
        domain: The domain's folder.
        asset: Its raw asset, by name.

    Raises:
        InvalidProductError: The file cannot be read.
        KeyError: It says nothing of the asset; says where to.
    """
    days = restated_days(domain)
    if asset not in days:
        raise KeyError(f"{domain / RESTATED_FILE} says nothing of {asset}: write a line {asset}: 30, in days")
    return timedelta(days=days[asset])


def look_due(cursor: str | None, moment: datetime, not_before: time) -> str | None:
    """The look that a sensor owes: one a UTC day, from a time of day on.

    Args:
        cursor: What this returned for the last look that was finished; None before the first.
        moment: Now.
        not_before: The time of day, UTC.

    Returns:
        The cursor for the look to be taken now; None where it has been taken.
    """
    utc = moment.astimezone(UTC)
    day = utc.date() if utc.time() >= not_before else utc.date() - timedelta(days=1)
    return None if cursor == day.isoformat() else day.isoformat()


def made_of(instance: dg.DagsterInstance, asset: dg.AssetKey, day: str) -> Marks | None:
    """The marks of what a day was last made of; None where it was never made.

    They are empty where it does not say of what: an older version made it, or somebody reported it.
    """
    wanted = dg.AssetRecordsFilter(asset_key=asset, asset_partitions=[day])
    for record in instance.fetch_materializations(wanted, limit=1).records:
        if record.asset_materialization:
            marks = record.asset_materialization.metadata.get(MARKS)
            return dict(marks.value) if marks is not None and isinstance(marks.value, dict) else {}
    return None


def changed_days(
    instance: dg.DagsterInstance,
    asset: dg.AssetKey,
    source: Mapping[str, Marks],
    emptied: Mapping[str, Marks] | None = None,
    *,
    removed: bool = False,
) -> list[str]:
    """The days whose source differs from what they were made of, ascending.

    Args:
        instance: Knows what was made.
        asset: The daily raw asset.
        source: What the source shows now, by day.
        emptied: Days of which the source has nothing, with what they would be made of: changed where they were made of
            something else, and not asked for where they were never made.
        removed: Whether a piece that the source does not show any more, while it shows others of its day, is a change.

    Returns:
        Days that were made of something else, and days that were never made but lie after one that was: a failed or
        missed run. Days before the first that was made are nobody's business but a backfill's.
    """
    changed, begun, without = [], False, emptied or {}
    for day in sorted({*source, *without}):
        before = made_of(instance, asset, day)
        begun = begun or before is not None
        wanted = source[day] if day in source else without[day] if before is not None else {}
        other = any((before or {}).get(name) != mark for name, mark in wanted.items())
        less = removed and wanted and bool(set(before or {}) - set(wanted))
        if begun and (other or less):
            changed.append(day)
    return changed


def requests(
    days: Sequence[str], source: Mapping[str, Marks], assets: Sequence[dg.AssetKey], look: str
) -> Iterator[dg.RunRequest]:
    """One run for each stretch of days that follow each other.

    Args:
        days: Which days, ascending.
        source: Their marks, which become part of the run's key.
        assets: Which assets of the sensor's job.
        look: Which look found them: a run that failed is asked for again by the next look, not by this one.
    """
    for stretch in _stretches([date.fromisoformat(day) for day in days]):
        first, last = stretch[0].isoformat(), stretch[-1].isoformat()
        mark = mark_of(*(sorted(source[day.isoformat()].items()) for day in stretch))
        key = f"{first}_{last}:{mark}:{look}"
        if len(stretch) == 1:
            yield dg.RunRequest(run_key=key, partition_key=first, asset_selection=list(assets))
        else:
            several = range_tags(first, last)
            yield dg.RunRequest(run_key=key, tags=several, asset_selection=list(assets))


def _stretches(days: Sequence[date]) -> list[list[date]]:
    stretches: list[list[date]] = []
    for day in days:
        if stretches and day - stretches[-1][-1] == timedelta(days=1) and len(stretches[-1]) < MOST_DAYS_A_RUN:
            stretches[-1].append(day)
        else:
            stretches.append([day])
    return stretches
