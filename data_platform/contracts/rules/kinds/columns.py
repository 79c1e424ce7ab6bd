"""Columns: which a table, or an object in it, has."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from data_platform.contracts.elements import Property
from data_platform.contracts.properties import ExtraColumns
from data_platform.contracts.rules.model import Declared, Rule, RuleSample, Samples
from data_platform.contracts.rules.paths import Path, stored
from data_platform.contracts.rules.plans import Context, Status, Verdict
from data_platform.contracts.rules.registry import rule_kind
from data_platform.contracts.rules.sources import TableSource
from data_platform.contracts.rules.sql.inside import inside
from data_platform.contracts.rules.sql.values import Value
from data_platform.contracts.stored_types import type_for_table
from data_platform.contracts.types.writing import written


@rule_kind(0)
@dataclass(frozen=True)
class Columns(Rule):
    """These columns (or properties of an object), in any order; names are compared with their case.

    Attributes:
        names: The columns.
        optional: Those that may be missing, and then read as null, each with its type in DuckDB's SQL.
        closed: Whether there may be no others.
    """

    names: tuple[str, ...]
    optional: Mapping[str, str] = field(default_factory=dict)
    closed: bool = True

    def plan(self, path: Path, context: Context) -> Verdict:
        """The verdict: no row has to be looked at."""
        table = context.table
        present = [name for name in table.names if name not in table.absent]
        if path:
            present = []

            def note(value: Value) -> str:
                if value.family in ("null", "struct"):
                    present.extend(self.names if value.family == "null" else value.members)
                return "true"

            inside(Value("", table.column(path[0]).arrow), path[1:], note)
        missing = [name for name in self.names if name not in present]
        problems = {
            "missing": [name for name in missing if name not in self.optional],
            "unexpected": [name for name in present if name not in self.names] if self.closed else [],
            "twice": sorted({name for name in present if present.count(name) > 1}),
        }
        reason = "; ".join(f"{what}: {', '.join(which)}" for what, which in problems.items() if which)
        if reason:
            return Verdict(Status.FAILED, reason=reason)
        return Verdict(Status.PASSED, reason=f"not there, so read as null: {', '.join(missing)}" if missing else None)

    @classmethod
    def of_table(cls, source: TableSource) -> tuple[Declared]:
        """The columns of the table."""
        closed = source.contract.custom.extra_columns is ExtraColumns.REFUSE
        others = "and no others" if closed else "others are left out"
        description = f"The table has these columns{'' if closed else ';'} {others}."
        rule = cls._of(source.table.properties, closed=closed)
        return (Declared(rule, (), ("columns",), description, "conformity"),)

    @classmethod
    def of_object(cls, column: Property, path: Path) -> tuple[Declared]:
        """The properties of an object."""
        return (Declared.at(path, "properties", cls._of(column.properties), "these properties and no others"),)

    @classmethod
    def _of(cls, properties: tuple[Property, ...], *, closed: bool = True) -> "Columns":
        columns = stored(properties)
        optional = {
            column.column: written(type_for_table(column))
            for column in columns
            if not column.required and not column.primary_key
        }
        return cls(tuple(column.column for column in columns), optional, closed)

    @classmethod
    def samples(cls) -> Samples:
        """The properties of an object."""
        rule = cls(("a",))
        return Samples((RuleSample(rule, "STRUCT(a BIGINT)", ({"a": 1}, None), (), None),))
