"""The carriers' drops: which files are of a day, landing them, and reading them back.

What belongs here: names, the archive, rows with where they are from, and which days a file's scans are of. What does
not: the formats (`dialects`) and assets (`ingestion`).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from data_platform.domains.logistics.dialects import DIALECTS, day_of_text
from data_platform.ingestion.archive import Archive, Landed, mark_of
from data_platform.ingestion.remote import RemoteFiles
from data_platform.ingestion.text_rows import Row, ingested
from data_platform.storage.objects.store import ObjectStore

SHIPMENTS: Final = "shipments"
EVENTS: Final = "events"

LATEST: Final = 3
"""How many days after its scan a carrier may still report it."""

FOLDER: Final = "logistics/landing"


def slots(day: date, kind: str | None = None) -> list[str]:
    """The files that the carriers should drop of a day, as ``<carrier>/<name>``."""
    kinds = [kind] if kind else [SHIPMENTS, EVENTS]
    return [f"{carrier}/{kind}_{day.isoformat()}.csv" for carrier in DIALECTS for kind in kinds]


def indexed(client: RemoteFiles) -> dict[str, str]:
    """The marks of every file that lies in a carrier's folder now, by slot."""
    return {f"{carrier}/{name}": mark for carrier in DIALECTS for name, mark in client.index(f"{carrier}/").items()}


def land(client: RemoteFiles, store: ObjectStore, days: Sequence[date]) -> dict[date, dict[str, Landed]]:
    """Land what lies in the carriers' folders of these days and is new, or other than what was landed last.

    Returns:
        By day and slot the newest of each file, also of those that the carrier has deleted since.
    """
    archive, there = Archive(store, FOLDER), indexed(client)
    landed: dict[date, dict[str, Landed]] = {day: {} for day in days}
    for day in days:
        for slot in slots(day):
            newest = archive.newest(slot)
            if slot in there and (newest is None or newest.mark != there[slot]):
                file = client.get(slot, there[slot])
                newest = archive.add(slot, file.content, file.mark, ".csv")
            if newest is not None:
                landed[day][slot] = newest
    return landed


def rows_of(archive: Archive, slot: str, landed: Landed) -> list[Row]:
    """The rows of a landed file, each with where it is from."""
    carrier, _, name = slot.partition("/")
    kind = name.partition("_")[0]
    from_where = {"_carrier": carrier, "_file": name}
    rows = DIALECTS[carrier].read(kind, archive.read(landed))
    return [ingested(row | from_where, landed.uri, landed.taken_at) for row in rows]


def day_of_scan(row: Mapping[str, Any]) -> date:
    """The day that a scan is of: its own; that of its file where it has none, or one that its file cannot hold."""
    dropped = date.fromisoformat(row["_file"].removesuffix(".csv").partition("_")[2])
    day = day_of_text(row["event_time"])
    return day if day is not None and dropped - timedelta(days=LATEST) <= day <= dropped else dropped


def marks_by_scan_day(rows: Sequence[Row]) -> dict[str, str]:
    """For each day that a file has scans of, a mark of these scans: the same as long as they are."""
    cells: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        cells[day_of_scan(row).isoformat()].append(repr([value for name, value in row.items() if name[0] != "_"]))
    return {day: mark_of(*texts) for day, texts in sorted(cells.items())}


def scans_of(archive: Archive, day: date) -> tuple[list[Row], dict[str, str]]:
    """The scans of a day in all files landed so far that may hold some, and the mark of each such file's share."""
    rows: list[Row] = []
    marks: dict[str, str] = {}
    for dropped in (day + timedelta(days=lag) for lag in range(LATEST + 1)):
        for slot in slots(dropped, EVENTS):
            landed = archive.newest(slot)
            own = [row for row in rows_of(archive, slot, landed) if day_of_scan(row) == day] if landed else []
            if own:
                rows += own
                marks[slot] = marks_by_scan_day(own)[day.isoformat()]
    return rows, marks
