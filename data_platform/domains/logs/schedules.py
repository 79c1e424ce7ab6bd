"""When logs are scanned and dates are made: the sensor that waits for raw data.

What belongs here: the jobs, the sensor, what it remembers. What does not: scanning, making, and what a file's state is.

A tick lists the landing folder, and asks for a scan where a settled file is not as it was scanned. When the scan has
found dates, it adds those that are new as partitions, and asks for those whose lines have changed since it asked last.
Dates that follow each other in the order of the partitions go in one run.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Final

import dagster as dg

from data_platform.domains.logs import catalogue as catalogues
from data_platform.domains.logs.landing import Landing, list_landing
from data_platform.domains.logs.scans import KEY, to_scan
from data_platform.domains.logs.settings import settings
from data_platform.orchestration.failures import no_secrets
from data_platform.orchestration.ingestion.partition_range import range_tags
from data_platform.orchestration.resources import ObjectStoreResource
from data_platform.storage.objects.store import ObjectInfo

PARTITIONS: Final = "log_dates"
EVENTS: Final = dg.AssetKey(["logs", "access_events_v1"])
RETRY_SECONDS: Final = 300
"""A scan that failed is asked for again after so long."""

MOST_DATES: Final = 20_000
"""Dates that are added a tick; Dagster takes 25,000 changes."""

_MOST_NAMED: Final = 5

logs_scan = dg.define_asset_job(
    "logs_scan",
    selection=dg.AssetSelection.assets(KEY),
    tags={"domain": "logs"},
    description="Scans the log files that are new or have changed.",
)
logs_dates = dg.define_asset_job(
    "logs_dates",
    selection=dg.AssetSelection.assets(EVENTS),
    tags={"domain": "logs"},
    description="Makes the events of dates.",
)


@dataclass
class Memory:
    """What the sensor remembers.

    Attributes:
        scan: A hash of the files that a scan was asked for.
        scan_at: When, seconds since 1970.
        scans: How often in a row for the same files.
        asked: The fingerprint of each date that was asked for last.
    """

    scan: str = ""
    scan_at: float = 0.0
    scans: int = 0
    asked: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, cursor: str | None) -> "Memory":
        """What a cursor says; nothing, where there is none."""
        return cls(**json.loads(cursor)) if cursor else cls()

    def cursor(self) -> str:
        """As a cursor."""
        return json.dumps(asdict(self), separators=(",", ":"))


@dg.sensor(
    jobs=[logs_scan, logs_dates],
    minimum_interval_seconds=20,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Waits for log files, has them scanned, and asks for the dates whose lines have changed.",
)
@no_secrets
def logs_arrivals(context: dg.SensorEvaluationContext, store: ObjectStoreResource) -> dg.SensorResult:
    """New, grown, replaced and cut files are scanned once they are settled; then their dates are asked for."""
    wanted, opened, now = settings(), store.open(), datetime.now(UTC)
    memory = Memory.of(context.cursor)
    landing = list_landing(opened, wanted, now)
    known = catalogues.load(opened, wanted.zone.key)
    todo = to_scan(landing, known)
    scan = list(_scan_request(memory, todo, now.timestamp()))
    there = context.instance.get_dynamic_partitions(PARTITIONS)
    new, dates = _dates_to_make(memory, known, there, all_scanned=not todo)
    requests = [*scan, *_date_requests(dates, [*there, *new], memory)]
    reason = None if requests else _why_nothing(opened.uri(wanted.landing), landing, known, len(todo))
    changes = [dg.AddDynamicPartitionsRequest(PARTITIONS, new)] if new else []
    return dg.SensorResult(
        run_requests=requests, skip_reason=reason, dynamic_partitions_requests=changes, cursor=memory.cursor()
    )


def _scan_request(memory: Memory, todo: Sequence[ObjectInfo], now: float) -> Iterator[dg.RunRequest]:
    if not todo:
        memory.scan, memory.scans = "", 0
        return
    digest = hashlib.blake2b(
        repr([(info.path, info.etag, info.size) for info in todo]).encode(), digest_size=8
    ).hexdigest()
    if digest == memory.scan and now - memory.scan_at < RETRY_SECONDS:
        return
    memory.scans = memory.scans + 1 if digest == memory.scan else 1
    memory.scan, memory.scan_at = digest, now
    yield dg.RunRequest(job_name=logs_scan.name, run_key=f"scan:{digest}:{memory.scan_at:.3f}")


def _dates_to_make(
    memory: Memory, known: catalogues.Catalogue, there: Sequence[str], *, all_scanned: bool
) -> tuple[list[str], dict[str, str]]:
    """The partitions to add, and the dates to ask for with their fingerprints."""
    fingerprints = {date: totals.fingerprint for date, totals in known.dates().items()}
    # Their files were replaced; or the scans are being made anew, and what is published stays until they are.
    lost = {date: "" for date in memory.asked if date not in fingerprints} if all_scanned else {}
    changed = {date: mark for date, mark in (fingerprints | lost).items() if memory.asked.get(date) != mark}
    taken = dict(list(changed.items())[:MOST_DATES])
    present = set(there)
    return [date for date in taken if date not in present], taken


def _date_requests(dates: Mapping[str, str], order: Sequence[str], memory: Memory) -> Iterator[dg.RunRequest]:
    """A run for each stretch of dates that follow each other in the order of the partitions."""
    place = {date: number for number, date in enumerate(order)}
    stretch: list[str] = []
    for date in [*sorted(dates, key=place.__getitem__), None]:
        if stretch and (date is None or place[date] != place[stretch[-1]] + 1):
            digest = hashlib.blake2b(
                repr([(date, dates[date]) for date in stretch]).encode(), digest_size=8
            ).hexdigest()
            yield dg.RunRequest(
                job_name=logs_dates.name, run_key=f"dates:{digest}", tags=range_tags(stretch[0], stretch[-1])
            )
            memory.asked |= {date: dates[date] for date in stretch}
            stretch = []
        if date is not None:
            stretch.append(date)


def _why_nothing(uri: str, landing: Landing, known: catalogues.Catalogue, waiting: int) -> str:
    if not landing.keys:
        return f"no log files in {uri}"
    if landing.growing:
        names = ", ".join(sorted(landing.growing)[:_MOST_NAMED])
        return f"{len(landing.growing)} files in {uri} are still being written: {names}"
    if waiting:
        return f"a scan of {waiting} files was asked for and is not done"
    problems = [key for key, file in known.files.items() if file.problem and not file.gone]
    unreadable = f"; {len(problems)} cannot be read: {', '.join(problems[:_MOST_NAMED])}" if problems else ""
    return f"all {len(landing.keys)} files are scanned, and every date was asked for{unreadable}"
