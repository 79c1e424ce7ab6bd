"""Where a change is: a table or a value in it, under its old and its new name.

What belongs here: places, and making changes that carry theirs. What does not: finding changes.
"""

from dataclasses import dataclass, replace

from data_platform.contracts.compatibility.changes import Change
from data_platform.contracts.compatibility.kinds import Kind
from data_platform.contracts.rules.comparing.differences import Difference, shown_value
from data_platform.contracts.rules.paths import Path, shown


@dataclass(frozen=True)
class Where:
    """A place in a table.

    Attributes:
        table: The table, by its old name if it has one; ``None`` for the contract itself.
        old: The path in the old table, with the names that columns have there; ``None`` for what is new.
        new: The same in the new table; ``None`` for what is gone.
        column: The top-level column of the old table that it is in.
        new_column: The same in the new table, which what is gone from inside a column has as well.
    """

    table: str | None = None
    old: Path | None = ()
    new: Path | None = ()
    column: str | None = None
    new_column: str | None = None

    @classmethod
    def at(cls, table: str, old: Path | None, new: Path | None) -> "Where":
        """A place at a path of both versions."""
        return cls(table, old, new, old[0] if old else None, new[0] if new else None)

    @property
    def path(self) -> str:
        """The place as people write it."""
        inner = shown(self.old if self.old is not None else self.new or ())
        return ".".join(filter(None, [self.table, inner]))

    def inside(self, old: str | None, new: str | None) -> "Where":
        """The place of a child; ``None`` where it is not in that version."""
        return replace(
            self,
            old=None if old is None or self.old is None else (*self.old, old),
            new=None if new is None or self.new is None else (*self.new, new),
            column=self.column or old,
            new_column=self.new_column or new,
        )

    def change(
        self,
        kind: Kind,
        message: str,
        before: object = None,
        after: object = None,
        *,
        old_check: str | None = None,
        new_check: str | None = None,
    ) -> Change:
        """A change at this place."""
        names = (self.column, self.new_column)
        return Change(kind, self.path, message, self.table, *names, before, after, old_check, new_check)

    def differed(self, difference: Difference) -> Change:
        """A difference between two rules at this place."""
        return self.change(Kind(difference.kind), difference.message, difference.before, difference.after)

    def turned(self, kind: Kind, what: str, before: object, after: object) -> Change:
        """A change of one value, told as ``what: before → after``."""
        return self.change(kind, f"{what}: {shown_value(before)} → {shown_value(after)}", before, after)
