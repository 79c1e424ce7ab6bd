"""A running `data-platform up` with the real workspace, and its API as the UI uses it: what end-to-end tests share."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from data_platform.domains.movies.resources import TMDB_TOKEN_VARIABLE
from data_platform.settings import STATE_VARIABLE, STORE_VARIABLE
from data_platform_tests.repository import PROJECT_ROOT

LAUNCH = """mutation ($params: ExecutionParams!) {
  launchPipelineExecution(executionParams: $params) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
    ... on RunConfigValidationInvalid { errors { message } } }
}"""
STATUS = "query ($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"
ENDED = {"SUCCESS", "FAILURE", "CANCELED"}


@dataclass
class Platform:
    """A running `data-platform up`."""

    process: "subprocess.Popen[str]"
    output: Path
    state: Path

    @property
    def said(self) -> str:
        return self.output.read_text()

    @property
    def ui(self) -> str:
        return re.search(r"Dagster UI\s+(http://\S+)", self.said).group(1)  # type: ignore[union-attr]

    def ask(self, query: str, **variables: Any) -> Any:
        answer = httpx.post(f"{self.ui}/graphql", json={"query": query, "variables": variables}, timeout=60).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def environment(self) -> dict[str, str]:
        command = [str(Path(sys.executable).with_name("data-platform")), "env"]
        environment = os.environ | {STATE_VARIABLE: str(self.state)}
        printed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        pairs = (line.removeprefix("export ").split("=", 1) for line in printed.stdout.splitlines() if "=" in line)
        return {name: value.strip("'\"") for name, value in pairs}

    def wait_for(self, text: str, seconds: float = 240) -> None:
        deadline = time.monotonic() + seconds
        while text not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.2)

    def launch(self, assets: list[str], partition: str, config: Any = None) -> tuple[str, str]:
        """Launch a run of one domain's assets as the UI does and wait for its end: its id and status."""
        selector = {
            "repositoryLocationName": assets[0].split("/")[0],
            "repositoryName": "__repository__",
            "pipelineName": "__ASSET_JOB",
            "assetSelection": [{"path": asset.split("/")} for asset in assets],
        }
        params = {
            "selector": selector,
            "executionMetadata": {"tags": [{"key": "dagster/partition", "value": partition}]},
            "runConfigData": config or {},
            "mode": "default",
        }
        launched = self.ask(LAUNCH, params=params)["launchPipelineExecution"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        run_id = launched["run"]["runId"]
        self.until(lambda: self.ask(STATUS, id=run_id)["runOrError"]["status"] in ENDED, f"run {run_id} ends")
        return run_id, self.ask(STATUS, id=run_id)["runOrError"]["status"]

    def until(self, holds: Callable[[], Any], what: str, seconds: float = 240) -> Any:
        """Wait until something holds, and return it."""
        deadline = time.monotonic() + seconds
        while not (found := holds()):
            assert self.process.poll() is None, self.said
            if time.monotonic() > deadline:
                pytest.fail(f"not in {seconds:.0f} s: {what}\n{self.said}")
            time.sleep(0.5)
        return found


@contextmanager
def running(folder: Path, *options: str, project: Path = PROJECT_ROOT) -> Iterator[Platform]:
    """The platform on a state folder of its own, up and with its first run behind it; stopped at the end.

    Args:
        folder: Where its state and output are kept; a second call with it finds the state of the first.
        options: Of `data-platform up`.
        project: The checkout whose code runs.
    """
    output, state = folder / "output", folder / "state"
    hidden = {STORE_VARIABLE, TMDB_TOKEN_VARIABLE}
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    with output.open("w") as out:
        process = subprocess.Popen(
            [str(Path(sys.executable).with_name("data-platform")), "up", *options],
            cwd=project,
            env=environment | {STATE_VARIABLE: str(state), "PYTHONPATH": str(project)},
            stdout=out,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
    platform = Platform(process, output, state)
    try:
        platform.wait_for("Ctrl-C stops everything")
        yield platform
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
