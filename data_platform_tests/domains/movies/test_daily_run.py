"""The daily job, whole: over real HTTP, into a store, with checks, retries and what must never happen."""

import io
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dagster as dg
import pandas as pd
import pytest
from deltalake import DeltaTable

from data_platform.domains.movies.checks import PROMISES
from data_platform.domains.movies.partitions import today
from data_platform.domains.movies.ranking import COLUMNS
from data_platform.domains.movies.resources import TMDB_TOKEN_VARIABLE, TMDB_URL_VARIABLE
from data_platform.settings import SIMULATOR_VARIABLE, STORE_VARIABLE
from data_platform.simulator.serving import Simulator
from data_platform.simulator.tmdb.ranking import ranked as truth
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.answering import Asked, Reply, answering, forwarded
from data_platform_tests.domains.movies.conftest import (
    CSV,
    HISTORY,
    PAGES,
    RAW,
    TOP,
    Platform,
    csv_path,
    failure_of,
    metadata_of,
    platform_in,
)
from data_platform_tests.domains.movies.examples import capture, film
from data_platform_tests.s3 import S3Server

YESTERDAY = today() - timedelta(days=1)


def at(day_offset: int, hour: int = 2) -> datetime:
    return datetime.combine(today() + timedelta(days=day_offset), datetime.min.time(), UTC) + timedelta(hours=hour)


def films(count: int = 100, **first: object) -> list[dict[str, object]]:
    return [film(1, **first), *(film(number) for number in range(2, count + 1))]


@dataclass(frozen=True)
class Made:
    """A usual day, made once from the simulator's pages: only to be looked at."""

    result: dg.ExecuteInProcessResult
    csv: pd.DataFrame
    history: pd.DataFrame


@pytest.fixture(scope="module")
def usual_day(
    definitions: dg.Definitions, running_simulator: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> Made:
    running_simulator.set_faults()
    with platform_in(tmp_path_factory.mktemp("usual_day"), definitions, running_simulator) as platform:
        result = platform.run()
        assert result.success
        return Made(result, pd.read_csv(io.BytesIO(platform.csv()), keep_default_na=False), history(platform))


def history(platform: Platform) -> pd.DataFrame:
    return DeltaTable(platform.store.table_uri("movies/rank_history_v1")).to_pandas()


def test_today_ends_in_a_csv_of_the_hundred_films_that_lead_the_list(usual_day: Made, simulator: Simulator) -> None:
    frame = usual_day.csv
    assert list(frame.columns) == list(COLUMNS)
    assert frame["rank"].tolist() == list(range(1, 101))
    standings = truth(simulator.settings.seed, today(), "popular")[:100]
    assert frame["vote_count"].tolist() == [standing.vote_count for standing in standings]
    assert frame["popularity"].tolist() == [standing.popularity for standing in standings]


def test_every_check_of_the_csv_is_recorded_and_blocks(usual_day: Made) -> None:
    evaluations = [one for one in usual_day.result.get_asset_check_evaluations() if one.asset_key == CSV]
    assert {evaluation.check_name: evaluation.passed for evaluation in evaluations} == dict.fromkeys(PROMISES, True)
    assert all(evaluation.blocking for evaluation in evaluations)


def test_the_materializations_say_where_from_what_and_how_much(platform: Platform, simulator: Simulator) -> None:
    simulator.set_faults(overlap_rate=1.0, drift=True)
    result = platform.run(only=RAW)
    pages, csv = metadata_of(result, PAGES), metadata_of(result, CSV)
    assert pages["source"] == csv["source"] == f"simulator at {simulator.tmdb_url}"
    assert (pages["pages"], pages["taken_now"], pages["requests"]) == (6, True, 7)
    assert pages["duplicates"] == csv["duplicates"] == 5
    assert "restoration_grade" in pages["unknown_fields"]
    assert "not endorsed or certified by TMDB" in pages["attribution"]
    assert csv["uri"] == platform.store.uri(csv_path(today()))
    assert csv["dagster/row_count"] == 100
    assert csv["capture"] == pages["uri"]
    assert platform.store.exists(pages["uri"].removeprefix(f"{platform.store.url}/"))


def test_running_today_again_asks_for_nothing_and_gives_the_same_bytes(
    platform: Platform, simulator: Simulator
) -> None:
    platform.run(only=RAW)
    before = platform.csv()
    simulator.forget()
    result = platform.run(only=RAW)
    assert result.success
    assert not simulator.requests
    assert platform.csv() == before
    assert metadata_of(result, PAGES)["taken_now"] is False


def test_refresh_takes_another_capture_beside_the_first_and_the_newest_counts(
    platform: Platform, simulator: Simulator
) -> None:
    platform.keep(capture(films(), at(0, 0)))
    platform.run(only=RAW)
    before = platform.csv()
    assert platform.run(only=RAW, refresh=True).success
    assert platform.csv() != before
    assert len(list(platform.store.list("movies/tmdb_pages"))) == 2
    assert simulator.requests["/3/movie/popular"] == 5


def test_a_past_day_without_stored_pages_is_refused_without_a_retry(platform: Platform, simulator: Simulator) -> None:
    result = platform.run(YESTERDAY)
    assert "TMDb has no history" in failure_of(result)
    assert Counter(e.event_type_value for e in result.all_events)["STEP_UP_FOR_RETRY"] == 0
    assert not simulator.requests
    assert not list(platform.store.list())


def test_a_past_day_with_stored_pages_is_rebuilt_byte_for_byte(platform: Platform, simulator: Simulator) -> None:
    platform.keep(capture(films(), at(-1)))
    assert platform.run(YESTERDAY, only=RAW).success
    before = platform.csv(YESTERDAY)
    platform.store.delete(csv_path(YESTERDAY))
    assert platform.run(YESTERDAY, only=[CSV]).success
    assert platform.csv(YESTERDAY) == before
    assert not simulator.requests


def test_refresh_leaves_a_past_day_alone(platform: Platform, simulator: Simulator) -> None:
    platform.keep(capture(films(), at(-1)))
    assert platform.run(YESTERDAY, only=RAW, refresh=True).success
    assert not simulator.requests


def test_a_day_that_breaks_rules_keeps_its_file_and_is_not_tried_again(platform: Platform) -> None:
    platform.keep(capture(films(), at(-1)))
    platform.run(YESTERDAY, only=RAW)
    before = platform.csv(YESTERDAY)
    broken = {"title": "  ", "release_date": "2025-02-30", "vote_average": 10.5}
    platform.keep(capture(films(**broken), at(-1, hour=3)))
    result = platform.run(YESTERDAY)
    assert not result.success
    rules = {"titles_present", "release_dates_real", "votes_within_range"}
    assert {e.check_name for e in result.get_asset_check_evaluations() if not e.passed} == rules
    assert all(rule in failure_of(result) for rule in rules)
    assert platform.csv(YESTERDAY) == before
    assert Counter(e.event_type_value for e in result.all_events)["STEP_UP_FOR_RETRY"] == 0
    assert result.get_asset_materialization_events()[0].asset_key == PAGES
    assert len(result.get_asset_materialization_events()) == 1


def test_a_partial_list_never_replaces_a_good_day(platform: Platform, simulator: Simulator) -> None:
    platform.run(only=RAW)
    before, captures = platform.csv(), list(platform.store.list("movies/tmdb_pages"))
    simulator.set_faults(list_ends_after=73)
    result = platform.run(only=RAW, refresh=True)
    assert "73 different films; 100 were asked for" in failure_of(result)
    assert platform.csv() == before
    assert list(platform.store.list("movies/tmdb_pages")) == captures


def test_an_outage_is_retried_by_the_step_and_then_succeeds(platform: Platform, simulator: Simulator) -> None:
    simulator.set_faults(rate_5xx=1.0, max_consecutive=10, only_pages=[3])
    result = platform.run(only=RAW)
    assert result.success
    assert Counter(e.event_type_value for e in result.all_events)["STEP_UP_FOR_RETRY"] >= 1


def test_an_answer_that_cannot_be_used_is_kept_and_named_with_field_and_page(
    platform: Platform, simulator: Simulator
) -> None:
    simulator.set_faults(malformed=[{"field": "id", "page": 2, "kind": "missing", "row": 3}])
    result = platform.run(only=RAW)
    (kept,) = platform.store.list("movies/tmdb_pages")
    assert "page 2 of popular" in failure_of(result)
    assert "field `results[3].id` is missing" in failure_of(result)
    assert platform.store.uri(kept.path) in failure_of(result)
    assert Counter(e.event_type_value for e in result.all_events)["STEP_UP_FOR_RETRY"] == 0
    simulator.set_faults()
    assert platform.run(only=RAW).success
    assert len(list(platform.store.list("movies/tmdb_pages"))) == 2


@pytest.mark.slow
def test_lists_lie_side_by_side_and_never_overwrite_each_other(platform: Platform) -> None:
    platform.run()
    popular = platform.csv()
    assert platform.run(list_name="top_rated").success
    assert platform.csv() == popular
    assert platform.csv(name="top_rated") != popular


@pytest.mark.slow
def test_another_count_gives_exactly_that_many(platform: Platform, simulator: Simulator) -> None:
    assert platform.run(count=7).success
    assert len(pd.read_csv(io.BytesIO(platform.csv()))) == 7
    assert platform.run(count=123).success
    assert len(pd.read_csv(io.BytesIO(platform.csv()))) == 123
    assert platform.run(count=41).success
    assert len(pd.read_csv(io.BytesIO(platform.csv()))) == 41
    assert simulator.requests["/3/movie/popular"] == 1 + 7


@pytest.mark.parametrize("count", [0, -1, 10_001])
def test_a_count_out_of_range_fails_before_anything_is_asked_for(
    platform: Platform, simulator: Simulator, count: int
) -> None:
    result = platform.run(count=count)
    assert not result.success
    assert "count" in str([event.event_specific_data for event in result.all_events])
    assert not simulator.requests


@pytest.mark.parametrize("top_list", [{"list_name": "worst"}, {"lists": "popular"}, {"count": "many"}])
def test_a_parameter_that_does_not_exist_is_refused_by_the_launchpads_check(
    platform: Platform, top_list: dict[str, object]
) -> None:
    with pytest.raises(dg.DagsterInvalidConfigError):
        platform.run(**top_list)


def test_with_a_token_the_same_path_talks_to_tmdb_and_the_token_is_nowhere(
    platform: Platform, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    secret = simulator.settings.token
    monkeypatch.setenv(TMDB_TOKEN_VARIABLE, secret)
    monkeypatch.setenv(TMDB_URL_VARIABLE, simulator.tmdb_url)
    monkeypatch.delenv(SIMULATOR_VARIABLE)
    simulator.set_faults(rate_5xx=0.3, max_consecutive=3)
    result = platform.run(only=RAW)
    assert result.success
    assert metadata_of(result, PAGES)["source"] == simulator.tmdb_url
    told = "".join(str(record) for record in platform.instance.all_logs(result.run_id)) + "".join(capfd.readouterr())
    stored = b"".join(platform.store.get(entry.path) for entry in platform.store.list("movies/tmdb_pages"))
    assert "attempt 1 of 8" in told
    assert secret not in told
    assert secret.encode() not in stored


def test_a_refused_token_is_permanent_and_says_what_tmdb_said(
    platform: Platform, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TMDB_TOKEN_VARIABLE, "expired-token")
    monkeypatch.setenv(TMDB_URL_VARIABLE, simulator.tmdb_url)
    result = platform.run()
    assert "HTTP 401: code 7" in failure_of(result)
    assert "TMDB_API_TOKEN" in failure_of(result)
    assert "expired-token" not in str([str(event) for event in result.all_events])
    assert sum(simulator.requests.values()) == 1


def test_without_token_and_simulator_the_error_says_what_to_set(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(SIMULATOR_VARIABLE)
    said = failure_of(platform.run())
    assert TMDB_TOKEN_VARIABLE in said
    assert SIMULATOR_VARIABLE in said


def test_a_store_that_will_not_answer_by_itself_is_a_failure_without_a_retry(
    platform: Platform, s3_store: S3Server, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**s3_store.environment, STORE_VARIABLE: "s3://no-such-bucket/films"}.items():
        monkeypatch.setenv(name, value)
    result = platform.run()
    assert "s3://no-such-bucket/films/movies/tmdb_pages" in failure_of(result)
    assert "the bucket does not exist: create it" in failure_of(result)
    assert Counter(e.event_type_value for e in result.all_events)["STEP_UP_FOR_RETRY"] == 0
    assert not simulator.requests


@pytest.mark.slow
def test_a_store_that_asks_eight_times_for_fewer_requests_leaves_no_day_without_its_file(
    platform: Platform, s3_store: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, slow = int(s3_store.endpoint.rpartition(":")[2]), Counter[str]()

    def answer(asked: Asked) -> Reply:
        if asked.path.endswith(".csv") and slow["csv"] < 8:
            slow["csv"] += 1
            return Reply(b"<Error><Code>SlowDown</Code></Error>", 503)
        return forwarded(asked, "127.0.0.1", port)

    with answering(answer) as proxy:
        url = s3_store.fresh_url()
        for name, value in {**s3_store.environment, "AWS_ENDPOINT_URL": proxy.url, STORE_VARIABLE: url}.items():
            monkeypatch.setenv(name, value)
        result = platform.run(only=[PAGES, CSV])
        assert result.success
        assert slow["csv"] == 8
        assert len(pd.read_csv(io.BytesIO(ObjectStore.open(url).get(csv_path(today()))))) == 100


@pytest.mark.slow
def test_history_compares_with_the_day_before_and_draws_the_week(platform: Platform) -> None:
    shuffled = films()
    shuffled[0], shuffled[9] = shuffled[9], shuffled[0]
    platform.keep(capture(films(), at(-2)))
    platform.keep(capture(shuffled, at(-1)))
    assert platform.run(YESTERDAY - timedelta(days=1)).success
    result = platform.run(YESTERDAY)
    about = metadata_of(result, HISTORY)
    assert about["week_of_ranks"].startswith("![week of ranks](data:image/png;base64,")
    table = history(platform)
    assert table["day"].value_counts().to_dict() == {YESTERDAY: 100, YESTERDAY - timedelta(days=1): 100}
    of_day = table[table["day"] == YESTERDAY]
    assert of_day["movement"].value_counts().to_dict() == {"same": 98, "up": 1, "down": 1}
    moved = of_day[of_day["change"].ne(0)]
    assert dict(zip(moved["id"], moved["change"], strict=True)) == {10: 9, 1: -9}


def test_the_first_day_has_nothing_to_compare_and_says_so(usual_day: Made) -> None:
    assert metadata_of(usual_day.result, HISTORY)["dagster/row_count"] == 100
    assert usual_day.history["movement"].isna().all()


@pytest.mark.slow
def test_making_a_day_of_history_again_replaces_that_day_alone(platform: Platform) -> None:
    for offset in (-2, -1):
        platform.keep(capture(films(), at(offset)))
        platform.run(today() + timedelta(days=offset))
    platform.run(YESTERDAY)
    assert len(history(platform)) == 200


@pytest.mark.slow
def test_a_run_for_some_lists_leaves_all_lists_of_the_day_in_the_products(platform: Platform) -> None:
    assert platform.run().success
    assert platform.run(list_name="top_rated", count=40).success
    top = DeltaTable(platform.store.table_uri("movies/top_movies_v1")).to_pandas()
    assert top["list"].value_counts().to_dict() == {"popular": 100, "top_rated": 40}
    assert history(platform)["list"].value_counts().to_dict() == {"popular": 100, "top_rated": 40}


def test_every_promise_of_the_products_is_kept_and_told(usual_day: Made) -> None:
    evaluations = [one for one in usual_day.result.get_asset_check_evaluations() if one.asset_key in {TOP, HISTORY}]
    assert [f"{one.asset_key}: {one.check_name}" for one in evaluations if not one.passed] == []
    assert {evaluation.asset_key for evaluation in evaluations} == {TOP, HISTORY}


def test_a_days_run_makes_the_products_and_the_automation_does_not_make_them_again(
    platform: Platform, definitions: dg.Definitions
) -> None:
    cursor = dg.evaluate_automation_conditions(definitions, platform.instance).cursor
    assert platform.run().success
    for _ in range(3):
        tick = dg.evaluate_automation_conditions(definitions, platform.instance, cursor=cursor)
        assert tick.total_requested == 0
        cursor = tick.cursor


@pytest.mark.slow
def test_a_csv_made_alone_is_followed_by_the_products(platform: Platform, definitions: dg.Definitions) -> None:
    platform.run()
    cursor = dg.evaluate_automation_conditions(definitions, platform.instance).cursor
    assert platform.run(only=[CSV], count=60).success
    tick = dg.evaluate_automation_conditions(definitions, platform.instance, cursor=cursor)
    assert tick.get_requested_partitions(TOP) == tick.get_requested_partitions(HISTORY) == {today().isoformat()}


def test_the_notice_that_tmdb_asks_for_is_with_every_asset(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    for key in (PAGES, CSV, TOP, HISTORY):
        about = f"{graph.get(key).description} {graph.get(key).metadata.get('attribution')}"
        assert "not endorsed or certified by TMDB" in " ".join(about.split())


def test_the_schedule_fires_at_two_utc_for_that_very_day_and_is_on(definitions: dg.Definitions) -> None:
    schedule = definitions.get_schedule_def("movies_daily_at_two")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 2 * * *", "UTC")
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
    tick = datetime(2026, 12, 24, 2, 0, tzinfo=UTC)
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(
            instance, scheduled_execution_time=tick, repository_def=definitions.get_repository_def()
        )
        requests = schedule.evaluate_tick(context).run_requests
    assert requests is not None
    assert [request.partition_key for request in requests] == ["2026-12-24"]


@pytest.mark.slow
def test_titles_that_a_spreadsheet_or_a_parser_would_trip_over_survive(platform: Platform) -> None:
    titles = [
        "=SUM(A1:A9)",
        "+1",
        "-40",
        "@home",
        "'=x",
        'He said "no", twice',
        "two\r\nlines",
        "NA",
        "null",
        "\ud83d half",
    ]
    odd = [film(number, title=title) for number, title in enumerate(titles, start=1)]
    platform.keep(capture([*odd, *(film(number) for number in range(11, 101))], at(-1)))
    result = platform.run(YESTERDAY)
    assert result.success
    frame = pd.read_csv(io.BytesIO(platform.csv(YESTERDAY)), keep_default_na=False)
    assert frame["title"].tolist()[:10] == [
        "'=SUM(A1:A9)", "'+1", "'-40", "'@home", "''=x", 'He said "no", twice', "two\r\nlines", "NA", "null",
        "\ufffd half",
    ]  # fmt: skip
    assert history(platform).sort_values("rank")["title"].tolist()[:10] == [*titles[:9], "\ufffd half"]
