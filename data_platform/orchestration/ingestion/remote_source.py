"""A server of files as a Dagster resource: which one is said by the environment, else the shop's simulator answers.

What belongs here: from environment to client. What does not: requests (``remote``) and any source by name.
"""

import os
from collections.abc import Callable
from typing import ClassVar

import dagster as dg
from pydantic import Field

from data_platform.ingestion.errors import PermanentSourceError
from data_platform.ingestion.limits import Limits
from data_platform.ingestion.remote import RemoteFiles
from data_platform.settings import SIMULATOR_TOKEN, SIMULATOR_TOKEN_VARIABLE, SIMULATOR_VARIABLE


class RemoteSource(dg.ConfigurableResource["RemoteSource"]):
    """A server of files; a subclass names its environment variables and its place in the simulator."""

    url_variable: ClassVar[str]
    token_variable: ClassVar[str]
    simulator_path: ClassVar[str]

    attempts: int = Field(default=8, ge=1, le=20, description="How often a request is tried before the step fails")
    timeout_seconds: float = Field(
        default=10.0, gt=0, description="Longest wait for a connection or a part of an answer"
    )
    answer_seconds: float = Field(default=300.0, gt=0, description="Longest time for one answer, to its last byte")
    total_seconds: float = Field(default=1800.0, gt=0, description="Longest time for all answers of a step")

    def connect(self, on_retry: Callable[[str], None] = lambda _: None) -> RemoteFiles:
        """A client for the server that the environment names.

        Args:
            on_retry: Is told about each failed attempt that is followed by another.

        Raises:
            PermanentSourceError: Neither the server nor a simulator is set, or it cannot be used.
        """
        # From the environment alone: who may edit a run's configuration must not be able to send the token elsewhere.
        url, token = os.environ.get(self.url_variable), os.environ.get(self.token_variable, "").strip()
        if not url:
            simulator = os.environ.get(SIMULATOR_VARIABLE)
            if not simulator:
                raise PermanentSourceError(
                    f"no source: set {self.url_variable}, or {SIMULATOR_VARIABLE} to a running simulator"
                    " (`make run` does that)"
                )
            url = f"{simulator.rstrip('/')}{self.simulator_path}"
            token = os.environ.get(SIMULATOR_TOKEN_VARIABLE) or SIMULATOR_TOKEN
        return RemoteFiles(
            url,
            token,
            attempts=self.attempts,
            timeout=self.timeout_seconds,
            limits=Limits(answer_seconds=self.answer_seconds, total_seconds=self.total_seconds),
            on_retry=on_retry,
        )
