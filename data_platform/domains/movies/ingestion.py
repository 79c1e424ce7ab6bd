"""Raw data in: the day's pages from TMDb, and the day's CSV made from them.

What belongs here: the two assets and what stops them. What does not: how each part works (`tmdb`, `captures`,
`ranking`, `checks`), and when a day is asked for again (`schedules`).
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import dagster as dg
import pandas as pd

from data_platform.domains.movies.captures import Archive, Capture, DamagedCaptureError
from data_platform.domains.movies.checks import PROMISES, Finding, findings, genres_named
from data_platform.domains.movies.partitions import DAYS, day_of, today
from data_platform.domains.movies.ranking import COLUMNS, ranked
from data_platform.domains.movies.resources import ATTRIBUTION, TMDB_TOKEN_VARIABLE, Tmdb, TopList
from data_platform.domains.movies.tmdb.crawl import take
from data_platform.ingestion.errors import MalformedError, PermanentSourceError, UnauthorizedError
from data_platform.orchestration.failures import asks_store_again, no_secrets, without_retry
from data_platform.orchestration.ingestion.asking_again import taken, taken_spec
from data_platform.orchestration.ingestion.assets import SHORT_BURST, source_failures
from data_platform.orchestration.io.frame_types import frame_type
from data_platform.orchestration.resources import ObjectStoreResource

TopMovies = frame_type("TopMovies", "A day's list: one row a film.", COLUMNS)


@dg.asset(
    key=["movies", "tmdb_pages"],
    group_name="movies",
    owners=["team:movies"],
    kinds={"json", "s3"},
    partitions_def=DAYS,
    pool="tmdb_api",
    retry_policy=SHORT_BURST,
    tags={"domain": "movies"},
    metadata={"attribution": ATTRIBUTION},
    check_specs=[taken_spec(["movies", "tmdb_pages"])],
)
@no_secrets
def tmdb_pages(
    context: dg.AssetExecutionContext, tmdb: Tmdb, top_list: TopList, store: ObjectStoreResource
) -> Iterator[dg.MaterializeResult[None]]:
    """The day's list as TMDb gave it, page by page, stored once and never changed.

    A day whose pages are stored is not asked for again, unless `refresh` is set, or no CSV can be made from them; TMDb
    has no history, so the pages of a past day come from the store or not at all. What came is stored before it is
    judged. This product uses the TMDB API but is not endorsed or certified by TMDB.
    """
    with source_failures(context, DamagedCaptureError):
        archive, day = Archive(store.open()), day_of(context.partition_key)
        capture, requests = _stored(context, archive, top_list, day), 0
        now = capture is None
        if capture is None:
            capture, requests = _taken_now(context, tmdb, top_list, day)
            archive.add(capture)
        else:
            context.log.info(f"{day}: the stored pages are used: {archive.uri(capture)}")
        about = _about(capture, archive) | {"taken_now": now} | ({"requests": requests} if now else {})
    yield dg.MaterializeResult(metadata=about, check_results=[taken()])


def _stored(context: dg.AssetExecutionContext, archive: Archive, top_list: TopList, day: date) -> Capture | None:
    """The stored capture to use, None where today's list is to be taken (again)."""
    if day != today():
        stored = archive.newest(top_list.list_name, day, top_list.count)
        if stored is None:
            raise PermanentSourceError(
                f"{day}: no stored pages hold {top_list.count} films of {top_list.list_name}, and TMDb has no history:"
                f" only today's list ({today()}) can be taken. A day that nobody took cannot be filled in later"
            )
        return stored
    if top_list.refresh:
        return None
    try:
        stored = archive.newest(top_list.list_name, day, top_list.count)
    except (DamagedCaptureError, MalformedError) as error:
        context.log.warning(f"{day}: the stored pages cannot be used, so the list is taken again: {error}")
        return None
    broken = _broken(_judged(archive, stored, top_list.count)[1]) if stored else []
    if broken:
        context.log.warning(f"{day}: the stored pages break {', '.join(broken)}, so the list is taken again")
        return None
    return stored


def _taken_now(context: dg.AssetExecutionContext, tmdb: Tmdb, top_list: TopList, day: date) -> tuple[Capture, int]:
    moment, told = datetime.now(UTC), context.log.warning
    if moment.date() != day:
        raise PermanentSourceError(f"{day}: it is over; the list of {moment.date()} is another day's")
    try:
        with tmdb.connect(on_retry=told) as client:
            crawl = take(client, top_list.list_name, top_list.count, told)
            return Capture(top_list.list_name, moment, top_list.count, tmdb.name_of(client), crawl), client.requests
    except UnauthorizedError as error:
        hint = f"{TMDB_TOKEN_VARIABLE} must be TMDb's API read access token (themoviedb.org, Settings, API)"
        raise UnauthorizedError(f"{error} {hint}") from error


def _about(capture: Capture, archive: Archive) -> dict[str, Any]:
    try:
        drift = capture.films.drift
    except MalformedError as error:
        raise MalformedError(
            f"{error}. What came is stored as {archive.uri(capture)}, and cannot be used; the list is taken again later"
        ) from error
    return {
        "uri": dg.MetadataValue.path(archive.uri(capture)),
        "source": capture.source,
        "list": capture.name.value,
        "taken_at": dg.MetadataValue.timestamp(capture.taken_at),
        "pages": len(capture.crawl.pages),
        "films": len(capture.films.by_id),
        "duplicates": capture.films.duplicates,
        "unknown_fields": dg.MetadataValue.json(sorted(drift.unknown)),
        "drift": dg.MetadataValue.json(drift.lines() + ([] if capture.genres else ["the genre list is empty"])),
        "attribution": ATTRIBUTION,
    }


@dg.asset(
    key=["movies", "top_movies_csv"],
    group_name="movies",
    owners=["team:movies"],
    kinds={"csv", "s3", "pandas"},
    deps=[tmdb_pages],
    partitions_def=DAYS,
    io_manager_key="top_list_csv",
    dagster_type=TopMovies,
    tags={"domain": "movies"},
    metadata={
        "attribution": ATTRIBUTION,
        "dagster/column_schema": dg.TableSchema(
            columns=[dg.TableColumn(name, kind, description=text) for name, (kind, text) in COLUMNS.items()]
        ),
    },
    check_specs=[
        dg.AssetCheckSpec(rule, asset=["movies", "top_movies_csv"], description=promise, blocking=True)
        for rule, promise in PROMISES.items()
    ],
)
@no_secrets
@asks_store_again
def top_movies_csv(
    context: dg.AssetExecutionContext, top_list: TopList, store: ObjectStoreResource
) -> Iterator[dg.AssetCheckResult | dg.Output[pd.DataFrame]]:
    """The day's top films as one CSV file, made from the stored pages: the same pages give the same bytes.

    It is checked before it is written: a day that breaks a rule keeps the file that it had. This product uses the TMDB
    API but is not endorsed or certified by TMDB.
    """
    day = day_of(context.partition_key)
    with without_retry(DamagedCaptureError, MalformedError):
        archive = Archive(store.open())
        capture = archive.newest(top_list.list_name, day, top_list.count)
        if capture is None:
            raise dg.Failure(
                f"{day}: no stored pages hold {top_list.count} films of {top_list.list_name}; materialize"
                " movies/tmdb_pages of that day first",
                allow_retries=False,
            )
        frame, day_findings = _judged(archive, capture, top_list.count)
    yield from (_check_result(finding) for finding in day_findings)
    if broken := _broken(day_findings):
        raise dg.Failure(
            f"{day}: {', '.join(broken)} failed for {archive.uri(capture)}; nothing was written and the day keeps the"
            " file that it had. Today's list is taken again by itself, or at once with `refresh: true`",
            allow_retries=False,
        )
    yield dg.Output(
        frame,
        metadata={
            "source": capture.source,
            "list": capture.name.value,
            "capture": dg.MetadataValue.path(archive.uri(capture)),
            "duplicates": capture.films.duplicates,
            "unknown_genres": dg.MetadataValue.json(capture.unnamed),
            "drift": dg.MetadataValue.json(capture.films.drift.lines()),
            "attribution": ATTRIBUTION,
        },
    )


def _judged(archive: Archive, capture: Capture, count: int) -> tuple[pd.DataFrame, list[Finding]]:
    """The day's table made from a capture, and what each rule says of it."""
    names = archive.genre_names(capture)
    frame = ranked(capture, count, names)
    used = {genre for film in list(capture.films.by_id.values())[:count] for genre in film.genre_ids}
    return frame, [*findings(frame, count), genres_named(sorted(used - names.keys()), used & names.keys())]


def _broken(day_findings: list[Finding]) -> list[str]:
    return [finding.rule for finding in day_findings if finding.stops and not finding.passed]


def _check_result(finding: Finding) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=finding.rule,
        passed=finding.passed,
        severity=dg.AssetCheckSeverity.ERROR if finding.stops else dg.AssetCheckSeverity.WARN,
        metadata={"violations": finding.violations, "problems": dg.MetadataValue.json(list(finding.problems))},
    )
