"""One SELECT as text: parsed, refused if it is anything else, its inputs found. Nothing is run.

What belongs here: ``read_select``. What does not: the rules of what is refused (``refusals``) and what the query does
with columns (``reading``).
"""

from data_platform.confined.board import PARSE_SECONDS, working
from data_platform.lineage.errors import InvalidSelect, Problem
from data_platform.lineage.model import DIALECT, Select


def read_select(sql: str, *, file: str | None = None) -> Select:
    """Parse a query, in DuckDB's dialect, and find its inputs.

    Args:
        sql: Untrusted text.
        file: The file that it is from, for messages.

    Returns:
        The query.

    Raises:
        InvalidSelect: It cannot be parsed, or is not exactly one SELECT that reads nothing but products and its own
            parts; every problem with file, line, column and what to do.
    """
    import sqlglot  # noqa: PLC0415 - 0.1 s, and whoever reads a graph has no SQL to parse
    from sqlglot.errors import SqlglotError  # noqa: PLC0415

    from data_platform.lineage.refusals import inputs_of, refusals_of  # noqa: PLC0415

    name = file or "<sql>"
    try:
        with working(f"reading {name}", PARSE_SECONDS):
            statements = sqlglot.parse(sql, dialect=DIALECT)
    except (SqlglotError, RecursionError) as error:
        raise InvalidSelect([_unreadable(error, name)]) from None
    try:
        problems = refusals_of(sql, statements, name)
        if problems:
            raise InvalidSelect(problems)
        tree = next(statement for statement in statements if isinstance(statement, sqlglot.exp.Query))
        inputs, parameters = inputs_of(sql, tree)
    except RecursionError as error:
        raise InvalidSelect([_unreadable(error, name)]) from None
    return Select(sql, name, inputs, parameters, tree)


def _unreadable(error: Exception, file: str) -> Problem:
    if isinstance(error, RecursionError):
        return Problem(1, 1, "the query is nested too deeply", "split it with WITH", file)
    detail = (getattr(error, "errors", None) or [{}])[0]
    where = f" at {detail['highlight']!r}" if detail.get("highlight") else ""
    description = detail.get("description") or str(error).splitlines()[0]
    fix = "write one SELECT in DuckDB's SQL; look at what stands right before this place"
    length = max(len(detail.get("highlight") or "") - 1, 0)
    column = max((detail.get("col") or 1) - length, 1)
    return Problem(detail.get("line") or 1, column, f"this is no SQL that can be read{where}: {description}", fix, file)
