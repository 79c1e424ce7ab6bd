"""Dagster on one machine: its instance folder, code servers, webserver and daemon.

What belongs here: their commands, environment and folders. What does not: what is asked of them once they run
(`dagster_api`), and the code servers' inside (`code_servers`).
"""

import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import yaml

from data_platform.laptop.code_servers import READY
from data_platform.laptop.errors import LaptopError, NotReadyError
from data_platform.laptop.processes import Service, rotate
from data_platform.laptop.settings import HOST
from data_platform.laptop.workspace import Workspace

_COPY_NOTICE: Final = """\
# A copy of {source}, made at each start of `data-platform up`.
# Edit that file: a change here is overwritten.

"""
_EVENT_LOG: Final = """\

# Added by `data-platform up`: SQLite that stores the events of a run over many partitions together.
event_log_storage:
  module: data_platform.laptop.event_log
  class: BatchedSqliteEventLogStorage
  config:
    home:
      env: DAGSTER_HOME
"""
_OTHER_STORAGES: Final = frozenset({"storage", "run_storage", "event_log_storage", "schedule_storage"})


def prepare_home(home: Path, source: Path) -> None:
    """Bring the instance's configuration to where Dagster reads it, and have it store events in batches.

    Args:
        home: `DAGSTER_HOME`.
        source: The project's `dagster.yaml`; without it Dagster's defaults hold, but for telemetry. A storage that it
            names is left alone.

    Raises:
        LaptopError: The file is no YAML.
    """
    content = source.read_text() if source.exists() else "telemetry:\n  enabled: false\nnux:\n  enabled: false\n"
    try:
        names = set(yaml.safe_load(content) or ())
    except (yaml.YAMLError, TypeError) as error:
        raise LaptopError(f"{source} is not what Dagster reads: {error}") from error
    if not _OTHER_STORAGES & names:
        content += _EVENT_LOG
    copy, text = home / "dagster.yaml", _COPY_NOTICE.format(source=source) + content
    if not copy.exists() or copy.read_text() != text:
        copy.write_text(text)


class Dagster:
    """The code servers, the webserver and the daemon of one workspace.

    Attributes:
        url: The UI.
        code_servers: The process that all code servers are forked from.
        webserver: Serves the UI and GraphQL.
        daemon: Runs schedules, sensors and the run queue.
    """

    def __init__(self, workspace: Workspace, *, environment: Mapping[str, str], logs: Path, port: int) -> None:
        """Nothing is started yet.

        Args:
            workspace: What is loaded.
            environment: All of the environment of the processes.
            logs: Folder of their logs.
            port: Of the UI.
        """
        self.url = f"http://{HOST}:{port}"
        # In the temporary folder: a state folder may be too deep for the name of a socket.
        self.sockets = Path(tempfile.mkdtemp(prefix="data-platform-"))
        generated, plan = workspace.write_for_services(self.sockets)

        def service(name: str, *arguments: str) -> Service:
            log = logs / f"{name}.log"
            rotate(log)
            return Service(name, [sys.executable, "-m", *arguments], environment, log, workspace.path.parent)

        self.code_servers = service("code-servers", "data_platform.laptop.code_servers", str(plan))
        served = ("-w", str(generated))
        level = ("--log-level", "info")
        self.code_servers.stop_signal, self.code_servers.ask_all = signal.SIGTERM, True
        self.webserver = service("webserver", "dagster_webserver", "-h", HOST, "-p", str(port), *served)
        self.daemon = service("daemon", "dagster._daemon", "run", *level, *served)

    @property
    def services(self) -> list[Service]:
        """All processes, in the order in which they are started."""
        return [self.code_servers, self.webserver, self.daemon]

    def start_code_servers(self) -> None:
        """Start the code servers; they come up while other parts are waited for."""
        self.code_servers.start()

    def start(self, seconds: float) -> None:
        """Start the rest, once every code server listens: before, the webserver would show it as a load error.

        Raises:
            NotReadyError: The code servers ended or do not listen in time.
        """
        deadline = time.monotonic() + seconds
        while not (self.sockets / READY).exists():
            if not self.code_servers.running or time.monotonic() > deadline:
                raise NotReadyError(
                    "The code servers", "do not listen", self.code_servers.log, self.code_servers.tail()
                )
            time.sleep(0.05)
        self.webserver.start()
        self.daemon.start()

    def clean_up(self) -> None:
        """Remove the sockets, after everything was stopped."""
        shutil.rmtree(self.sockets, ignore_errors=True)
