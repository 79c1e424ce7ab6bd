"""Dagster on one machine: its instance folder, code servers, webserver and daemon.

What belongs here: their commands, environment and folders. What does not: what is asked of them once they run
(`dagster_api`), and the code servers' inside (`code_servers`).
"""

import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import yaml

from data_platform.laptop import dagster_private, server_status
from data_platform.laptop.errors import LaptopError
from data_platform.laptop.processes import Service, rotate
from data_platform.laptop.server_status import ServerStatus
from data_platform.laptop.settings import HOST
from data_platform.laptop.waiting import Patience
from data_platform.laptop.workspace import Workspace
from data_platform.settings import WEB_TOKEN_VARIABLE

_COPY_NOTICE: Final = """\
# A copy of {source}, made at each start of `data-platform up`.
# Edit that file: a change here is overwritten.

"""
_EVENT_LOG: Final = """\

# Added by `data-platform up`: SQLite that stores the events of a run over many partitions together.
event_log_storage:
  module: data_platform.laptop.dagster_private.event_log
  class: BatchedSqliteEventLogStorage
  config:
    home:
      env: DAGSTER_HOME
"""
_RUN_LAUNCHER: Final = """\

# Added by `data-platform up`: Dagster's own launcher, which also notices that a run's process is gone.
run_launcher:
  module: data_platform.laptop.dagster_private.run_launcher
  class: WatchedRunLauncher
"""
_DAGSTERS_OWN: Final = """\

# This is no Dagster {tried}: its own event log and run launcher are used as they are.
"""
_OTHER_STORAGES: Final = frozenset({"storage", "run_storage", "event_log_storage", "schedule_storage"})


def prepare_home(home: Path, source: Path) -> None:
    """Bring the instance's configuration to where Dagster reads it, with what one machine needs added.

    Args:
        home: `DAGSTER_HOME`.
        source: The project's `dagster.yaml`; without it Dagster's defaults hold, but for telemetry. A storage that it
            names is left alone, and so is a run launcher. Of a Dagster whose private parts are not known, all is.

    Raises:
        LaptopError: The file is no YAML.
    """
    content = source.read_text() if source.exists() else "telemetry:\n  enabled: false\nnux:\n  enabled: false\n"
    try:
        names = set(yaml.safe_load(content) or ())
    except (yaml.YAMLError, TypeError) as error:
        raise LaptopError(f"{source} is not what Dagster reads: {error}") from error
    if dagster_private.known():
        content += "" if _OTHER_STORAGES & names else _EVENT_LOG
        content += "" if "run_launcher" in names else _RUN_LAUNCHER
    else:
        content += _DAGSTERS_OWN.format(tried=dagster_private.TRIED)
    copy, text = home / "dagster.yaml", _COPY_NOTICE.format(source=source) + content
    if not copy.exists() or copy.read_text() != text:
        copy.write_text(text)


@dataclass(frozen=True)
class DagsterPart:
    """One of Dagster's processes, as `supervision` wants it.

    Attributes:
        service: The process.
        ready: Whether it does its work right now.
        forget: Called before each start: forgets what its predecessor said.
    """

    service: Service
    ready: Callable[[], bool]
    forget: Callable[[], None] = lambda: None

    def launch(self) -> None:
        """Start it without waiting."""
        self.forget()
        self.service.start()


class Dagster:
    """The code servers, the webserver and the daemon of one workspace.

    Attributes:
        url: The UI.
        sockets: Folder of the code servers' sockets and of what their process says of them.
        code_servers: The process that all code servers are forked from.
        webserver: Serves the UI and GraphQL.
        daemon: Runs schedules, sensors and the run queue.
    """

    def __init__(
        self, workspace: Workspace, *, environment: Mapping[str, str], logs: Path, port: int, token: str
    ) -> None:
        """Nothing is started yet.

        Args:
            workspace: What is loaded.
            environment: All of the environment of the processes.
            logs: Folder of their logs.
            port: Of the UI.
            token: Opens the UI to others than its user's own processes. Only the webserver is told.
        """
        self.url = f"http://{HOST}:{port}"
        # In the temporary folder: a state folder may be too deep for the name of a socket.
        self.sockets = Path(tempfile.mkdtemp(prefix="data-platform-"))
        generated, plan = workspace.write_for_services(self.sockets)

        def service(name: str, *arguments: str) -> Service:
            log = logs / f"{name}.log"
            rotate(log)
            return Service(name, [sys.executable, "-m", *arguments], environment, log, workspace.root)

        served = ("-w", str(generated))
        level = ("--log-level", "info")
        servers = service("code-servers", "data_platform.laptop.code_servers", str(plan))
        servers.stop_signal, servers.ask_all = signal.SIGTERM, True
        webserver = service(
            "webserver", "data_platform.laptop.dagster_private.webserver", "--port", str(port), str(generated)
        )
        webserver.environment = {**environment, WEB_TOKEN_VARIABLE: token}
        patient = "data_platform.laptop.dagster_private.daemon" if dagster_private.known() else "dagster._daemon"
        daemon = service("daemon", patient, "run", *level, *served)
        self._headers = {"Authorization": f"Bearer {token}"}
        self.code_servers = DagsterPart(servers, self._all_serve, lambda: server_status.clear(self.sockets))
        self.webserver = DagsterPart(webserver, self._webserver_answers)
        self.daemon = DagsterPart(daemon, lambda: daemon.running)

    @property
    def parts(self) -> list[DagsterPart]:
        """All processes, in the order in which they are started."""
        return [self.code_servers, self.webserver, self.daemon]

    @property
    def services(self) -> list[Service]:
        """Their processes."""
        return [part.service for part in self.parts]

    @property
    def servers(self) -> dict[str, ServerStatus]:
        """What is known of each location's code server; empty while nothing is."""
        return server_status.read(self.sockets)

    def start(self, tell: Callable[[str], None] = lambda _: None) -> None:
        """Start the rest, once every code server listens, or for long none more did.

        A location whose server is late is shown as unreachable by the webserver, and is loaded by it and by the daemon
        as soon as it listens. So the others need not wait for it.

        Args:
            tell: Told that this still waits.

        Raises:
            NotReadyError: The process of the code servers ended.
        """
        patience = Patience(lambda: self.servers)
        self.code_servers.service.wait_until(
            lambda: self._all_settled() or (bool(self.servers) and patience.spent),
            "the code servers do not listen yet",
            tell,
        )
        self.webserver.launch()
        self.daemon.launch()

    def follow(self, workspace: Workspace) -> None:
        """Serve the code of what a workspace has now; nobody is told of it yet."""
        workspace.write_plan(self.sockets)

    def announce(self, workspace: Workspace) -> bool:
        """Tell the daemon and the webserver what is served now, once the code of all of it is.

        The daemon is started again: it would look at its workspace once a minute, and until then fail every run of a
        location that the webserver knows already. So it is away while the webserver learns of it.

        Returns:
            Whether they were told.
        """
        servers = self.servers
        if not all(name in servers and servers[name].settled for name in workspace.modules):
            return False
        self.daemon.service.stop()
        workspace.write_locations(self.sockets)
        self.daemon.launch()
        return True

    def clean_up(self) -> None:
        """Remove the sockets, after everything was stopped."""
        shutil.rmtree(self.sockets, ignore_errors=True)

    def _all_settled(self) -> bool:
        statuses = self.servers.values()
        return bool(statuses) and all(status.settled for status in statuses)

    def _all_serve(self) -> bool:
        statuses = self.servers.values()
        return bool(statuses) and all(status.serving for status in statuses)

    def _webserver_answers(self) -> bool:
        try:
            # No proxy: the address is this machine's, whatever the environment says about proxies.
            return httpx.get(f"{self.url}/server_info", headers=self._headers, timeout=2, trust_env=False).is_success
        except httpx.HTTPError:
            return False
