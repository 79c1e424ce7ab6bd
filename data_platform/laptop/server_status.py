"""What the process of the code servers says of each of them, in a file beside their sockets.

What belongs here: the file's content, writing it and reading it. What does not: the servers (`code_servers`), and what
is made of it (`stack`, `up`). It imports no Dagster: the platform's own process reads it every second.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from data_platform.laptop.state import read_json, write_json

OPENED: Final = "opened"
"""File that says that this stack has opened Dagster's storage; in it, how many runs an earlier stack had left."""

_STATUSES: Final = "servers.json"


@dataclass(frozen=True)
class ServerStatus:
    """One location's code server.

    Attributes:
        serving: Whether one listens where the webserver and the daemon look for it.
        deaths: How many ended, one after the other, before they listened.
        cause: Why the last one ended, empty when none did since one listened.
    """

    serving: bool = False
    deaths: int = 0
    cause: str = ""

    @property
    def settled(self) -> bool:
        """Whether something is known of it: it listens, or it ended and so may never listen."""
        return self.serving or self.deaths > 0


def left_runs(folder: Path) -> int:
    """How many runs an earlier stack had left unfinished, 0 while that is not known."""
    try:
        return int((folder / OPENED).read_text() or 0)
    except FileNotFoundError:
        return 0


def write(folder: Path, statuses: dict[str, ServerStatus]) -> None:
    """Replace the file in one step."""
    write_json(folder / _STATUSES, {name: asdict(status) for name, status in statuses.items()})


def read(folder: Path) -> dict[str, ServerStatus]:
    """The status of each location by name; empty while nothing is written yet."""
    return {name: ServerStatus(**status) for name, status in read_json(folder / _STATUSES).items()}


def clear(folder: Path) -> None:
    """Forget what a process that ended said."""
    (folder / _STATUSES).unlink(missing_ok=True)
