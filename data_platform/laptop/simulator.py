"""The shop's simulator as a part of the stack: its process, and when it answers.

What belongs here: starting and waiting for it. What does not: what it answers (`data_platform.simulator`).
"""

import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import httpx

from data_platform.laptop.errors import NotReadyError
from data_platform.laptop.processes import Service
from data_platform.laptop.settings import HOST, SIMULATOR_READY_SECONDS
from data_platform.settings import PROJECT_ROOT


class Simulator:
    """One process of `data_platform.simulator`.

    Attributes:
        url: Where it answers.
        service: The process.
    """

    def __init__(self, port: int, *, environment: Mapping[str, str], log: Path) -> None:
        """Nothing is started yet.

        Args:
            port: Where it shall listen.
            environment: All of its environment.
            log: Takes its output.
        """
        self.url = f"http://{HOST}:{port}"
        command = [sys.executable, "-m", "data_platform.simulator", "--host", HOST, "--port", str(port)]
        self.service = Service("simulator", command, environment, log, PROJECT_ROOT, stop_signal=signal.SIGTERM)

    def launch(self) -> None:
        """Start it without waiting."""
        self.service.start()

    def wait(self, seconds: float = SIMULATOR_READY_SECONDS) -> None:
        """Wait until it answers.

        Raises:
            NotReadyError: It ended, or does not answer in time.
        """
        deadline = time.monotonic() + seconds
        with httpx.Client(timeout=2, trust_env=False) as client:
            while True:
                try:
                    if client.get(f"{self.url}/health").is_success:
                        return
                except httpx.HTTPError:
                    pass
                if not self.service.running or time.monotonic() > deadline:
                    message = f"does not answer at {self.url}/health."
                    raise NotReadyError("The simulator", message, self.service.log, self.service.tail())
                time.sleep(0.05)
