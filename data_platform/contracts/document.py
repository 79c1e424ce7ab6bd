"""A contract as plain data, with the line and column of every element.

What belongs here: the document and where its elements stand. What does not: reading it (``source``), and anything that
knows the contract standard.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from data_platform.contracts.findings import Basis, Finding, KeyPath, Position, Severity


@dataclass(frozen=True, slots=True)
class Trap:
    """An unquoted value that YAML 1.1 tools read as something else than YAML 1.2 tools do."""

    path: KeyPath
    text: str
    read_as: str


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """One YAML mapping and where each of its elements stands."""

    file: str
    data: Mapping[str, Any]
    positions: Mapping[KeyPath, Position]
    traps: tuple[Trap, ...] = ()

    def position(self, path: KeyPath) -> Position:
        """Where an element stands: the place of its key, or of its dash in a list; a missing one has its parent's."""
        while path not in self.positions and path:
            path = path[:-1]
        return self.positions.get(path, Position(1, 1))

    def finding(
        self,
        rule: str,
        severity: Severity,
        path: KeyPath,
        message: str,
        fix: str,
        basis: Basis = Basis.POLICY,
    ) -> Finding:
        """A finding about the element at a key path, placed at its line."""
        return Finding(rule, severity, self.file, self.position(path), path, message, fix, basis)


@dataclass(frozen=True, slots=True)
class FileKind:
    """What a file is, for messages about one that cannot be read.

    Attributes:
        noun: What it is called.
        start: The keys that it starts with.
        example: A path of one.
        basis: Who demands its form.
    """

    noun: str
    start: str
    example: str
    basis: Basis

    def unreadable(self, file: str, position: Position, message: str, fix: str) -> Finding:
        """The finding of something that keeps the text from being read at all."""
        return Finding("unreadable", Severity.ERROR, file, position, (), message, fix, self.basis)


CONTRACT: Final = FileKind(
    "contract",
    "apiVersion: v3.1.0, kind: DataContract, id: …",
    "domains/sales/orders_v1/contract.odcs.yaml",
    Basis.STANDARD,
)
