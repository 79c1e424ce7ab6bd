"""The movies' days. What belongs here: the partitions and the questions about them. What does not: assets."""

from datetime import UTC, date, datetime
from typing import Final

import dagster as dg

from data_platform.settings import start_date

DAYS: Final = dg.DailyPartitionsDefinition(start_date=start_date().isoformat(), timezone="UTC", end_offset=1)
"""UTC days, today included: the run at 02:00 of a day takes that day's list."""


def day_of(partition_key: str) -> date:
    """The day that a partition key names."""
    return date.fromisoformat(partition_key)


def today() -> date:
    """The present day in UTC, the only one whose list TMDb can give."""
    return datetime.now(UTC).date()
