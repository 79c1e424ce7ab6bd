import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from data_platform.simulator.serving import running
from data_platform.simulator.settings import DEFAULT_TOKEN, SimulatorSettings

AUTHORISED = {"Authorization": f"Bearer {DEFAULT_TOKEN}"}


@contextmanager
def process(*arguments: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "data_platform.simulator", *arguments]
    child = subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout is not None
        yield child, child.stdout.readline().removeprefix("simulator: ").strip()
    finally:
        if child.poll() is None:
            child.kill()
        child.communicate()


@pytest.mark.slow
def test_two_processes_with_other_hash_seeds_and_this_one_give_the_same_bytes() -> None:
    questions = [
        *("movie/popular?page=1", "movie/popular?page=499", "movie/top_rated?page=2", "trending/movie/day?page=3"),
        "genre/movie/list",
    ]
    faults = '{"overlap_rate": 0.5, "drift": true}'

    def ask(url: str) -> list[tuple[bytes, str]]:
        responses = [httpx.get(f"{url}/3/{question}", headers=AUTHORISED) for question in questions]
        return [(response.content, response.headers["etag"]) for response in responses]

    answers = []
    for hash_seed in ("1", "4242"):
        variables = {"PYTHONHASHSEED": hash_seed, "DATA_PLATFORM_SIMULATOR_FAULTS": faults}
        with process("--port", "0", DATA_PLATFORM_SIMULATOR_DAY="2026-03-14", **variables) as (_, url):
            answers.append(ask(url))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_a_signal_ends_the_process_cleanly_and_frees_the_port(tmp_path: Path, number: signal.Signals) -> None:
    port_file = tmp_path / "port"
    with process("--port", "0", "--port-file", str(port_file)) as (child, url):
        port = int(port_file.read_text())
        assert url == f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=url) as client:  # its connection stays open
            assert client.get("/3/movie/popular", params={"api_key": DEFAULT_TOKEN}).status_code == 200
            child.send_signal(number)
            assert child.wait(timeout=20) == 0
        output = child.stdout.read() + child.stderr.read()  # type: ignore[union-attr]
    assert output == ""
    socket.create_server(("127.0.0.1", port)).close()


@pytest.mark.slow
def test_a_slow_answer_does_not_keep_the_process_from_ending() -> None:
    faults = '{"rate_slow": 1.0, "slow_seconds": 600}'
    with process(DATA_PLATFORM_SIMULATOR_FAULTS=faults) as (child, url):
        address = httpx.URL(url)
        with socket.create_connection((address.host, address.port or 0)) as asking:
            asking.sendall(b"GET /3/movie/popular HTTP/1.1\r\nHost: simulator\r\n\r\n")
            assert httpx.get(f"{url}/health").status_code == 200
            child.send_signal(signal.SIGTERM)
            assert child.wait(timeout=20) == 0


def test_settings_that_cannot_be_used_end_the_process_with_2_and_their_name() -> None:
    with process(DATA_PLATFORM_SIMULATOR_SEED="many") as (child, _):
        _, errors = child.communicate()
    assert child.returncode == 2
    assert "DATA_PLATFORM_SIMULATOR_SEED" in errors
    assert "Traceback" not in errors


def test_a_port_in_use_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with process("--port", str(port)) as (child, _):
            _, errors = child.communicate()
        with pytest.raises(OSError, match=f"127.0.0.1:{port}"), running(SimulatorSettings(port=port)):
            pass
    assert child.returncode == 1
    assert f"127.0.0.1:{port}" in errors
    assert "Traceback" not in errors


def test_simulators_run_side_by_side_and_are_gone_after_their_block() -> None:
    with running() as one, running(SimulatorSettings(seed=1, token="t-1")) as other:
        assert one.url != other.url
        assert httpx.get(f"{one.tmdb_url}/movie/popular", headers=AUTHORISED).status_code == 200
        assert httpx.get(f"{other.tmdb_url}/movie/popular", headers=AUTHORISED).status_code == 401
    with pytest.raises(httpx.ConnectError):
        httpx.get(one.url)
