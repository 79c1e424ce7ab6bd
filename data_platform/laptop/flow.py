"""What comes of itself after a start: told as it happens, until every asset has data.

What belongs here: which assets have data, and which were made since one last looked. What does not: making anything
(sensors and automation do), and restarting parts (`supervision`).
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from data_platform.contracts.suggest import counted
from data_platform.laptop import graphql
from data_platform.laptop.dagster_api import DagsterAPI

_LOOK_SECONDS: Final = 5.0
_PATIENCE_SECONDS: Final = 900.0
_SHOWN: Final = 5


@dataclass
class Flow:
    """Follows the assets of a platform until all have data, or for long none got any.

    Attributes:
        over: Whether there is nothing left to tell.
    """

    over: bool = False
    _with_data: frozenset[str] = frozenset()
    _looked: float = 0.0
    _since: float = 0.0
    _begun: float = 0.0
    _first: bool = True

    @property
    def due(self) -> bool:
        """Whether it is time to look again."""
        return not self.over and time.monotonic() - self._looked >= _LOOK_SECONDS

    def look(self, api: DagsterAPI, *, more_to_come: bool = False) -> Iterator[str]:
        """Look once.

        Args:
            api: The webserver's API.
            more_to_come: Whether there are locations that it does not serve yet, and so more assets than it knows.

        Returns:
            What is to be told, a line each.
        """
        self._looked = time.monotonic()
        known = frozenset(api.materializable())
        latest = api.latest(graphql.LATEST_MATERIALIZATIONS, sorted(known))
        have = frozenset(key for key, info in latest.items() if info["latestMaterialization"])
        yield from self._messages(have, known, more_to_come=more_to_come)

    def _messages(self, have: frozenset[str], known: frozenset[str], *, more_to_come: bool) -> Iterator[str]:
        first, missing, fresh = self._first, sorted(known - have), sorted(have - self._with_data)
        self._first, self._with_data = False, have
        if first:
            self._begun = self._since = time.monotonic()
        if first and missing:
            yield (
                f"{len(have)} of {counted(len(known), 'asset')} have data. The others follow by themselves, as their"
                " inputs come; each is told here."
            )
        elif fresh and not first:
            self._since = time.monotonic()
            yield from (f"  {key} has data ({len(have)} of {len(known)})" for key in fresh)
        if more_to_come:
            return
        if known and not missing:
            self.over = True
            took = "" if first else f", {time.monotonic() - self._begun:.0f} s after the platform was ready"
            yield f"All {len(known)} assets have data{took}."
        elif time.monotonic() - self._since > _PATIENCE_SECONDS:
            self.over = True
            more = len(missing) - _SHOWN
            shown = ", ".join(missing[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
            minutes = f"{_PATIENCE_SECONDS / 60:.0f} minutes"
            yield f"No further asset got data for {minutes}. Without: {shown}. Why: data-platform status"
