"""The whole platform with secrets of its sources: none in a command line, a log, the event log or on the console."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from data_platform_tests.answering import Reply, answering
from data_platform_tests.end_to_end.running import running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

YESTERDAY = (datetime.now(UTC).date() - timedelta(days=1)).isoformat()
SECRETS = ["sAles-p4ssword", "sAles-ssl-p4ss", "aDs-t0ken-0f-tests", "aDs-k3y-of-tests", "cArrier-p4ssword"]


def test_no_process_shows_and_nothing_keeps_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(lambda asked: Reply(str(asked).encode(), 401)) as world:
        host = f"127.0.0.1:{world.port}"
        sales = f"postgresql://u:{SECRETS[0]}@127.0.0.1:9/shop?sslpassword={SECRETS[1]}"
        monkeypatch.setenv("SALES_DATABASE_URL", sales)
        monkeypatch.setenv("ADS_API_TOKEN", SECRETS[2])
        monkeypatch.setenv("ADS_API_URL", f"{world.url}/ads?api_key={SECRETS[3]}")
        monkeypatch.setenv("CARRIER_DROPS_URL", f"http://somebody:{SECRETS[4]}@{host}/carriers")
        with running(tmp_path, "--no-materialize") as platform:
            shown = command_lines(platform.process.pid)
            for asset in ("marketing/raw_ad_exports", "logistics/raw_shipments"):
                assert platform.launch([asset], YESTERDAY)[1] == "FAILURE"
                shown |= command_lines(platform.process.pid)
    assert len(shown) > 5
    for secret in SECRETS:
        assert [line for line in shown if secret in line] == []
        assert [path for path in tmp_path.rglob("*") if path.is_file() and secret in content(path)] == []


def command_lines(root: int) -> set[str]:
    """Those of a process and all that it started."""
    processes = [psutil.Process(root), *psutil.Process(root).children(recursive=True)]
    lines = set()
    for process in processes:
        try:
            lines.add(" ".join(process.cmdline()))
        except psutil.Error:  # it has ended
            continue
    return lines


def content(path: Path) -> str:
    if path.suffix in {".db", ".sqlite"}:
        with closing(sqlite3.connect(path)) as database:
            return "\n".join(database.iterdump())
    return path.read_bytes().decode("utf-8", "replace")
