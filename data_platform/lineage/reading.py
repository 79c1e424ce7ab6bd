"""What a query does with the columns of its inputs: which it reads, how, and which of its own are made of them.

What belongs here: ``read_columns``. What does not: parsing (``select``), and the walk through the query's parts
(``usage``, ``origins``).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from data_platform.confined.board import PARSE_SECONDS, working
from data_platform.lineage.errors import InvalidSelect, Problem, did_you_mean
from data_platform.lineage.model import Input, Reading, Schemas, Select, Use

if TYPE_CHECKING:
    from data_platform.lineage.qualified import Qualified


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
    from data_platform.lineage.origins import outputs_of  # noqa: PLC0415
    from data_platform.lineage.qualified import qualified  # noqa: PLC0415
    from data_platform.lineage.usage import Needs  # noqa: PLC0415 - sqlglot takes 0.1 s

    by_name = {name.lower(): columns for name, columns in schemas.items()}
    if unknown := [_unknown(table, select.file, schemas) for table in select.inputs if table.product not in by_name]:
        raise InvalidSelect(unknown)
    with working(f"following the columns of {select.file}", PARSE_SECONDS):
        query = qualified(select, {name: by_name[name] for name in select.products})
        needs = Needs(query)
        outputs, problems = outputs_of(query)
    if problems:
        raise InvalidSelect(problems)
    return Reading(_spelled(needs.uses, query), outputs)


def _spelled(
    uses: Mapping[str, Mapping[str, set[Use]]], query: "Qualified"
) -> Mapping[str, Mapping[str, frozenset[Use]]]:
    """The uses with columns as the schemas write them, in the schemas' order."""
    return {
        product: {
            name: frozenset(uses[product][name.lower()])
            for name in query.schemas[product]
            if uses.get(product, {}).get(name.lower())
        }
        for product in query.select.products
    }


def _unknown(table: Input, file: str, schemas: Schemas) -> Problem:
    fix = did_you_mean(table.product, schemas)
    return Problem(table.line, table.column, f"there is no product {table.product}", fix, file)
