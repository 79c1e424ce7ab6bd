"""What is found in a contract: where, how bad, what is wrong and how to fix it.

What belongs here: the shape of a finding and how it reads on a terminal. What does not: how anything is found.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]
"""Where an element is in a contract: keys of mappings and indexes of lists, from the root down."""

_LONGEST_QUOTE = 60


class Severity(StrEnum):
    """How bad a finding is: an ``error`` keeps a contract from loading, the others never do."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Basis(StrEnum):
    """Who demands what a finding asks for."""

    STANDARD = "standard"
    """The Open Data Contract Standard: its JSON Schema or its words."""
    POLICY = "policy"
    """This platform, beyond the standard: what it needs to publish, to enforce and to find a product."""


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a file, counted from 1 as editors do."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong or doubtful in a contract."""

    rule: str
    severity: Severity
    file: str
    position: Position
    path: KeyPath
    message: str
    fix: str
    basis: Basis = Basis.POLICY

    @property
    def line(self) -> int:
        """The line of the element that the finding is about, from 1."""
        return self.position.line

    @property
    def column(self) -> int:
        """The column of the element that the finding is about, from 1."""
        return self.position.column

    @property
    def key(self) -> str:
        """The key path as text: ``schema[0].properties[2].name``; empty for the whole contract."""
        return key_text(self.path)

    def __str__(self) -> str:
        return self.shown_as(self.file)

    def shown_as(self, file: str) -> str:
        """The finding in one line, as editors and terminals know it, under a name of its file."""
        place = f"{file}:{self.line}:{self.column}"
        subject = f"{self.key}: " if self.path else ""
        return f"{place}: {self.severity}[{self.rule}]: {subject}{self.message}. Fix: {self.fix} [{self.basis}]"


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """The findings without repetitions, by place in the file; at one place, the worst first."""
    rank = {severity: number for number, severity in enumerate(Severity)}
    unique = {(finding.rule, finding.path, finding.message): finding for finding in findings}
    return sorted(
        unique.values(), key=lambda finding: (finding.position, rank[finding.severity], finding.rule, finding.message)
    )


def key_text(path: KeyPath) -> str:
    """A key path as people write it: ``("schema", 0, "name")`` is ``schema[0].name``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def quoted(value: object) -> str:
    """A value as it is shown in a message: text in quotes, YAML's spelling of flags, cut where it is long."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    text = f"'{value}'" if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"
