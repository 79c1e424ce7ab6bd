"""Answers from other people's servers: whole or refused, within limits of time and size, without a secret told."""

import gzip
import json
import logging
import math
import socket
import threading
import tracemalloc
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_platform.ingestion.errors import (
    OverLimitError,
    PermanentSourceError,
    SourceError,
    TransientSourceError,
)
from data_platform.ingestion.fetching import Answer, Fetcher
from data_platform.ingestion.json_answers import read_json_answer
from data_platform.ingestion.limits import MIB, Allowance, Limits
from data_platform.ingestion.remote import RemoteFiles
from data_platform.ingestion.unpacking import Unpacker, UnpackingError
from data_platform_tests.answering import Asked, Reply, Server, answering
from data_platform_tests.examples import examples

GZIP = {"Content-Encoding": "gzip"}


@pytest.fixture
def server() -> Iterator[Server]:
    with answering(lambda _: Reply(b"{}")) as server:
        yield server


def get(server: Server, reply: Reply, **limits: Any) -> Answer:
    server.answer = lambda _: reply
    with Fetcher(server.url, limits=Limits(**limits)) as fetcher:
        return fetcher.get("/x", {"page": 3})


def test_a_body_that_trickles_ends_at_the_limit_of_time_and_names_it(server: Server) -> None:
    trickle = Reply(pieces=[b" "] * 1000, seconds_between=0.05)
    with pytest.raises(OverLimitError, match=r"/x\?page=3: the answer is not whole after 0.3 s, the limit"):
        get(server, trickle, answer_seconds=0.3)


def test_headers_that_trickle_end_at_the_limit_of_time_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port, ended = listener.getsockname()[1], threading.Event()

        def trickle() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                while not ended.wait(0.05):
                    try:
                        connection.sendall(b"x")
                    except OSError:
                        return

        thread = threading.Thread(target=trickle, daemon=True)
        thread.start()
        with (
            Fetcher(f"http://127.0.0.1:{port}", limits=Limits(answer_seconds=0.3)) as fetcher,
            pytest.raises(OverLimitError, match="not whole after"),
        ):
            fetcher.get("/x")
        ended.set()
        thread.join()


def test_a_bomb_is_refused_at_the_limit_of_size_and_takes_no_memory(server: Server) -> None:
    packer, packed = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS | 16), bytearray()
    for _ in range(100):
        packed += packer.compress(bytes(MIB))
    packed += packer.flush()
    tracemalloc.start()
    with pytest.raises(OverLimitError, match=r"larger than 8 MiB when unpacked, the limit; \d+ bytes came"):
        get(server, Reply(bytes(packed), headers=GZIP), unpacked_bytes=8 * MIB)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40 * MIB


def test_an_answer_that_is_too_large_as_it_comes_is_refused(server: Server) -> None:
    with pytest.raises(OverLimitError, match="larger than 1000 bytes, the limit"):
        get(server, Reply(b"x" * 2000), answer_bytes=1000)


def test_all_answers_together_are_limited_in_number_size_and_time(server: Server) -> None:
    with Fetcher(server.url, limits=Limits(requests=2)) as fetcher:
        fetcher.get("/x")
        fetcher.get("/x")
        with pytest.raises(OverLimitError, match="given up after 2 requests"):
            fetcher.get("/x")
    with Fetcher(server.url, limits=Limits(total_bytes=3)) as fetcher:
        fetcher.get("/x")
        with pytest.raises(OverLimitError, match="all answers together are larger than 3 bytes"):
            fetcher.get("/x")
    times = iter([0.0, 9.0, 11.0])
    allowance = Allowance(Limits(total_seconds=10, answer_seconds=5), clock=lambda: next(times))
    assert allowance.begin("x") == 1.0
    with pytest.raises(OverLimitError, match="takes more than 10 s"):
        allowance.begin("x")


@pytest.mark.parametrize(
    "packed", [gzip.compress(b"{}", mtime=0), gzip.compress(b"{", mtime=0) + gzip.compress(b"}", mtime=0)]
)
def test_gzip_is_unpacked_several_members_too(server: Server, packed: bytes) -> None:
    assert get(server, Reply(packed, headers=GZIP)).body == b"{}"


def test_deflate_is_unpacked_with_and_without_its_header(server: Server) -> None:
    raw = zlib.compressobj(wbits=-15)
    for packed in (zlib.compress(b"{}"), raw.compress(b"{}") + raw.flush()):
        assert get(server, Reply(packed, headers={"Content-Encoding": "deflate"})).body == b"{}"


@pytest.mark.parametrize(
    ("packed", "coding", "said"),
    [
        (b"no gzip at all", "gzip", "its gzip is corrupt"),
        (gzip.compress(b"x" * 1000, mtime=0)[:-8] + b"\xff" * 8, "gzip", "its gzip is corrupt"),
        (gzip.compress(b"x" * 1000, mtime=0)[:-9], "gzip", "its gzip is cut short"),
        (b"\xff\xff\xff", "deflate", "its deflate is corrupt"),
        (b"whatever", "br", "packed as 'br', which was not asked for"),
    ],
)
def test_what_cannot_be_unpacked_may_pass_and_names_the_url(
    server: Server, packed: bytes, coding: str, said: str
) -> None:
    with pytest.raises(TransientSourceError, match=rf"127\.0\.0\.1:\d+/x\?page=3: the answer cannot be .*{said}"):
        get(server, Reply(packed, headers={"Content-Encoding": coding}))


@given(st.binary(max_size=300), st.lists(st.integers(1, 40), min_size=1, max_size=30), st.sampled_from(["gzip", ""]))
def test_however_an_answer_is_cut_into_pieces_it_is_unpacked_whole(data: bytes, sizes: list[int], coding: str) -> None:
    packed, unpacker, out, at = gzip.compress(data) if coding else data, Unpacker(coding), b"", 0
    for size in [*sizes, len(packed)]:
        out += b"".join(unpacker.feed(packed[at : at + size]))
        at += size
    unpacker.end()
    assert out == data


@given(st.binary(max_size=100))
def test_no_bytes_make_unpacking_fail_otherwise_than_as_said(data: bytes) -> None:
    for coding in ("gzip", "deflate"):
        try:
            unpacker = Unpacker(coding)
            assert all(unpacker.feed(data))
            unpacker.end()
        except UnpackingError:
            pass


def answer(body: bytes, kind: str = "application/json") -> Answer:
    return Answer("https://api.example.com/3/x?page=3", 200, {"Content-Type": kind}, body)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<!DOCTYPE html><title>503</title>", "what came: text/html, <!DOCTYPE html>"),
        (b'{"popularity": NaN}', "NaN is no number in JSON"),
        (b'{"popularity": -Infinity}', "-Infinity is no number in JSON"),
        (b'{"popularity": 1e999}', "1e999 is larger than any number"),
        (b'{"page": 2, "page": 3}', "the name 'page' occurs twice"),
        (b'{"a": ' + b"[" * 200 + b"]" * 200 + b"}", "nested more than 100 deep"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"page": 2', "what came: application/json"),
        (b'{"id": ' + b"9" * 5000 + b"}", "whose body is not JSON"),
        (b"\xff\xfe\x00", "whose body is not JSON"),
        (b"", "no body"),
    ],
)
def test_what_is_no_json_names_the_url_and_what_came(body: bytes, said: str) -> None:
    kind = "text/html; charset=utf-8" if body.startswith(b"<") else "application/json"
    with pytest.raises(TransientSourceError) as caught:
        read_json_answer(answer(body, kind))
    assert said in str(caught.value)
    assert str(caught.value).startswith("https://api.example.com/3/x?page=3: HTTP 200")
    assert len(str(caught.value)) < 500


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(values)
def test_every_json_value_is_read_as_it_is(value: Any) -> None:
    assert read_json_answer(answer(json.dumps(value).encode())) == value


@given(st.binary(max_size=60) | st.from_regex(rb'[\[\]{}:,"0-9eE.+\-\\untrfalsNaI ]{0,40}'))
@settings(max_examples=examples(200))
def test_no_bytes_at_all_are_read_as_what_cannot_be_stored(body: bytes) -> None:
    try:
        value = read_json_answer(answer(body))
    except TransientSourceError:
        return
    assert json.loads(json.dumps(value, allow_nan=False)) == value
    assert not isinstance(value, float) or math.isfinite(value)


def test_loopback_is_never_asked_through_a_proxy(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with Fetcher(server.url) as fetcher:
        assert fetcher.get("/x").status == 200
    with (
        Fetcher("http://elsewhere.invalid", timeout=2) as fetcher,
        pytest.raises(TransientSourceError, match="ConnectError"),
    ):
        fetcher.get("/x")


def test_user_and_password_of_the_address_are_sent_and_told_nowhere(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with Fetcher(f"http://somebody:s3cret-w0rd@127.0.0.1:{server.port}/base?api_key=k3y-of-mine") as fetcher:
        found = fetcher.get("/x")
    assert server.asked[0].headers["Authorization"].startswith("Basic ")
    assert "HTTP Request" in caplog.text
    for secret in ("s3cret-w0rd", "k3y-of-mine"):
        assert secret not in caplog.text + found.url + fetcher.base_url


@pytest.mark.parametrize(
    ("url", "token", "said"),
    [
        ("http://u:s3cret-w0rd@127.0.0.1/", "t0ken", "both a token and a user or password"),
        ("http://u:s3cret-w0rd@example.com/", "", "without https"),
        ("http://example.com/", "t0ken", "without https"),
        ("http://[::1/", "", "cannot be used"),
        ("ftp://127.0.0.1/", "", "unsupported protocol"),
        ("", "", "protocol"),
    ],
)
def test_an_address_that_cannot_be_asked_is_refused_and_no_secret_is_told(url: str, token: str, said: str) -> None:
    with pytest.raises(PermanentSourceError) as caught, Fetcher(url, token) as fetcher:
        fetcher.get("/x")
    assert said in str(caught.value)
    assert "s3cret-w0rd" not in str(caught.value)
    assert "t0ken" not in str(caught.value)


def test_a_server_that_sends_the_token_back_does_not_get_it_told(server: Server) -> None:
    def echo(asked: Asked) -> Reply:
        return Reply(json.dumps({"you sent": dict(asked.headers)}).encode(), 401)

    server.answer = echo
    with Fetcher(server.url, "eyJ-a-t0ken-of-mine") as fetcher:
        found = fetcher.get("/x")
    assert b"eyJ-a-t0ken-of-mine" in found.body
    assert "t0ken-of-mine" not in found.start
    assert "t0ken-of-mine" not in str(SourceError(found.body.decode()))


def test_no_wait_is_begun_that_takes_longer_than_there_is_time(server: Server) -> None:
    server.answer = lambda _: Reply(b"", 429, {"Retry-After": "59"})
    with RemoteFiles(server.url, "", limits=Limits(total_seconds=12)) as files, pytest.raises(TransientSourceError):
        files.index("/x")
    assert len(server.asked) == 1
