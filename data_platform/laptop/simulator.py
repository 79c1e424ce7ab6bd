"""The project's simulator of its outside world as a part of the stack: its process, and when it answers.

What belongs here: starting and waiting for it. What does not: what it answers: it is any module
that the project names (`project`), run with `--host` and `--port`, whose `/health` says that it is up.
"""

import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx

from data_platform.laptop.processes import Service
from data_platform.laptop.settings import HOST
from data_platform.project import project_root


class Simulator:
    """One process of a simulator.

    Attributes:
        url: Where it answers.
        service: The process.
    """

    def __init__(self, module: str, port: int, *, environment: Mapping[str, str], log: Path) -> None:
        """Nothing is started yet.

        Args:
            module: What is run.
            port: Where it shall listen.
            environment: All of its environment.
            log: Takes its output.
        """
        self.url = f"http://{HOST}:{port}"
        command = [sys.executable, "-m", module, "--host", HOST, "--port", str(port)]
        self.service = Service("simulator", command, environment, log, project_root(), stop_signal=signal.SIGTERM)

    def launch(self) -> None:
        """Start it without waiting."""
        self.service.start()

    def ready(self) -> bool:
        """Whether it answers right now."""
        try:
            # No proxy: the address is this machine's, whatever the environment says about proxies.
            return httpx.get(f"{self.url}/health", timeout=2, trust_env=False).is_success
        except httpx.HTTPError:
            return False

    def wait(self, tell: Callable[[str], None] = lambda _: None) -> None:
        """Wait until it answers.

        Args:
            tell: Told that this still waits.

        Raises:
            NotReadyError: It ended.
        """
        self.service.wait_until(self.ready, f"the simulator does not answer at {self.url}/health yet", tell)
