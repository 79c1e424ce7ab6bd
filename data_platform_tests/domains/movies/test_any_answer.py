"""Whatever TMDb or a network in front of it answers: what it is worth is kept, what it is not is told, no day is
wrong."""

import gzip
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import dagster as dg
import pandas as pd
import pytest

from data_platform.domains.movies.captures import Archive
from data_platform.domains.movies.partitions import today
from data_platform.domains.movies.resources import TMDB_TOKEN_VARIABLE, TMDB_URL_VARIABLE
from data_platform.domains.movies.schedules import SOURCE
from data_platform.domains.movies.tmdb.answers import ListName, read_genres
from data_platform.orchestration.ingestion import asking_again
from data_platform_tests.answering import Asked, Reply, Server, answering
from data_platform_tests.domains.movies.conftest import CSV, PAGES, RAW, TOP, Platform, failure_of, metadata_of
from data_platform_tests.domains.movies.examples import GENRES, capture, film, pages

LIST = "/3/movie/popular"
HTML = Reply(b"<html>The edge is busy</html>", headers={"Content-Type": "text/html"})


class Tmdb:
    """Answers like TMDb with a hundred films, but where a test has it otherwise: by page, or for the genres."""

    def __init__(self, films: list[dict[str, Any]] | None = None) -> None:
        self.bodies = pages(films or [film(number) for number in range(1, 121)])
        self.genres: Any = GENRES
        self.instead: Callable[[Asked, int], Reply | None] = lambda asked, times: None
        self.times: Counter[int] = Counter()

    def __call__(self, asked: Asked) -> Reply:
        page = int(asked.query.get("page", 0))
        self.times[page] += 1
        if reply := self.instead(asked, self.times[page]):
            return reply
        return json_reply(self.bodies[page - 1] if page else self.genres)

    def on_page(self, number: int, *replies: Reply) -> None:
        """Answer a page so, the last of them for ever; fewer times where the last is None."""

        def instead(asked: Asked, times: int) -> Reply | None:
            return replies[min(times, len(replies)) - 1] if asked.query.get("page") == str(number) else None

        self.instead = instead

    def once_on_page(self, number: int, reply: Reply) -> None:
        def instead(asked: Asked, times: int) -> Reply | None:
            return reply if asked.query.get("page") == str(number) and times == 1 else None

        self.instead = instead


def json_reply(body: Any, **more: Any) -> Reply:
    return Reply(json.dumps(body).encode(), headers={"Content-Type": "application/json"}, **more)


@pytest.fixture
def tmdb() -> Tmdb:
    return Tmdb()


@pytest.fixture
def server(tmdb: Tmdb, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with answering(tmdb) as server:
        monkeypatch.setenv(TMDB_TOKEN_VARIABLE, "t0ken-of-the-tests")
        monkeypatch.setenv(TMDB_URL_VARIABLE, f"{server.url}/3")
        yield server


def table(platform: Platform) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(platform.csv()), keep_default_na=False, dtype=str)


def retried(result: dg.ExecuteInProcessResult) -> int:
    return sum(event.event_type_value == "STEP_UP_FOR_RETRY" for event in result.all_events)


def wrong_answers(tmdb: Tmdb) -> dict[str, tuple[Callable[[Asked, int], Reply | None], str]]:
    def second(body: Any) -> Callable[[Asked, int], Reply | None]:
        return lambda asked, times: json_reply(body) if asked.query.get("page") == "2" else None

    first = tmdb.bodies[0]
    return {
        "a cache that ignores the query, on one page": (second(first), "page 2 was asked, page 1 came"),
        "a cache that ignores the query": (
            lambda asked, times: json_reply(first) if "page" in asked.query else None,
            "page 2 was asked, page 1 came",
        ),
        "another page": (second(tmdb.bodies[1] | {"page": 30}), "page 2 was asked, page 30 came"),
        "no page": (
            second({name: value for name, value in first.items() if name != "page"}),
            "page 2 was asked, an answer without `page` came",
        ),
        "nothing but an error, as a success": (
            second({"success": False, "status_code": 7}),
            "an answer without `page` came, with ['status_code', 'success']",
        ),
        "nested wrongly": (second([first]), "page 2 was asked, a list came"),
        "films that are no list": (
            second(tmdb.bodies[1] | {"results": {"0": film(1)}}),
            "an answer came whose `results` is an object instead of a list",
        ),
        "the same films under every number": (
            lambda asked, times: json_reply(first | {"page": int(asked.query["page"])}) if asked.query else None,
            "pages 2 to 4 hold no film that was not on a page before them",
        ),
    }


@pytest.mark.parametrize("what", list(wrong_answers(Tmdb())))
def test_an_answer_to_another_question_is_refused_after_a_few_requests_and_never_stored(
    platform: Platform, server: Server, tmdb: Tmdb, what: str
) -> None:
    tmdb.instead, said = wrong_answers(tmdb)[what]
    result = platform.run(only=[PAGES])
    assert said in failure_of(result)
    assert f"127.0.0.1:{server.port}" in failure_of(result)
    assert len(server.asked) <= 10
    assert retried(result) == 0
    assert platform.captures() == []


def test_a_page_that_comes_right_when_the_cache_is_asked_not_to_answer_is_taken(
    platform: Platform, server: Server, tmdb: Tmdb
) -> None:
    tmdb.once_on_page(3, json_reply(tmdb.bodies[0]))
    assert platform.run(only=RAW).success
    (again,) = [asked for asked in server.asked if asked.headers.get("Cache-Control") == "no-cache"]
    assert again.query == {"page": "3"}
    assert table(platform)["rank"].tolist() == [str(rank) for rank in range(1, 101)]


BAD: list[Reply] = [
    json_reply({"status_code": 7, "status_message": "Invalid API key"}, status=401),
    Reply(HTML.body, 403, HTML.headers),
    json_reply({"status_code": 34, "status_message": "not found"}, status=404),
    Reply(b"", 302, {"Location": "http://127.0.0.1:9/"}),
    HTML,
    Reply(b"\x1f\x8b corrupt", headers={"Content-Encoding": "gzip"}),
    Reply(gzip.compress(b'{"page": 3')[:-4], headers={"Content-Encoding": "gzip"}),
    Reply(b'{"page": 3, "results": [{"id": 1, "popularity": NaN}]}'),
    Reply(b'{"page": 3, "page": 3, "results": []}'),
    Reply(b'{"page": 3, "results": [', headers={"Content-Length": "30"}, pieces=(b"x",)),
]


def test_bad_pages_after_good_ones_cost_nothing(platform: Platform, server: Server, tmdb: Tmdb) -> None:
    def instead(asked: Asked, times: int) -> Reply | None:
        bad = {"2": BAD[:3], "3": BAD[3:6], "5": BAD[6:]}.get(asked.query.get("page", ""), [])
        return bad[times - 1] if times <= len(bad) else None

    tmdb.instead = instead
    result = platform.run(only=RAW)
    assert result.success
    assert retried(result) == 0
    assert table(platform)["id"].tolist() == [str(number) for number in range(1, 101)]
    told = "".join(str(record.message) for record in platform.instance.all_logs(result.run_id))
    assert told.count("attempt ") == len(BAD)
    assert f"127.0.0.1:{server.port}/3/movie/popular?page=3: HTTP 200 whose body is not JSON" in told


def test_null_texts_are_empty_and_told_as_drift(platform: Platform, server: Server, tmdb: Tmdb) -> None:
    tmdb.bodies[2]["results"][6] |= {"overview": None, "release_date": None}
    result = platform.run(only=RAW)
    assert result.success
    row = table(platform).iloc[46]
    assert (row["id"], row["overview"], row["release_date"]) == ("47", "", "")
    lines = ["`overview` is null: 1 times", "`release_date` is null: 1 times"]
    assert metadata_of(result, PAGES)["drift"] == metadata_of(result, CSV)["drift"] == lines


def test_fields_that_tmdb_stops_sending_are_empty_columns_and_no_lost_day(
    platform: Platform, server: Server, tmdb: Tmdb
) -> None:
    gone = ["adult", "genre_ids", "original_language", "popularity", "poster_path", "vote_average", "vote_count"]
    for body in tmdb.bodies:
        del body["total_pages"]
        for item in body["results"]:
            for name in gone:
                del item[name]
    result = platform.run(only=RAW)
    assert result.success
    columns = ["adult", "genres", "language", "popularity", "poster_path", "vote_average", "vote_count"]
    assert set(table(platform)[columns].to_numpy().flatten()) == {""}
    lines = [f"`{name}` is missing: 100 times" for name in gone] + ["`total_pages` is missing: 5 times"]
    assert metadata_of(result, PAGES)["drift"] == sorted(lines)
    assert len(platform.captures()) == 1


@pytest.mark.slow
def test_a_product_that_promises_what_tmdb_stopped_sending_keeps_its_last_good_day(
    platform: Platform, server: Server, tmdb: Tmdb
) -> None:
    assert platform.run(only=[*RAW, TOP]).success
    for item in tmdb.bodies[0]["results"]:
        del item["adult"]
    result = platform.run(only=[*RAW, TOP], refresh=True)
    assert "adult_required" in failure_of(result)
    assert set(table(platform)["adult"][:20]) == {""}


@pytest.mark.slow
def test_titles_that_are_gone_keep_the_file_and_the_day_is_taken_again(
    platform: Platform, server: Server, tmdb: Tmdb
) -> None:
    good = tmdb.bodies
    tmdb.bodies = [body | {"results": [item | {"title": None} for item in body["results"]]} for body in good]
    result = platform.run(only=RAW)
    assert "titles_present failed" in failure_of(result)
    assert metadata_of(result, PAGES)["drift"] == ["`title` is null: 100 times"]
    tmdb.bodies = good
    assert platform.run(only=RAW).success
    assert len(platform.captures()) == 2


def test_whatever_values_come_a_day_is_made_or_the_reason_is_told(
    platform: Platform, server: Server, tmdb: Tmdb
) -> None:
    odd = {"vote_count": 2**70, "popularity": 10**400, "vote_average": True, "genre_ids": [28, "x", None, 2**80]}
    tmdb.bodies[0]["results"][0] |= odd | {"title": "A \ud800 half \x00 pair", "adult": 0, "overview": ["x"]}
    result = platform.run(only=RAW)
    assert result.success
    row = table(platform).iloc[0]
    assert row[["vote_count", "popularity", "vote_average", "adult", "overview"]].tolist() == [""] * 5
    assert (row["title"], row["genres"]) == ("A � half � pair", "Action")
    assert len(metadata_of(result, PAGES)["drift"]) == 6


def test_a_trickle_is_given_up_without_another_attempt_in_the_run(
    platform: Platform, server: Server, tmdb: Tmdb
) -> None:
    tmdb.on_page(2, Reply(pieces=[b" "] * 400, seconds_between=0.05))
    config = {"tmdb": {"config": {"answer_seconds": 0.4}}, "top_list": {"config": {}}}
    result = platform.definitions.resolve_job_def("movies_daily").execute_in_process(
        partition_key=today().isoformat(),
        run_config={"resources": config},
        instance=platform.instance,
        asset_selection=RAW,
        raise_on_error=False,
    )
    assert "movie/popular?page=2: the answer is not whole after 0.4 s, the limit" in failure_of(result)
    assert retried(result) == 0
    assert len(server.asked) == 2


def test_a_bomb_is_refused_at_the_limit_of_size(platform: Platform, server: Server, tmdb: Tmdb) -> None:
    bomb = Reply(gzip.compress(bytes(30 * 1024 * 1024), 1), headers={"Content-Encoding": "gzip"})
    tmdb.on_page(1, bomb)
    result = platform.run(only=RAW)
    assert "larger than 8 MiB when unpacked, the limit" in failure_of(result)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"genres": []},
        {"genres": None},
        {},
        [],
        None,
        {"genres": {"28": "Action"}},
        {"genres": [{"id": "28", "name": 5}]},
    ],
)
def test_a_genre_list_that_is_none_has_no_names(body: Any) -> None:
    assert read_genres(body) == {}
    assert read_genres({"genres": [{"id": 28, "name": "Action"}, {"id": 18}, 7]}) == {28: "Action"}


@pytest.mark.parametrize("answered", [True, False])
def test_without_a_genre_list_the_names_known_last_are_used(
    platform: Platform, server: Server, tmdb: Tmdb, answered: bool
) -> None:
    yesterday = datetime.combine(today() - timedelta(days=1), time(2), UTC)
    platform.keep(capture([film(number) for number in range(1, 101)], yesterday))
    tmdb.genres = {"genres": []}
    tmdb.instead = lambda asked, times: None if asked.query or answered else Reply(status=404)
    result = platform.run(only=RAW)
    assert result.success
    assert set(table(platform)["genres"]) == {"Action|Drama"}
    assert "the genre list is empty" in metadata_of(result, PAGES)["drift"]
    assert metadata_of(result, CSV)["unknown_genres"] == [18, 28]


@pytest.mark.slow
def test_without_any_genre_list_ever_the_day_waits_for_one(platform: Platform, server: Server, tmdb: Tmdb) -> None:
    tmdb.genres = {"genres": []}
    result = platform.run(only=RAW)
    assert "genres_named failed" in failure_of(result)
    assert len(platform.captures()) == 1
    tmdb.genres = GENRES
    assert platform.run(only=RAW).success
    assert set(table(platform)["genres"]) == {"Action|Drama"}


def test_a_genre_without_a_name_is_left_out_and_told(platform: Platform, server: Server, tmdb: Tmdb) -> None:
    tmdb.bodies[0]["results"][0]["genre_ids"] = [28, 4711]
    result = platform.run(only=RAW)
    assert result.success
    assert table(platform)["genres"][0] == "Action"
    (told,) = [one for one in result.get_asset_check_evaluations() if not one.passed]
    assert (told.check_name, told.severity) == ("genres_named", dg.AssetCheckSeverity.WARN)
    assert told.metadata["problems"].value == ["genre 4711 has no name in any genre list"]


def test_the_csv_says_its_day_and_list(platform: Platform, server: Server) -> None:
    assert platform.run(only=RAW).success
    assert platform.run(only=RAW, list_name="top_rated").success
    assert set(table(platform)[["day", "list"]].itertuples(index=False, name=None)) == {
        (today().isoformat(), "popular")
    }
    assert b",top_rated\r\n" in platform.csv(name="top_rated")


@pytest.mark.slow
def test_captures_and_files_of_earlier_versions_are_still_read(platform: Platform, server: Server) -> None:
    moment = datetime.combine(today(), time(0, 30), UTC)
    old = capture([film(number) for number in range(1, 101)], moment)
    content = json.loads(old.to_json()) | {"format": 1}
    platform.store.put(old.path, json.dumps(content).encode())
    assert platform.run(only=RAW).success
    assert server.asked == []
    lines = platform.csv().decode().replace(",day,list\r\n", "\r\n").replace(f",{today()},popular\r\n", "\r\n")
    path = f"movies/top_movies_csv/popular/{today()}.csv"
    platform.store.put(path, lines.encode())
    assert platform.run(only=[TOP]).success


def test_an_answer_that_holds_the_token_is_stored_without_it(platform: Platform, server: Server, tmdb: Tmdb) -> None:
    tmdb.bodies[0]["debug"] = {"headers": "authorization: Bearer t0ken-of-the-tests"}
    assert platform.run(only=RAW).success
    (path,) = platform.captures()
    assert b"t0ken-of-the-tests" not in platform.store.get(path)
    assert Archive(platform.store).newest(ListName.popular, today(), 100) is not None


class Day:
    """A day as the daemon lives it: the schedule at two, then the sensor every minute, by a clock of its own."""

    def __init__(self, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
        self.platform = platform
        self.moment = datetime.combine(today(), time(2), UTC)
        self.ended: dict[str, datetime] = {}
        self.cursor: str | None = None
        self.said: list[str] = []
        monkeypatch.setattr(asking_again, "_ended", lambda run: self.ended[run.dagster_run.run_id])

    def run(self) -> dg.ExecuteInProcessResult:
        result = self.platform.run(only=RAW)
        self.ended[result.run_id] = self.moment
        return result

    def until(self, end: time) -> list[str]:
        """Live until a time of day; at which times runs were asked for."""
        asked = []
        while self.moment.time() < end:
            tick = asking_again.look(self.platform.instance, SOURCE, self.cursor, self.moment)
            self.cursor = tick.cursor
            self.said.append(str(tick.skip_reason))
            if tick.run_requests:
                asked.append(f"{self.moment:%H:%M}")
                self.run()
            self.moment += timedelta(minutes=1)
        return asked


@pytest.mark.slow
def test_an_outage_of_25_minutes_costs_25_minutes_and_no_day(
    platform: Platform, server: Server, tmdb: Tmdb, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = Day(platform, monkeypatch)
    over = day.moment + timedelta(minutes=25)
    tmdb.instead = lambda asked, times: Reply(status=503) if day.moment < over else None
    assert not day.run().success
    assert day.until(time(3)) == ["02:02", "02:06", "02:14", "02:30"]
    assert len(table(platform)) == 100
    assert metadata_of(day.platform.run(only=RAW), PAGES)["taken_now"] is False


@pytest.mark.slow
def test_a_token_that_is_mended_before_midnight_gives_the_day_and_each_run_asks_once(
    platform: Platform, server: Server, tmdb: Tmdb, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = Day(platform, monkeypatch)
    tmdb.instead = lambda asked, times: Reply(status=401) if day.moment.hour < 4 else None
    assert not day.run().success
    asked = day.until(time(6))
    assert asked == ["02:02", "02:06", "02:14", "02:30", "03:02", "04:02"]
    assert len(server.asked) == 6 + 6
    assert len(table(platform)) == 100


def test_a_day_that_nobody_began_is_taken_as_soon_as_the_platform_is_up(
    platform: Platform, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = Day(platform, monkeypatch)
    day.moment = datetime.combine(today(), time(9, 17), UTC)
    assert day.until(time(10)) == ["09:18"]
    assert len(table(platform)) == 100


def test_a_day_whose_file_alone_is_missing_is_made_from_the_stored_pages_also_after_midnight(
    platform: Platform, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    yesterday = today() - timedelta(days=1)
    platform.keep(capture([film(number) for number in range(1, 101)], datetime.combine(yesterday, time(23, 50), UTC)))
    assert platform.run(yesterday, only=[PAGES]).success
    day = Day(platform, monkeypatch)
    day.ended = dict.fromkeys(
        (run.run_id for run in platform.instance.get_runs()), day.moment - timedelta(hours=2, minutes=5)
    )
    tick = asking_again.look(platform.instance, SOURCE, None, datetime.combine(today(), time(0, 1), UTC))
    assert [request.partition_key for request in tick.run_requests] == [yesterday.isoformat()]
    assert platform.run(yesterday, only=RAW).success
    assert server.asked == []


@pytest.mark.slow
def test_another_list_on_the_same_day_is_not_the_days_list(
    platform: Platform, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert platform.run(only=RAW, list_name="top_rated").success
    assert platform.run(only=RAW, count=7).success
    day = Day(platform, monkeypatch)
    day.ended = dict.fromkeys((run.run_id for run in platform.instance.get_runs()), day.moment)
    assert day.until(time(3)) == ["02:04"]
    assert len(table(platform)) == 100
