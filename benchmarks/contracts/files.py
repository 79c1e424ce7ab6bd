"""The 33 rules on a Parquet file of 1,000 and of 1 million rows: the CPU of whole processes, datacontract-cli's too.

What belongs here: what a check costs that starts from nothing, and a second one in the same process. What does not:
batches in memory (``run``), and the data (``data``).

Each engine answers in a fresh process, in turns: the platform (``load`` and ``check``), a hand-written query by DuckDB
alone, and ``DataContract(…).test()`` of datacontract-cli. Counted is the CPU, user and system and of all threads, from
the process's start to its first answer, which on 1,000 rows is nearly all fixed cost, and of a second answer.

datacontract-cli is not among the platform's packages. To have it measured:
``python -m venv /tmp/dc-venv && /tmp/dc-venv/bin/pip install 'datacontract-cli[duckdb]'`` and set
``DATACONTRACT_PYTHON=/tmp/dc-venv/bin/python`` (that path is the default). It does not check types, whole numbers,
formats and multiples in Parquet: 26 rules of the 33, and that columns are there.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

SIZES = (1_000, 1_000_000)
ROUNDS = 5
AIMS = {"hand-written": "at most 0.7", "datacontract-cli": "at most 0.33"}
_CONTRACT = "contract.odcs.yaml"


def _platform(folder: Path) -> Callable[[], None]:
    from data_platform.contracts import check, load  # noqa: PLC0415 - each engine imports its own

    def run() -> None:
        report = check(load(folder / _CONTRACT, standard_only=True), str(folder / "orders.parquet"))
        if not report.passed or report.failures:
            raise SystemExit(str(report))

    return run


def _hand_written(folder: Path) -> Callable[[], None]:
    import duckdb  # noqa: PLC0415

    query = (folder / "query.sql").read_text()

    def run() -> None:
        with duckdb.connect(":memory:") as connection:
            connection.execute(f"CREATE VIEW orders AS SELECT * FROM read_parquet('{folder / 'orders.parquet'}')")
            connection.execute(query).fetchall()

    return run


def _datacontract(folder: Path) -> Callable[[], None]:
    from datacontract.data_contract import DataContract  # type: ignore[import-not-found]  # noqa: PLC0415

    def run() -> None:
        result = DataContract(data_contract_file=str(folder / _CONTRACT), server="local").test()
        if not result.checks or any(check.result not in {"passed", "warning"} for check in result.checks):
            raise SystemExit(result.pretty())

    return run


ENGINES: dict[str, Callable[[Path], Callable[[], None]]] = {
    "platform": _platform,
    "hand-written": _hand_written,
    "datacontract-cli": _datacontract,
}


def serve(name: str, folder: Path) -> None:
    """Be an engine's process: answer twice, and print the CPU seconds of each answer on the last line."""
    run = ENGINES[name](folder)
    run()
    first = time.process_time()
    run()
    print(f"\n{first:.4f} {time.process_time() - first:.4f}")


def _measure(name: str, folder: Path) -> tuple[float, float] | None:
    """CPU seconds of the first and the second answer; ``None`` where the engine is not installed."""
    python = sys.executable
    if name == "datacontract-cli":
        python = os.environ.get("DATACONTRACT_PYTHON", "/tmp/dc-venv/bin/python")  # noqa: S108 - only run
        if not Path(python).exists():
            return None
    command = [python, __file__, name, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed: {done.stderr or done.stdout}")
    first, second = done.stdout.splitlines()[-1].split()
    return float(first), float(second)


def _write(folder: Path, rows: int) -> None:
    import pyarrow.parquet as pq  # noqa: PLC0415

    from benchmarks.contracts import data  # noqa: PLC0415

    pq.write_table(data.batch(rows), folder / "orders.parquet")
    where = f"servers:\n  - {{server: local, type: local, path: {folder / 'orders.parquet'}, format: parquet}}\n"
    (folder / _CONTRACT).write_text(data.CONTRACT.replace("v3.1.0", "v3.2.0") + where)  # enum came with 3.2
    (folder / "query.sql").write_text(data.HAND_WRITTEN)


def main() -> None:
    """Print the table."""
    for rows in SIZES:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            _write(folder, rows)
            rounds = [{engine: _measure(engine, folder) for engine in ENGINES} for _ in range(ROUNDS)]
        print(
            f"33 rules, a Parquet file of {rows:,} rows: CPU seconds of a fresh process's first answer, and its second"
        )
        for engine in ENGINES:
            answers = [(ours, theirs) for turn in rounds if (ours := turn["platform"]) and (theirs := turn[engine])]
            if not answers:
                print(f"  {engine:<17} not installed; see `pydoc benchmarks.contracts.files` for how to")
                continue
            seconds = [median(theirs[at] for _, theirs in answers) for at in (0, 1)]
            ratios = [median(ours[at] / theirs[at] for ours, theirs in answers) for at in (0, 1)]
            line = f"  {engine:<17} {seconds[0]:7.2f} {seconds[1]:7.2f}"
            if engine in AIMS:
                line += f"  platform / {engine}: {ratios[0]:.2f} and {ratios[1]:.2f} (aim: {AIMS[engine]})"
            print(line)


if __name__ == "__main__":
    serve(sys.argv[1], Path(sys.argv[2]))
