"""`data-platform impact` on meshes of 100, 1,000 and 10,000 products, each time in a fresh process; beside `dbt ls`.

The products asked about are the one with the most others behind it, the worst there is, and one with as many behind it
as half of them have. `dbt ls --select <model>+` answers which models are behind a model, without columns; dbt is
installed into an environment of its own for the time of the run, and left out where that fails. Its second call has
its own cache of the first one (partial parsing); ours has none.

Medians of CPU seconds, user and system, and of seconds on the clock; the processes take turns.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.mesh import data

SIZES = (100, 1_000, 10_000)
AIMS = {1_000: 1.0, 10_000: 5.0}
ROUNDS = 5
DBT_ROUNDS = {100: 3, 1_000: 3, 10_000: 1}
DBT = ("dbt-core<1.12", "dbt-duckdb")  # 1.12 installs a parser that is downloaded from elsewhere than PyPI
BIN = Path(sys.executable).parent


@dataclass
class Times:
    """Seconds of several calls of one command."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    def call(self, command: Sequence[str], cwd: Path) -> None:
        """Call it once."""
        before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
        self.wall.append(time.monotonic() - begun)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        if done.returncode > 1:
            raise SystemExit(f"{' '.join(command)} failed: {(done.stderr or done.stdout)[-2000:]}")

    def __str__(self) -> str:
        return f"{median(self.wall):6.2f} s, {median(self.cpu):6.2f} s of CPU"


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        dbt = _dbt(root / "dbt")
        before: float | None = None
        for size in SIZES:
            before = _measure(size, root / str(size), dbt, before)
        help_times = Times()
        for _ in range(ROUNDS):
            help_times.call([str(BIN / "data-platform"), "--help"], root)
        print(f"--help: {help_times} (aim: below 0.3 s of CPU)")


def _measure(size: int, root: Path, dbt: Path | None, before: float | None) -> float:
    products = data.mesh(size)
    domains, project = root / "domains", root / "project"
    domains.mkdir(parents=True)
    data.write(products, domains)
    behind = data.downstream(products)
    subjects = {"most": max(behind, key=lambda key: behind[key]), "middle": _middle(behind)}
    times = {name: Times() for name in subjects}
    full = Times()
    for _ in range(ROUNDS):
        for name, key in subjects.items():
            times[name].call(_impact(domains, key), root)
    full.call([*_impact(domains, subjects["most"]), "--paths", str(size)], root)
    worst = median(times["most"].cpu)
    growth = f", {worst / before:.1f} times as much for ten times as many" if before else ""
    print(f"{size:,} products of {data.COLUMNS} columns and {data.INPUTS} inputs (aim: {AIMS.get(size, '-')} s)")
    for name, key in subjects.items():
        said = growth if name == "most" else ""
        print(f"  impact, {behind[key]:5,} behind ({name}): {times[name]}{said}")
    print(f"  the same with the path to each of them    : {full}")
    if dbt is not None:
        data.write_dbt(products, project)
        _beside(dbt, project, subjects["most"], DBT_ROUNDS[size], times["most"])
    shutil.rmtree(root)
    return worst


def _middle(behind: dict[str, int]) -> str:
    """A product with as many behind it as half of those have that have any."""
    some = sorted((count, key) for key, count in behind.items() if count)
    return some[len(some) // 2][1]


def _impact(domains: Path, key: str) -> list[str]:
    options = ["--drop", "c03", "--json", "--no-outside", "--domains", str(domains)]
    return [str(BIN / "data-platform"), "impact", key, *options]


def _beside(dbt: Path, project: Path, key: str, rounds: int, ours: Times) -> None:
    command = [str(dbt), "--quiet", "ls", "--select", f"{key.replace('/', '__')}+", "--profiles-dir", "."]
    cold, warm = Times(), Times()
    for _ in range(rounds):
        shutil.rmtree(project / "target", ignore_errors=True)
        cold.call(command, project)
        warm.call(command, project)
    for name, times in (("first call", cold), ("second call", warm)):
        ratio = median(ours.cpu) / median(times.cpu)
        print(f"  dbt ls, {name:11}                       : {times}  impact / dbt: {ratio:.2f} of CPU")


def _dbt(folder: Path) -> Path | None:
    """A dbt in an environment of its own, or ``None``."""
    uv = shutil.which("uv", path=f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}")
    if uv is None:
        print("without dbt: there is no uv to install it")
        return None
    for command in ([uv, "venv", "-q", "--python", "3.11", str(folder)],
                    [uv, "pip", "install", "-q", "--python", str(folder / "bin" / "python"), *DBT]):  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"without dbt: {' '.join(command)} failed: {done.stderr.strip()[:500]}")
            return None
    return folder / "bin" / "dbt"


if __name__ == "__main__":
    main()
