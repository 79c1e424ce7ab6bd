"""The process that all code servers and runs are forked from, as a test starts it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
from dagster._grpc.client import DagsterGrpcClient

from data_platform.laptop import server_status
from data_platform.laptop.code_servers import PLAN
from data_platform.laptop.server_status import ServerStatus
from data_platform.laptop.state import write_json


def arguments(folder: Path, name: str, code: str) -> list[str]:
    (folder / f"{name}.py").write_text(code)
    return ["--module-name", name, "--working-directory", str(folder), "--attribute", "defs", "--location-name", name]


class Servers:
    def __init__(self, folder: Path, settings: str = "", **modules: str) -> None:
        self.folder = folder
        (folder / "home").mkdir(exist_ok=True)
        (folder / "home" / "dagster.yaml").write_text(settings or "telemetry:\n  enabled: false\n")
        plan = self.plan(**modules)
        variables = os.environ | {"DAGSTER_HOME": str(folder / "home"), "PYTHONPATH": str(folder)}
        self.log = (folder / "log").open("ab")
        command = [sys.executable, "-m", "data_platform.laptop.code_servers", str(plan)]
        self.process = subprocess.Popen(command, env=variables, stdout=self.log, stderr=self.log, cwd=folder)

    def plan(self, **modules: str) -> Path:
        plan = self.folder / PLAN
        write_json(plan, {name: arguments(self.folder, name, code) for name, code in modules.items()})
        return plan

    def statuses(self) -> dict[str, ServerStatus]:
        return server_status.read(self.folder)

    def serve(self, *names: str) -> bool:
        return all(self.statuses().get(name, ServerStatus()).serving for name in names)

    def of(self, name: str) -> list[psutil.Process]:
        """The servers of a location, oldest first: a forked one has its parent's command line, so by its socket."""
        return [
            child
            for child in psutil.Process(self.process.pid).children()
            if any(c.laddr and f"/{name}.sock." in str(c.laddr) for c in child.net_connections("unix"))
        ]

    def answers(self, name: str) -> str:
        return DagsterGrpcClient(host="localhost", socket=str(self.folder / f"{name}.sock")).get_server_id(timeout=30)

    def until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 200
        while not holds():
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline, (self.statuses(), (self.folder / "log").read_text())
            time.sleep(0.01)

    def end(self) -> None:
        children = psutil.Process(self.process.pid).children(recursive=True) if self.process.poll() is None else []
        self.process.terminate()
        for child in children:
            with suppress(psutil.NoSuchProcess):  # it ended with the process that forked it
                child.kill()
        self.process.wait()
        self.log.close()
