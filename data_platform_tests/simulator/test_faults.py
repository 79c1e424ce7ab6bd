import json
from email.utils import parsedate_to_datetime

import httpx
import pytest

from data_platform.simulator.serving import Simulator
from data_platform.simulator.settings import DEFAULT_TOKEN
from data_platform.simulator.tmdb.faults import Faults, FaultsError
from data_platform.simulator.tmdb.pages import DRIFT_FIELD
from data_platform.simulator.tmdb.plan import FaultPlan

PATH = "movie/popular"


def outcome(client: httpx.Client, page: int = 1) -> int | str:
    try:
        return client.get(PATH, params={"page": page}).status_code
    except httpx.TransportError:
        return "reset"


def test_every_fault_is_off_by_default(client: httpx.Client, simulator: Simulator) -> None:
    assert {outcome(client, page) for page in range(1, 31)} == {200}
    assert not simulator.faults_served


def test_429_carries_code_25_and_every_form_of_retry_after_sometimes_without_success(
    client: httpx.Client, simulator: Simulator
) -> None:
    simulator.set_faults(rate_429=1.0)
    forms, bare = set(), set()
    for page in range(1, 101):
        response = client.get(PATH, params={"page": page})
        assert response.status_code == 429
        assert response.json()["status_code"] == 25
        bare.add("success" not in response.json())
        value = response.headers.get("retry-after")
        forms.add("date" if value and value.endswith("GMT") else value)
        if value and value.endswith("GMT"):
            parsedate_to_datetime(value)
    assert forms == {None, "1", "86400", "date"}
    assert bare == {True, False}
    assert simulator.faults_served == {"429": 100}


def test_the_shares_of_retry_after_are_settable(client: httpx.Client, simulator: Simulator) -> None:
    shares = {"retry_after_seconds_share": 1.0, "retry_after_date_share": 0.0, "retry_after_absurd_share": 0.0}
    simulator.set_faults(rate_429=1.0, retry_after_seconds=7, bare_429_share=0.0, **shares)
    responses = [client.get(PATH, params={"page": page}) for page in range(1, 11)]
    assert {response.headers["retry-after"] for response in responses} == {"7"}
    assert all(response.json()["success"] is False for response in responses)


@pytest.mark.parametrize(
    ("kind", "status", "code"), [("500", 500, 11), ("502", 502, 43), ("503", 503, 9), ("504", 504, 24)]
)
def test_a_server_error_carries_tmdbs_code(
    client: httpx.Client, simulator: Simulator, kind: str, status: int, code: int
) -> None:
    simulator.set_faults(rate_5xx=1.0, kinds_5xx=[kind])
    response = client.get(PATH)
    assert (response.status_code, response.json()["status_code"]) == (status, code)
    assert response.json()["success"] is False


def test_a_content_networks_502_is_not_json(client: httpx.Client, simulator: Simulator) -> None:
    simulator.set_faults(rate_5xx=1.0, kinds_5xx=["html"])
    response = client.get(PATH)
    assert response.status_code == 502
    assert response.headers["content-type"].startswith("text/html")
    with pytest.raises(json.JSONDecodeError):
        response.json()


def test_a_reset_before_the_answer_is_a_transport_error(client: httpx.Client, simulator: Simulator) -> None:
    simulator.set_faults(rate_reset=1.0, reset_mid_body_share=0.0)
    with pytest.raises(httpx.ReadError):
        client.get(PATH)
    assert simulator.log[-1].status == 0
    assert simulator.faults_served == {"reset": 1}


def test_a_reset_in_the_middle_of_a_body_breaks_off_an_answer_that_had_begun(
    client: httpx.Client, simulator: Simulator
) -> None:
    simulator.set_faults(rate_reset=1.0, reset_mid_body_share=1.0)
    with client.stream("GET", PATH) as response:
        assert response.status_code == 200
        with pytest.raises(httpx.TransportError):
            response.read()


def test_after_a_reset_the_next_request_is_served(client: httpx.Client, simulator: Simulator) -> None:
    simulator.set_faults(rate_reset=1.0, max_consecutive=1)
    assert [outcome(client), outcome(client)] == ["reset", 200]


def test_a_slow_answer_outlasts_a_client_that_does_not_wait(client: httpx.Client, simulator: Simulator) -> None:
    simulator.set_faults(rate_slow=1.0, slow_seconds=30.0)
    with pytest.raises(httpx.ReadTimeout):
        client.get(PATH, timeout=0.2)
    simulator.set_faults(rate_slow=1.0, slow_seconds=0.01)
    assert client.get(PATH).status_code == 200
    assert simulator.faults_served["slow"] >= 1


@pytest.mark.slow
def test_rates_hold_over_many_requests_and_the_same_seed_strikes_the_same_requests(
    client: httpx.Client, simulator: Simulator
) -> None:
    def round_of_requests(seed: int) -> list[int | str]:
        simulator.set_faults(rate_429=0.1, rate_5xx=0.1, rate_reset=0.1, seed=seed)
        return [outcome(client, page) for page in range(1, 151)]

    first = round_of_requests(1)
    assert 150 * 0.55 < first.count(200) < 150 * 0.85
    assert {429, "reset"} <= set(first)
    assert round_of_requests(1) == first
    assert round_of_requests(2) != first


def test_the_verdict_on_a_page_does_not_depend_on_the_order_in_which_pages_are_asked_for() -> None:
    faults = Faults(rate_429=0.5)
    forwards, backwards = FaultPlan(faults), FaultPlan(faults)
    pages = range(1, 51)
    assert {page: forwards.draw("p", page) for page in pages} == {
        page: backwards.draw("p", page) for page in reversed(pages)
    }


def test_so_many_failures_in_a_row_and_no_more(client: httpx.Client, simulator: Simulator) -> None:
    simulator.set_faults(rate_5xx=1.0, kinds_5xx=["503"], max_consecutive=2)
    assert [outcome(client) for _ in range(6)] == [503, 503, 200, 503, 503, 200]


def test_faults_can_be_kept_to_some_pages(client: httpx.Client, simulator: Simulator) -> None:
    simulator.set_faults(rate_5xx=1.0, kinds_5xx=["500"], only_pages=[3])
    assert [outcome(client, page) for page in (1, 2, 3, 4)] == [200, 200, 500, 200]


def test_an_overlap_shows_over_http_and_leaves_popularity_not_monotone(
    client: httpx.Client, simulator: Simulator
) -> None:
    simulator.set_faults(overlap_rate=1.0)
    first, second = (client.get(PATH, params={"page": page}).json()["results"] for page in (1, 2))
    assert second[0]["id"] == first[-1]["id"]
    assert second[0]["popularity"] > first[-1]["popularity"]


@pytest.mark.parametrize(
    ("field", "kind", "expected"),
    [
        ("title", "missing", None),
        ("title", "wrong_type", 7),
        ("id", "wrong_type", "seven"),
        ("vote_count", "null", None),
    ],
)
def test_a_malformed_field_is_on_the_named_page_and_row_only(
    client: httpx.Client, simulator: Simulator, field: str, kind: str, expected: object
) -> None:
    fault = {"field": field, "page": 2, "kind": kind, "row": 4}
    clean = client.get(PATH, params={"page": 2}).json()["results"]
    simulator.set_faults(Faults.from_json(json.dumps({"malformed": [fault]})))
    spoiled = client.get(PATH, params={"page": 2}).json()["results"]
    assert (field in spoiled[4]) is (kind != "missing")
    assert spoiled[4].get(field) == expected
    del spoiled[4], clean[4]
    assert spoiled == clean
    assert field in client.get(PATH, params={"page": 1}).json()["results"][4]


@pytest.mark.parametrize(("path", "field"), [(PATH, "results"), (PATH, "total_pages"), ("genre/movie/list", "genres")])
def test_a_field_of_the_envelope_can_be_malformed(
    client: httpx.Client, simulator: Simulator, path: str, field: str
) -> None:
    simulator.set_faults(Faults.from_json(json.dumps({"malformed": [{"field": field}]})))
    assert field not in client.get(path).json()


def test_drift_adds_a_field_that_nobody_knows_to_every_film(client: httpx.Client, simulator: Simulator) -> None:
    simulator.set_faults(drift=True)
    assert all(DRIFT_FIELD in item for item in client.get(PATH).json()["results"])


def test_a_list_can_end_early(client: httpx.Client, simulator: Simulator) -> None:
    simulator.set_faults(list_ends_after=47)
    bodies = [client.get(PATH, params={"page": page}).json() for page in range(1, 5)]
    assert [len(body["results"]) for body in bodies] == [20, 20, 7, 0]
    assert {(body["total_pages"], body["total_results"]) for body in bodies} == {(3, 47)}


def test_faults_are_shown_and_replaced_over_http(client: httpx.Client, simulator: Simulator) -> None:
    url = f"{simulator.url}/_simulator/faults"
    changed = httpx.put(url, json={"rate_5xx": 1, "kinds_5xx": ["504"]})
    assert changed.status_code == 200
    assert httpx.get(url).json() == changed.json()
    assert changed.json()["rate_5xx"] == 1.0
    assert outcome(client) == 504
    assert httpx.put(url, json={}).json()["rate_5xx"] == 0.0
    assert outcome(client) == 200


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ('{"rate_429": 1.5}', "rate_429"),
        ('{"rate_429": "0.3"}', "rate_429"),
        ('{"rate_429": NaN}', "rate_429"),
        ('{"rate_500": 0.3}', "rate_500"),
        ('{"kinds_5xx": ["418"]}', "kinds_5xx"),
        ('{"kinds_5xx": []}', "kinds_5xx"),
        ('{"malformed": [{"field": "colour"}]}', "malformed.0.field"),
        ('{"malformed": [{"field": "id", "page": 501}]}', "malformed.0.page"),
        ('{"rate_429": 0.5, "rate_5xx": 0.4, "rate_reset": 0.2}', "rate_reset"),
        ('{"retry_after_absurd_share": 0.9}', "retry_after_"),
        ('{"slow_seconds": -1}', "slow_seconds"),
        ("[]", "faults"),
        ("rate_429=1", "faults"),
    ],
)
def test_faults_that_cannot_be_used_are_refused_naming_the_key_and_change_nothing(
    simulator: Simulator, body: str, key: str
) -> None:
    simulator.set_faults(drift=True)
    response = httpx.put(f"{simulator.url}/_simulator/faults", content=body)
    assert response.status_code == 400
    assert key in response.json()["error"]
    assert simulator.faults == Faults(drift=True)
    with pytest.raises(FaultsError, match=key):
        Faults.from_json(body)


def test_faults_survive_the_way_through_json() -> None:
    faults = Faults(rate_429=0.3, only_pages=(1, 2), kinds_5xx=("html",), list_ends_after=90)
    assert Faults.from_json(faults.model_dump_json()) == faults


def test_an_aborted_connection_leaves_nothing_in_the_server_log(
    client: httpx.Client, simulator: Simulator, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    simulator.set_faults(rate_reset=1.0)
    assert {outcome(client, page) for page in range(1, 11)} == {"reset"}
    assert not caplog.records
    assert capfd.readouterr().err == ""
    assert DEFAULT_TOKEN not in caplog.text


def test_a_cache_that_ignores_the_query_answers_every_page_alike(client: httpx.Client, simulator: Simulator) -> None:
    simulator.set_faults(answered_with_page=1)
    assert {client.get(PATH, params={"page": page}).json()["page"] for page in (1, 2, 30)} == {1}


def test_fields_and_genres_can_be_gone(client: httpx.Client, simulator: Simulator) -> None:
    simulator.set_faults(lacks=["adult", "overview"], genres_gone=True)
    assert not any({"adult", "overview"} & film.keys() for film in client.get(PATH).json()["results"])
    assert client.get("genre/movie/list").json() == {"genres": []}


def test_good_requests_can_be_refused(client: httpx.Client, simulator: Simulator) -> None:
    simulator.set_faults(rate_refused=1.0, max_consecutive=1)
    seen = {outcome(client, page) for page in range(1, 31)}
    assert seen == {401, 403, 404}
    assert {outcome(client, page) for page in range(1, 31)} == {200}
