"""What a query does with the columns of its inputs: which it reads, how, and which of its own are made of them.

What belongs here: ``read_columns`` and what it returns. What does not: parsing (``select``), and the walk through the
query's parts (``needs``, ``origins``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from data_platform.confined.board import PARSE_SECONDS, working
from data_platform.lineage.errors import InvalidSelect, Problem, did_you_mean
from data_platform.lineage.select import Input, Select

if TYPE_CHECKING:
    from data_platform.lineage.qualified import Qualified

Schemas = Mapping[str, Mapping[str, str | None]]
"""For each product, ``domain.name``, its columns with their DuckDB types; ``None`` where a type is not known."""


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


def read_columns(select: Select, schemas: Schemas) -> Reading:
    """Find which columns of its inputs a query reads, and how.

    A column is read if its values can change the result: those of parts that nothing uses (a projection of a WITH that
    no one reads) are not, even where ``*`` brings them in. Names are compared without regard to case, as DuckDB does.

    Args:
        select: The query.
        schemas: The columns of at least its inputs.

    Returns:
        Columns and outputs, in the spelling of ``schemas`` and of the query.

    Raises:
        InvalidSelect: A product or column that is not there or is ambiguous, an output column without a name or with
            that of another, or something that cannot be followed; every problem with its place and what to do.
    """
    from data_platform.lineage.needs import Needs  # noqa: PLC0415 - sqlglot takes 0.1 s
    from data_platform.lineage.origins import outputs_of  # noqa: PLC0415
    from data_platform.lineage.qualified import qualified  # noqa: PLC0415

    by_name = {name.lower(): columns for name, columns in schemas.items()}
    if unknown := [_unknown(each, select.file, schemas) for each in select.inputs if each.product not in by_name]:
        raise InvalidSelect(unknown)
    with working(f"following the columns of {select.file}", PARSE_SECONDS):
        query = qualified(select, {name: by_name[name] for name in select.products})
        needs = Needs(query)
        outputs, problems = outputs_of(query)
    if problems:
        raise InvalidSelect(problems)
    return Reading(_spelled(needs.found, query), outputs)


def _spelled(
    found: Mapping[str, Mapping[str, set[Use]]], query: "Qualified"
) -> Mapping[str, Mapping[str, frozenset[Use]]]:
    """The uses with columns as the schemas write them, in the schemas' order."""
    return {
        product: {
            name: frozenset(found[product][name.lower()])
            for name in query.schemas[product]
            if found.get(product, {}).get(name.lower())
        }
        for product in query.select.products
    }


def _unknown(each: Input, file: str, schemas: Schemas) -> Problem:
    fix = did_you_mean(each.product, schemas)
    return Problem(each.line, each.column, f"there is no product {each.product}", fix, file)
