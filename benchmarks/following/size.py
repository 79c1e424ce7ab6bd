"""What a platform costs that has nothing to do, by how many products it has: CPU-seconds a minute.

Nothing is published, so nothing is asked for; whatever is spent is for looking. The baseline is the smallest mesh. Each
domain has 50 products and is a code location.
"""

import os
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from benchmarks.following.platform import BIN, Platform, idle
from benchmarks.mesh import data
from data_platform.laptop.processes import tree

SIZES = (29, 200, 1000)
_SETTLES_SECONDS = 150.0


def measure() -> None:
    """Start a platform of each size, let it settle, and print what it spends."""
    print(f"{'products':>9} {'ready, s':>9} {'all':>7} {'daemon':>7} {'ms a product':>13} {'PSS, MB':>8}  load")
    for size in SIZES:
        with TemporaryDirectory() as folder:
            _measure(Path(folder), size)


def _measure(folder: Path, size: int) -> None:
    platform = Platform(folder / "mesh", folder / "store")
    platform.store.mkdir()
    subprocess.run([str(BIN / "data-platform"), "init", str(platform.root)], check=True, stdout=subprocess.DEVNULL)
    data.write(data.mesh(size), platform.root / "domains")
    begun = time.monotonic()
    with platform.up() as process:
        ready = time.monotonic() - begun
        time.sleep(_SETTLES_SECONDS)  # the first looks are at everything
        (daemon,) = [part for part in tree(process.pid) if "_daemon" in " ".join(part.cmdline())]
        before, moment = _cpu(daemon), time.monotonic()
        spent = idle(process.pid)
        own = (_cpu(daemon) - before) * 60 / (time.monotonic() - moment)
        memory = sum(part.memory_full_info().pss for part in tree(process.pid)) / 2**20
        each = spent * 1000 / size
        print(
            f"{size:9} {ready:9.1f} {spent:7.1f} {own:7.1f} {each:13.1f} {memory:8.0f}  {os.getloadavg()[0]:.1f}",
            flush=True,
        )


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
