"""What began before a table was rolled back, or laid out anew, and is not to be written to it any more.

What belongs here: what such a commit leaves behind for the writers after it, and whether a batch began before. What
does not: making such commits (``rollback``, ``repartition``), and which of two batches is newer (``order``).

A process that was paused, a step or a run that is tried again, holds what was undone on purpose, or makes it anew by
the very same code. So a **fence** is left: a batch that began at an earlier version of the table is refused, whatever
it read, and so is one of a run that published what was undone, or that began before. The fence of a whole table is one
of the table's properties, which costs no read; that of a partition is in the commit of its newest batch, and each
batch after it hands it on.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from deltalake import DeltaTable

PROPERTY: Final = "data_platform.rolled_back"
"""The table's property that holds the fence of a roll-back of the whole."""

LAYOUT: Final = "data_platform.laid_out"
"""The table's property that holds the version in which it was partitioned otherwise."""

KEY: Final = "fences"
"""Under which name a commit's ``batch`` (see ``order``) has the fences of its labels."""

_MOST_RUNS: Final = 50


@dataclass(frozen=True)
class Origin:
    """The run that makes a batch, as far as fences go.

    Attributes:
        runs: Its id and, where it was started by itself because another one failed, those of the ones before it.
        begun: When the first of these began, by Dagster's clock; ``None``: not known.
    """

    runs: tuple[str, ...] = ()
    begun: datetime | None = None


@dataclass(frozen=True)
class Fence:
    """A roll-back, as the writers after it see it.

    Attributes:
        version: The version that it made.
        at: When, by the clock of whoever made it, UTC.
        runs: Runs that published what it undid; the newest, a bounded number.
        undone: Versions whose rows readers do not see any more: the first and the last of each span.
    """

    version: int
    at: datetime
    runs: tuple[str, ...] = ()
    undone: tuple[tuple[int, int], ...] = field(default=())

    def bars(self, version: int | None, origin: Origin) -> bool:
        """Whether a batch is not to be written any more.

        Args:
            version: The table's version when the batch began; ``None``: there was no table.
            origin: The run that makes it.
        """
        if version is None or version < self.version or not set(origin.runs).isdisjoint(self.runs):
            return True
        return origin.begun is not None and origin.begun < self.at

    def undid(self, version: int) -> bool:
        """Whether what a version wrote is not seen any more because of it, or of those before it."""
        return any(first <= version <= last for first, last in self.undone)

    def as_details(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "version": self.version,
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "runs": list(self.runs[:_MOST_RUNS]),
            "undone": [list(span) for span in self.undone],
        }

    @classmethod
    def of(cls, raw: object) -> "Fence | None":
        """A fence as it was written down; ``None`` of anything else."""
        try:
            details: Any = json.loads(raw) if isinstance(raw, str) else raw
            spans = tuple((int(first), int(last)) for first, last in details.get("undone", ()))
            at = datetime.fromisoformat(details["at"])
            return cls(int(details["version"]), at, tuple(map(str, details.get("runs", ()))), spans)
        except (AttributeError, KeyError, TypeError, ValueError):
            return None


def of_table(table: DeltaTable) -> Fence | None:
    """The fence of the last roll-back of a whole table, if there was one."""
    return Fence.of(table.metadata().configuration.get(PROPERTY))


def laid_out_in(table: DeltaTable) -> int | None:
    """The version in which a table was last partitioned otherwise, if it was."""
    text = table.metadata().configuration.get(LAYOUT, "")
    return int(text) if text.isdigit() else None


def of_label(recorded: Mapping[str, Any], name: str) -> Fence | None:
    """The fence of a label, as the ``batch`` of its newest commit has it."""
    fences = recorded.get(KEY)
    return Fence.of(fences.get(name)) if isinstance(fences, dict) else None


def later(fences: Sequence[Fence | None]) -> Fence | None:
    """The last of some fences; ``None``: there is none."""
    return max((fence for fence in fences if fence is not None), key=lambda fence: fence.version, default=None)
