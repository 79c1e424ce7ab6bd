"""One change between two versions of a contract, with its place.

What belongs here: the change and what the table says of its kind. What does not: the kinds (``kinds``), finding changes
(``compare``).
"""

from dataclasses import dataclass
from functools import cached_property

from data_platform.contracts.compatibility.effects import Verdict
from data_platform.contracts.compatibility.kinds import Direction, Grade, Kind
from data_platform.contracts.compatibility.table import TABLE
from data_platform.contracts.compatibility.table_contract import IDENTITY, PUBLISHING, SERVICE


@dataclass(frozen=True)
class Change:
    """One change from an old contract to a new one.

    Attributes:
        kind: What happened.
        path: Where, as people write it: ``orders.address.city``, ``orders``; empty for the contract itself. By the
            old names, where there is an old one.
        message: What happened in words, without whom it breaks.
        table: The table, by its old name if it has one; ``None`` for the contract itself.
        column: The top-level column of the old table that the change is about or inside of; ``None`` for a new one.
        new_column: The same in the new table; ``None`` for one that is gone.
        before: The old value as plain data; ``None`` where there was none.
        after: The new value.
        old_check: The old check (``checks.model.Check.name``) that the change is about, if any.
        new_check: The new one.
    """

    kind: Kind
    path: str
    message: str
    table: str | None = None
    column: str | None = None
    new_column: str | None = None
    before: object = None
    after: object = None
    old_check: str | None = None
    new_check: str | None = None

    @cached_property
    def direction(self) -> Direction:
        """What it does to the data that the contract allows."""
        return TABLE[self.kind].direction

    @cached_property
    def needs_restatement(self) -> bool:
        """Whether what was published before may not be what the new contract says of rows, or lacks a column of it."""
        if self.kind in IDENTITY or self.kind in PUBLISHING or self.kind in SERVICE:
            return False
        return self.kind is Kind.COLUMN_ADDED_OPTIONAL or TABLE[self.kind].producer.verdict is not Verdict.FINE

    @cached_property
    def grade(self) -> Grade:
        """Which part of the version it demands, seen from the reader's side."""
        return TABLE[self.kind].grade
