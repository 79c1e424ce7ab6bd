"""The TMDb client over real HTTP: what it retries, what it refuses, and what it never tells."""

import http.server
import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tenacity import RetryCallState

from data_platform.domains.movies.tmdb.answers import ListName, read_page
from data_platform.domains.movies.tmdb.client import TmdbClient
from data_platform.domains.movies.tmdb.crawl import Films, take
from data_platform.ingestion import attempts
from data_platform.ingestion.errors import (
    MalformedError,
    PermanentSourceError,
    RefusedError,
    TransientSourceError,
    is_transient,
)
from data_platform.settings import SIMULATOR_TOKEN
from data_platform.simulator.connection import ConnectionProtocol
from data_platform.simulator.serving import Simulator
from data_platform_tests.domains.movies.examples import film, pages

TOKEN = SIMULATOR_TOKEN
BACKOFF = attempts.backoff


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits are real and short: the backoff's shape has a test of its own."""
    monkeypatch.setattr(attempts, "backoff", lambda state: 0.01)


def connect(simulator: Simulator, **options: object) -> TmdbClient:
    return TmdbClient(simulator.tmdb_url, TOKEN, **{"timeout": 5.0, **options})  # type: ignore[arg-type]


def unique_ids(bodies: list[object]) -> Films:
    films = Films()
    for number, body in enumerate(bodies, start=1):
        films.add(read_page(body, f"page {number}"))
    return films


@pytest.mark.parametrize("name", list(ListName))
def test_every_list_gives_as_many_different_films_as_asked_for(simulator: Simulator, name: ListName) -> None:
    with connect(simulator) as client:
        crawl = take(client, name, 100)
    assert len(unique_ids(crawl.pages).by_id) == 100
    assert len(crawl.pages) == 5
    assert simulator.requests[f"/3{name.path}"] == 5


def test_further_pages_are_taken_when_pages_overlap(simulator: Simulator) -> None:
    simulator.set_faults(overlap_rate=1.0)
    with connect(simulator) as client:
        crawl = take(client, ListName.popular, 100)
    films = unique_ids(crawl.pages)
    assert len(films.by_id) >= 100
    assert films.duplicates > 0
    assert len(crawl.pages) == 6


def test_a_list_that_ends_early_is_an_error_and_never_fewer_films(simulator: Simulator) -> None:
    simulator.set_faults(list_ends_after=73)
    with connect(simulator) as client, pytest.raises(TransientSourceError, match="73 different films; 100 were asked"):
        take(client, ListName.popular, 100)


@pytest.mark.slow
def test_thirty_percent_of_every_kind_of_fault_still_give_the_right_hundred(simulator: Simulator) -> None:
    with connect(simulator) as client:
        undisturbed = take(client, ListName.popular, 100)
    told: list[str] = []
    simulator.set_faults(
        rate_429=0.1,
        rate_5xx=0.1,
        rate_reset=0.1,
        max_consecutive=6,
        retry_after_seconds=0,
        retry_after_absurd_share=0.5,
    )
    for _ in range(10):
        with connect(simulator, on_retry=told.append) as client:
            assert take(client, ListName.popular, 100) == undisturbed
    struck = simulator.faults_served
    assert struck["429"]
    assert struck["reset"]
    assert sum(struck.values()) == len(told)


@pytest.mark.parametrize(
    "faults", [{"rate_429": 1.0, "retry_after_seconds": 0}, {"rate_5xx": 1.0}, {"rate_reset": 1.0}]
)
def test_a_source_that_stays_down_is_a_transient_error_after_the_last_attempt(
    simulator: Simulator, faults: dict[str, float]
) -> None:
    simulator.set_faults(**faults)
    with connect(simulator, attempts=4) as client, pytest.raises(TransientSourceError):
        client.page(ListName.popular, 1)
    assert simulator.requests["/3/movie/popular"] == 4


def test_nothing_listening_is_a_transient_error_that_names_the_address() -> None:
    with (
        TmdbClient("http://127.0.0.1:9/3", TOKEN, attempts=2) as client,
        pytest.raises(TransientSourceError, match=r"http://127\.0\.0\.1:9/3/genre/movie/list: ConnectError"),
    ):
        client.genres()


def test_a_wrong_token_is_refused_at_once_with_tmdbs_words_and_without_the_token(simulator: Simulator) -> None:
    with TmdbClient(simulator.tmdb_url, "wrong-token") as client, pytest.raises(RefusedError, match="code 7") as caught:
        client.page(ListName.popular, 1)
    assert "wrong-token" not in str(caught.value)
    assert simulator.requests["/3/movie/popular"] == 1


def test_a_page_beyond_500_and_an_unknown_path_are_refused_at_once(simulator: Simulator) -> None:
    with connect(simulator) as client, pytest.raises(RefusedError, match="HTTP 400: code 22"):
        client.page(ListName.popular, 501)
    with (
        TmdbClient(f"{simulator.tmdb_url}/elsewhere", TOKEN) as client,
        pytest.raises(RefusedError, match="HTTP 404: code 34"),
    ):
        client.genres()
    assert sum(simulator.requests.values()) == 2


@pytest.mark.parametrize("kind", ["missing", "wrong_type", "null"])
@pytest.mark.parametrize("field", ["title", "vote_count", "genre_ids", "popularity", "adult", "overview"])
def test_a_field_that_is_wrong_is_empty_and_told_as_drift(simulator: Simulator, field: str, kind: str) -> None:
    simulator.set_faults(malformed=[{"field": field, "page": 3, "kind": kind, "row": 7}])
    with connect(simulator) as client:
        films = unique_ids(take(client, ListName.popular, 100).pages)
    assert len(films.by_id) == 100
    (line,) = films.drift.lines()
    assert line.startswith(f"`{field}` is ")
    assert getattr(list(films.by_id.values())[47], field) in ("", None, ())


@pytest.mark.parametrize("kind", ["missing", "wrong_type", "null"])
def test_a_film_without_an_id_is_taken_and_named_with_its_page_when_it_is_read(simulator: Simulator, kind: str) -> None:
    simulator.set_faults(malformed=[{"field": "id", "page": 3, "kind": kind, "row": 7}])
    with connect(simulator) as client:
        pages = take(client, ListName.popular, 100).pages
    assert len(pages) == 5
    with pytest.raises(MalformedError, match=r"page 3 is not as documented: field `results\[7\]\.id`"):
        unique_ids(pages)


@pytest.mark.parametrize("value", [2**63, -1, 0, 1.5, "603", True, [], 10**400])
def test_an_id_that_is_no_whole_number_of_64_bits_is_none(value: object) -> None:
    with pytest.raises(MalformedError, match="a whole number of 64 bits is needed"):
        read_page({"page": 1, "results": [film(1, id=value)], "total_pages": 1}, "page 1")


def test_an_unknown_new_field_is_kept_and_reported_as_drift(simulator: Simulator) -> None:
    with connect(simulator) as client:
        before = unique_ids(take(client, ListName.popular, 20).pages).drift.unknown
        simulator.set_faults(drift=True)
        after = unique_ids(take(client, ListName.popular, 20).pages).drift.unknown
    assert len(after - before) == 1


def test_the_token_is_in_no_url_and_no_log(simulator: Simulator, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    simulator.set_faults(rate_5xx=0.5, rate_reset=0.3)
    with connect(simulator, on_retry=logging.getLogger("told").warning) as client:
        for _ in range(5):
            client.page(ListName.popular, 1)
        assert TOKEN not in repr(client) + str(vars(client).get("base_url")) + client.base_url
    assert "HTTP Request" in caplog.text
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("token", ["with space", "line\nbreak", '"quoted"', "ünïcode"])
def test_a_token_that_cannot_be_one_is_refused_before_anything_is_sent_and_not_shown(token: str) -> None:
    with pytest.raises(PermanentSourceError, match="characters that no token has") as caught:
        TmdbClient("https://tmdb.invalid/3", token)
    assert token not in str(caught.value)


def test_without_a_token_nothing_is_sent() -> None:
    with pytest.raises(PermanentSourceError, match="token is empty"):
        TmdbClient("https://tmdb.invalid/3", "")


def test_a_token_is_not_sent_unencrypted_to_another_machine() -> None:
    with pytest.raises(PermanentSourceError, match="without https"):
        TmdbClient("http://tmdb.invalid/3", TOKEN)


def test_connections_are_reused(counting: list[object], simulator: Simulator) -> None:
    with connect(simulator) as client:
        take(client, ListName.popular, 100)
    assert len(counting) == 1


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The connections that the simulator accepts from now on."""
    accepted: list[object] = []
    accept = ConnectionProtocol.connection_made

    def connection_made(self: ConnectionProtocol, transport: Any) -> None:
        accepted.append(transport)
        accept(self, transport)

    monkeypatch.setattr(ConnectionProtocol, "connection_made", connection_made)
    return accepted


class _Scripted(http.server.BaseHTTPRequestHandler):
    """Answers with what the server's `script` says next."""

    def do_GET(self) -> None:
        status, headers, body = self.server.script.pop(0)  # type: ignore[attr-defined]
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def scripted() -> Iterator[http.server.ThreadingHTTPServer]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Scripted)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def waits(server: http.server.ThreadingHTTPServer, first: str) -> list[float]:
    """The waits that the client announces when the first answer is a 429 with this Retry-After."""
    server.script = [(429, {"Retry-After": first}, b"{}"), (200, {}, b'{"genres": []}')]  # type: ignore[attr-defined]
    told: list[str] = []
    with TmdbClient(f"http://127.0.0.1:{server.server_address[1]}/3", TOKEN, on_retry=told.append) as client:
        client.genres()
    return [float(line.rsplit("the next one in ", 1)[1].split()[0]) for line in told]


def test_a_sane_retry_after_is_honoured(scripted: http.server.ThreadingHTTPServer) -> None:
    assert waits(scripted, "1") == [1.0]


@pytest.mark.slow
def test_a_retry_after_given_as_a_date_is_honoured(scripted: http.server.ThreadingHTTPServer) -> None:
    (wait,) = waits(scripted, format_datetime(datetime.now(UTC) + timedelta(seconds=3), usegmt=True))
    assert 1.0 <= wait <= 3.0


@pytest.mark.parametrize("value", ["86400", "-5", "soon", "", "1e3", "Wed, 21 Oct 2099 07:28:00 GMT", "Nope, 99 Xyz"])
def test_a_retry_after_that_is_not_sane_gives_way_to_our_own_backoff(
    scripted: http.server.ThreadingHTTPServer, value: str
) -> None:
    assert waits(scripted, value) == [0.0]


@given(st.text() | st.from_regex(r"[+-]?[0-9]{1,12}(\.[0-9]+)?") | st.datetimes().map(format_datetime))
def test_no_retry_after_whatever_it_says_makes_us_wait_beyond_the_limit(value: str) -> None:
    seconds = attempts.retry_after(value)
    assert seconds is None or 0 <= seconds <= attempts.LONGEST_RETRY_AFTER


def test_a_success_whose_body_is_cut_or_not_json_is_tried_again(scripted: http.server.ThreadingHTTPServer) -> None:
    scripted.script = [  # type: ignore[attr-defined]
        (200, {}, b"<html>maintenance</html>"),
        (200, {"Content-Length": "500"}, b'{"genres": ['),
        (200, {}, b'{"genres": [{"id": 1, "name": "\xff"}]}'),
        (200, {}, b'{"genres": []}'),
    ]
    with TmdbClient(f"http://127.0.0.1:{scripted.server_address[1]}/3", TOKEN) as client:
        assert client.genres() == {"genres": []}
        assert client.requests == 4


def test_redirects_are_refused_so_that_the_token_goes_nowhere_else(scripted: http.server.ThreadingHTTPServer) -> None:
    scripted.script = [(302, {"Location": "http://127.0.0.1:9/"}, b"")]  # type: ignore[attr-defined]
    address = f"http://127.0.0.1:{scripted.server_address[1]}/3"
    with TmdbClient(address, TOKEN) as client, pytest.raises(RefusedError, match="HTTP 302"):
        client.genres()


def test_the_backoff_grows_to_its_limit_with_full_jitter() -> None:
    state = RetryCallState(None, None, (), {})  # type: ignore[arg-type]
    for attempt in range(1, 12):
        state.attempt_number = attempt
        drawn = [BACKOFF(state) for _ in range(300)]
        limit = min(attempts.FIRST_WAIT * 2 ** (attempt - 1), attempts.LONGEST_WAIT)
        assert 0 <= min(drawn) < 0.2 * limit
        assert 0.8 * limit < max(drawn) <= limit


@given(st.integers(min_value=100, max_value=599))
def test_408_425_429_and_5xx_may_pass_and_nothing_else(status: int) -> None:
    assert is_transient(status) == (status in {408, 425, 429} or 500 <= status <= 599)


def test_a_page_of_the_wrong_shape_altogether_is_named() -> None:
    with pytest.raises(MalformedError, match="page 1 of popular"):
        read_page(["not", "a", "page"], "page 1 of popular")


def test_a_film_without_release_date_and_one_with_null_poster_are_fine() -> None:
    bare = film(1)
    del bare["release_date"]
    (body,) = pages([bare, film(2, poster_path=None, release_date="")])
    assert [f.release_date for f in read_page(body, "page 1").films] == ["", ""]
    assert read_page(body, "page 1").drift.lines() == []
