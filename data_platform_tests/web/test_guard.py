"""What the guard refuses, over real HTTP and websockets."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from data_platform.web import Access
from data_platform.web.access import AccessError, from_environment
from data_platform_tests.web.raw import answer_to
from data_platform_tests.web.serving import TOKEN, Page, served

FOREIGN = "http://evil.example"
CHANGING = ("POST", "PUT", "PATCH", "DELETE")


@pytest.fixture(scope="module")
def shared_page() -> Iterator[tuple[Page, httpx.Client]]:
    page = Page()
    access = Access(hosts=frozenset({"films.example.org"}), token=TOKEN)
    with served(page, access) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        yield page, client


@pytest.fixture
def page(shared_page: tuple[Page, httpx.Client]) -> Page:
    shared_page[0].changed.clear()
    return shared_page[0]


@pytest.fixture
def client(page: Page, shared_page: tuple[Page, httpx.Client]) -> httpx.Client:
    return shared_page[1]


@pytest.mark.parametrize("host", ["127.0.0.1:1", "localhost", "LOCALHOST:3000", "[::1]:3000", "films.example.org:80"])
def test_names_of_this_machine_and_those_configured_are_answered(client: httpx.Client, host: str) -> None:
    assert client.get("/", headers={"Host": host}).text == "shown"


HOSTS = (
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.",
    "a@localhost",
    "localhost:x",
    "[::1",
    "",
    "::1",
    "0.0.0.0",
)


@pytest.mark.parametrize("host", HOSTS)
def test_a_name_that_another_page_gave_to_this_machine_is_not(client: httpx.Client, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code == 421


def test_a_request_without_a_host_or_with_two_is_refused(page: Page) -> None:
    for hosts in ([], ["localhost", "evil.example"]):
        assert answer_to(page.guarded(Access()), hosts=hosts)[0] == 421


@pytest.mark.parametrize("method", CHANGING)
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": FOREIGN},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://127.0.0.1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_page_changes_nothing(client: httpx.Client, page: Page, method: str, headers: dict[str, str]) -> None:
    assert client.request(method, "/thing", headers=headers).status_code == 403
    assert page.changed == []


@pytest.mark.parametrize("method", CHANGING)
def test_the_page_itself_and_a_program_may_change_things(client: httpx.Client, page: Page, method: str) -> None:
    own = {"Origin": str(client.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}
    assert client.request(method, "/thing", headers=own).text == "changed"
    assert client.request(method, "/thing").text == "changed"
    assert page.changed == [method, method]


def test_another_page_may_link_here_and_neither_frame_nor_embed_anything(client: httpx.Client) -> None:
    site = {"Sec-Fetch-Site": "cross-site"}
    link = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    frame = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}
    image = {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
    assert client.get("/", headers=site | link).text == "shown"
    assert client.get("/", headers=site | frame).status_code == 403
    assert client.get("/", headers=site | image).status_code == 403


MUTATION = 'mutation{deletePipelineRun(runId:"1"){__typename}}'


@pytest.mark.parametrize(
    "target",
    [
        f"/graphql?query={MUTATION}",
        f"/graphql?query=query+Q{{a}}{MUTATION}&operationName=M",
        f"/graphql/?query={MUTATION}",
        f"/graphql%0A?query={MUTATION}",
        f"/%67raphql?query={MUTATION}",
        f"/graphql?%71uery={MUTATION}",
        "/graphql?extensions={}",
        f"/graphql?a=1&query={MUTATION}",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_nothing_runs_from_an_address(client: httpx.Client, page: Page, method: str, target: str) -> None:
    answer = client.request(method, target, headers={"Content-Type": "application/json"})
    assert answer.status_code in {405, 404}
    assert page.changed == []
    if method != "HEAD":
        assert "JSON in the body of a POST" in answer.text or answer.status_code == 404


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_graphql_is_taken_as_json_only(client: httpx.Client, page: Page, content_type: str) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    assert client.post("/graphql", content=MUTATION, headers=headers).status_code == 415
    assert page.changed == []
    assert client.post("/graphql", json={"query": MUTATION}).text == "changed"


def test_every_answer_stays_out_of_frames_and_keeps_the_policy_of_the_page(client: httpx.Client) -> None:
    shown, refused = client.get("/"), client.get("/", headers={"Host": "evil.example"})
    assert shown.headers.get_list("content-security-policy") == ["object-src 'none'", "frame-ancestors 'none'"]
    for answer in (shown, refused, client.get("/nowhere")):
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"


def websocket(client: httpx.Client, **headers: str) -> str:
    url = f"ws://127.0.0.1:{client.base_url.port}/graphql"
    with connect(url, additional_headers=headers, proxy=None) as connection:
        return str(connection.recv())


def test_a_websocket_of_the_page_itself_is_answered(client: httpx.Client) -> None:
    assert websocket(client) == "talked"
    assert websocket(client, Origin=str(client.base_url).rstrip("/")) == "talked"


@pytest.mark.parametrize("headers", [{"Origin": FOREIGN}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}])
def test_a_websocket_of_another_page_is_not(client: httpx.Client, page: Page, headers: dict[str, str]) -> None:
    with pytest.raises(InvalidStatus):
        websocket(client, **headers)
    assert page.changed == []


ASK = """
import encodings.idna, http.client, json, os, sys
port, uid, headers = json.loads(sys.stdin.read())
connection = http.client.HTTPConnection("127.0.0.1", port)
if uid is not None:
    os.setgroups([]), os.setgid(uid), os.setuid(uid)
connection.request("GET", sys.argv[1], headers=headers)
answer = connection.getresponse()
print(json.dumps([answer.status, answer.read().decode(), dict(answer.getheaders())]))
"""


def ask_as(uid: int | None, port: int, target: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    program = [sys.executable, "-c", ASK, target]
    question = json.dumps([port, uid, headers])
    status, text, answered = json.loads(subprocess.check_output(program, input=question, text=True))
    return status, text, {name.lower(): value for name, value in answered.items()}


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_another_user_of_the_machine_is_refused_without_the_token(client: httpx.Client) -> None:
    port = client.base_url.port
    assert port
    assert ask_as(None, port, "/")[1] == "shown"
    for target in ("/", "/feed/one", "/graphql"):
        status, text, _ = ask_as(65534, port, target)
        assert status == 403
        assert "token" in text
        assert TOKEN not in text
    assert ask_as(65534, port, "/", Authorization=f"Bearer {TOKEN}")[1] == "shown"
    assert ask_as(65534, port, "/?token=wrong")[0] == 403


def test_the_token_of_an_address_becomes_a_cookie_that_opens_pages_and_websockets() -> None:
    page = Page()
    with served(page, Access(token=TOKEN, everybody_needs_the_token=True)) as port:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            assert client.get("/").status_code == 403
            with pytest.raises(InvalidStatus):
                websocket(client)
            welcome = client.get("/", params={"token": TOKEN, "tab": "runs & more"})
            assert welcome.status_code == 303
            assert welcome.headers["location"] == "/?tab=runs+%26+more"
            cookie = welcome.headers["set-cookie"]
            assert "HttpOnly" in cookie
            assert "samesite=strict" in cookie.lower()
            assert TOKEN not in cookie
            assert client.get("/").text == "shown"
            name, value = cookie.partition(";")[0].split("=")
            assert websocket(client, Cookie=f"{name}={value}") == "talked"
            with pytest.raises(InvalidStatus):
                websocket(client, Cookie=f"{name}={value[:-1]}")
            assert client.post("/thing", headers={"Origin": FOREIGN}).status_code == 403
        assert httpx.get(f"http://127.0.0.1:{port}/feed/one").text == "shown"
        assert httpx.get(f"http://127.0.0.1:{port}/?token={TOKEN}", headers={"Host": "evil.example"}).status_code == 421


@pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", "///evil.example/a", "/a?b", "/a\r\nB: c"])
def test_the_way_to_the_page_without_the_token_leads_to_no_other_host(path: str) -> None:
    guard = Page().guarded(Access(token=TOKEN))
    status, headers = answer_to(guard, hosts=["localhost"], path=path, query=f"token={TOKEN}")
    assert status == 303
    assert headers["location"] == "/" + quote(path.lstrip("/"))


def test_one_who_is_not_known_needs_the_token_but_for_what_asks_by_itself() -> None:
    guard = Page().guarded(Access(token=TOKEN))
    assert answer_to(guard, hosts=["localhost"])[0] == 403
    assert answer_to(guard, hosts=["localhost"], path="/feed/one")[0] == 200
    assert answer_to(guard, hosts=["localhost"], path="/feed/one", peer=os.getuid() + 1)[0] == 403
    assert answer_to(guard, hosts=["localhost"], peer=os.getuid())[0] == 200


def test_without_a_token_no_empty_one_opens_anything() -> None:
    guard = Page().guarded(Access())
    for headers in ({"authorization": "Bearer "}, {"authorization": "Bearer"}, {"cookie": "data-platform-80="}):
        assert answer_to(guard, hosts=["localhost"], query="token=", headers=headers)[0] == 403


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"DATA_PLATFORM_ALLOWED_HOSTS": "good.example,http://bad.example"}, "no host name"),
        ({"DATA_PLATFORM_ALLOWED_HOSTS": "films.example:80"}, "without port"),
        ({"DATA_PLATFORM_WEB_ACCESS": "all"}, "neither 'user' nor 'token'"),
        ({"DATA_PLATFORM_WEB_ACCESS": "token"}, "DATA_PLATFORM_WEB_TOKEN"),
        ({"DATA_PLATFORM_WEB_TOKEN": "short"}, "at least 16"),
    ],
)
def test_settings_that_cannot_be_used_are_named(environment: dict[str, str], message: str) -> None:
    with pytest.raises(AccessError, match=message):
        from_environment(environment)


def test_settings_are_read_and_the_token_is_not_shown() -> None:
    environment = {"DATA_PLATFORM_ALLOWED_HOSTS": "A.example, b.example", "DATA_PLATFORM_WEB_TOKEN": TOKEN}
    access = from_environment(environment)
    assert access.hosts == {"a.example", "b.example"}
    assert TOKEN not in repr(access)
