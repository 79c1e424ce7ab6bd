"""Types: ``logicalType`` and ``physicalType`` of a property.

Whatever fits without loss is of a type, whatever carries it (``sql.fitting``). Types are compared with all else that a
column promises, in ``contracts.compatibility.types``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from data_platform.contracts.elements import Property
from data_platform.contracts.rules.model import Declared, Rule, RuleSample, Samples
from data_platform.contracts.rules.paths import Path, shown
from data_platform.contracts.rules.plans import Context, Plan, Status, Verdict, rows
from data_platform.contracts.rules.registry import rule_kind
from data_platform.contracts.rules.sql.fitting import Misfit, logical_misfit, physical_misfit
from data_platform.contracts.rules.sql.inside import inside
from data_platform.contracts.rules.sql.values import Value
from data_platform.contracts.types.names import Dialect


class _Typed(Rule):
    """A rule about the type of a value."""

    def misfit(self, value: Value) -> Misfit:
        """What keeps a value from being of the type.

        Raises:
            UnknownTypeError: The type is not known.
        """
        raise NotImplementedError

    def plan(self, path: Path, context: Context) -> Plan | Verdict:
        """The verdict by the column's own type; where that does not settle it, whether its values are of the type."""
        table, column = context.table, context.table.column(path[0])
        misfits: list[Misfit] = []

        def note(value: Value) -> str:
            misfits.append(self.misfit(value))
            return misfits[-1].values or "false"

        flag = inside(column, path[1:], note)
        if misfits[-1].reason:
            return Verdict(Status.FAILED, reason=f"{shown(path)} {misfits[-1].reason}")
        if table.is_text and len(path) == 1 and path[0] not in table.absent:
            return rows(f"({table.raw(path[0])} IS NOT NULL AND ({column.sql} IS NULL OR {flag}))")
        return rows(flag) if misfits[-1].values else Verdict(Status.PASSED)


@rule_kind(10)
@dataclass(frozen=True)
class LogicalType(_Typed):
    """The ODCS logical type of a column; ``options``: its ``timezone``, ``dimensions``, ``format`` where given.

    Attributes:
        logical: The type.
        options: Those of the options that say what is of the type.
        in_json: Whether the values are JSON in text, as the physical type says.
    """

    logical: str
    options: Mapping[str, object] = field(default_factory=dict)
    in_json: bool = False

    def misfit(self, value: Value) -> Misfit:
        """What keeps a value from being of the type."""
        return logical_misfit(self.logical, self.options, value, in_json=self.in_json)

    @classmethod
    def of_property(cls, column: Property, path: Path) -> Iterator[Declared]:
        """The rule of the key."""
        if column.logical_type:
            options = column.logical_type_options
            kept = {key: options[key] for key in ("timezone", "dimensions", "format") if key in options}
            in_json = column.column_type is not None and column.column_type.family == "json"
            rule = cls(column.logical_type, kept, in_json)
            yield Declared.at(path, "type", rule, f"of logical type {column.logical_type}")

    @classmethod
    def samples(cls) -> Samples:
        """Whole numbers in a column of floats."""
        return Samples((RuleSample(cls("integer"), "DOUBLE", (7.0, None), (7.5, float("nan")), 2),))


@rule_kind(20)
@dataclass(frozen=True)
class PhysicalType(_Typed):
    """A physical type as SQL writes it: ``VARCHAR(10)``, ``DECIMAL(10,2)``. What fits without loss is of that type.

    Attributes:
        physical: As it is written.
        dialect: Whose SQL that is.
    """

    physical: str
    dialect: Dialect = Dialect.DUCKDB

    def misfit(self, value: Value) -> Misfit:
        """What keeps a value from being of the type."""
        return physical_misfit(self.physical, self.dialect, value)

    @classmethod
    def of_property(cls, column: Property, path: Path) -> Iterator[Declared]:
        """The rule of the key."""
        if column.physical_type:
            rule = cls(column.physical_type, column.dialect)
            yield Declared.at(path, "physical_type", rule, f"fits into {column.physical_type}")

    @classmethod
    def samples(cls) -> Samples:
        """Texts of at most two code points."""
        return Samples((RuleSample(cls("VARCHAR(2)"), "VARCHAR", ("ab", "👍🏽", None), ("abc", "ab")),))
