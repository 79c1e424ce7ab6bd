"""Processes: start one in a group of its own with a log, stop it with everything it started.

What belongs here: starting, watching and ending processes, and finding the ones that an earlier stack left. What does
not: what a process is for. Only processes started here, or marked with a stack's id in their environment, are ever
ended; none is looked up by name.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil

from data_platform.laptop import launch
from data_platform.laptop.errors import NotReadyError
from data_platform.laptop.settings import STACK_VARIABLE, STOP_SECONDS
from data_platform.laptop.waiting import until


@dataclass
class Service:
    """One long-running process of the stack.

    Attributes:
        name: How people call it.
        command: What is run.
        environment: All of its environment: secrets go here, never into `command`.
        log: File that takes its output.
        folder: Its working directory.
        stop_signal: What asks it to end.
        ask_all: Whether all that it started is asked too: a run that is told can still record its end.
        umask: Permissions that files made by it do not get; -1 for this process' own.
        patience: How many seconds it may take to end by itself, once it was asked.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    folder: Path
    stop_signal: signal.Signals = signal.SIGINT
    ask_all: bool = False
    umask: int = -1
    patience: float = STOP_SECONDS
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    def start(self) -> None:
        """Start it. Call from the main thread: the kernel's parent-death signal follows the thread that started."""
        starter = [sys.executable, "-I", "-S", launch.__file__, str(os.getpid())]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own parts, and no shell
                [*starter, *self.command],
                env=dict(self.environment),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                umask=self.umask,
            )

    @property
    def pid(self) -> int:
        """Its process id, 0 when it was never started."""
        return self._process.pid if self._process else 0

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """How it ended, None while it runs."""
        return self._process.poll() if self._process else None

    def wait_until(self, holds: Callable[[], bool], what: str, tell: Callable[[str], None] = lambda _: None) -> None:
        """Wait until something holds that this process brings about, for as long as it runs.

        Args:
            holds: Whether it does.
            what: What is missing, for `tell` and for the error.
            tell: Told that this still waits.

        Raises:
            NotReadyError: The process ended.
        """
        until(holds, lambda: self.described(what), alive=lambda: self.must_run(what), tell=tell)

    def must_run(self, what: str = "") -> None:
        """Raise when it has ended.

        Args:
            what: What is missing because of that.

        Raises:
            NotReadyError: It has.
        """
        if not self.running:
            message = f"ended by itself (exit code {self.exit_code}){': ' if what else ''}{what}."
            raise NotReadyError(self.name, message, self.log, self.tail())

    def described(self, what: str) -> str:
        """What is missing, and the state of the process that should bring it: stopped, waiting for a disk, busy."""
        try:
            state: str = psutil.Process(self.pid).status()
        except psutil.NoSuchProcess:
            state = "ended"
        return f"{what} (process {self.pid}, {state}; log: {self.log})"

    def kill(self) -> None:
        """End it at once, giving it no chance to clean up."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def stop(self, seconds: float | None = None) -> None:
        """Ask it to end, then kill what is left of it and of everything it started."""
        stop_all([self], seconds)

    def tail(self, lines: int = 20) -> str:
        """The last lines of its log."""
        return tail(self.log, lines)


def stop_all(services: Iterable[Service], seconds: float | None = None) -> None:
    """Ask all of these to end at the same time, then kill what is left of them and of everything they started.

    Args:
        services: What to end.
        seconds: How long they may take by themselves, None for the patience of each.
    """
    alive = [service for service in services if service.running]
    trees = [(service, tree(service.pid)) for service in alive]
    for service, processes in trees:
        for process in processes if service.ask_all else processes[:1]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(service.stop_signal)
    asked = time.monotonic()
    # Popen must do its own waiting: psutil reaping the child would leave it without an exit code.
    while any(
        service.running and time.monotonic() < asked + (service.patience if seconds is None else seconds)
        for service in alive
    ):
        time.sleep(0.05)
    kill(process for _, processes in trees for process in processes)
    for service in alive:
        service.kill()


def tree(pid: int) -> list[psutil.Process]:
    """A process and all that it started, whatever session or group they moved to; empty when it is gone."""
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def kill(processes: Iterable[psutil.Process], seconds: float = 3.0) -> None:
    """Kill these and wait until they are gone. psutil compares start times, so a reused pid is never hit."""
    left = [process for process in processes if process.is_running()]
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=seconds)


def is_same(pid: int, started: float) -> bool:
    """Whether a recorded process still runs, and is not another one under the same number."""
    try:
        return abs(psutil.Process(pid).create_time() - started) < 1
    except psutil.NoSuchProcess:
        return False


def of_stack(stack_id: str) -> list[psutil.Process]:
    """Every process of this user that carries a stack's id in its environment, but not this one."""
    processes = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(STACK_VARIABLE) == stack_id:
                processes.append(process)
    return processes


def rotate(log: Path) -> None:
    """Keep the log of the start before, and begin a new one."""
    if log.exists():
        log.replace(log.with_suffix(".log.1"))


LARGEST_LOG: Final = 20 << 20
"""Bytes. A log that is larger begins anew; the one before it is kept."""


def trim_logs(folder: Path, largest: int = LARGEST_LOG) -> None:
    """Begin every log of a folder anew that has become too large, while its process goes on writing to it.

    A process keeps the file that it was given, so the file is copied and cut, not renamed. It was opened for appending:
    what follows goes to its new end. A line that comes between copy and cut is lost.
    """
    for log in folder.glob("*.log"):
        if log.stat().st_size > largest:
            shutil.copyfile(log, log.with_suffix(".log.1"))
            os.truncate(log, 0)


def tail(log: Path, lines: int = 20) -> str:
    """The last lines of a log, empty when there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 64_000))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""
