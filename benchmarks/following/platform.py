"""A project and the platform that runs on it: its commands, its start and end, what it costs when nothing happens.

What belongs here: what both measurements share. What does not: what is published, and what follows it.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from data_platform.laptop.processes import tree
from data_platform.settings import PROJECT_VARIABLE, STATE_VARIABLE, STORE_VARIABLE
from data_platform.storage.objects.store import ObjectStore

BIN = Path(sys.executable).parent
_IDLE_SECONDS = 60.0
_HIDDEN = ("DATA_PLATFORM", "DAGSTER", "AWS_", "TMDB", "PYTHONDONTWRITEBYTECODE")


def environment(**own: object) -> dict[str, str]:
    """The environment of a process that knows nothing of this one's platform, but for what is its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_HIDDEN)}
    return kept | {name: str(value) for name, value in own.items()}


@dataclass(frozen=True)
class Platform:
    """A project and the platform that runs on it."""

    root: Path
    store: Path

    @property
    def environment(self) -> dict[str, str]:
        """Its commands' environment."""
        own = {PROJECT_VARIABLE: self.root, STATE_VARIABLE: self.state, STORE_VARIABLE: f"file://{self.store}"}
        return environment(**own)

    @property
    def state(self) -> Path:
        """Its state folder."""
        return self.root / ".data_platform"

    def run(self, *arguments: str) -> None:
        """One command of the platform."""
        command = [str(BIN / "data-platform"), *arguments]
        done = subprocess.run(command, cwd=self.root, env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{arguments}: {done.stdout}{done.stderr}")

    @contextmanager
    def up(self) -> Iterator["subprocess.Popen[bytes]"]:
        """The platform, ready."""
        log = self.root.with_suffix(".log")
        command = [str(BIN / "data-platform"), "up"]
        with log.open("wb") as out:
            process = subprocess.Popen(command, cwd=self.root, env=self.environment, stdout=out, stderr=out)
        try:
            until(lambda: "Ctrl-C stops everything" in log.read_text())
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(120)

    def write_orders(self, rows: int) -> None:
        """Write the file that ``sales/raw_orders`` is made of."""
        lines = [f"{n},{n * 1.5},2026-11-{n % 28 + 1:02}" for n in range(1, rows + 1)]
        (self.root / "orders.csv").write_text("\n".join(["order_id,amount,day", *lines]) + "\n")

    def newest(self, product: str) -> int:
        """The newest version of a product's table; -1: there is none."""
        log = ObjectStore.open(f"file://{self.store}").list(f"{product}/_delta_log")
        return max((int(Path(entry.path).stem) for entry in log if entry.path.endswith(".json")), default=-1)


def until(holds: Callable[[], Any], seconds: float = 600) -> Any:
    """Wait for something that is not false, and hand it on."""
    deadline = time.monotonic() + seconds
    while not (answer := holds()):
        if time.monotonic() > deadline:
            raise RuntimeError("it did not happen")
        time.sleep(0.5)
    return answer


def idle(pid: int) -> float:
    """CPU-seconds a minute of a platform that has nothing to do."""

    def spent() -> float:
        total = 0.0
        for process in tree(pid):
            try:
                times = process.cpu_times()
            except psutil.Error:
                continue
            total += times.user + times.system + times.children_user + times.children_system
        return total

    before, begun = spent(), time.monotonic()
    time.sleep(_IDLE_SECONDS)
    return (spent() - before) * 60 / (time.monotonic() - begun)
