"""Comparing two versions of a contract.

What belongs here: the one call, and the order of what it finds. What does not: the sections (``about``, ``tables``,
``promises``), and whom a change breaks (``modes``, ``judge``).
"""

from data_platform.contracts.compatibility.about import about_changes
from data_platform.contracts.compatibility.changes import Change
from data_platform.contracts.compatibility.promises import service_level_changes
from data_platform.contracts.compatibility.tables import table_changes
from data_platform.contracts.model import Contract


def compare(old: Contract, new: Contract) -> tuple[Change, ...]:
    """Find every change from an old contract to a new one.

    Args:
        old: A contract; of an invalid one, what cannot be understood is compared as it was written.
        new: Another one, as a rule a later version of the same.

    Returns:
        The changes: those about tables first, then service levels, then the contract as a whole; of each, those that
        demand the most of the version first. Equal contracts have none; the version itself is no change.
    """
    sections = (table_changes(old, new), service_level_changes(old, new), about_changes(old, new))
    return tuple(change for section in sections for change in sorted(section, key=lambda change: -change.grade))
