"""A file by HTTP and an API's pages: gone, slow to come, half an answer, pages that never end."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from data_platform.ingestion.sources import http
from data_platform.settings import SIMULATOR_TOKEN, SIMULATOR_TOKEN_VARIABLE, SIMULATOR_VARIABLE
from data_platform_tests.answering import Asked, Reply, answering
from data_platform_tests.domains.platforms import asked_days, back, failure_of, retries_of
from data_platform_tests.own_sources import platform_of, run_whole, values, write_source

CHANGES = "acme_raw_orders_changes"


def page(rows: list[dict[str, object]], **more: object) -> Reply:
    return Reply(json.dumps({"data": rows, **more}).encode(), headers={"Content-Type": "application/json"})


def test_a_file_a_day_is_taken_and_looked_at_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"/orders/{back(2)}.csv": b"id\n1\n", f"/orders/{back(1)}.csv": b"id\n2\n"}

    def answer(asked: Asked) -> Reply:
        return Reply(files[asked.path]) if asked.path in files else Reply(b"none", 404)

    with answering(answer) as server:
        text = f"""
        source: {{type: http, url: "{server.url}/orders/{{day}}.csv"}}
        restated_days: 5
        columns: {{id: string}}
        """
        with platform_of(tmp_path / "store", monkeypatch, write_source(tmp_path, "raw_orders", text)) as platform:
            assert platform.run(back(2), back(1)).success
            assert values(platform, "raw_orders", "id") == ["1", "2"]
            assert platform.look(CHANGES).run_requests == []
            files[f"/orders/{back(2)}.csv"] = b"id\n1\n3\n"
            assert asked_days(platform.look(CHANGES)) == [(back(2), back(2))]
            assert f"there is nothing of {back(4)}" in failure_of(platform.run(back(4)))


@pytest.mark.parametrize("by", ["link", "header", "number", "offset", "cursor"])
def test_an_api_is_read_to_its_last_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str) -> None:
    rows: list[dict[str, object]] = [{"id": number, "tags": [1]} for number in range(5)]

    def answer(asked: Asked) -> Reply:
        assert asked.headers["Authorization"] == "Bearer t0ken-of-acme"
        at = int(asked.query.get("at", "0"))
        part = rows[2 * at : 2 * at + 2] if by != "offset" else rows[at : at + 2]
        following = at + 1 if 2 * (at + 1) < len(rows) else None
        if by == "link":
            return page(part, next=f"/orders?at={following}" if following else None)
        if by == "cursor":
            return page(part, next=following)
        reply = page(part)
        if by == "header" and following:
            return Reply(reply.body, headers={"Link": f'</orders?at={following}>; rel="next"'})
        return reply

    monkeypatch.setenv("ACME_TOKEN", "t0ken-of-acme")
    pages = {"link": "by: link", "header": "by: link", "number": "by: number, parameter: at, first: 0"}
    with answering(answer) as server:
        said = pages.get(by, f"by: {by}, parameter: at")
        text = f"""
        source: {{type: rest, url: "{server.url}/orders", records: data, token: ACME_TOKEN, pages: {{{said}}}}}
        key: [id]
        columns: {{id: int64, tags: string}}
        """
        with platform_of(tmp_path / "store", monkeypatch, write_source(tmp_path, "raw_orders", text)) as platform:
            assert run_whole(platform).success
            assert values(platform, "raw_orders", "id") == [0, 1, 2, 3, 4]
            assert run_whole(platform).success
            assert len(platform.landed()) == 1


FAULTS: list[tuple[Callable[[int], Reply], str]] = [
    (lambda number: Reply(b"busy", 503), "HTTP 503"),
    (lambda number: Reply(b'{"data": [{"id"', headers={"Content-Type": "application/json"}), "not JSON"),
    (lambda number: page([{"id": number}], next="/orders"), "had before"),
    (lambda number: page([{"id": number}], next="https://elsewhere.example/orders"), "on another server"),
    (lambda number: Reply(b'{"rows": []}'), "no list of records at data"),
    (lambda number: Reply(b"no", 403), "HTTP 403"),
]


@pytest.mark.parametrize(("fault", "told"), FAULTS, ids=[told for _, told in FAULTS])
def test_an_answer_that_is_none_lands_nothing_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Callable[[int], Reply], told: str
) -> None:
    asked = 0

    def answer(_: Asked) -> Reply:
        nonlocal asked
        asked += 1
        return fault(asked)

    with answering(answer) as server:
        text = f"""
        source: {{type: rest, url: "{server.url}/orders", records: data, pages: {{by: link}}}}
        columns: {{id: string}}
        """
        with platform_of(tmp_path / "store", monkeypatch, write_source(tmp_path, "raw_orders", text)) as platform:
            result = run_whole(platform)
            assert told in failure_of(result)
            assert platform.landed() == {}
            assert retries_of(result) == (3 if told in {"HTTP 503", "not JSON"} else 0)


def test_a_server_that_trickles_is_given_up_and_nothing_is_landed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "LIMITS", replace(http.LIMITS, answer_seconds=0.5, total_seconds=2.0))
    with answering(lambda _: Reply(pieces=[b"i", b"d", *[b"\n"] * 1000], seconds_between=0.2)) as server:
        text = f"""
        source: {{type: http, url: "{server.url}/orders.csv"}}
        columns: {{id: string}}
        """
        with platform_of(tmp_path / "store", monkeypatch, write_source(tmp_path, "raw_orders", text)) as platform:
            result = run_whole(platform)
            assert "the answer is not whole after 0.5 s, the limit" in failure_of(result)
            assert platform.landed() == {}


INDEX = Reply(json.dumps({"files": []}).encode(), headers={"Content-Type": "application/json"})
OF_SHOP = """
source: {type: TYPE, url: SHOP_URL, path: "/{day}.csv", token: SHOP_TOKEN}
restated_days: 3
laptop: {simulator: /shop}
columns: {id: string}
"""


@pytest.mark.parametrize("kind", ["files", "http"])
@pytest.mark.parametrize(
    ("variables", "path", "token"),
    [
        ({SIMULATOR_VARIABLE: "{url}"}, "/shop/", SIMULATOR_TOKEN),
        ({SIMULATOR_VARIABLE: "{url}", SIMULATOR_TOKEN_VARIABLE: "of-this-start"}, "/shop/", "of-this-start"),
        (
            {"SHOP_URL": "{url}/own", "SHOP_TOKEN": "t0ken-of-a-shop", SIMULATOR_TOKEN_VARIABLE: "x"},
            "/own/",
            "t0ken-of-a-shop",
        ),
    ],
)
def test_the_environment_says_which_server_is_asked_with_which_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, variables: dict[str, str], path: str, token: str
) -> None:
    for name in (SIMULATOR_VARIABLE, SIMULATOR_TOKEN_VARIABLE, "SHOP_URL", "SHOP_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    source = write_source(tmp_path, "raw_orders", OF_SHOP.replace("TYPE", kind))
    with answering(lambda _: INDEX if kind == "files" else Reply(b"none", 404)) as server:
        for name, value in variables.items():
            monkeypatch.setenv(name, value.format(url=server.url))
        with platform_of(tmp_path / "store", monkeypatch, source) as platform:
            assert f"there is nothing of {back(1)}" in failure_of(platform.run(back(1)))
        (asked,) = server.asked
    assert asked.path.startswith(path)
    assert asked.headers["Authorization"] == f"Bearer {token}"


def test_without_any_server_it_is_told_what_to_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (SIMULATOR_VARIABLE, "SHOP_URL"):
        monkeypatch.delenv(name, raising=False)
    source = write_source(tmp_path, "raw_orders", OF_SHOP.replace("TYPE", "files"))
    with platform_of(tmp_path / "store", monkeypatch, source) as platform:
        assert "set SHOP_URL, or " in failure_of(platform.run(back(1)))


ROW: dict[str, object] = {"id": 1}
WAYS: list[tuple[str, Callable[[Asked], Reply], str]] = [
    ("one", lambda asked: page([ROW], next="/orders?page=2"), "there is a next page: write pages"),
    (
        "one",
        lambda asked: Reply(page([ROW]).body, headers={"Link": '</orders?page=2>; rel="next"'}),
        "there is a next page: write pages",
    ),
    ("number", lambda asked: page([ROW]), "the same records came as before"),
    ("offset", lambda asked: page([ROW]), "the same records came as before"),
    (
        "number",
        lambda asked: page([ROW]) if asked.query["page"] == "1" else Reply(b"no", 404),
        "the pages before it were there",
    ),
]


@pytest.mark.parametrize(("by", "answer", "told"), WAYS)
def test_pages_that_would_be_left_out_or_had_for_ever_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str, answer: Callable[[Asked], Reply], told: str
) -> None:
    asked: list[Asked] = []

    def counted(request: Asked) -> Reply:
        asked.append(request)
        return answer(request)

    with answering(counted) as server:
        text = f"""
        source: {{type: rest, url: "{server.url}/orders", records: data, pages: {{by: {by}}}}}
        columns: {{id: int64}}
        """
        with platform_of(tmp_path / "store", monkeypatch, write_source(tmp_path, "raw_orders", text)) as platform:
            assert told in failure_of(run_whole(platform))
            assert platform.landed() == {}
            assert len(asked) < 5


def test_pages_behind_a_password_go_on_and_what_is_beside_the_records_is_no_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0

    def answer(request: Asked) -> Reply:
        nonlocal asked
        asked += 1
        assert request.headers["Authorization"].startswith("Basic ")
        if "at" in request.query:
            return page([{"id": 2}], asked=asked)
        return page([{"id": 1}], asked=asked, next=f"{server.url}/orders?at=2")

    with answering(answer) as server:
        monkeypatch.setenv("ACME_API", server.url.replace("://", "://reader:very-s3cret-word@"))
        text = """
        source: {type: rest, url: ACME_API, path: /orders, records: data, pages: {by: link}}
        columns: {id: int64}
        """
        with platform_of(tmp_path / "store", monkeypatch, write_source(tmp_path, "raw_orders", text)) as platform:
            result = run_whole(platform)
            assert result.success, failure_of(result)
            assert values(platform, "raw_orders", "id") == [1, 2]
            assert run_whole(platform).success
            assert len(platform.landed()) == 1


def test_a_token_that_is_sent_back_is_landed_and_stored_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME_TOKEN", "t0ken-of-acme-77")
    with answering(lambda asked: page([{"id": 1, "sent": asked.headers["Authorization"]}])) as server:
        text = f"""
        source: {{type: rest, url: "{server.url}/orders", records: data, token: ACME_TOKEN}}
        columns: {{id: int64, sent: string}}
        """
        with platform_of(tmp_path / "store", monkeypatch, write_source(tmp_path, "raw_orders", text)) as platform:
            assert run_whole(platform).success
            assert values(platform, "raw_orders", "sent") == ["Bearer ***"]
            assert not [data for data in platform.landed().values() if b"t0ken-of-acme" in data]
            assert run_whole(platform).success
            assert len(platform.landed()) == 1


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (
            Reply(b"", 302, headers={"Location": "https://elsewhere.example/x.csv"}),
            "elsewhere.example/x.csv: write that",
        ),
        (Reply(b"id\n1\n", 206), "a part came, and the whole was asked for"),
    ],
)
def test_an_answer_that_is_elsewhere_or_a_part_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reply: Reply, told: str
) -> None:
    with answering(lambda _: reply) as server:
        text = f"""
        source: {{type: http, url: "{server.url}/orders.csv"}}
        columns: {{id: string}}
        """
        with platform_of(tmp_path / "store", monkeypatch, write_source(tmp_path, "raw_orders", text)) as platform:
            assert told in failure_of(run_whole(platform))
            assert platform.landed() == {}
