"""The one table of compatibility: every kind of change, what it does, and to whom.

What belongs here: the rows, put together from their sections in the order of the documentation. What does not: the
meaning of the eight modes, which follows from a row's two readings (``modes``).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from data_platform.contracts.compatibility import table_contract, table_rules, table_schema
from data_platform.contracts.compatibility.effects import Effect
from data_platform.contracts.compatibility.kinds import Kind

SECTIONS: Final[Mapping[str, Mapping[Kind, Effect]]] = MappingProxyType(
    {
        "Tables and keys": table_schema.TABLES,
        "Columns": table_schema.COLUMNS,
        "Types": table_schema.TYPES,
        "Values": table_rules.VALUES,
        "References and quality rules": table_rules.RULES,
        "Service levels": table_contract.SERVICE,
        "Publishing": table_contract.PUBLISHING,
        "Identity, life and documentation": table_contract.IDENTITY,
    }
)
"""The rows by heading."""

TABLE: Final[Mapping[Kind, Effect]] = MappingProxyType(
    {kind: effect for section in SECTIONS.values() for kind, effect in section.items()}
)
"""All rows; a test holds that every kind has one."""
