"""Foreign keys: ``relationships`` of a property or of a table.

Another table of the contract goes by its own name, another product by ``domain/product``. A key with a null in it
passes.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from data_platform.contracts.elements import Property, Relationship, SchemaObject
from data_platform.contracts.model import Contract
from data_platform.contracts.properties import RelationshipSeverity, relationship_severity
from data_platform.contracts.references import Reference
from data_platform.contracts.rules.comparing.differences import Answer
from data_platform.contracts.rules.exporting import DbtTest
from data_platform.contracts.rules.kinds.unevaluated import Unevaluated
from data_platform.contracts.rules.model import Declared, Rule, RuleSample, Samples
from data_platform.contracts.rules.paths import ITEMS, Path, located, shown
from data_platform.contracts.rules.plans import Context, Plan, Table, judge_none
from data_platform.contracts.rules.registry import rule_kind
from data_platform.contracts.rules.sources import TableSource
from data_platform.contracts.rules.sql import keys
from data_platform.contracts.rules.sql.values import UnevaluableError, UnfitValueError


@rule_kind(500)
@dataclass(frozen=True)
class ForeignKey(Rule):
    """Every key is in another table.

    Attributes:
        columns: The columns of the key, here.
        table: The other table's name; the checked table's own for a reference to itself.
        to_columns: The columns of the key, there.
    """

    columns: tuple[Path, ...]
    table: str
    to_columns: tuple[str, ...]

    def plan(self, _: Path, context: Context) -> Plan:
        """The rows whose key is not there, counted by one anti join."""
        other = self._other(context)
        columns = [context.table.key(path) for path in self.columns]
        there = [other.column(name) for name in self.to_columns]
        expressions = []
        for path, value in zip(self.columns, there, strict=True):
            own = context.table.column(path[0])
            if len(path) == 1 and not keys.comparable(own, value):
                message = f"is {own.arrow}, and what it refers to in {self.table!r} is {value.arrow}"
                raise UnfitValueError(f"{message}: no value can be in both")
            expressions.append(value.sql)
        count = partial(keys.dangling_count, columns, other.relation, expressions)
        flag = keys.is_dangling(columns, other.relation, expressions)
        return Plan(judge_none, query=count(), by_part=count, of_no_rows=(0,), flag=flag, row_level=True)

    def _other(self, context: Context) -> Table:
        if self.table == context.table.name:
            return context.table
        if context.others is None:
            raise UnevaluableError(f"table {self.table!r}, which it refers to, was not given")
        if self.table not in context.others:
            given = sorted(context.others)
            raise UnfitValueError(f"refers to table {self.table!r}, which was not given; given are {given}")
        return context.others[self.table]

    def implies(self, other: "ForeignKey", _: str | None) -> Answer:
        """Whether both lead from the same columns to the same columns, in whatever order."""
        return self.table == other.table and self._ends() == other._ends()  # noqa: SLF001 - its own kind

    def _ends(self) -> frozenset[tuple[Path, str]]:
        return frozenset(zip(self.columns, self.to_columns, strict=False))

    def renamed(self, moved: Mapping[Path, Path]) -> "ForeignKey":
        """The same with its own columns called as they are now."""
        return replace(self, columns=tuple(moved.get(path, path) for path in self.columns))

    @classmethod
    def of_table(cls, source: TableSource) -> Iterator[Declared]:
        """One rule a relationship, those of properties first."""
        table = source.table
        pairs: list[tuple[Relationship, tuple[Path, ...]]] = [
            (relationship, (path,)) for path, owner in located(table.properties) for relationship in owner.relationships
        ]
        pairs += [(relationship, _sources(relationship, table)) for relationship in table.relationships]
        for relationship, columns in pairs:
            names = ", ".join(shown(path) for path in columns)
            yield Declared(
                _rule(relationship, columns, source),
                columns[0] if len(columns) == 1 else (),
                (names, relationship.id or "foreign_key"),
                f"{names}: is in {', '.join(relationship.target)}.",
                "consistency",
                warns=relationship_severity(relationship) is RelationshipSeverity.WARNING,
            )

    @classmethod
    def dbt_tests(cls, column: Property, _: SchemaObject) -> Iterator[DbtTest]:
        """References to other products, whose models are called as they are."""
        for relationship in column.relationships:
            for text in relationship.target:
                with suppress(ValueError):
                    reference = Reference.parse(text)
                    if reference.product:
                        model = reference.product.partition("/")[2]
                        yield DbtTest("relationships", {"to": f"ref('{model}')", "field": reference.steps[-1]})

    @classmethod
    def samples(cls) -> Samples:
        """A table that refers to itself."""
        to_itself = cls((("v", "a"),), "t", ("w",))
        data = ({"a": 1}, {"a": None}, None)
        return Samples((RuleSample(to_itself, "STRUCT(a BIGINT)", data, ({"a": 9}, {"a": 0}), path=()),))


def _sources(relationship: Relationship, table: SchemaObject) -> tuple[Path, ...]:
    paths = []
    for text in relationship.source:
        name = text.rpartition("#")[2].rpartition("/" if "/" in text else ".")[2]
        column = next(
            (candidate.column for candidate in table.properties if name in (candidate.name, candidate.id)), name
        )
        paths.append((column,))
    return tuple(paths) or (("",),)


def _rule(relationship: Relationship, columns: tuple[Path, ...], source: TableSource) -> Rule:
    if any(ITEMS in path for path in columns):
        return Unevaluated("a foreign key inside an array is not evaluated")
    if len(columns) != len(relationship.target) or not relationship.target:
        return Unevaluated(f"{len(columns)} columns refer to {len(relationship.target)}")
    ends = []
    for text in relationship.target:
        try:
            ends.append(_end(Reference.parse(text), source))
        except ValueError as error:
            return Unevaluated(str(error))
    tables = {table for table, _ in ends}
    if len(tables) != 1:
        return Unevaluated(f"one foreign key into several tables: {sorted(tables)}")
    return ForeignKey(columns, tables.pop(), tuple(column for _, column in ends))


def _end(reference: Reference, source: TableSource) -> tuple[str, str]:
    """Table and column at the far end; a reference by id without a resolver is taken for one by name."""
    other: Contract | None = source.contract
    if reference.product is not None:
        other = source.resolver.lookup(reference.product) if source.resolver else None
    target = reference.find(other) if other else None
    if len(reference.steps) != 2:  # noqa: PLR2004 - table and column
        raise ValueError("a foreign key to a nested property is not evaluated")
    if target is None and reference.product is None:
        raise ValueError(f"there is no {'.'.join(reference.steps)} in the contract")
    column = target[1].column if target else reference.steps[1]
    return reference.product or (target[0].name if target else reference.steps[0]), column
