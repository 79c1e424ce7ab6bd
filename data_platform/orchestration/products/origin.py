"""Which run makes a batch, and since when it goes on: so that what was rolled back is not made again by the same run.

What belongs here: what Dagster knows of it. What does not: what follows from it (``storage.delta.fence``).

A step that is tried again is of the same run. A run that Dagster starts by itself because another one failed goes on
with that one's work, and so began when that one did; one that somebody starts, by "re-execute" too, begins then.
"""

from datetime import UTC, datetime
from typing import Final

import dagster as dg

from data_platform.storage.delta.fence import Origin

CATCHES_UP: Final = "data_platform/catches_up"
"""The tag of the runs that are asked for because inputs are newer (``catching_up``): which."""

RESTATES: Final = "data_platform/restates"
"""The tag of those that are because the contract or the transform is another one (``restating``): the files' state."""

_RETRY: Final = "dagster/retry_number"
"""The tag of a run that Dagster started because another one failed."""


def origin_of(context: dg.AssetExecutionContext) -> Origin:
    """Where a run comes from."""
    run = context.run
    is_retry = _RETRY in run.tags and run.root_run_id is not None
    runs = (run.run_id, *filter(None, (run.parent_run_id, run.root_run_id))) if is_retry else (run.run_id,)
    record = context.instance.get_run_record_by_id(runs[-1]) or context.instance.get_run_record_by_id(run.run_id)
    if record is None:
        return Origin(runs)
    begun = datetime.fromtimestamp(record.start_time, UTC) if record.start_time else record.create_timestamp
    return Origin(runs, begun if begun.tzinfo else begun.replace(tzinfo=UTC))
