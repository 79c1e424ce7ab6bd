"""Columns of text that would be numbers or days, but for a few values: which rows have those, and what.

What belongs here: one question to the file for each such column, and the sentence. What does not: the profile.

Somebody who has `12,50 €` in one row of a thousand expects a number, and is to be told why it is none, and where.
"""

from collections.abc import Collection, Iterator
from typing import Final

from data_platform.ingestion.table_files import FileOfRows, quoted
from data_platform.mesh.scaffold.profile import ColumnProfile

_LEAST_SHARE: Final = 0.9
"""Of the values that are there, so many have to be of the type: else the column is of texts."""
_LEAST_ROWS: Final = 5
_SHOWN: Final = 3
_LONGEST: Final = 40
_KINDS: Final = {"a number": "DOUBLE", "a date or time": "TIMESTAMP"}


def misfits(file: FileOfRows, columns: Collection[ColumnProfile], private: Collection[str]) -> Iterator[str]:
    """What to tell of each such column.

    Args:
        file: The file, opened; only of text files, where every value is a text at first.
        columns: Its columns, as they were found.
        private: Those that are judged personal, of which no value is shown.
    """
    for column in columns:
        if file.kind == "parquet" or column.sql != "VARCHAR":
            continue
        c = quoted(column.name)
        for what, kind in _KINDS.items():
            fits = f"TRY_CAST({c} AS {kind}) IS NOT NULL"
            query = f"SELECT count({c}), count(*) FILTER (WHERE {c} IS NOT NULL AND NOT {fits}) FROM rows"  # noqa: S608
            there, wrong = file.connection.execute(query).fetchone() or (0, 0)
            if there >= _LEAST_ROWS and 0 < wrong <= (1 - _LEAST_SHARE) * there:
                yield _sentence(file, column.name, what, fits, (there, wrong), is_private=column.name in private)
                break


def _sentence(file: FileOfRows, name: str, what: str, fits: str, counts: tuple[int, int], *, is_private: bool) -> str:
    there, wrong = counts
    c = quoted(name)
    numbered = f"SELECT row_number() OVER () AS row, {c} AS value, {fits} AS fits FROM rows"  # noqa: S608
    query = f"SELECT row, value FROM ({numbered}) WHERE value IS NOT NULL AND NOT fits ORDER BY row LIMIT {_SHOWN}"  # noqa: S608
    rows = file.connection.execute(query).fetchall()
    shown = ", ".join(f"row {row}" if is_private else f"row {row} has {value[:_LONGEST]!r}" for row, value in rows)
    more = f" and {wrong - len(rows):,} more" if wrong > len(rows) else ""
    values = "1 value is" if wrong == 1 else f"{wrong:,} values are"
    return (
        f"{name} is text, for {values} not {what} as the other {there - wrong:,} are: {shown}{more} (rows are counted "
        "below the line of names); mend the file and run this again, or type the column in the transform"
    )
