"""Raw data in: every log file scanned for its dates.

What belongs here: the asset and its checks. What does not: scanning one file (``scanning``), and when it is asked for
(``schedules``).
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import dagster as dg
import pyarrow as pa

from data_platform.domains.logs import catalogue as catalogues
from data_platform.domains.logs.catalogue import Catalogue, LogFile
from data_platform.domains.logs.landing import Landing, list_landing
from data_platform.domains.logs.scanning import ChangedMeanwhile, scan_file
from data_platform.domains.logs.settings import LogSettings, settings
from data_platform.markdown import escaped
from data_platform.orchestration.failures import no_secrets
from data_platform.orchestration.resources import ObjectStoreResource
from data_platform.storage.delta import replace_table
from data_platform.storage.errors import StorageError
from data_platform.storage.objects.store import ObjectInfo, ObjectStore

KEY: Final = dg.AssetKey(["logs", "raw_scans"])
SCHEMA: Final = pa.schema(
    [
        ("date", pa.string()),
        ("lines", pa.int64()),
        ("blank", pa.int64()),
        ("files", pa.int64()),
        ("fingerprint", pa.string()),
    ]
)
_THREADS: Final = 2
_SAVED_EVERY: Final = 200
_MOST_SAVES: Final = 10
_MOST_NAMED: Final = 20
_CHECKS: Final = {
    "raw_data_present": ("There are log files in the landing folder", True),
    "files_readable": ("Every log file can be read to its end", False),
    "no_file_twice": ("No two files have the same content; of those that do, one counts", False),
}


@dataclass
class _Scans:
    """What outcome of a run."""

    scanned: list[str] = field(default_factory=list)
    bytes: int = 0
    changed: list[str] = field(default_factory=list)
    failed: dict[str, StorageError] = field(default_factory=dict)


@dg.asset(
    key=KEY,
    group_name="logs",
    owners=["team:logs"],
    kinds={"s3", "deltalake"},
    pool="logs_scan",
    retry_policy=dg.RetryPolicy(max_retries=3, delay=5, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.FULL),
    tags={"domain": "logs"},
    check_specs=[
        dg.AssetCheckSpec(name, asset=KEY, description=promise, blocking=blocks)
        for name, (promise, blocks) in _CHECKS.items()
    ],
)
@no_secrets
def raw_scans(
    context: dg.AssetExecutionContext, store: ObjectStoreResource
) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult[None]]:
    """Where the lines of each date are in the log files that arrived: one row a date, over all files.

    One pass over what is new. A file that has not changed is not read; of one that grew, what was added.
    """
    wanted, opened = settings(), store.open()
    landing = list_landing(opened, wanted, datetime.now(UTC))
    known = catalogues.with_gone(catalogues.load(opened, wanted.zone.key), landing.keys)
    done = _scan_all(context, opened, wanted, known, to_scan(landing, known))
    known = catalogues.without_moved(known)
    catalogues.save(opened, known)
    dates = known.dates()
    rows = [
        {
            "date": key,
            "lines": totals.lines,
            "blank": totals.blank,
            "files": totals.files,
            "fingerprint": totals.fingerprint,
        }
        for key, totals in dates.items()
    ]
    replace_table(opened, "logs/raw_scans", pa.Table.from_pylist(rows, schema=SCHEMA), declared=SCHEMA)
    yield from _check_results(landing, known)
    if done.failed:
        first = next(iter(done.failed.values()))
        raise dg.Failure(
            f"{len(done.failed)} of {len(done.failed) + len(done.scanned)} files could not be read, the others are "
            f"scanned: {first}",
            allow_retries=not first.permanent,
        )
    yield dg.MaterializeResult(
        metadata={
            "uri": dg.MetadataValue.path(opened.uri("logs/raw_scans")),
            "landing": dg.MetadataValue.path(opened.uri(wanted.landing)),
            "files": len(known.files),
            "files_scanned": len(done.scanned),
            "bytes_scanned": done.bytes,
            "files_changed_meanwhile": dg.MetadataValue.json(done.changed[:_MOST_NAMED]),
            "still_growing": dg.MetadataValue.json(sorted(landing.growing)[:_MOST_NAMED]),
            "ignored": dg.MetadataValue.json(list(landing.ignored[:_MOST_NAMED])),
            "dates": len(dates),
            "lines": sum(totals.lines for totals in dates.values()),
        },
    )


def to_scan(landing: Landing, known: Catalogue) -> list[ObjectInfo]:
    """The settled files that are not as they were scanned, by path."""
    return [info for path, info in sorted(landing.settled.items()) if _differs(info, known.files.get(path), known)]


def _differs(info: ObjectInfo, file: LogFile | None, known: Catalogue) -> bool:
    if file is None or (file.etag, file.size) != (info.etag or "", info.size):
        return True
    twin = known.files.get(file.same_as) if file.same_as else None
    return bool(file.same_as) and (twin is None or twin.gone or (twin.etag, twin.size) != (file.etag, file.size))


def _scan_all(
    context: dg.AssetExecutionContext, store: ObjectStore, wanted: LogSettings, known: Catalogue, todo: list[ObjectInfo]
) -> _Scans:
    """Scan files, several at a time, the catalogue kept now and then, so that little is done again after a crash."""
    done = _Scans()
    alone = _without_twins(known, todo)
    with ThreadPoolExecutor(_THREADS) as pool:
        running = {pool.submit(scan_file, store, info, known.files.get(info.path), wanted.zone): info for info in alone}
        for number, future in enumerate(as_completed(running), 1):
            _record_scan(context, known, done, running[future], future.exception() or future.result())
            if number % max(_SAVED_EVERY, len(alone) // _MOST_SAVES) == 0:
                catalogues.save(store, known)
                context.log.info(f"{number:,} of {len(alone):,} files are scanned")
    return done


def _record_scan(
    context: dg.AssetExecutionContext,
    known: Catalogue,
    done: _Scans,
    info: ObjectInfo,
    outcome: LogFile | BaseException,
) -> None:
    if isinstance(outcome, ChangedMeanwhile):
        context.log.warning(str(outcome))
        done.changed.append(info.path)
    elif isinstance(outcome, StorageError):
        context.log.error(str(outcome))
        done.failed[info.path] = outcome
    elif isinstance(outcome, BaseException):
        raise outcome
    else:
        before = known.files.get(info.path)
        kept = {step.id for step in before.steps} if before else set()
        done.bytes += info.size - next((step.start.offset for step in outcome.steps if step.id not in kept), 0)
        done.scanned.append(info.path)
        known.files[info.path] = outcome
        if outcome.problem or len(done.scanned) <= _MOST_NAMED:  # a message is a row in Dagster's database
            message = outcome.problem or f"{sum(lines for lines, _, _ in outcome.totals().values()):,} lines"
            context.log.info(f"{info.path}: {message}")


def _without_twins(known: Catalogue, todo: list[ObjectInfo]) -> list[ObjectInfo]:
    """The files to scan that are not the same as another one; the others' records then say which that is."""
    waiting = {info.path for info in todo}
    counted = [file for key, file in known.files.items() if key not in waiting and file.steps and not file.gone]
    first = {(file.etag, file.size): file.key for file in counted if file.etag}
    alone = []
    for info in todo:
        content = (info.etag or "", info.size)
        twin = first.setdefault(content, info.path) if info.size and info.etag else info.path
        if twin == info.path:
            alone.append(info)
        else:
            known.files[info.path] = LogFile(info.path, *content, same_as=twin)
    return alone


def _check_results(landing: Landing, known: Catalogue) -> Iterator[dg.AssetCheckResult]:
    problems = {key: file.problem for key, file in known.files.items() if file.problem and not file.gone}
    twins = {key: file.same_as for key, file in known.files.items() if file.same_as and not file.gone}
    results: dict[str, tuple[bool, dict[str, object]]] = {
        "raw_data_present": (bool(landing.keys), {"files": len(landing.keys)}),
        "files_readable": (not problems, dict(sorted(problems.items())[:_MOST_NAMED])),
        "no_file_twice": (not twins, dict(sorted(twins.items())[:_MOST_NAMED])),
    }
    for name, (passed, about) in results.items():
        blocks = _CHECKS[name][1]
        yield dg.AssetCheckResult(
            check_name=name,
            passed=passed,
            severity=dg.AssetCheckSeverity.ERROR if blocks else dg.AssetCheckSeverity.WARN,
            description="" if passed else escaped("; ".join(f"{key}: {what}" for key, what in about.items())),
            metadata={"about": dg.MetadataValue.json(about)},
        )
