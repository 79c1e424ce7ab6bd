"""Asking DuckDB within a time limit, and what is said where it cannot answer.

What belongs here: running one query, trusted or not. What does not: which queries, in which order
(``executor``, ``parts``).
"""

from collections.abc import Collection, Sequence
from typing import Any, Final

import duckdb
import numpy as np

from data_platform.contracts.checks.duckdb.session import (
    TimedOutError,
    UnsafeSqlError,
    check_select,
    time_limit,
    too_large,
)
from data_platform.contracts.checks.duckdb.sql import NoNumberError, one_number
from data_platform.contracts.checks.duckdb.table import BatchTable, named_view
from data_platform.contracts.checks.results import Status
from data_platform.contracts.rules.plans import Verdict
from data_platform.contracts.rules.sql.keys import ROWS
from data_platform.contracts.rules.sql.values import UnfitValueError

_MOST_HASHES: Final = 4_000_000

AnswersOrVerdict = Sequence[Any] | Verdict
"""The answers, or the verdict that there are none."""


class Questions:
    """What can be asked on one connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, seconds: float, classified: Collection[str]) -> None:
        """Nothing is asked yet.

        Args:
            connection: A locked one.
            seconds: The longest that one query may run.
            classified: Columns whose values must not be shown; with any, messages are withheld that could show one.
        """
        self._connection, self._seconds, self._classified = connection, seconds, classified

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """All rows of a query of ours.

        Raises:
            TimedOutError: It took too long.
            duckdb.Error: It cannot be run.
        """
        with time_limit(self._connection, self._seconds):
            return self._connection.execute(query).fetchall()

    def row(self, query: str) -> tuple[Any, ...]:
        """The one row of a query of ours.

        Raises:
            TimedOutError: It took too long.
            duckdb.Error: It cannot be run.
        """
        rows = self.rows(query)
        return rows[0] if rows else ()

    def are_distinct(self, keys: Sequence[str]) -> bool:
        """Whether no key is there twice; false also where that cannot be told cheaply, and where keys have nulls.

        Keys whose hashes differ are different. Sorting these costs half of what grouping the keys does.

        Args:
            keys: The expressions of the key.
        """
        try:
            if self.row(f"SELECT count(*) FROM {ROWS}")[0] > _MOST_HASHES:  # noqa: S608 - ours
                return False
            with time_limit(self._connection, self._seconds):
                query = f"SELECT hash({', '.join(keys)}) AS hash FROM {ROWS}"  # noqa: S608 - ours
                hashes = np.asarray(self._connection.execute(query).fetchnumpy()["hash"])
        except (TimedOutError, duckdb.Error):
            return False
        hashes.sort()
        return not bool((hashes[1:] == hashes[:-1]).any())

    def answers(self, query: str) -> AnswersOrVerdict:
        """The one row of a query of ours, or the verdict that it cannot be run."""
        try:
            return self.row(query)
        except (TimedOutError, duckdb.Error) as error:
            return self.unanswered(error)

    def permitted(self, query: str, tables: Sequence[BatchTable]) -> Verdict | None:
        """Make tables readable by a SQL rule and let it pass; or the verdict that it may not be run.

        Args:
            query: The rule, with its placeholders filled in.
            tables: What it may read.
        """
        try:
            for table in tables:
                named_view(self._connection, table)
            check_select(self._connection, query, [table.name for table in tables])
        except (UnsafeSqlError, UnfitValueError, duckdb.Error) as error:
            return self.unanswered(error)
        return None

    def number(self, query: str) -> AnswersOrVerdict:
        """The one number of a permitted SQL rule, or the verdict that it gives none."""
        try:
            with time_limit(self._connection, self._seconds):
                return [one_number(self._connection.execute(query))]
        except (NoNumberError, TimedOutError, UnfitValueError, duckdb.Error) as error:
            return self.unanswered(error)

    def unanswered(self, error: Exception) -> Verdict:
        """The verdict where a question cannot be answered."""
        return Verdict(Status.ERROR, reason=self.message_of(error))

    def message_of(self, error: Exception) -> str:
        """A message, unless it is DuckDB's and could repeat a value that must not be shown."""
        if isinstance(error, duckdb.OutOfMemoryException | MemoryError):
            return too_large()
        if not isinstance(error, duckdb.Error):
            return str(error)
        if self._classified and not isinstance(error, duckdb.BinderException | duckdb.CatalogException):
            return f"{type(error).__name__} (details withheld: the table has classified columns)"
        return str(error).splitlines()[0]
