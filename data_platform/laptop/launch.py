"""Becomes another command, after putting right what a started process inherits.

Run by path as ``python -I -S launch.py <pid of the starter> <command> <arguments>``, so it imports the standard
library only and costs milliseconds. What belongs here: what must happen between fork and exec. What does not:
anything that can be done from the outside (`processes`).

- SIGINT and SIGTERM get their default meaning back: a shell that runs a script in the background starts its children
  with SIGINT ignored, and `dagster dev` would then ignore SIGTERM as well.
- When the starter dies, even by ``kill -9``, the kernel sends SIGTERM to this process (Linux).
"""

import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(starter: int, command: list[str]) -> None:
    """Put signals right and become the command."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, set())
    if sys.platform == "linux":
        die_with_parent()
        if os.getppid() != starter:  # it died before we could ask to be told
            sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606 - no shell is wanted


def die_with_parent() -> None:
    """Ask the kernel for a SIGTERM when the process that started this one ends (Linux)."""
    import ctypes  # noqa: PLC0415 - not there on every platform

    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
