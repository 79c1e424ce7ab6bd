"""What a preview came to, as plain values; no value of a hidden column is in it.

What belongs here: the answer as data. What does not: finding it (``previewing``) and its forms.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class RowChange(StrEnum):
    """What becomes of a row."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True)
class Sample:
    """A row that differs.

    Attributes:
        change: What becomes of it.
        row: Its values by column; of a changed row those of the key.
        before: Of a changed row, what is published in the columns that differ.
        after: And what would be.
    """

    change: RowChange
    row: Mapping[str, object]
    before: Mapping[str, object]
    after: Mapping[str, object]


@dataclass(frozen=True)
class Difference:
    """How the rows that were made differ from those that are published.

    Attributes:
        rows_before: How many are published.
        rows_after: How many were made.
        added: Rows that are not published.
        removed: Published rows that were not made.
        changed: Rows of the same key with other values; 0 where rows are not told apart by a key.
        columns: In how many rows a column has another value, for each that has in any; without a key, how many of its
            values have no partner among the rows that differ.
        key: The columns that tell rows apart; none: whole rows are compared, and how often each is there.
        new_columns: Columns that the table does not have.
        gone_columns: Columns of the table that were not made.
        retyped: Columns of another type: the one before, and the one after.
        samples: Some of the rows that differ.
    """

    rows_before: int
    rows_after: int
    added: int
    removed: int
    changed: int
    columns: Mapping[str, int]
    key: tuple[str, ...]
    new_columns: tuple[str, ...]
    gone_columns: tuple[str, ...]
    retyped: Mapping[str, tuple[str, str]]
    samples: tuple[Sample, ...]

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return bool(self.added or self.removed or self.changed or self.has_other_columns)

    @property
    def has_other_columns(self) -> bool:
        """Whether columns came, went or have another type."""
        return bool(self.new_columns or self.gone_columns or self.retyped)


@dataclass(frozen=True)
class BrokenRule:
    """A rule of a contract that the rows break.

    Attributes:
        check: Its name.
        blocking: Whether it keeps the batch from being published; else it only warns.
        failing: How many rows break it, where it counts rows.
        total: Of how many.
        reason: What else there is to say.
    """

    check: str
    blocking: bool
    failing: int | None
    total: int
    reason: str | None = None

    def __str__(self) -> str:
        parts = [self.check, f"{self.failing:,} of {self.total:,} rows" if self.failing else "", self.reason or ""]
        return ": ".join(filter(None, parts))


@dataclass(frozen=True)
class PartitionPreview:
    """One batch as the product would make it now.

    Attributes:
        partition: Its key; ``None``: the whole of a product without partitions.
        rows: How many rows were made; ``None``: it could not be made.
        broken: The rules of the product's contract that they break.
        refused: Why the batch would not be published, whatever else; empty: nothing speaks against it.
        quarantined: Rows that would be kept back, while the others are published.
        difference: How it differs from what is published; ``None``: it was not compared.
        not_compared: Why not.
        failed: What the transform said when it failed; empty: it did not.
        not_made: Why it could not be made otherwise, which says nothing of the change; empty: it was, or it failed.
    """

    partition: str | None
    rows: int | None = None
    broken: tuple[BrokenRule, ...] = ()
    refused: str = ""
    quarantined: int = 0
    difference: Difference | None = None
    not_compared: str = ""
    failed: str = ""
    not_made: str = ""

    @property
    def breaks(self) -> bool:
        """Whether a run would not publish it."""
        return bool(self.failed or self.refused or any(rule.blocking for rule in self.broken))

    @property
    def differs(self) -> bool:
        """Whether it is another one than is published."""
        return bool(self.difference) or (self.rows is not None and self.difference is None)


class Outcome(StrEnum):
    """What becomes of a consumer on what was made."""

    HOLDS = "holds"
    BREAKS = "breaks"
    BROKEN_BEFORE = "broken before"
    """It breaks its contract on what is published as well, and by no fewer rows."""
    NOT_TRIED = "not tried"


@dataclass(frozen=True)
class ConsumerPreview:
    """A product that reads what was made.

    Attributes:
        consumer: ``domain/name``.
        partition: Its partition that was tried; ``None``: the whole, or it was not tried.
        outcome: What becomes of it.
        broken: The rules of its contract that the change breaks.
        reason: Why it was not tried, or what its transform said.
    """

    consumer: str
    partition: str | None
    outcome: Outcome
    broken: tuple[BrokenRule, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class ProductPreview:
    """A product.

    Attributes:
        product: ``domain/name``.
        version: Its contract's version; ``None``: it cannot be read.
        parts: Its batches, in the order of their keys.
        consumers: The products of the checkout that read it.
        hidden: Columns whose values are not shown.
        why_not: Why there is no preview of it; empty: there is.
    """

    product: str
    version: str | None
    parts: tuple[PartitionPreview, ...] = ()
    consumers: tuple[ConsumerPreview, ...] = ()
    hidden: tuple[str, ...] = ()
    why_not: str = ""

    @property
    def breaks(self) -> bool:
        """Whether a contract is broken, its own or a consumer's."""
        return any(part.breaks for part in self.parts) or any(
            consumer.outcome is Outcome.BREAKS for consumer in self.consumers
        )

    @property
    def is_unknown(self) -> bool:
        """Whether something of it could not be found out."""
        return bool(self.why_not) or any(part.not_made for part in self.parts)

    @property
    def differs(self) -> bool:
        """Whether anything differs from what is published."""
        return any(part.differs for part in self.parts)


@dataclass(frozen=True)
class Previews:
    """The answer.

    Attributes:
        products: Each product that was asked for.
        why_not: Why no previews were made; empty: they were.
    """

    products: tuple[ProductPreview, ...] = ()
    why_not: str = ""

    @property
    def breaks(self) -> bool:
        """Whether a contract is broken by a result."""
        return any(product.breaks for product in self.products)

    @property
    def is_unknown(self) -> bool:
        """Whether something could not be found out."""
        return any(product.is_unknown for product in self.products)
