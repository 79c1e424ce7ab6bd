"""What other formats say of a rule, where they can.

What belongs here: their words as plain values. What does not: whole documents in these formats
(``contracts.exchange``).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class DbtTest(NamedTuple):
    """A data test of a column, as dbt has it.

    Attributes:
        name: The test.
        arguments: Its arguments; a test without any is written by its name alone.
        warns: Whether a failure is a warning.
    """

    name: str
    arguments: Mapping[str, object] = MappingProxyType({})
    warns: bool = False

    def written(self) -> object:
        """The entry of ``data_tests``."""
        if not self.arguments:
            return self.name
        config = {"config": {"severity": "warn"}} if self.warns else {}
        return {self.name: {"arguments": dict(self.arguments), **config}}
