"""Deleting what a Delta table no longer needs.

What belongs here: which data files and log entries may go. What does not: which versions there are (``history``).

An earlier version can be read as long as its data files and its log are there. ``vacuum`` alone deletes files that a
version names, and none that a version within the stated time needs. Delta writes a checkpoint every 100 commits by
itself, so that opening a table stays fast however many there are.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from deltalake import DeltaTable

from data_platform.storage.delta.commit import open_table
from data_platform.storage.error_texts import translated
from data_platform.storage.objects.store import ObjectStore

KEEP_AT_LEAST: Final = timedelta(days=1)
"""No file is deleted that was current within this time: a reader or writer may be at it."""

_DEFAULT_DAYS: Final = {"deletedFileRetentionDuration": 7, "logRetentionDuration": 30}
_RAISED: Final = "data_platform.retention_raised"
_UNITS: Final = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}


@dataclass(frozen=True)
class Vacuumed:
    """What a vacuum deleted, or would.

    Attributes:
        files: Paths below the table.
        dry_run: Whether they are still there.
    """

    files: tuple[str, ...]
    dry_run: bool


def vacuum(store: ObjectStore, path: str, keep: timedelta, *, dry_run: bool = False) -> Vacuumed:
    """Delete data files that no version of the time that is kept needs, and what killed writers left behind.

    Versions that were the newest within ``keep`` stay readable, as does the newest. Log entries older than the table
    keeps them are removed where a checkpoint has their content.

    Args:
        store: The store.
        path: The table's path below it.
        keep: For how long; at least ``KEEP_AT_LEAST``. Where the table itself keeps for a shorter time, it is told of
            this one first, in a commit, for Delta forgets what it may delete when that is over.
        dry_run: Whether to delete nothing, and tell what would be.

    Raises:
        ValueError: ``keep`` is too short.
        MissingTable: There is none.
        StorageError: Any other failure, see ``errors``.
    """
    if keep < KEEP_AT_LEAST:
        raise ValueError(f"keep {keep} is too short: a reader may be at it; keep at least {KEEP_AT_LEAST}")
    hours = -(-keep // timedelta(hours=1))
    table = open_table(store, path)
    with translated(store.uri(path)):
        if not dry_run:
            _keep_as_long(table, keep)
        options: dict[str, Any] = {"enforce_retention_duration": False, "full": _remembers(table, keep)}
        listed = table.vacuum(hours, dry_run=True, **options)
        if dry_run or not listed:
            return Vacuumed(tuple(listed), dry_run)
        deleted = table.vacuum(hours, dry_run=False, **options)
        table.create_checkpoint()
        table.cleanup_metadata()
    return Vacuumed(tuple(deleted), dry_run=False)


def _keep_as_long(table: DeltaTable, keep: timedelta) -> None:
    wanted = {}
    for name in _DEFAULT_DAYS:
        if _retention(table, name) < keep:
            wanted[f"delta.{name}"] = f"interval {-(-keep // timedelta(hours=1))} hours"
    if wanted:
        wanted[_RAISED] = datetime.now(UTC).isoformat()
        table.alter.set_table_properties(wanted, raise_if_not_exists=False)


def _remembers(table: DeltaTable, keep: timedelta) -> bool:
    """Whether the table knows of every file that was current within a time, so that any it does not know may go.

    Of a file that was taken out longer ago than the table keeps, Delta forgets even that it was there. So while it is
    not long enough ago that the table was told to keep for longer, only what it remembers is deleted.
    """
    raised = table.metadata().configuration.get(_RAISED)
    long_ago = raised is None or datetime.now(UTC) - datetime.fromisoformat(raised) >= keep
    return long_ago and _retention(table, "deletedFileRetentionDuration") >= keep


def _retention(table: DeltaTable, name: str) -> timedelta:
    return _interval(table.metadata().configuration.get(f"delta.{name}"), timedelta(days=_DEFAULT_DAYS[name]))


def _interval(text: str | None, default: timedelta) -> timedelta:
    """Delta's ``interval 7 days``."""
    words = (text or "").lower().removeprefix("interval").split()
    if len(words) != 2 or not words[0].isdigit() or words[1].removesuffix("s") not in _UNITS:  # noqa: PLR2004
        return default
    return timedelta(seconds=int(words[0]) * _UNITS[words[1].removesuffix("s")])
