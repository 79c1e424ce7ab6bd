"""Raw data in: the day's pages from TMDb, and the day's CSV made from them.

What belongs here: the two assets and what stops them. What does not: how each part works (`tmdb`, `captures`,
`ranking`, `checks`).
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import pandas as pd

from data_platform.domains.movies.captures import Archive, Capture, DamagedCaptureError
from data_platform.domains.movies.checks import RULES, Finding, findings
from data_platform.domains.movies.partitions import DAYS, day_of, today
from data_platform.domains.movies.ranking import COLUMNS, ranked, unknown_genres
from data_platform.domains.movies.resources import ATTRIBUTION, Tmdb, TopList
from data_platform.domains.movies.tmdb.crawl import take
from data_platform.domains.movies.tmdb.errors import PermanentTmdbError, UnauthorizedError
from data_platform.settings import TMDB_TOKEN_VARIABLE
from data_platform.storage.failures import without_retry
from data_platform.storage.frame_types import frame_type
from data_platform.storage.resources import ObjectStoreResource

TopMovies = frame_type("TopMovies", "A day's list: one row a film.", COLUMNS)


@dg.asset(
    key=["movies", "tmdb_pages"],
    group_name="movies",
    owners=["team:movies"],
    kinds={"json", "s3"},
    partitions_def=DAYS,
    pool="tmdb_api",
    retry_policy=dg.RetryPolicy(max_retries=3, delay=10, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.FULL),
    tags={"domain": "movies"},
    metadata={"attribution": ATTRIBUTION},
)
def tmdb_pages(
    context: dg.AssetExecutionContext, tmdb: Tmdb, top_list: TopList, store: ObjectStoreResource
) -> dg.MaterializeResult[None]:
    """The day's list as TMDb gave it, page by page, stored once and never changed.

    A day whose pages are stored is not asked for again, unless `refresh` is set; TMDb has no history, so the pages of
    a past day come from the store or not at all. This product uses the TMDB API but is not endorsed or certified by
    TMDB.
    """
    with without_retry(PermanentTmdbError, DamagedCaptureError):
        archive, day = Archive(store.open()), day_of(context.partition_key)
        stored = archive.newest(top_list.list_name, day, top_list.count)
        if stored and not (top_list.refresh and day == today()):
            context.log.info(f"{day}: the stored pages are used: {archive.uri(stored)}")
            return dg.MaterializeResult(metadata=_about(stored, archive) | {"taken_now": False})
        if day != today():
            raise PermanentTmdbError(
                f"{day}: no stored pages hold {top_list.count} films of {top_list.list_name}, and TMDb has no history:"
                f" only today's list ({today()}) can be taken. A day that nobody took cannot be filled in later"
            )
        capture, requests = _taken_now(tmdb, top_list, context.log.warning)
        archive.add(capture)
        return dg.MaterializeResult(metadata=_about(capture, archive) | {"taken_now": True, "requests": requests})


def _taken_now(tmdb: Tmdb, top_list: TopList, on_retry: Callable[[str], None]) -> tuple[Capture, int]:
    moment = datetime.now(UTC)
    try:
        with tmdb.connect(on_retry=on_retry) as client:
            crawl = take(client, top_list.list_name, top_list.count)
            return Capture(top_list.list_name, moment, top_list.count, tmdb.name_of(client), crawl), client.requests
    except UnauthorizedError as error:
        hint = f"{TMDB_TOKEN_VARIABLE} must be TMDb's API read access token (themoviedb.org, Settings, API)"
        raise UnauthorizedError(f"{error} {hint}") from error


def _about(capture: Capture, archive: Archive) -> dict[str, Any]:
    return {
        "uri": dg.MetadataValue.path(archive.uri(capture)),
        "source": capture.source,
        "list": capture.name.value,
        "taken_at": dg.MetadataValue.timestamp(capture.taken_at),
        "pages": len(capture.crawl.pages),
        "films": len(capture.films.by_id),
        "duplicates": capture.films.duplicates,
        "unknown_fields": dg.MetadataValue.json(sorted(capture.films.drift)),
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
        for rule, (promise, _) in RULES.items()
    ],
)
def top_movies_csv(
    context: dg.AssetExecutionContext, top_list: TopList, store: ObjectStoreResource
) -> Iterator[dg.AssetCheckResult | dg.Output[pd.DataFrame]]:
    """The day's top films as one CSV file, made from the stored pages: the same pages give the same bytes.

    It is checked before it is written: a day that breaks a rule keeps the file that it had. This product uses the TMDB
    API but is not endorsed or certified by TMDB.
    """
    archive = Archive(store.open())
    day = day_of(context.partition_key)
    capture = archive.newest(top_list.list_name, day, top_list.count)
    if capture is None:
        raise dg.Failure(
            f"{day}: no stored pages hold {top_list.count} films of {top_list.list_name}; materialize"
            " movies/tmdb_pages of that day first",
            allow_retries=False,
        )
    frame = ranked(capture, top_list.count)
    found = findings(frame, top_list.count)
    yield from (_check_result(finding) for finding in found)
    broken = [finding.rule for finding in found if not finding.passed]
    if broken:
        raise dg.Failure(
            f"{day}: {', '.join(broken)} failed for {archive.uri(capture)}; nothing was written and the day keeps the"
            " file that it had. Take today's list again with `refresh: true` once TMDb is right",
            allow_retries=False,
        )
    yield dg.Output(
        frame,
        metadata={
            "source": capture.source,
            "list": capture.name.value,
            "capture": dg.MetadataValue.path(archive.uri(capture)),
            "duplicates": capture.films.duplicates,
            "unknown_genres": dg.MetadataValue.json(unknown_genres(capture)),
            "attribution": ATTRIBUTION,
        },
    )


def _check_result(finding: Finding) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=finding.rule,
        passed=finding.passed,
        metadata={"violations": finding.violations, "problems": dg.MetadataValue.json(list(finding.problems))},
    )
