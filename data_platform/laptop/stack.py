"""All parts together: the order in which they start, are waited for, watched and stopped.

What belongs here: which parts there are and how they depend on each other. What does not: any part's inside, what is
done once they run (`up`), and what a person sees of it (`console`).
"""

import os
import shutil
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from data_platform.contracts.suggest import counted
from data_platform.laptop import environment
from data_platform.laptop.credentials import Credentials, token_kept_in
from data_platform.laptop.dagster_services import Dagster, prepare_home
from data_platform.laptop.errors import LaptopError
from data_platform.laptop.ports import Ports
from data_platform.laptop.processes import kill, of_stack, rotate, stop_all, tree, trim_logs
from data_platform.laptop.seaweedfs import SeaweedFS, is_installed
from data_platform.laptop.settings import (
    BUCKET,
    DEFAULT_PORTS,
    LOGS_AFTER_SECONDS,
    PORT_VARIABLE,
    SIMULATOR_LANDING_AFTER_VARIABLE,
    SIMULATOR_LANDING_VARIABLE,
    SIMULATOR_PORT_VARIABLE,
)
from data_platform.laptop.simulator import Simulator
from data_platform.laptop.state import StackRecord, StateFolder
from data_platform.laptop.supervision import Supervisor
from data_platform.laptop.workspace import Workspace
from data_platform.project import Source, current
from data_platform.settings import (
    SIMULATE_VARIABLE,
    SIMULATOR_VARIABLE,
    STORE_VARIABLE,
    WEB_TOKEN_VARIABLE,
)
from data_platform.web.access import Access, AccessError, from_environment
from data_platform.web.peers import KERNEL_TELLS


@dataclass
class Stack:
    """Every part of the platform on this machine. Make it with the state folder's lock held.

    Attributes:
        state: Its state folder.
        workspace: What Dagster loads.
        stack_id: Marks its processes.
        ports: The ports of its parts.
        additions: What its parts' environment has beyond this process'.
        s3: The embedded S3, None when the user has a store, or where there is no SeaweedFS for this machine: then the
            store is a folder.
        simulator: The simulator, None when no source needs it.
        access: Who may use its web pages.
        dagster: The rest.
    """

    state: StateFolder
    workspace: Workspace
    stack_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    additions: dict[str, str] = field(default_factory=dict)
    s3: SeaweedFS | None = field(default=None, init=False)
    simulator: Simulator | None = field(default=None, init=False)
    begun: float = field(default_factory=time.time, init=False)
    _unannounced: bool = field(default=False, init=False)
    _supervisor: Supervisor | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.ports = Ports(self.state.ports)
        self.access = self._access()
        ui_port = self.ports.public("ui", PORT_VARIABLE, DEFAULT_PORTS["ui"])
        # Where there are data of a SeaweedFS already, a missing program is an error, and no reason to begin elsewhere.
        if not os.environ.get(STORE_VARIABLE) and (is_installed() or any(self.state.seaweedfs.iterdir())):
            self.s3 = self._embedded_s3()
        folder = f"file://{self.state.root / 'store'}"
        self.store = os.environ.get(STORE_VARIABLE) or (f"s3://{BUCKET}" if self.s3 else folder)
        self.additions[STORE_VARIABLE] = self.store
        if self.uses_simulator and not os.environ.get(SIMULATOR_VARIABLE):
            self.simulator = self._simulator()
        prepare_home(self.state.dagster_home, current().root / "dagster.yaml")
        self.dagster = Dagster(
            self.workspace, environment=self.environment, logs=self.state.logs, port=ui_port, token=self.access.token
        )
        self.ports.save()

    @property
    def uses_simulator(self) -> bool:
        """Whether the simulator stands in for some source.

        Made-up data never land in a store of the user's own unless that is asked for: by a simulator's address, or by
        `DATA_PLATFORM_SIMULATE`.
        """
        if not current().simulator:
            return False
        asked = os.environ.get(SIMULATOR_VARIABLE) or os.environ.get(SIMULATE_VARIABLE, "").lower() == "yes"
        return bool(self.missing_sources) and bool(asked or not os.environ.get(STORE_VARIABLE))

    @property
    def missing_sources(self) -> list[Source]:
        """The project's sources whose variables are not set."""
        return [source for source in current().sources if not os.environ.get(source.variable)]

    @property
    def asks_for_the_token(self) -> bool:
        """Whether its own user needs the token as well: always, or as the kernel does not say whose process asks."""
        return self.access.everybody_needs_the_token or not KERNEL_TELLS.exists()

    @property
    def environment(self) -> dict[str, str]:
        """All of the environment of a part."""
        return environment.for_parts(self.state, self.stack_id, self.additions)

    @property
    def urls(self) -> dict[str, str]:
        """Where its parts answer."""
        urls = {"Dagster UI": self.dagster.url}
        if self.s3:
            urls["S3 endpoint"] = self.s3.endpoint
        if self.uses_simulator:
            urls["Simulator"] = self.simulator.url if self.simulator else os.environ[SIMULATOR_VARIABLE]
        return urls

    @property
    def aws(self) -> Mapping[str, str]:
        """Variables of a client of the embedded S3, empty without one."""
        return self.s3.environment if self.s3 else {}

    def follow_domains(self) -> tuple[set[str], set[str]]:
        """Serve the domains that the project has now.

        Returns:
            The locations that are new, and those that are gone.
        """
        before, self.workspace = self.workspace, self.workspace.now()
        new, gone = (
            set(first.modules) - set(second.modules)
            for first, second in ((self.workspace, before), (before, self.workspace))
        )
        if new or gone:
            self.dagster.follow(self.workspace)
            self._unannounced = True
        if self._unannounced and self.dagster.announce(self.workspace):
            self._unannounced = False
        return new, gone

    def write_record(self) -> None:
        """Write down that this stack runs, so that a later one can end what is left of it."""
        me = psutil.Process()
        sockets = str(self.dagster.sockets)
        record = StackRecord(self.stack_id, me.pid, me.create_time(), self.store, bool(self.s3), self.urls, sockets)
        self.state.write_record(record)

    def launch(self) -> None:
        """Start what needs nothing else; the code servers import Dagster while the S3 comes up."""
        if self.s3:
            self.s3.launch()
        if self.simulator:
            self.simulator.launch()
        self.dagster.code_servers.launch()

    def ensure_dagster_runs(self) -> None:
        """Raise when one of Dagster's processes has ended.

        Raises:
            NotReadyError: One has.
        """
        for service in self.dagster.services:
            if service.pid:
                service.must_run()

    def watch(self) -> list[str]:
        """Look at every part once, and restart what ended. Call it again and again, once all parts were started.

        Returns:
            What is to be told, a line each.
        """
        self._supervisor = self._supervisor or Supervisor([*self._helpers(), *self.dagster.parts])
        trim_logs(self.state.logs)
        return self._supervisor.look()

    def stop(self) -> None:
        """Stop everything: first what uses the S3 and the simulator, then these."""
        stop_all(self.dagster.services)
        stop_all(part.service for part in self._helpers())
        kill(of_stack(self.stack_id))
        self.dagster.clean_up()

    def kill(self) -> None:
        """End everything at once."""
        services = [*self.dagster.services, *(part.service for part in self._helpers())]
        kill([process for service in services if service.running for process in tree(service.pid)])
        kill(of_stack(self.stack_id))
        self.dagster.clean_up()

    def _helpers(self) -> list[SeaweedFS | Simulator]:
        return [part for part in (self.simulator, self.s3) if part]

    def _access(self) -> Access:
        token = os.environ.get(WEB_TOKEN_VARIABLE) or token_kept_in(self.state.web_token)
        try:
            return from_environment({**os.environ, WEB_TOKEN_VARIABLE: token})
        except AccessError as error:
            raise LaptopError(str(error)) from error

    def _embedded_s3(self) -> SeaweedFS:
        log = self.state.logs / "seaweedfs.log"
        rotate(log)
        s3 = SeaweedFS(
            self.state.seaweedfs,
            Credentials.kept_in(self.state.credentials),
            ports=self.ports,
            log=log,
            environment=self.environment,
        )
        s3.choose_ports()
        self.additions |= s3.environment
        return s3

    def _simulator(self) -> Simulator:
        log = self.state.logs / "simulator.log"
        rotate(log)
        port = self.ports.public("simulator", SIMULATOR_PORT_VARIABLE, DEFAULT_PORTS["simulator"])
        landing = {
            # Never a store of the user's own.
            SIMULATOR_LANDING_VARIABLE: "" if os.environ.get(STORE_VARIABLE) else self.store,
            SIMULATOR_LANDING_AFTER_VARIABLE: str(LOGS_AFTER_SECONDS),
        }
        token = {WEB_TOKEN_VARIABLE: self.access.token}
        simulator = Simulator(current().simulator, port, environment=self.environment | landing | token, log=log)
        self.additions[SIMULATOR_VARIABLE] = simulator.url
        return simulator


def open_stack(root: Path, workspace: Path | None = None) -> tuple[Stack, list[str]]:
    """End what an earlier stack left on a state folder, and prepare a new one.

    Args:
        root: The state folder, its lock held.
        workspace: The workspace file; None: the domains of the project, as they come.

    Returns:
        The stack, nothing of it started, and what the user should know.
    """
    state = StateFolder(root)
    notes = []
    if ended := end_leftovers(state):
        notes.append(f"Ended {counted(ended, 'process')} that an earlier stack had left.")
    stack = Stack(state, Workspace.read(workspace) if workspace else Workspace.of(current()))
    if not os.environ.get(STORE_VARIABLE) and stack.s3 is None:
        notes.append(f"There is no SeaweedFS for this machine, so the store is a folder: {state.root / 'store'}.")
    return stack, notes + stack.ports.notes


def end_leftovers(state: StateFolder) -> int:
    """End what is left of the stack that ran last.

    Returns:
        How many processes that were.
    """
    record = state.read_record()
    if record is None:
        return 0
    left = of_stack(record.stack_id)
    kill(left)
    if record.sockets:
        shutil.rmtree(record.sockets, ignore_errors=True)
    return len(left)
