"""Comparing two versions of a contract.

What belongs here: the one call, and the order of what it finds. What does not: the sections (``about``, ``tables``,
``promises``), and whom a change breaks (``modes``, ``judge``).
"""

from dataclasses import replace

from data_platform.contracts.compatibility.about import about_changes
from data_platform.contracts.compatibility.changes import Change
from data_platform.contracts.compatibility.kinds import Kind
from data_platform.contracts.compatibility.promises import service_level_changes
from data_platform.contracts.compatibility.tables import table_changes
from data_platform.contracts.model import Contract
from data_platform.contracts.properties import ExtraColumns


def compare(old: Contract, new: Contract) -> tuple[Change, ...]:
    """Find every change from an old contract to a new one.

    Args:
        old: A contract; of an invalid one, what cannot be understood is compared as it was written.
        new: Another one, as a rule a later version of the same.

    Returns:
        The changes: those about tables first, then service levels, then the contract as a whole; of each, those that
        demand the most of the version first. Equal contracts have none; the version itself is no change.
    """
    ignores = new.custom.extra_columns is ExtraColumns.IGNORE
    sections = (table_changes(old, new), service_level_changes(old, new), about_changes(old, new))
    changes = (change for section in sections for change in sorted(section, key=lambda change: -change.grade))
    return tuple(_ignored(change) if ignores else change for change in changes)


def _ignored(change: Change) -> Change:
    """A column of the table that is gone, where batches that still have it are taken."""
    is_column = change.kind is Kind.COLUMN_REMOVED and change.new_column is None
    return replace(change, kind=Kind.COLUMN_IGNORED) if is_column else change
