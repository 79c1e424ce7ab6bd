"""What a command costs: seconds, CPU seconds and the peak memory of it and all processes that it starts.

What belongs here: measuring. What does not: what is measured (``run``).

CPU is that of every process that was waited for. Memory is the proportional set size of the whole tree, looked at
every `_EVERY_SECONDS`, so that shared pages count once; the machine's file cache does not count, unless it is mapped.
"""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_EVERY_SECONDS: Final = 0.2


@dataclass(frozen=True)
class Figures:
    """What a command cost.

    Attributes:
        wall: Seconds.
        cpu: CPU seconds, user and system.
        memory: Peak, in MiB.
        events: How many events it says that it wrote.
    """

    wall: float
    cpu: float
    memory: float
    events: int

    def __str__(self) -> str:
        return f"{self.wall:8.1f} s  {self.cpu:8.1f} CPU-s  {self.memory:7.0f} MiB  {self.events:>11,} events"


def measure(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Figures:
    """Run a command to its end.

    Args:
        command: Program and arguments; the last line of its output is its number of events.
        environment: What its environment has beside this process' own.

    Raises:
        RuntimeError: It failed; the message has the end of its errors.
    """
    begun = time.monotonic()
    child = subprocess.Popen(
        command, env=os.environ | dict(environment or {}), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    watch = _Watch(child.pid)
    watch.start()
    outputs: dict[str, bytes] = {}
    # Read beside each other, and not by communicate(), which would wait for the process and keep its costs.
    readers = [
        threading.Thread(target=lambda name=name, pipe=pipe: outputs.__setitem__(name, pipe.read()))
        for name, pipe in (("out", child.stdout), ("err", child.stderr))
        if pipe
    ]
    for reader in readers:
        reader.start()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - begun
    child.returncode = os.waitstatus_to_exitcode(status)
    watch.stop()
    for reader in readers:
        reader.join()
    if child.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{outputs['err'].decode(errors='replace')[-2_000:]}")
    sys.stdout.write(outputs["err"].decode(errors="replace") if os.environ.get("BENCH_LOGS_SHOW") else "")
    said = outputs["out"].split()
    return Figures(wall, usage.ru_utime + usage.ru_stime, watch.peak / 1024, int(said[-1]) if said else 0)


class _Watch(threading.Thread):
    """Looks at a process tree; `peak` is in KiB."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._root, self._over, self.peak = pid, threading.Event(), 0

    def run(self) -> None:
        while not self._over.wait(_EVERY_SECONDS):
            self.peak = max(self.peak, sum(map(_pss, _tree(self._root))))

    def stop(self) -> None:
        self._over.set()
        self.join()


def _tree(pid: int) -> list[int]:
    """A process and all below it, as the kernel lists them: asking every process for its parent costs too much."""
    children: set[int] = set()
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            children.update(map(int, listed.read_text().split()))
    return [pid, *(each for child in children for each in _tree(child))]


def _pss(pid: int) -> int:
    """Proportional set size in KiB; 0 for a process that has ended meanwhile."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
