"""Files on other people's servers: the one that was asked for, or a clear error."""

import json
from collections.abc import Iterator

import pytest

from data_platform.ingestion import attempts
from data_platform.ingestion.archive import mark_of
from data_platform.ingestion.errors import (
    MalformedError,
    MissingFileError,
    TransientSourceError,
    UnauthorizedError,
    WrongAnswerError,
)
from data_platform.ingestion.remote import RemoteFiles
from data_platform_tests.answering import Asked, Reply, Server, answering

INDEX = Reply(json.dumps({"files": [{"name": "a.csv", "etag": "A"}, {"name": "b.csv", "etag": "B"}]}).encode())


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "backoff", lambda state: 0.0)


@pytest.fixture
def server() -> Iterator[Server]:
    with answering(lambda _: INDEX) as server:
        yield server


def test_a_file_with_another_etag_than_the_index_has_is_asked_for_again_and_then_refused(server: Server) -> None:
    server.answer = lambda asked: INDEX if asked.path == "/" else Reply(b"x", headers={"ETag": "A"})
    with RemoteFiles(server.url) as client:
        marks = client.index("/")
        assert client.get("a.csv", marks["a.csv"]).mark == mark_of("A")
        with pytest.raises(WrongAnswerError, match=r"/b\.csv: the index names another file .* ETag A; asked 4 times"):
            client.get("b.csv", marks["b.csv"])
    assert [asked.headers.get("Cache-Control") for asked in server.asked[-4:]] == [None, *["no-cache"] * 3]


def test_a_cache_that_is_asked_not_to_answer_lets_the_right_file_through(server: Server) -> None:
    def answer(asked: Asked) -> Reply:
        fresh = asked.headers.get("Cache-Control") == "no-cache"
        return Reply(b"new" if fresh else b"old", headers={"ETag": "B" if fresh else "A"})

    server.answer = answer
    with RemoteFiles(server.url) as client:
        assert client.get("b.csv", mark_of("B")).content == b"new"


def test_one_refusal_after_good_answers_may_pass_and_one_at_the_start_does_not(server: Server) -> None:
    with RemoteFiles(server.url) as client:
        client.index("/")
        replies = iter([Reply(status=401), Reply(status=403), Reply(b"x")])
        server.answer = lambda _: next(replies)
        assert client.get("a.csv").content == b"x"
    server.answer = lambda _: Reply(status=401)
    with RemoteFiles(server.url) as client, pytest.raises(UnauthorizedError, match="HTTP 401"):
        client.index("/")


@pytest.mark.parametrize(
    ("reply", "kind", "said"),
    [
        (Reply(b"<html>busy</html>"), TransientSourceError, "whose body is not JSON"),
        (Reply(b'{"files": {}}'), MalformedError, "no index of files: files: Input should be a valid list"),
        (Reply(status=404), MissingFileError, "HTTP 404"),
    ],
)
def test_an_index_that_is_none_is_told(server: Server, reply: Reply, kind: type[Exception], said: str) -> None:
    server.answer = lambda _: reply
    with RemoteFiles(server.url, attempts=2) as client, pytest.raises(kind, match=said):
        client.index("exports/")
