"""Errors of the laptop's stack, each with a message that a person at a terminal can act on.

What belongs here: the exception tree. What does not: how an error is shown.

    LaptopError
    ├── AlreadyRunningError  another `up` holds this state folder
    ├── PortInUseError       a port that the user asked for belongs to another process
    ├── NotReadyError        a part ended while it was waited for
    ├── DiskFullError        too little space is left to begin
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


class DiskFullError(LaptopError):
    """Too little space is left to begin."""


class NotReadyError(LaptopError):
    """A part ended while it was waited for.

    Attributes:
        log: Where its output is, if anywhere.
        tail: The last lines of that.
    """

    def __init__(self, part: str, message: str, log: Path | None = None, tail: str = "") -> None:
        super().__init__(f"{part} {message}")
        self.log = log
        self.tail = tail
