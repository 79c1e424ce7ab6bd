"""Errors of the mesh.

What belongs here: the exception tree. What does not: how errors are told (``cli.answers``).

::

    MeshError              (a ValueError) the question cannot be answered: no such product, revision, store
    └── Refused            what was asked for is against the rules, with every reason
"""
# ruff: noqa: N818 - the names say what is wrong, as in `except Refused`

from collections.abc import Iterable


class MeshError(ValueError):
    """What was asked of the mesh cannot be answered; the message says why and what to do."""


class Refused(MeshError):
    """What was asked for is against the rules.

    Attributes:
        reasons: All of them, each with what to do.
    """

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons: tuple[str, ...] = tuple(reasons)
        super().__init__("\n".join(self.reasons))
