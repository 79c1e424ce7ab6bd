"""Which code locations are to be loaded anew, as files of their domain changed since.

What belongs here: looking at the files of a project's domains. What does not: loading (`opening`), and domains that are
new or gone (`stack`).

Only what is in the domain's own folder counts: code that several domains import is loaded anew by *Reload* in the UI,
or by the next `up`.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from data_platform.contracts.references import CONTRACT_FILE
from data_platform.products.imported import IMPORTED_FILE, LOCATION
from data_platform.project import Project

_ENDINGS: Final = (".py", ".yaml", ".yml", ".sql")
_LOOK_SECONDS: Final = 2.0
"""Between two looks, and so for how long nothing may have changed: an editor, or git, writes several files in a row."""

Marks = frozenset[tuple[str, int, int]]
"""What tells a file that was changed: its path, when it was written, its size."""


@dataclass
class Changes:
    """What is known of the files behind each location.

    Attributes:
        clock: Seconds, ever more.
    """

    clock: Callable[[], float] = time.monotonic
    _served: dict[str, Marks | None] = field(default_factory=dict, init=False)
    _seen: dict[str, Marks] = field(default_factory=dict, init=False)
    _looked: float = field(default=float("-inf"), init=False)

    def look(self, project: Project, locations: Iterable[str]) -> set[str]:
        """Look at the files, if it is time to.

        Args:
            project: The project.
            locations: The locations that are served; one that was not looked at before is served as it is now.

        Returns:
            Those whose files changed, and have not changed any more since the look before. They count as served anew.
        """
        if self.clock() - self._looked < _LOOK_SECONDS:
            return set()
        self._looked = self.clock()
        now = {name: frozenset(_marks(project, name)) for name in locations}
        served = {name: self._served.get(name, marks) for name, marks in now.items()}
        due = {
            name for name, marks in now.items() if marks not in (served[name], None) and self._seen.get(name) == marks
        }
        self._served = served | {name: now[name] for name in due}
        self._seen = now
        return due

    def again(self, name: str) -> None:
        """A location could not be loaded anew: it is due at the next look."""
        self._served[name] = None


def _marks(project: Project, location: str) -> Iterator[tuple[str, int, int]]:
    for path in _imported(project.domains) if location == LOCATION else _files(project.domains / location):
        try:
            status = path.stat()
        except OSError:  # gone since, or a link to nothing
            continue
        yield str(path), status.st_mtime_ns, status.st_size


def _files(folder: Path) -> Iterator[Path]:
    for at, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith((".", "__"))]
        yield from (Path(at, name) for name in names if name.endswith(_ENDINGS) and not name.startswith("."))


def _imported(domains: Path) -> Iterator[Path]:
    for file in domains.glob(f"*/*/{IMPORTED_FILE}"):
        yield file
        yield file.with_name(CONTRACT_FILE)
