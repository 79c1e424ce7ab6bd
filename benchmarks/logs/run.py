"""A log of some gigabytes into events by date: the platform's whole command against four scripts that do the same.

The scripts are ``baselines/``, each run as a process of its own on the same files, in turns. ``polars_on_s3`` is
the Polars script once more, reading the log from the S3 that we read it from, and writing there. The textbook way is
measured on two logs of few dates, each as large a day as those of the whole, and scaled: its cost is so much to start
and so much a step.

``python -m benchmarks.logs.run --gb 2 --dates 365``; the environment gives the defaults: ``BENCH_LOGS_GB``,
``BENCH_LOGS_DATES``, ``BENCH_LOGS_OUT_OF_ORDER``, ``BENCH_LOGS_ROUNDS`` and ``BENCH_LOGS_FOLDER`` (for the log and
what is made of it; needs half as much again as the log).
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.logs.data import Shape, write
from benchmarks.logs.ours import ours
from benchmarks.logs.process import Figures, measure

BASELINES: Final = ("polars_script", "duckdb_script", "pandas_script", "textbook_dagster")
HAND_TUNED: Final = BASELINES[:2]
TEXTBOOK: Final = "textbook_dagster"
TEXTBOOK_DATES: Final = (4, 12)
MEMORY_MIB: Final = 1_536
_LARGE_GB: Final = 5

COUNT_NEWLINES: Final = """
import sys
with open(sys.argv[1], "rb", buffering=0) as file:
    count, buffer = 0, bytearray(1 << 25)
    while size := file.readinto(buffer):
        count += buffer.count(b"\\n", 0, size)
print(count)
"""


def main(arguments: Sequence[str] = ()) -> None:
    """Measure and print."""
    options = _options(arguments)
    shape = Shape(int(options.gb * 1e9), options.dates, options.out_of_order)
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="logs-benchmark-") as folder:
        log = Path(folder, "access.log")
        lines = write(log, shape)
        print(f"{shape}, {lines:,} lines, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        _report(shape, _rounds(options, shape, log))


def _rounds(options: argparse.Namespace, shape: Shape, log: Path) -> dict[str, Figures]:
    """The median of each command's figures, by name; they run in turns."""
    found: dict[str, list[Figures]] = {}
    for _ in range(options.rounds):
        found.setdefault("newlines", []).append(measure([sys.executable, "-c", COUNT_NEWLINES, str(log)]))
        for name in options.only:
            measured = _textbook(shape, log.parent) if name == TEXTBOOK else _script(name, log)
            found.setdefault(name, []).append(measured)
        for name, figures in ours(log).items():
            found.setdefault({"cold": "ours", "again": "ours, again"}.get(name, name), []).append(figures)
    return {name: _middle(figures) for name, figures in found.items()}


def _script(name: str, log: Path) -> Figures:
    folder = Path(tempfile.mkdtemp(dir=log.parent, prefix=name))
    home = folder / "home"
    home.mkdir()
    script = Path(__file__).with_name("baselines") / f"{name}.py"
    environment = {"DAGSTER_HOME": str(home), "DAGSTER_DISABLE_TELEMETRY": "yes"}
    try:
        return measure([sys.executable, str(script), str(log), str(folder)], environment)
    finally:
        shutil.rmtree(folder)


def _textbook(shape: Shape, folder: Path) -> Figures:
    """The textbook way, scaled from few dates to all."""
    few, more = (min(dates, shape.dates) for dates in TEXTBOOK_DATES)
    measured = []
    for dates in (few, more):
        log = folder / f"{dates}.log"
        write(log, replace(shape, size=shape.size * dates // shape.dates, dates=dates))
        measured.append(_script(TEXTBOOK, log))
        log.unlink()
    a, b = measured
    if shape.dates <= more:
        return b
    wall, cpu = ((y - x) / (more - few) for x, y in ((a.wall, b.wall), (a.cpu, b.cpu)))
    left, events = shape.dates - more, round(b.events * shape.dates / more)
    print(f"  {TEXTBOOK}: {more} dates took {b.wall:.1f} s, {b.cpu:.1f} CPU-s; a date {wall:.2f} s, {cpu:.2f} CPU-s")
    print(f"  {TEXTBOOK}: its figures below are scaled by these to {shape.dates} dates; memory is as measured")
    return Figures(b.wall + wall * left, b.cpu + cpu * left, b.memory, events)


def _middle(figures: list[Figures]) -> Figures:
    wall, cpu, memory = (median(getattr(each, name) for each in figures) for name in ("wall", "cpu", "memory"))
    return Figures(wall, cpu, memory, figures[0].events)


def _report(shape: Shape, found: dict[str, Figures]) -> None:
    best = min((name for name in HAND_TUNED if name in found), key=lambda name: found[name].wall, default=None)
    mine = found.get("ours")
    compared = "ours" if mine else best
    for name, figures in found.items():
        print(f"  {name:17}{figures}{_against(compared, found[compared], figures) if compared else ''}")
    if not mine:
        return
    aims = {name: (0.2 if name == "pandas_script" else 0.05) for name in BASELINES[2:]}
    if best:
        aims[best] = 1.2 if shape.size >= _LARGE_GB * 1e9 else 1.5
    for name in aims.keys() & found.keys():
        ratio = mine.wall / found[name].wall
        print(f"  ours / {name}: {ratio:.2f}, aim at most {aims[name]}: {'kept' if ratio <= aims[name] else 'MISSED'}")
    kept = "kept" if mine.memory <= MEMORY_MIB else "MISSED"
    print(f"  peak memory: {mine.memory:.0f} MiB, aim at most {MEMORY_MIB}: {kept}")


def _against(compared: str, its: Figures, figures: Figures) -> str:
    if its is figures:
        return ""
    return f"  {compared} / this: {its.wall / figures.wall:.2f} s, {its.cpu / figures.cpu:.2f} CPU-s"


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.logs.run", description=__doc__)

    def default(name: str, otherwise: str) -> str:
        return os.environ.get(f"BENCH_LOGS_{name}") or otherwise

    parser.add_argument("--gb", type=float, default=default("GB", "0.2"), help="size of the log in GB: 0.2, 2, 10")
    parser.add_argument("--dates", type=int, default=default("DATES", "30"), help="dates in it: 30, 365")
    parser.add_argument(
        "--out-of-order", type=float, default=default("OUT_OF_ORDER", "0"), help="share of late lines: 0, 0.05"
    )
    parser.add_argument("--rounds", type=int, default=default("ROUNDS", "1"), help="medians of so many")
    parser.add_argument("--folder", default=default("FOLDER", tempfile.gettempdir()), help="for the files")
    parser.add_argument("--only", nargs="*", choices=BASELINES, default=BASELINES, help="these baselines")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
