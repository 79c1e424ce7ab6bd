"""How often the daemon and the webserver ask each code server whether it is still the same.

Dagster asks every second, from both processes, and the daemon also loads all of every location anew once a minute. On
an idle machine with five locations that was half of all CPU, in the servers that answer no less than in those that ask.

What belongs here: these intervals. What does not: replacing servers (`code_servers`).
"""

import time
from typing import Final

from dagster._daemon.controller import DagsterDaemonController
from dagster._grpc import server_watcher

SECONDS: Final = 5
"""A server that was replaced is noticed so soon. Calls reach the new one at once: its socket has the same name."""

_ATTEMPTS: Final = 2
_LOADED_ANEW_SECONDS: Final = 600.0
_load_anew = DagsterDaemonController.check_workspace_freshness


def watch_calmly() -> None:
    """Let this process ask every few seconds, and give a server up after as many as before."""
    setattr(server_watcher, "WATCH_INTERVAL", SECONDS)  # noqa: B010 - a constant of Dagster's
    setattr(server_watcher, "MAX_RECONNECT_ATTEMPTS", _ATTEMPTS)  # noqa: B010
    setattr(DagsterDaemonController, "check_workspace_freshness", _rarely)  # noqa: B010


def _rarely(controller: DagsterDaemonController, last: float) -> float:
    return last if time.time() - last < _LOADED_ANEW_SECONDS else _load_anew(controller, last)
