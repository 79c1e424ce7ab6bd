"""What a date of a product costs: the platform with its contract beside plain Dagster with ten checks, and dbt.

Each side makes the same 100 rows a date for 1, 30, 365 and 1,500 dates in one run, in a process of its own, in turns,
and reads the whole afterwards. dbt (microbatch, DuckDB) takes part where ``BENCH_DBT`` names the command. Figures are
CPU milliseconds a date, Dagster's events included, and the seconds of the read; the start of a process is not counted.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.products.data import FIRST

COUNTS = (1, 30, 365, 1500)
DBT_MOST = 365
ROUNDS = 3
PLAIN_SETTINGS = "telemetry: {enabled: false}\n"


def main() -> None:
    """Measure and print."""
    sides = ["plain", "ours", *(["dbt"] if "BENCH_DBT" in os.environ else [])]
    print(f"load {os.getloadavg()[0]:.1f}, {ROUNDS} rounds, medians; ratios to plain Dagster")
    print(f"{'dates':>6}  {'':6} {'ms a date':>10} {'ratio':>6} {'read, s':>9} {'ratio':>6}")
    for count in COUNTS:
        rounds = 1 if count > DBT_MOST else ROUNDS
        taking_part = [side for side in sides if side != "dbt" or 1 < count <= DBT_MOST]
        figures: dict[str, list[tuple[float, float]]] = {side: [] for side in taking_part}
        for _ in range(rounds):
            for side in taking_part:
                figures[side].append(measured(side, count))
        base = middle(figures["plain"])
        for side in taking_part:
            cpu, read = middle(figures[side])
            ratios = f"{cpu / base[0]:6.2f}", f"{read / base[1]:6.2f}"
            print(f"{count:6}  {side:6} {cpu / count * 1000:10.1f} {ratios[0]} {read:9.3f} {ratios[1]}", flush=True)


def measured(side: str, count: int) -> tuple[float, float]:
    """CPU seconds of a side, and the seconds of its read."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "home")
        home.mkdir()
        (home / "dagster.yaml").write_text(PLAIN_SETTINGS)
        own = {"DAGSTER_HOME": str(home), "DATA_PLATFORM_START_DATE": FIRST.isoformat()}
        if side == "ours":
            own["DAGSTER_EVENT_BATCH_SIZE"] = "100"  # as `data-platform up` sets it
        command = [sys.executable, "-W", "ignore", "-m", f"benchmarks.products.{side}", str(count), folder]
        done = subprocess.run(command, env=os.environ | own, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{side}, {count} dates: {done.stderr[-3000:]}{done.stdout[-2000:]}")
        cpu, read = done.stdout.split()[-2:]
        return float(cpu), float(read)


def middle(figures: list[tuple[float, float]]) -> tuple[float, float]:
    """The median of each figure."""
    return median(cpu for cpu, _ in figures), median(read for _, read in figures)


if __name__ == "__main__":
    main()
