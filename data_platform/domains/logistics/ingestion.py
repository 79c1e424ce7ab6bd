"""Raw data in: the carriers' files of a day, the parcels in them, and the scans of a day from all files that have some.

What belongs here: the assets and what stops them. What does not: files and formats (`drops`, `dialects`).

Files are of the day on which they are dropped; scans of the day on which they happened, which may be three days
before. So a late scan changes a past day: `schedules` finds such days and has them made again.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import dagster as dg
import pyarrow as pa

from data_platform.domains.logistics.dialects import EVENT_COLUMNS, SHIPMENT_COLUMNS
from data_platform.domains.logistics.drops import (
    EVENTS,
    FOLDER,
    LATEST,
    SHIPMENTS,
    land,
    marks_by_scan_day,
    rows_of,
    scans_of,
    slots,
)
from data_platform.domains.logistics.resources import CarrierFolders
from data_platform.ingestion.archive import Archive, Landed
from data_platform.ingestion.errors import TransientSourceError
from data_platform.ingestion.text_rows import table_of
from data_platform.orchestration.ingestion.asking_again import taken
from data_platform.orchestration.ingestion.assets import (
    DAY,
    arrow_schema,
    check_results,
    raw_asset,
    refuse_broken,
    source_failures,
)
from data_platform.orchestration.ingestion.restatement import MARKS
from data_platform.orchestration.resources import ObjectStoreResource

SCAN_DAYS = "scan_days"
"""Metadata of the landed files of a day: by day of scans and file, the mark of what the file has of that day."""

Results = Iterator[dg.AssetCheckResult | dg.Output[pa.Table]]

_SHIPMENTS = {DAY: ("string", "Day of the file that announces it, YYYY-MM-DD; the partition")} | SHIPMENT_COLUMNS
_SCANS = {DAY: ("string", "Day of the scan, else of its file, YYYY-MM-DD; the partition")} | EVENT_COLUMNS
_NUMBERED = {"rows_numbered": "Every row has a tracking number: the headings are those that we know"}


@raw_asset("logistics", "raw_carrier_files", pool="carrier_drops", kinds={"csv"}, source=True)
def raw_carrier_files(
    context: dg.AssetExecutionContext, carrier_folders: CarrierFolders, store: ObjectStoreResource
) -> Iterator[dg.MaterializeResult[None]]:
    """The files that the carriers dropped of a day, byte by byte, each version landed once and never changed.

    A file that is late is no failure: it is landed when it is there. A day of which nothing is there any more, neither
    at a carrier nor landed, is one.
    """
    opened = store.open()
    archive = Archive(opened, FOLDER)
    with source_failures(context), carrier_folders.connect(context.log.warning) as client:
        landed = land(client, opened, [date.fromisoformat(key) for key in context.partition_keys])
        if lost := [day.isoformat() for day, files in landed.items() if not files]:
            raise TransientSourceError(f"no carrier has files of {', '.join(lost)} (any more), and none were landed")
    for day, files in landed.items():
        if late := sorted(set(slots(day)) - set(files)):
            context.log.warning(f"{day}: not there yet: {', '.join(late)}")
        about = _about(archive, files) | {"missing_files": dg.MetadataValue.json(late)}
        context.add_asset_metadata(about, partition_key=day.isoformat())
    yield dg.MaterializeResult(check_results=[taken()])


def _about(archive: Archive, files: Mapping[str, Landed]) -> dict[str, dg.MetadataValue[Any]]:
    events = {slot: landed for slot, landed in files.items() if f"/{EVENTS}_" in slot}
    by_day: dict[str, dict[str, str]] = defaultdict(dict)
    for slot, landed in events.items():
        for day, mark in marks_by_scan_day(rows_of(archive, slot, landed)).items():
            by_day[day][slot] = mark
    return {
        "uri": dg.MetadataValue.path(archive.store.uri(archive.folder)),
        MARKS: dg.MetadataValue.json({slot: landed.mark for slot, landed in files.items()}),
        SCAN_DAYS: dg.MetadataValue.json(by_day),
        "files": dg.MetadataValue.json({slot: landed.uri for slot, landed in files.items()}),
    }


@raw_asset(
    "logistics",
    "raw_shipments",
    pool=None,
    kinds={"csv"},
    columns=_SHIPMENTS,
    deps=[raw_carrier_files],
    checks=_NUMBERED,
)
def raw_shipments(context: dg.AssetExecutionContext, store: ObjectStoreResource) -> Results:
    """The parcels that the carriers announced on a day, line by line in text, in every carrier's own spelling."""
    archive, rows = Archive(store.open(), FOLDER), []
    for key in context.partition_keys:
        landed = {slot: archive.newest(slot) for slot in slots(date.fromisoformat(key), SHIPMENTS)}
        rows += [{DAY: key} | row for slot, file in landed.items() if file for row in rows_of(archive, slot, file)]
    problems = _unnumbered(rows)
    yield from check_results(problems)
    refuse_broken(problems)
    yield dg.Output(table_of(rows, arrow_schema(_SHIPMENTS)))


@raw_asset(
    "logistics",
    "raw_scan_events",
    pool=None,
    kinds={"csv"},
    columns=_SCANS,
    deps=[
        dg.AssetDep(
            raw_carrier_files,
            partition_mapping=dg.TimeWindowPartitionMapping(
                start_offset=0, end_offset=LATEST, allow_nonexistent_upstream_partitions=True
            ),
        )
    ],
    checks=_NUMBERED,
)
def raw_scan_events(context: dg.AssetExecutionContext, store: ObjectStoreResource) -> Results:
    """The scans of a day, line by line in text: out of order, some repeated, of all files landed so far.

    Reads the files of the day and of the three after it, as far as they are landed.
    """
    archive, rows = Archive(store.open(), FOLDER), []
    for key in context.partition_keys:
        scans, marks = scans_of(archive, date.fromisoformat(key))
        rows += [{DAY: key} | row for row in scans]
        context.add_asset_metadata({MARKS: dg.MetadataValue.json(marks)}, partition_key=key)
    problems = _unnumbered(rows)
    yield from check_results(problems)
    refuse_broken(problems)
    yield dg.Output(table_of(rows, arrow_schema(_SCANS)))


def _unnumbered(rows: list[dict[str, object]]) -> dict[str, list[str]]:
    return {"rows_numbered": [f"{row['_source']}, line {row['_line']}" for row in rows if not row["tracking_number"]]}
