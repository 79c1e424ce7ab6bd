"""The movies' days. What belongs here: the partitions and the questions about them. What does not: assets."""

import warnings
from datetime import UTC, date, datetime
from typing import Final

import dagster as dg

from data_platform.settings import start_date

DAYS: Final = dg.DailyPartitionsDefinition(start_date=start_date().isoformat(), timezone="UTC", end_offset=1)
"""UTC days, today included: the run at 02:00 of a day takes that day's list."""


with warnings.catch_warnings():
    warnings.simplefilter("ignore", dg.BetaWarning)  # the first days have no week before them; only this can say so
    WEEK_UP_TO: Final = dg.TimeWindowPartitionMapping(start_offset=-6, allow_nonexistent_upstream_partitions=True)
    """A day's partition reads that day and the six before it, as far as there are any."""


def day_of(partition_key: str) -> date:
    """The day that a partition key names."""
    return date.fromisoformat(partition_key)


def today() -> date:
    """The present day in UTC, the only one whose list TMDb can give."""
    return datetime.now(UTC).date()
