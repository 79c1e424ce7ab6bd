"""Errors of the laptop's stack, each with a message that a person at a terminal can act on.

What belongs here: the exception tree. What does not: how an error is shown.

    LaptopError
    ├── AlreadyRunningError  another `up` holds this state folder
    ├── PortInUseError       a port that the user asked for belongs to another process
    ├── NotReadyError        a part did not answer in time, or ended while it was waited for
    ├── PartStoppedError     a part that cannot be restarted ended while serving
    └── DagsterAPIError      Dagster's GraphQL API refused or did not understand a request
"""

from pathlib import Path


class LaptopError(Exception):
    """Something that keeps the stack from starting or serving."""


class AlreadyRunningError(LaptopError):
    """Another `up` holds this state folder."""


class PortInUseError(LaptopError):
    """A port that the user asked for belongs to another process."""


class DagsterAPIError(LaptopError):
    """Dagster's GraphQL API refused or did not understand a request."""


class _PartError(LaptopError):
    def __init__(self, part: str, message: str, log: Path | None = None, tail: str = "") -> None:
        super().__init__(f"{part} {message}")
        self.part = part
        self.log = log
        self.tail = tail


class NotReadyError(_PartError):
    """A part did not answer in time, or ended while it was waited for."""


class PartStoppedError(_PartError):
    """A part that cannot be restarted ended while the stack was serving."""
