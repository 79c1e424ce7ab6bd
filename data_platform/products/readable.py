"""What may be read of a product: of one that is made here, and of an imported one by its contract alone.

What belongs here: the names that both have. What does not: reading (``mesh.overview.reading``).
"""

from dataclasses import dataclass
from typing import Protocol

from data_platform.contracts.checks.compiling import classified_columns
from data_platform.contracts.elements import SchemaObject
from data_platform.contracts.model import Contract


class Readable(Protocol):
    """What may be read: a product that is made here, or an imported one."""

    @property
    def key(self) -> str:
        """``domain/name``."""

    @property
    def schema(self) -> SchemaObject:
        """Its table."""

    @property
    def partition_column(self) -> str | None:
        """The column that holds the partition's key, if it has partitions."""

    @property
    def classified(self) -> frozenset[str]:
        """Columns whose values are not shown."""


@dataclass(frozen=True)
class ImportedProduct:
    """A product of another repository, as far as its contract tells.

    Attributes:
        key: ``domain/name``.
        contract: Its contract, with a table.
    """

    key: str
    contract: Contract

    @property
    def schema(self) -> SchemaObject:
        """See ``Readable``."""
        return self.contract.schemas[0]

    @property
    def partition_column(self) -> str | None:
        """See ``Readable``."""
        return next((column.column for column in self.schema.partition_key), None)

    @property
    def classified(self) -> frozenset[str]:
        """See ``Readable``."""
        return classified_columns(self.schema)
