"""A query, what it reads and what it makes, as plain values.

What belongs here: the values that ``read_select`` and ``read_columns`` give. What does not: how they are found
(``select``, ``reading``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sqlglot import exp

DIALECT: Final = "duckdb"

Schemas = Mapping[str, Mapping[str, str | None]]
"""For each product, ``domain.name``, its columns with their DuckDB types; ``None`` where a type is not known."""


@dataclass(frozen=True, slots=True)
class Input:
    """A product that a query names.

    Attributes:
        product: ``domain.name``, in lower case, as DuckDB compares names.
        line: Where it is named first, from 1.
        column: The column of that, from 1.
    """

    product: str
    line: int
    column: int


@dataclass(frozen=True)
class Select:
    """A query that was parsed and is one SELECT over products.

    Attributes:
        sql: Its text, as given.
        file: Where it is from, for messages.
        inputs: The products that it names, by name.
        parameters: The names of its parameters, written ``$name``.
        tree: sqlglot's tree of it; copy it before changing it.
    """

    sql: str
    file: str
    inputs: tuple[Input, ...]
    parameters: frozenset[str]
    tree: "exp.Query" = field(repr=False, compare=False)

    @cached_property
    def products(self) -> tuple[str, ...]:
        """The products that it names, sorted."""
        return tuple(table.product for table in self.inputs)


class Use(StrEnum):
    """What a query uses a column for."""

    SELECT = "select"
    """Its values reach the output, as they are or as part of a computation."""
    FILTER = "filter"
    """WHERE, HAVING, QUALIFY, FILTER (...), LIMIT."""
    JOIN = "join"
    """ON, USING, and what is unnested or given to a lateral part."""
    GROUP = "group"
    """GROUP BY, DISTINCT, and set operations other than UNION ALL."""
    ORDER = "order"
    """ORDER BY."""
    WINDOW = "window"
    """Inside ``f(...) OVER (...)``, arguments included."""
    NAMED = "named"
    """The text names it, yet no value of it can change the result.

    Without the column the query breaks all the same, unless all that names it is a WITH that nothing reads: DuckDB does
    not look into those.
    """


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """A column of an input that a column of the output is made of.

    Attributes:
        product: The input, ``domain.name``.
        column: Its column.
        copied: Whether the output has the values as they are; otherwise they are computed.
    """

    product: str
    column: str
    copied: bool


@dataclass(frozen=True, slots=True)
class Output:
    """A column of the result.

    Attributes:
        name: Its name.
        type: Its DuckDB type, where it can be told from the text and the inputs' types.
        sources: What it is made of; what only chooses rows (filters, joins) is not among them.
    """

    name: str
    type: str | None
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a query does with its inputs.

    Attributes:
        columns: For each input, the columns that matter to the query, each with its uses. An input of which only rows
            are counted has none.
        outputs: The columns of the result, in their order.
    """

    columns: Mapping[str, Mapping[str, frozenset[Use]]]
    outputs: tuple[Output, ...]

    def reads(self, product: str) -> frozenset[str]:
        """The columns of an input whose values can change the result, in its own spelling."""
        return frozenset(name for name, uses in self.columns[product].items() if uses != {Use.NAMED})

    def named(self, product: str) -> frozenset[str]:
        """The columns of an input that the text names for nothing: any value will do, but the column has to be."""
        return frozenset(self.columns[product]) - self.reads(product)
