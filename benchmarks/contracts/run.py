"""33 rules on 1 and 10 million rows of 6 columns: the platform, one hand-written DuckDB query, and pandera; then files.

Each engine has a process of its own that makes the batch, answers once to warm up, and then answers when it is asked;
the processes are asked in turn, so that whatever slows the machine slows all. Printed are medians, their ratios, and
the peak memory of each process, the batch included. ``files``, beside it, has whole processes on a Parquet file.

pandera is not among the platform's packages. To have it measured:
``python -m venv /tmp/pandera-venv && /tmp/pandera-venv/bin/pip install 'pandera[polars]' pandas pyarrow`` and set
``PANDERA_PYTHON=/tmp/pandera-venv/bin/python`` (that path is the default).
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import IO, Any

if __package__:
    from benchmarks.contracts import data, files
else:  # in pandera's interpreter, which has no platform
    sys.path.insert(0, str(Path(__file__).parent))
    import data  # type: ignore[no-redef]

RULES = 33
SIZES = (1_000_000, 10_000_000)
ROUNDS = {1_000_000: 7, 10_000_000: 5}
AIMS = {"hand-written": "at most 1.5", "pandera (pandas)": "at most 0.2", "pandera (polars)": "at most 0.2"}


def _platform(rows: int) -> Callable[[], None]:
    from data_platform.contracts.checks.compiling import compile_checks  # noqa: PLC0415
    from data_platform.contracts.checks.run import check  # noqa: PLC0415
    from data_platform.contracts.reading import contract  # noqa: PLC0415
    from data_platform.contracts.rules.kinds.columns import Columns  # noqa: PLC0415
    from data_platform.contracts.rules.kinds.types import LogicalType  # noqa: PLC0415
    from data_platform.contracts.source import read  # noqa: PLC0415

    batch, checks = data.batch(rows), compile_checks(contract(read(data.CONTRACT)))
    ruled = [one for one in checks.checks if not isinstance(one.rule, Columns | LogicalType)]
    if len(ruled) != RULES:
        raise SystemExit(f"{len(ruled)} rules: {[one.name for one in ruled]}")

    def run() -> None:
        report = check(checks, batch, now=data.NOW)
        if not report.passed or report.failures:
            raise SystemExit(str(report))

    return run


def _hand_written(rows: int) -> Callable[[], None]:
    import duckdb  # noqa: PLC0415

    batch = data.batch(rows)

    def run() -> None:
        with duckdb.connect(":memory:") as connection:
            connection.register("orders", batch)
            connection.execute(data.HAND_WRITTEN).fetchall()

    return run


def _pandera_pandas(rows: int) -> Callable[[], None]:
    import numpy as np  # noqa: PLC0415
    import pandas as pd  # noqa: PLC0415
    import pandera.pandas as pandera  # noqa: PLC0415

    frame = data.batch(rows).to_pandas()
    types = {name: str(kind) for name, kind in frame.dtypes.items()} | {"email": str, "status": str}

    def bound(_: str, kind: str) -> Any:
        if kind == "multiple":
            return pandera.Check(lambda values: np.abs(values * 100 - np.round(values * 100)) < data.NEARLY)
        return pandera.Check(lambda values: values % 1 == 0)

    limits = [pd.Timestamp(one) for one in (data.FIRST, data.LAST, data.RETAINED)]
    schema = data.pandera_schema(pandera, types, bound, limits)

    def run() -> None:
        schema.validate(frame, lazy=True)

    return run


def _pandera_polars(rows: int) -> Callable[[], None]:
    from datetime import datetime  # noqa: PLC0415

    import pandera.polars as pandera  # noqa: PLC0415
    import polars as pl  # noqa: PLC0415

    frame: Any = pl.from_arrow(data.batch(rows))
    types = dict(frame.schema)

    def bound(name: str, kind: str) -> Any:
        if kind == "multiple":
            cents = pl.col(name) * 100
            return pandera.Check(lambda given: given.lazyframe.select((cents - cents.round()).abs() < data.NEARLY))
        return pandera.Check(lambda given: given.lazyframe.select(pl.col(name) % 1 == 0))

    limits = [datetime.fromisoformat(one) for one in (data.FIRST, data.LAST, data.RETAINED)]
    schema = data.pandera_schema(pandera, types, bound, limits)

    def run() -> None:
        schema.validate(frame, lazy=True)

    return run


ENGINES: dict[str, Callable[[int], Callable[[], None]]] = {
    "platform": _platform,
    "hand-written": _hand_written,
    "pandera (pandas)": _pandera_pandas,
    "pandera (polars)": _pandera_polars,
}


@dataclass
class _Worker:
    """A process with one engine."""

    name: str
    process: subprocess.Popen[str]
    seconds: list[float] = field(default_factory=list)
    megabytes: float = 0

    @classmethod
    def start(cls, name: str, rows: int) -> "_Worker | None":
        """Start it; ``None`` where its packages are missing."""
        command = [sys.executable, "-m", "benchmarks.contracts.run"]
        if name.startswith("pandera"):
            python = os.environ.get("PANDERA_PYTHON", "/tmp/pandera-venv/bin/python")  # noqa: S108 - only run
            if not Path(python).exists():
                print(f"{name}: no {python}; see `pydoc benchmarks.contracts.run` for how to install it")
                return None
            command = [python, __file__]
        process = subprocess.Popen(
            [*command, name, str(rows)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        worker = cls(name, process)
        return worker if worker._line() == "ready" else None

    def ask(self) -> None:
        """Have it run once."""
        _stream(self.process.stdin).write("go\n")
        _stream(self.process.stdin).flush()
        seconds, megabytes = self._line().split()
        self.seconds.append(float(seconds))
        self.megabytes = float(megabytes)

    def stop(self) -> None:
        """Have it end."""
        _stream(self.process.stdin).close()
        self.process.wait()

    def _line(self) -> str:
        return _stream(self.process.stdout).readline().strip()


def _stream(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise RuntimeError("the process has no pipe")
    return stream


def serve(name: str, rows: int) -> None:
    """Be a worker: run once for each line of standard input, answer seconds and peak megabytes."""
    run = ENGINES[name](rows)
    run()
    print("ready", flush=True)
    for _ in sys.stdin:
        started = time.perf_counter()
        run()
        seconds = time.perf_counter() - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{seconds:.6f} {peak:.1f}", flush=True)


def measure(rows: int) -> list[_Worker]:
    """Measure all engines that are there on a batch of so many rows."""
    workers = [worker for name in ENGINES if (worker := _Worker.start(name, rows)) is not None]
    for _ in range(ROUNDS.get(rows, 5)):
        for worker in workers:
            worker.ask()
    for worker in workers:
        worker.stop()
    return workers


def main() -> None:
    """Print the table."""
    for rows in SIZES:
        workers = measure(rows)
        ours = next(worker for worker in workers if worker.name == "platform")
        print(f"{RULES} rules, {rows:,} rows of 6 columns, {os.cpu_count()} cores")
        for worker in workers:
            # Runs of one round are neighbours in time: their ratio is fair where the machine is not quiet.
            ratio = median(mine / its for mine, its in zip(ours.seconds, worker.seconds, strict=True))
            aim = f"  platform / {worker.name}: {ratio:.2f} (aim: {AIMS[worker.name]})" if worker is not ours else ""
            print(f"  {worker.name:<17} {median(worker.seconds):8.3f} s  peak {worker.megabytes:7.0f} MB{aim}")
    files.main()


if __name__ == "__main__":
    if sys.argv[1:]:
        serve(sys.argv[1], int(sys.argv[2]))
    else:
        main()
