"""A command in a process of its own that is ended when it takes too long, or too much memory.

What belongs here: starting it, watching it, and saying why it was ended. What does not: what it notes down (``board``).

The limit of memory that the system keeps (``memory``) comes first and is told by the command itself; watching what is
resident is for what gets around it. Whoever kills the supervisor ends the command with it (prctl(2), PR_SET_PDEATHSIG).
"""

import contextlib
import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from data_platform.confined.memory import size_text

COULD_NOT: Final = 2
"""The exit code of a command that was ended: the question could not be answered (``cli.answers``)."""

_PR_SET_PDEATHSIG: Final = 1
_GRACE_SECONDS: Final = 1.0
"""How long a command may take to stop by itself: it is interrupted between rows, and then tells more than we can."""
_POLL_SECONDS: Final = 0.05
_ABOVE: Final = 1.2
"""How much more may be resident than is allowed: what is mapped from files counts here, and not there."""
_PASSED_ON: Final = (signal.SIGTERM, signal.SIGHUP)


@dataclass
class _Command:
    """A command that runs, and what it last said."""

    process: "subprocess.Popen[bytes]"
    pipe: int
    settings: str
    note: dict[str, Any] = field(default_factory=dict)
    start: int = 0
    _rest: bytes = b""

    def listen(self) -> bool:
        """Read what it notes down, for a moment; false: it has nothing more to say."""
        ready, _, _ = select.select([self.pipe], [], [], _POLL_SECONDS)
        if not ready:
            return True
        data = os.read(self.pipe, 65536)
        *lines, self._rest = (self._rest + data).split(b"\n")
        if lines:
            self.note = json.loads(lines[-1])
        return bool(data)

    def end(self) -> None:
        """End it, and hear what it noted down until then."""
        self.process.kill()
        self.process.wait()
        while self.listen():
            pass

    @property
    def work(self) -> str:
        """What it is at, as far as it said."""
        return str(self.note.get("what", "the command"))

    def reason_to_end(self) -> str | None:
        """Why what it is at has to be ended, as the rest of a sentence; ``None``: it may go on."""
        note = self.note
        if "until" in note and time.monotonic() > note["until"] + max(_GRACE_SECONDS, note["seconds"] / 10):
            fix = f"make it simpler{', or set ' + note['setting'] if note['setting'] else ''}"
            return f"took longer than the {note['seconds']:g} s that it may, and was ended: {fix}"
        if note.get("memory") and self._resident() > self.start + note["memory"] * _ABOVE:
            may = f"the {size_text(note['memory'])} that a command may"
            return f"took more memory than {may}, and was ended: let it make less at once, or set {self.settings}"
        return None

    def _resident(self) -> int:
        import psutil  # noqa: PLC0415 - 10 ms, while the command starts

        try:
            size = int(psutil.Process(self.process.pid).memory_info().rss)
        except psutil.Error:
            return 0
        self.start = self.start or size
        return size


def supervise(command: Sequence[str], *, settings: str) -> int:
    """Run a command that calls ``board.watch`` with the pipe that ``$DATA_PLATFORM_WATCHED`` names.

    Args:
        command: What to run; it has our standard streams.
        settings: What changes its limit of memory, for messages.

    Returns:
        Its exit code; ``COULD_NOT`` where it was ended or died, and that was told on standard error.
    """
    reading, writing = os.pipe()
    environment = {**os.environ, "DATA_PLATFORM_WATCHED": f"{writing}:{os.getpid()}"}
    with subprocess.Popen(command, env=environment, pass_fds=(writing,)) as process:  # noqa: S603 - our own command
        os.close(writing)
        with _signals_passed_on(process):
            return _watch(_Command(process, reading, settings))


def attached() -> int | None:
    """In the command: die with the supervisor; and the pipe to write to, ``None`` where nobody watches."""
    variable = os.environ.pop("DATA_PLATFORM_WATCHED", "")
    pipe, _, parent = variable.partition(":")
    if not pipe.isdecimal() or not parent.isdecimal():
        return None
    with contextlib.suppress(AttributeError, OSError):  # no Linux: then it ends with its streams
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != int(parent):
        raise SystemExit(COULD_NOT)
    return int(pipe)


def _watch(command: _Command) -> int:
    while command.listen():
        if command.process.poll() is not None:
            break
        if reason := command.reason_to_end():
            named = "what" in command.note
            work = command.work
            command.end()
            # Where it grew faster than we listened, its note of what it is at was still on the way.
            sys.stderr.write(f"error: {work if named else command.work} {reason}\n")
            return COULD_NOT
    os.close(command.pipe)
    code = command.process.wait()
    if code >= 0:
        return code
    name = signal.Signals(-code).name
    if -code in {signal.SIGINT, *_PASSED_ON}:
        return 128 - code
    sys.stderr.write(
        f"error: {command.work} ended the process ({name}): it is nested too deeply, or took more memory than it may: "
        f"make it simpler, or set {command.settings}\n"
    )
    return COULD_NOT


@contextmanager
def _signals_passed_on(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    """An interrupt reaches the command by the terminal, and it answers; what reaches us alone is passed on.

    A signal that we were started to ignore, as `nohup` does, stays ignored: the command ignores it as well.
    """
    heard = [number for number in _PASSED_ON if signal.getsignal(number) is not signal.SIG_IGN]
    before: dict[int, Any] = {
        number: signal.signal(number, lambda received, _: process.send_signal(received)) for number in heard
    }
    before[signal.SIGINT] = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
