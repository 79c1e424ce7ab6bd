"""The raw asset of a source: what came is landed, judged, and made the raw table.

What belongs here: the step, in Dagster's words. What does not: each of its parts (``ingestion.sources``).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
import pyarrow as pa

from data_platform.ingestion.archive import Archive
from data_platform.ingestion.errors import MissingFileError
from data_platform.ingestion.sources.addresses import is_variable
from data_platform.ingestion.sources.changes import takes_changes
from data_platform.ingestion.sources.drift import declared_types
from data_platform.ingestion.sources.judging import (
    key_problems,
    new_columns,
    problems_of,
    promises,
    remarks_of,
    told,
)
from data_platform.ingestion.sources.landing import INGESTED, Piece, archive_of, landed, marks_of, raw_rows, take
from data_platform.ingestion.sources.late_rows import later, shared
from data_platform.ingestion.sources.opening import opened
from data_platform.ingestion.sources.own_format import OwnFormat
from data_platform.ingestion.sources.reading import ALL, Remarks
from data_platform.ingestion.sources.spec import SourceSpec
from data_platform.ingestion.sources.where import SqlWhere
from data_platform.orchestration.ingestion.asking_again import taken
from data_platform.orchestration.ingestion.assets import (
    DAY,
    check_results,
    raw_asset,
    refuse_broken,
    source_failures,
)
from data_platform.orchestration.ingestion.changing_source import changed_rows_in_place
from data_platform.orchestration.ingestion.late_rows import LANDED_ONLY, metadata_of
from data_platform.orchestration.ingestion.restatement import MARKS
from data_platform.orchestration.resources import ObjectStoreResource

Results = Iterator[dg.AssetCheckResult | dg.Output[pa.Table] | dg.MaterializeResult[None]]
Taken = Mapping[str, Sequence[Piece]]


def source_asset(domain: str, name: str, spec: SourceSpec, own: OwnFormat | None = None) -> dg.AssetsDefinition:
    """The asset of a source, with its checks.

    Args:
        domain: Its domain.
        name: Its folder's name.
        spec: What its ``defs.yaml`` says.
        own: What reads its files, where they have a format of their own.
    """
    day = {DAY: ("string", "UTC day of the delivery, YYYY-MM-DD; the partition")} if spec.daily else {}
    leads = spec.daily and spec.taken_with is None

    @raw_asset(
        domain,
        name,
        pool=spec.pool or _pool(domain, spec),
        kinds={spec.source.type},
        columns={**day, **declared_types(spec), **INGESTED},
        daily=spec.daily,
        checks=promises(spec),
        tells=told(spec),
        description=_description(spec),
        source=leads,
        evolves=True,
    )
    def source(context: dg.AssetExecutionContext, store: ObjectStoreResource) -> Results:
        if isinstance(spec.source, SqlWhere) and takes_changes(spec):
            yield from changed_rows_in_place(context, store.open(), spec.source, spec)
            return
        days = list(context.partition_keys) if spec.daily else None
        archive = archive_of(store.open(), domain, name, spec.landing)
        with source_failures(context if leads else None):
            deliveries, remarks = _taken(context, archive, spec, days, own)
        yield from check_results(remarks_of(deliveries, remarks, spec), dg.AssetCheckSeverity.WARN)
        yield from _judged(context, deliveries, spec)
        if leads:
            yield taken()

    return source


def _taken(
    context: dg.AssetExecutionContext,
    archive: Archive,
    spec: SourceSpec,
    days: Sequence[str] | None,
    own: OwnFormat | None,
) -> tuple[Taken, Remarks]:
    """What is there of the wanted days, taken now or landed before.

    Raises:
        SourceError: There is nothing, or the source cannot be read.
        StorageError: The store cannot be read or written.
    """
    if spec.late_days and LANDED_ONLY in context.run.tags:
        deliveries: Taken = landed(archive, spec, days or [], own)
        if nothing := [day for day, pieces in deliveries.items() if not pieces]:
            raise MissingFileError(f"nothing was landed of {', '.join(nothing)}")
        remarks = Remarks()
    else:
        with opened(spec, context.log.warning) as reader:
            deliveries, remarks = take(reader, archive, spec, days, own), reader.remarks()
    if not spec.late_days:
        return deliveries, remarks
    ahead = {day for taken_day in deliveries for day in later(taken_day, spec)} - set(deliveries)
    shares, told_of = shared(deliveries, landed(archive, spec, sorted(ahead), own), spec)
    for day, late_rows in told_of.items():
        context.add_asset_metadata(metadata_of(late_rows), partition_key=day)
    return shares, remarks


def _judged(context: dg.AssetExecutionContext, deliveries: Taken, spec: SourceSpec) -> Results:
    """The checks of what came, and the raw table where it passes them."""
    problems, tables = problems_of(deliveries, spec), {}
    if not problems["columns_as_declared"]:
        with source_failures():
            for slot, pieces in deliveries.items():
                tables[slot] = raw_rows(pieces, spec, None if slot == ALL else slot)
        problems |= key_problems(tables, spec)
    yield from check_results(problems)
    refuse_broken(problems)
    new = new_columns(deliveries, spec)
    for slot, pieces in deliveries.items():
        context.add_asset_metadata(_about(pieces, new), partition_key=None if slot == ALL else slot)
    yield dg.Output(pa.concat_tables(tables.values()))


def _about(pieces: Sequence[Piece], new: list[str]) -> dict[str, dg.MetadataValue[Any]]:
    comments = [comment for piece in pieces for comment in piece.comments]
    said: dict[str, dg.MetadataValue[Any]] = {"comments": dg.MetadataValue.json(comments)} if comments else {}
    return said | {
        MARKS: dg.MetadataValue.json(marks_of(pieces)),
        "landed": dg.MetadataValue.json([piece.landed.uri for piece in pieces]),
        "taken_at": dg.MetadataValue.timestamp(max(piece.landed.taken_at for piece in pieces)),
        "taken_now": dg.MetadataValue.bool(any(piece.now for piece in pieces)),
        "new_columns": dg.MetadataValue.json(new),
    }


def _pool(domain: str, spec: SourceSpec) -> str:
    """One pool for all that is asked of one address."""
    url = spec.source.url
    if is_variable(url):
        return url.lower()
    return re.sub(r"[^A-Za-z0-9]+", "_", f"{domain}_{url.partition('{')[0].partition('*')[0]}").strip("_").lower()


def _description(spec: SourceSpec) -> str:
    what = getattr(spec.source, "table", None) or f"{spec.source.url} {getattr(spec.source, 'path', '')}".strip()
    each = "of a day, as they are in" if spec.daily else "as they are in"
    return f"The rows {each} the newest delivery of {what}, not cleaned; private to the domain."
