"""Having the code of changed domains loaded anew, while everything else goes on.

What belongs here: when, and what came of it. What does not: which files changed (`changes`), and how a line looks.
"""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from data_platform.laptop.changes import Changes
from data_platform.laptop.dagster_api import DagsterAPI
from data_platform.laptop.errors import DagsterAPIError
from data_platform.laptop.workspace import Workspace


@dataclass(frozen=True)
class Reloaded:
    """What came of it.

    Attributes:
        served: The locations that are served anew.
        errors: Of those whose code does not load now: why.
    """

    served: frozenset[str]
    errors: Mapping[str, str]


@dataclass
class Reloading:
    """The code locations of a project, followed.

    Attributes:
        api: The webserver, which has code loaded anew as *Reload* in the UI does.
    """

    api: Callable[[], DagsterAPI]
    _changes: Changes = field(default_factory=Changes, init=False)
    _changed: set[str] = field(default_factory=set, init=False)
    # It may take as long as the machine lets it, and the stack is looked after meanwhile.
    _aside: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1), init=False)
    _going_on: Future[Reloaded] | None = field(default=None, init=False)

    def look(self, workspace: Workspace) -> None:
        """Note which files changed; the first time, that the code is served as it is."""
        if workspace.project:
            self._changed |= self._changes.look(workspace.project, workspace.modules)

    def go_on(self, late: Iterable[str]) -> Reloaded | None:
        """Begin to load what changed, or see what came of it.

        Args:
            late: Locations that are not served yet, which have to be first.

        Returns:
            What came of it, once.
        """
        if self._going_on is None:
            if names := self._changed.difference(late):
                self._changed -= names
                self._going_on = self._aside.submit(self._load, names)
            return None
        if not self._going_on.done():
            return None
        reloaded, self._going_on = self._going_on.result(), None
        return reloaded

    def close(self) -> None:
        """Begin nothing more."""
        self._aside.shutdown(wait=False, cancel_futures=True)

    def _load(self, names: set[str]) -> Reloaded:
        done: set[str] = set()
        with self.api() as api:
            for name in sorted(names):
                try:
                    api.reload(name)
                    done.add(name)
                except DagsterAPIError:  # the webserver is started again, say
                    self._changes.again(name)
            errors = {name: text for name, text in api.locations().errors.items() if name in done} if done else {}
        return Reloaded(frozenset(done - errors.keys()), errors)
