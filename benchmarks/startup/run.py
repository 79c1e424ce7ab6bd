"""How long until the UI has loaded every code location, and in how much memory: our stack against `dagster dev`.

Both load the same workspace (the movies' location under several names), on a fresh state folder each, one after the
other, in turns. Memory is the proportional set size of the whole process tree, so that shared pages count once.
"""

import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import yaml

from benchmarks.repository import PROJECT_ROOT
from data_platform.settings import SIMULATOR_VARIABLE, STATE_VARIABLE, STORE_VARIABLE

ROUNDS = 3
BIN = Path(sys.executable).parent
QUERY = "{ workspaceOrError { ... on Workspace { locationEntries { locationOrLoadError { __typename } } } } }"


@dataclass(frozen=True)
class Figures:
    """Seconds until all is loaded, CPU seconds spent on it, and memory in MB then."""

    wall: float
    cpu: float
    memory: float


def main() -> None:
    """Measure one and five locations and print the ratios."""
    for count in (1, 5):
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(measure("up", count))
            theirs.append(measure("dev", count))
        for name in ("wall", "cpu", "memory"):
            a, b = (statistics.median(getattr(each, name) for each in runs) for runs in (ours, theirs))
            print(f"{count} locations, {name:6}: ours {a:7.1f}  dagster dev {b:7.1f}  ratio {a / b:.2f}")


def measure(which: str, count: int) -> Figures:
    """Start one of the two on a fresh folder, wait until all is loaded, stop it."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder, "workspace.yaml")
        workspace.write_text(yaml.safe_dump({"load_from": [_location(f"movies_{n}") for n in range(count)]}))
        port = _free_port()
        begun = time.monotonic()
        process = subprocess.Popen(
            _command(which, workspace, port),
            cwd=PROJECT_ROOT,
            env=_environment(Path(folder), port),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            _wait(f"http://127.0.0.1:{port}/graphql", count, process)
            return Figures(time.monotonic() - begun, *_cost(process.pid))
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _location(name: str) -> dict[str, dict[str, str]]:
    where = {"module_name": "data_platform.locations", "attribute": "movies", "location_name": name}
    return {"python_module": where}


def _command(which: str, workspace: Path, port: int) -> list[str]:
    if which == "up":
        return [str(BIN / "data-platform"), "up", "--no-materialize", "--workspace", str(workspace)]
    return [str(BIN / "dagster"), "dev", "-w", str(workspace), "-h", "127.0.0.1", "-p", str(port)]


def _environment(folder: Path, port: int) -> dict[str, str]:
    home = folder / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text((PROJECT_ROOT / "dagster.yaml").read_text())
    own = {
        STATE_VARIABLE: str(folder / "state"),
        STORE_VARIABLE: f"file://{folder}/store",
        SIMULATOR_VARIABLE: "http://127.0.0.1:9",  # nothing asks it: no simulator is started either
        "DATA_PLATFORM_PORT": str(port),
        "DAGSTER_HOME": str(home),
    }
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | own


def _wait(url: str, count: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and process.poll() is None:
        try:
            entries = httpx.post(url, json={"query": QUERY}, timeout=30).json()["data"]["workspaceOrError"]
        except (httpx.HTTPError, KeyError, ValueError):
            entries = {}
        loaded = [each["locationOrLoadError"] for each in entries.get("locationEntries", [])]
        if len(loaded) == count and all(each and each["__typename"] == "RepositoryLocation" for each in loaded):
            return
        time.sleep(0.05)
    raise RuntimeError(f"{url} did not load {count} locations")


def _cost(pid: int) -> tuple[float, float]:
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    cpu = sum(sum(process.cpu_times()[:2]) for process in family)
    return cpu, sum(process.memory_full_info().pss for process in family) / 1e6


if __name__ == "__main__":
    main()
