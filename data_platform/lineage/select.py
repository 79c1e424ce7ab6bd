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

    from data_platform.lineage.refusals import inputs_of, refused  # noqa: PLC0415

    name = file or "<sql>"
    try:
        with working(f"reading {name}", PARSE_SECONDS):
            statements = sqlglot.parse(sql, dialect=DIALECT)
    except (SqlglotError, RecursionError) as error:
        raise InvalidSelect([_unreadable(error, name)]) from None
    try:
        problems = refused(sql, statements, name)
        if problems:
            raise InvalidSelect(problems)
        tree = next(each for each in statements if isinstance(each, sqlglot.exp.Query))
        inputs, parameters = inputs_of(sql, tree)
    except RecursionError as error:
        raise InvalidSelect([_unreadable(error, name)]) from None
    return Select(sql, name, inputs, parameters, tree)


def _unreadable(error: Exception, file: str) -> Problem:
    if isinstance(error, RecursionError):
        return Problem(1, 1, "the query is nested too deeply", "split it with WITH", file)
    found = (getattr(error, "errors", None) or [{}])[0]
    where = f" at {found['highlight']!r}" if found.get("highlight") else ""
    said = found.get("description") or str(error).splitlines()[0]
    fix = "write one SELECT in DuckDB's SQL; look at what stands right before this place"
    length = max(len(found.get("highlight") or "") - 1, 0)
    column = max((found.get("col") or 1) - length, 1)
    return Problem(found.get("line") or 1, column, f"this is no SQL that can be read{where}: {said}", fix, file)
