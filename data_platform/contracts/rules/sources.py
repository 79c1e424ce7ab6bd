"""What kinds of rules are asked about, and what they say is wrong with it.

What belongs here: a table and an entry of ``quality`` as a kind sees them, and one thing that is wrong. What does not:
rules.
"""

from typing import NamedTuple

from data_platform.contracts.elements import Property, QualityRule, SchemaObject
from data_platform.contracts.findings import KeyPath
from data_platform.contracts.model import Contract
from data_platform.contracts.references import Resolver
from data_platform.contracts.rules.paths import Path


class Wrong(NamedTuple):
    """What is wrong with how a rule is written.

    Attributes:
        lint: The id of the lint's rule that tells it, as ``docs/contracts.md`` lists it.
        path: The element.
        message: What is wrong.
        fix: What to write.
    """

    lint: str
    path: KeyPath
    message: str
    fix: str


class TableSource(NamedTuple):
    """What a table's rules are made of.

    Attributes:
        contract: The contract.
        table: One of its tables.
        resolver: Knows the contracts of other products, for references by id; may be missing.
    """

    contract: Contract
    table: SchemaObject
    resolver: Resolver | None = None


class QualitySource(NamedTuple):
    """What the rule of an entry of ``quality`` is made of.

    Attributes:
        entry: The entry.
        path: The property that it is written at; empty for the table.
        owner: This property.
        table: The table, to which the properties that the entry names belong.
    """

    entry: QualityRule
    path: Path
    owner: Property | None
    table: SchemaObject

    def column(self, name: str) -> Path:
        """The path of a column that the entry names as the contract does."""
        column = self.table.find(name)
        return (column.column if column else name,)
