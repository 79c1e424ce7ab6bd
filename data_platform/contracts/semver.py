"""Versions as Semantic Versioning 2.0.0 writes and orders them.

What belongs here: parsing and order. What does not: what a change demands of the version (the compatibility rules).
Source: https://semver.org/spec/v2.0.0.html.
"""

import re
from dataclasses import dataclass
from functools import total_ordering
from typing import Final, Self

_NUMBER: Final = r"(0|[1-9][0-9]{0,17})"
_IDENTIFIER: Final = r"(?:0|[1-9][0-9]{0,17}|[0-9]{0,18}[A-Za-z-][0-9A-Za-z-]{0,63})"
_PATTERN: Final = re.compile(
    rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}"
    rf"(?:-({_IDENTIFIER}(?:\.{_IDENTIFIER}){{0,15}}))?"
    r"(?:\+([0-9A-Za-z-]{1,64}(?:\.[0-9A-Za-z-]{1,64}){0,15}))?"
)


@total_ordering
@dataclass(frozen=True, slots=True)
class SemanticVersion:
    """A semantic version. Build metadata is kept and, as the specification demands, never ordered by."""

    major: int
    minor: int
    patch: int
    prerelease: str = ""
    build: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``1.2.3``, ``1.2.3-rc.1`` or ``1.2.3+build``.

        Raises:
            ValueError: The text is no semantic version.
        """
        match = _PATTERN.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is no semantic version; write it as major.minor.patch, such as 1.0.0")
        major, minor, patch, prerelease, build = match.groups()
        return cls(int(major), int(minor), int(patch), prerelease or "", build or "")

    def __lt__(self, other: "SemanticVersion") -> bool:
        return self._order() < other._order()

    def __str__(self) -> str:
        text = f"{self.major}.{self.minor}.{self.patch}"
        text += f"-{self.prerelease}" if self.prerelease else ""
        return text + (f"+{self.build}" if self.build else "")

    def _order(self) -> tuple[int, int, int, bool, list[tuple[bool, int, str]]]:
        parts = [(not p.isdigit(), int(p) if p.isdigit() else 0, p) for p in self.prerelease.split(".")]
        return self.major, self.minor, self.patch, not self.prerelease, parts
