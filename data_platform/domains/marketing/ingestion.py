"""Raw data in: the ad platform's export of a day, and its list of campaigns.

What belongs here: the assets and what stops them. What does not: the formats (`exports`) and requests.

A day's export is made on the day after, and restated for some days more: `schedules` finds such days and has them made
again. Each version is landed; the raw table is made of the newest.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg
import pyarrow as pa

from data_platform.domains.marketing.exports import CAMPAIGN_COLUMNS, COLUMNS, Export, read_campaigns, read_export
from data_platform.domains.marketing.resources import AdPlatform
from data_platform.ingestion.archive import Archive, Landed
from data_platform.ingestion.errors import MissingFileError
from data_platform.ingestion.remote import RemoteFiles
from data_platform.ingestion.text_rows import ingested, table_of
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
from data_platform.redaction import redact

_EXPORT_COLUMNS = {DAY: ("string", "Day that the figures are of, YYYY-MM-DD; the partition")} | COLUMNS


@dataclass(frozen=True)
class _LandedFile:
    landed: Landed
    content: bytes
    now: bool


@raw_asset(
    "marketing",
    "raw_ad_exports",
    pool="ads_api",
    kinds={"csv"},
    columns=_EXPORT_COLUMNS,
    checks={"exports_whole": "Each export is of its day, ends with its totals and has as many rows as it announces"},
    source=True,
)
def raw_ad_exports(
    context: dg.AssetExecutionContext, ad_platform: AdPlatform, store: ObjectStoreResource
) -> Iterator[dg.AssetCheckResult | dg.Output[pa.Table]]:
    """A day's export as it came, line by line in text: totals, repeated rows, separators and signs included."""
    archive = Archive(store.open(), "marketing/landing/exports")
    with source_failures(context), ad_platform.connect(context.log.warning) as client:
        landed_days = _exports(client, archive, context.partition_keys)
    exports = {day: read_export(landed_file.content) for day, landed_file in landed_days.items()}
    problems = {"exports_whole": [f"{day}: {line}" for day, export in exports.items() for line in export.problems(day)]}
    yield from check_results(problems)
    refuse_broken(problems)
    rows = []
    for day, export in exports.items():
        landed = landed_days[day].landed
        context.add_asset_metadata(_about(landed_days[day], "export") | _comments(export), partition_key=day)
        rows += [{DAY: day} | ingested(row, landed.uri, landed.taken_at) for row in export.rows]
    yield dg.Output(table_of(rows, arrow_schema(_EXPORT_COLUMNS)))
    yield taken()


@raw_asset(
    "marketing",
    "raw_campaigns",
    pool="ads_api",
    kinds={"json"},
    columns=CAMPAIGN_COLUMNS,
    daily=False,
    checks={"ids_unique": "No campaign occurs twice", "has_campaigns": "There is at least one campaign"},
)
def raw_campaigns(
    context: dg.AssetExecutionContext, ad_platform: AdPlatform, store: ObjectStoreResource
) -> Iterator[dg.AssetCheckResult | dg.Output[pa.Table]]:
    """Every campaign as the platform lists it now, in text."""
    archive = Archive(store.open(), "marketing/landing/campaigns")
    with source_failures(), ad_platform.connect(context.log.warning) as client:
        listed = _land(client, archive, ("campaigns.json", None), "all", ".json")
        campaigns = read_campaigns(listed.content)
    ids = [campaign["id"] for campaign in campaigns]
    problems = {
        "ids_unique": sorted(
            {f"campaign {campaign_id} occurs twice" for campaign_id in ids if ids.count(campaign_id) > 1}
        ),
        "has_campaigns": [] if campaigns else ["the list is empty"],
    }
    yield from check_results(problems)
    refuse_broken(problems)
    rows = [ingested(row, listed.landed.uri, listed.landed.taken_at) for row in campaigns]
    yield dg.Output(table_of(rows, arrow_schema(CAMPAIGN_COLUMNS)), metadata=_about(listed, "campaigns"))


def _exports(client: RemoteFiles, archive: Archive, days: Sequence[str]) -> dict[str, _LandedFile]:
    """Each day's export as the platform has it now, fetched only where it is another one than was landed last."""
    there, exports = client.index("exports/"), {}
    for day in days:
        name, newest = f"{day}.csv", archive.newest(day)
        if newest is not None and there.get(name) == newest.mark:
            exports[day] = _LandedFile(newest, archive.read(newest), now=False)
            continue
        try:
            exports[day] = _land(client, archive, (f"exports/{name}", there.get(name)), day, ".csv")
        except MissingFileError:  # old ones are deleted some day
            if newest is None:
                raise
            exports[day] = _LandedFile(newest, archive.read(newest), now=False)
    return exports


def _land(
    client: RemoteFiles, archive: Archive, named: tuple[str, str | None], slot: str, extension: str
) -> _LandedFile:
    """Fetch a file, with its mark in the index if it has one, and land it where it is another than was landed last."""
    file, newest = client.get(*named), archive.newest(slot)
    if newest is not None and newest.mark == file.mark:
        return _LandedFile(newest, file.content, now=False)
    return _LandedFile(archive.add(slot, file.content, file.mark, extension), file.content, now=True)


def _about(taken: _LandedFile, name: str) -> dict[str, dg.MetadataValue[Any]]:
    return {
        MARKS: dg.MetadataValue.json({name: taken.landed.mark}),
        "landed": dg.MetadataValue.path(taken.landed.uri),
        "taken_at": dg.MetadataValue.timestamp(taken.landed.taken_at),
        "taken_now": dg.MetadataValue.bool(taken.now),
    }


def _comments(export: Export) -> dict[str, dg.MetadataValue[Any]]:
    return {"comments": dg.MetadataValue.json([redact(line) for line in export.comments])}
