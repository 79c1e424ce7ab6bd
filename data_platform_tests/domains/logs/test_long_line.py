"""A line that is longer than what a process may hold: it is rejected, the others are events, memory stays bounded."""

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest

from data_platform.domains.logs.settings import SETTLE_VARIABLE
from data_platform.settings import STORE_VARIABLE
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.domains.logs.location import Location, day, line
from data_platform_tests.repository import PROJECT_ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads its memory from /proc"),
]

MIB = 1 << 20
LINES = 1_000

READ_AHEAD = 96
"""MiB of requests of 16 that are on their way or just came, of which a file of 2 MB has none."""


def land(logs: Location, name: str, long: int) -> str:
    """A file of good lines with one of so many MiB among them, that begins as a good one."""
    content = line(1) * LINES + line(1)[:-1] + b"x" * (long * MIB) + b"\n" + line(2) * LINES
    return logs.land(name, gzip.compress(content, 1) if name.endswith(".gz") else content)


def memory(store: ObjectStore) -> tuple[int, int]:
    """MiB of a process before it scans and makes everything in a store, and at its peak."""
    environment = os.environ | {STORE_VARIABLE: str(store.url), SETTLE_VARIABLE: "0"}
    command = [sys.executable, "-m", "data_platform_tests.domains.logs.long_line_run"]
    done = subprocess.run(command, cwd=PROJECT_ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-5_000:]
    before, peak = map(int, done.stdout.split())
    return before, peak


@pytest.mark.parametrize("name", ["a.log", "a.log.gz"])
def test_a_line_of_300_mb_takes_no_more_memory_than_one_of_2_mb(logs: Location, name: str, tmp_path: Path) -> None:
    short = Location(logs.definitions, logs.instance, ObjectStore.open(f"file://{tmp_path}/short"))
    land(short, name, 2)
    key = land(logs, name, 300)
    (before, of_short), (_, of_long) = memory(short.store), memory(logs.store)
    assert before <= of_short
    sys.stdout.write(
        f"{name}: {before} MiB before; peak {of_short} MiB with a line of 2 MiB, {of_long} MiB with one of 300 MiB\n"
    )
    assert of_long < of_short + 64 + READ_AHEAD
    (row,) = logs.rows("_quarantine/logs/rejected_lines")
    assert (row["reason"], row["date"], row["file"]) == ("longer than 1 MiB", day(1), key)
    assert (row["offset"], row["line_number"]) == (LINES * len(line(1)), LINES + 1)
    assert len(row["raw"]) == 64 << 10
    events = [one["date"] for one in logs.rows("logs/access_events_v1")]
    assert (events.count(day(1)), events.count(day(2))) == (LINES, LINES)
