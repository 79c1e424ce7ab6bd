from concurrent.futures import ThreadPoolExecutor
from datetime import date

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_platform.simulator.serving import Simulator
from data_platform.simulator.settings import DEFAULT_TOKEN
from data_platform.simulator.tmdb.api import GENRE_LIST, LISTS
from data_platform.simulator.tmdb.catalogue import film
from data_platform.simulator.tmdb.ranking import ranked
from data_platform_tests.examples import examples

ITEM_FIELDS = {
    *("adult", "backdrop_path", "genre_ids", "id", "original_language", "original_title", "overview", "popularity"),
    *("poster_path", "release_date", "softcore", "title", "video", "vote_average", "vote_count"),
}
over_http = settings(
    max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def assert_is_error(response: httpx.Response, status: int, code: int) -> None:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/json;charset=utf-8"
    body = response.json()
    assert body.keys() == {"success", "status_code", "status_message"}
    assert body["success"] is False
    assert body["status_code"] == code
    assert body["status_message"]


@pytest.mark.parametrize("path", LISTS)
def test_a_list_has_tmdbs_envelope_and_twenty_films_with_tmdbs_fields(client: httpx.Client, path: str) -> None:
    body = client.get(path).json()
    assert list(body) == ["page", "results", "total_pages", "total_results"]
    assert body["page"] == 1
    assert len(body["results"]) == 20
    extra = {"media_type"} if path.startswith("trending") else set()
    for item in body["results"]:
        assert item.keys() | {"release_date"} == ITEM_FIELDS | extra


@pytest.mark.parametrize(
    ("path", "fewest", "most"),
    [("movie/popular", 54_305, 58_329), ("movie/top_rated", 528, 554), ("trending/movie/day", 500, 500)],
)
def test_totals_are_those_seen_of_tmdb_and_agree_with_each_other(
    client: httpx.Client, path: str, fewest: int, most: int
) -> None:
    seen = set()
    for day in ("2025-01-01", "2025-02-01", "2026-03-14", "2026-03-15"):
        body = client.get(path, headers={"X-Simulator-Day": day}).json()
        assert fewest <= body["total_pages"] <= most
        assert (body["total_pages"] - 1) * 20 < body["total_results"] <= body["total_pages"] * 20
        seen.add(body["total_pages"])
    assert len(seen) > 1 or fewest == most


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("page", ["0", "501", "54305", "-1", "abc", "1.5", "", "\uff11", "+1", "9" * 40])
def test_a_page_outside_one_to_five_hundred_is_refused_with_code_22(client: httpx.Client, path: str, page: str) -> None:
    assert_is_error(client.get(path, params={"page": page}), 400, 22)


def test_the_genres_are_tmdbs_nineteen(client: httpx.Client) -> None:
    genres = client.get(GENRE_LIST).json()["genres"]
    assert len(genres) == 19
    assert {"id": 28, "name": "Action"} in genres
    assert {"id": 10770, "name": "TV Movie"} in genres


def test_every_genre_of_a_film_is_in_the_genre_list(client: httpx.Client) -> None:
    known = {genre["id"] for genre in client.get(GENRE_LIST).json()["genres"]}
    for page in range(1, 11):
        for item in client.get("movie/popular", params={"page": page}).json()["results"]:
            assert set(item["genre_ids"]) <= known


@pytest.mark.parametrize("path", ["movie/unheard_of", "", "movie/popular/", "tv/popular"])
def test_an_unknown_path_is_refused_with_code_34(client: httpx.Client, path: str) -> None:
    assert_is_error(client.get(f"/{path}"), 404, 34)


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {DEFAULT_TOKEN}"}, {"Authorization": "Bearer"}],
)
def test_without_the_right_token_every_endpoint_answers_401_with_code_7(
    simulator: Simulator, headers: dict[str, str]
) -> None:
    for path in (*LISTS, GENRE_LIST):
        assert_is_error(httpx.get(f"{simulator.tmdb_url}/{path}", headers=headers), 401, 7)


def test_the_token_is_accepted_as_api_key_too(simulator: Simulator) -> None:
    url = f"{simulator.tmdb_url}/movie/popular"
    assert httpx.get(url, params={"api_key": DEFAULT_TOKEN}).status_code == 200
    assert_is_error(httpx.get(url, params={"api_key": "wrong"}), 401, 7)


def test_the_day_of_the_header_wins_over_the_pinned_one(client: httpx.Client) -> None:
    pinned = client.get("movie/popular").content
    assert client.get("movie/popular", headers={"X-Simulator-Day": "2026-03-14"}).content == pinned
    assert client.get("movie/popular", headers={"X-Simulator-Day": "2026-03-15"}).content != pinned


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "20260314", "2026-3-14", "1999-12-31", "2100-01-01", ""])
def test_a_bad_day_is_refused_naming_the_header(client: httpx.Client, day: str) -> None:
    response = client.get("movie/popular", headers={"X-Simulator-Day": day})
    assert_is_error(response, 400, 5)
    assert "X-Simulator-Day" in response.json()["status_message"]


def test_answers_carry_the_headers_of_a_content_network(client: httpx.Client) -> None:
    first, second = (client.get("movie/popular", params={"page": page}) for page in (1, 2))
    assert first.headers["content-type"] == "application/json;charset=utf-8"
    assert first.headers["cache-control"].startswith("public, max-age=")
    assert first.headers["cache-control"] != second.headers["cache-control"]
    assert first.headers["etag"] != second.headers["etag"]


def test_a_known_etag_is_answered_304_without_a_body(client: httpx.Client) -> None:
    etag = client.get("movie/popular").headers["etag"]
    response = client.get("movie/popular", headers={"If-None-Match": f'"other", {etag}'})
    assert (response.status_code, response.content) == (304, b"")


@over_http
@given(
    path=st.sampled_from(sorted(LISTS)),
    day=st.dates(min_value=date(2025, 1, 1), max_value=date(2025, 1, 9)),
    page=st.integers(1, 500),
)
def test_the_same_question_gets_the_same_bytes(client: httpx.Client, path: str, day: date, page: int) -> None:
    def ask() -> bytes:
        return client.get(path, params={"page": page}, headers={"X-Simulator-Day": str(day)}).content

    assert ask() == ask()


@pytest.mark.parametrize("path", LISTS)
def test_without_overlap_every_film_is_on_one_page_only_up_to_the_last_page(client: httpx.Client, path: str) -> None:
    ids = [
        item["id"]
        for page in (*range(1, 26), *range(476, 501))
        for item in client.get(path, params={"page": page}).json()["results"]
    ]
    assert len(ids) == len(set(ids)) == 50 * 20


def test_the_pages_put_together_are_the_ranking_that_other_tests_can_compare_with(client: httpx.Client) -> None:
    for path, name in LISTS.items():
        served = [
            item["id"] for page in range(1, 6) for item in client.get(path, params={"page": page}).json()["results"]
        ]
        assert served == [film(0, standing.number).id for standing in ranked(0, date(2026, 3, 14), name)[:100]]


def test_requests_at_the_same_time_get_what_they_get_one_after_another(
    client: httpx.Client, simulator: Simulator
) -> None:
    def ask(page: int) -> bytes:
        return client.get("movie/popular", params={"page": page}).content

    pages = range(1, 41)
    with ThreadPoolExecutor(8) as pool:
        at_once = list(pool.map(ask, pages))
    assert at_once == [ask(page) for page in pages]
    assert simulator.requests == {"/3/movie/popular": 80}


@pytest.mark.slow
def test_a_client_that_wants_five_thousand_films_gets_five_thousand(client: httpx.Client) -> None:
    ids = {
        item["id"]
        for page in range(1, 251)
        for item in client.get("movie/popular", params={"page": page}).json()["results"]
    }
    assert len(ids) == 5_000


def test_the_popular_list_is_ordered_by_popularity(client: httpx.Client) -> None:
    popularity = [
        item["popularity"]
        for page in range(1, 6)
        for item in client.get("movie/popular", params={"page": page}).json()["results"]
    ]
    assert popularity == sorted(popularity, reverse=True)


def test_the_index_and_health_answer_without_a_token(simulator: Simulator) -> None:
    assert "simulator" in httpx.get(simulator.url).text
    health = httpx.get(f"{simulator.url}/health")
    assert health.json() == {"status": "ok", "day": "2026-03-14", "seed": 0}


def test_the_log_counts_requests_and_never_holds_a_token(client: httpx.Client, simulator: Simulator) -> None:
    client.get("movie/popular", params={"page": 3})
    client.get("movie/popular", params={"page": "abc", "api_key": "secret-key"})
    client.get("nowhere")
    assert simulator.requests == {"/3/movie/popular": 2, "/3/nowhere": 1}
    assert [(record.page, record.status) for record in simulator.log] == [(3, 200), (None, 400), (1, 404)]
    shown = httpx.get(f"{simulator.url}/_simulator/requests")
    assert shown.json()["requests"] == {"/3/movie/popular": 2, "/3/nowhere": 1}
    assert shown.json()["recent"][0]["day"] == "2026-03-14"
    for text in (shown.text, repr(simulator), repr(simulator.log)):
        assert DEFAULT_TOKEN not in text
        assert "secret-key" not in text
    assert httpx.delete(f"{simulator.url}/_simulator/requests").json()["requests"] == {}
