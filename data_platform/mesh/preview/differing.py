"""How rows that were made differ from rows that are published: counted and sampled by DuckDB, in bounded memory.

What belongs here: the comparison of two sets of rows. What does not: where they are from (``making``).

Rows are told apart by the primary key where both sides have it and it is one on both, which a contract that came later
may not have been; else whole rows are compared, and how often each is there. Beyond its memory DuckDB goes to the
folder of the preview.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.types as pat

from data_platform.contracts.checks.duckdb.session import Limits, locked, time_limit
from data_platform.contracts.checks.results import as_json
from data_platform.mesh.preview.model import Difference, RowChange, Sample
from data_platform.products.masking import MASK
from data_platform.storage.formats.spool import Spool

SAMPLES: Final = 5
"""Rows of each kind that are shown."""

_LONGEST: Final = 80
"""Characters of a value that is shown."""


@dataclass(frozen=True)
class _Pair:
    """A column of both sides: its number in each, and what compares it."""

    name: str
    after: int
    before: int
    as_text: bool

    @property
    def new(self) -> str:
        return f"CAST(a{self.after} AS VARCHAR)" if self.as_text else f"a{self.after}"

    @property
    def old(self) -> str:
        return f"CAST(b{self.before} AS VARCHAR)" if self.as_text else f"b{self.before}"

    @property
    def differs(self) -> str:
        return f"{self.new} IS DISTINCT FROM {self.old}"


def difference(before: Any, after: Spool, key: Sequence[str], *, hidden: frozenset[str], limits: Limits) -> Difference:
    """Compare what was made with what is published.

    Args:
        before: Published rows: a ``schema``, and an Arrow stream.
        after: The rows that were made.
        key: The columns of the primary key; none: there is no key.
        hidden: Columns whose values are masked in the samples.
        limits: What DuckDB may use.

    Raises:
        duckdb.Error: DuckDB cannot compare the values, or has not the memory.
        TimedOutError: It took too long.
    """
    with locked(limits) as connection, time_limit(connection, limits.seconds):
        _load(connection, "a", after.schema, after.dataset())
        _load(connection, "b", before.schema, before)
        return _Comparison(connection, before.schema, after.schema, hidden).by(key)


def _load(connection: duckdb.DuckDBPyConnection, letter: str, schema: pa.Schema, rows: object) -> None:
    """Rows as a table whose columns have numbers, so that no name of others is in a query."""
    names = ", ".join(f"{letter}{number}" for number in range(len(schema.names)))
    connection.register(f"rows_{letter}", rows)
    connection.execute(f"CREATE TABLE {letter} AS SELECT * FROM rows_{letter} AS rows({names})")  # noqa: S608
    connection.unregister(f"rows_{letter}")


class _Comparison:
    """Two tables in DuckDB, ``a`` that was made and ``b`` that is published."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        before: pa.Schema,
        after: pa.Schema,
        hidden: frozenset[str],
    ) -> None:
        self._connection, self._before, self._after = connection, before, after
        self._hidden = hidden
        self._pairs = [
            _Pair(name, after.names.index(name), before.names.index(name), _as_text(before, after, name))
            for name in after.names
            if name in before.names
        ]

    def by(self, key: Sequence[str]) -> Difference:
        keys = [pair for name in key for pair in self._pairs if pair.name == name]
        return self._by_key(keys) if key and len(keys) == len(key) and self._is_key(keys) else self._by_rows()

    def _is_key(self, keys: Sequence[_Pair]) -> bool:
        new, old = (", ".join(parts) for parts in zip(*((pair.new, pair.old) for pair in keys), strict=True))
        twice = " UNION ALL ".join(
            f"(SELECT 1 FROM {table} GROUP BY {columns} HAVING count(*) > 1 LIMIT 1)"  # noqa: S608 - numbered names
            for table, columns in (("a", new), ("b", old))
        )
        return not self._connection.execute(twice).fetchall()

    def _by_key(self, keys: Sequence[_Pair]) -> Difference:
        others = [pair for pair in self._pairs if pair not in keys]
        same = " AND ".join(f"{pair.new} IS NOT DISTINCT FROM {pair.old}" for pair in keys)
        changed = " OR ".join(pair.differs for pair in others) or "false"
        counts = ", ".join(
            f"count(*) FILTER ({condition})"
            for condition in (
                "made IS NOT NULL",
                "published IS NOT NULL",
                "published IS NULL",
                "made IS NULL",
                *(f"made AND published AND ({condition})" for condition in (changed, *(p.differs for p in others))),
            )
        )
        joined = f"(SELECT *, true AS made FROM a) FULL JOIN (SELECT *, true AS published FROM b) ON {same}"  # noqa: S608
        counting = f"SELECT {counts} FROM {joined}"  # noqa: S608
        (rows_after, rows_before, added, removed, number, *of_columns), *_ = self._rows(counting)
        samples = [
            *(self._sample(RowChange.ADDED, "a", "b", same, keys) if added else ()),
            *(self._sample(RowChange.REMOVED, "b", "a", same, keys) if removed else ()),
            *(self._changed(keys, others, same, changed) if number else ()),
        ]
        columns = {pair.name: count for pair, count in zip(others, of_columns, strict=True) if count}
        key = tuple(pair.name for pair in keys)
        return self._difference(rows_before, rows_after, (added, removed, number), columns, key, samples)

    def _sample(self, change: RowChange, table: str, other: str, same: str, keys: Sequence[_Pair]) -> Iterator[Sample]:
        """Rows of one table that the other has not, in the order of their keys."""
        order = ", ".join(pair.new if table == "a" else pair.old for pair in keys)
        query = f"SELECT {table}.* FROM {table} ANTI JOIN {other} ON {same} ORDER BY {order} LIMIT {SAMPLES}"  # noqa: S608
        names = (self._after if table == "a" else self._before).names
        for row in self._rows(query):
            yield Sample(change, self._shown(zip(names, row, strict=True)), {}, {})

    def _changed(self, keys: Sequence[_Pair], others: Sequence[_Pair], same: str, changed: str) -> Iterator[Sample]:
        wanted = [pair.new for pair in keys]
        for pair in others:
            wanted += [f"a{pair.after}", f"b{pair.before}", pair.differs]
        order = ", ".join(pair.new for pair in keys)
        query = f"SELECT {', '.join(wanted)} FROM a JOIN b ON {same} WHERE {changed} ORDER BY {order}"  # noqa: S608
        for row in self._rows(f"{query} LIMIT {SAMPLES}"):
            own = self._shown((pair.name, value) for pair, value in zip(keys, row, strict=False))
            rest = row[len(keys) :]
            values = [(pair.name, *rest[3 * at : 3 * at + 2]) for at, pair in enumerate(others) if rest[3 * at + 2]]
            before = self._shown((name, old) for name, _, old in values)
            after = self._shown((name, new) for name, new, _ in values)
            yield Sample(RowChange.CHANGED, own, before, after)

    def _by_rows(self) -> Difference:
        """Whole rows, of the columns that both have, by how often each is there."""
        (rows_after,), *_ = self._rows("SELECT count(*) FROM a")
        (rows_before,), *_ = self._rows("SELECT count(*) FROM b")
        if not self._pairs:
            return self._difference(rows_before, rows_after, (rows_after, rows_before, 0), {}, (), [])
        numbers = range(len(self._pairs))
        new = ", ".join(f"{pair.new} AS c{at}" for at, pair in enumerate(self._pairs))
        old = ", ".join(f"{pair.old} AS c{at}" for at, pair in enumerate(self._pairs))
        both = f"SELECT {new}, 1 AS times FROM a UNION ALL SELECT {old}, -1 FROM b"  # noqa: S608
        columns = ", ".join(f"c{at}" for at in numbers)
        self._connection.execute(
            f"CREATE TABLE d AS SELECT {columns}, sum(times) AS times FROM ({both}) "  # noqa: S608
            f"GROUP BY {columns} HAVING sum(times) <> 0"
        )
        counted = "coalesce(sum(times) FILTER (times > 0), 0), coalesce(-sum(times) FILTER (times < 0), 0)"
        (added, removed), *_ = self._rows(f"SELECT {counted} FROM d")  # noqa: S608
        by_column: dict[str, int] = {}
        for at, pair in enumerate(self._pairs) if added and removed else ():
            query = f"SELECT {counted} FROM (SELECT sum(times) AS times FROM d GROUP BY c{at})"  # noqa: S608
            (more, fewer), *_ = self._rows(query)
            by_column[pair.name] = int(min(more, fewer))
        samples: list[Sample] = []
        for change, condition in ((RowChange.ADDED, "times > 0"), (RowChange.REMOVED, "times < 0")):
            query = f"SELECT {columns} FROM d WHERE {condition} ORDER BY ALL LIMIT {SAMPLES}"  # noqa: S608
            for row in self._rows(query):
                shown = self._shown((pair.name, value) for pair, value in zip(self._pairs, row, strict=True))
                samples.append(Sample(change, shown, {}, {}))
        differing = {name: count for name, count in by_column.items() if count}
        return self._difference(rows_before, rows_after, (int(added), int(removed), 0), differing, (), samples)

    def _difference(
        self,
        rows_before: int,
        rows_after: int,
        counts: tuple[int, int, int],
        columns: Mapping[str, int],
        key: tuple[str, ...],
        samples: Iterable[Sample],
    ) -> Difference:
        retyped = {
            pair.name: (str(self._before.field(pair.name).type), str(self._after.field(pair.name).type))
            for pair in self._pairs
            if self._before.field(pair.name).type != self._after.field(pair.name).type
        }
        new = tuple(name for name in self._after.names if name not in self._before.names)
        gone = tuple(name for name in self._before.names if name not in self._after.names)
        return Difference(rows_before, rows_after, *counts, columns, key, new, gone, retyped, tuple(samples))

    def _shown(self, values: Iterable[tuple[str, object]]) -> dict[str, object]:
        return {name: value_shown(value, is_hidden=name in self._hidden) for name, value in values}

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(query).fetchall()


def value_shown(value: object, *, is_hidden: bool) -> object:
    """A value as JSON, cut where it is long; a hidden one masked, and nulls as they are."""
    if value is None:
        return None
    plain = MASK if is_hidden else as_json(value)
    if isinstance(plain, bool | int | float):
        return plain
    text = str(plain)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _as_text(before: pa.Schema, after: pa.Schema, name: str) -> bool:
    """Whether the two types of a column have nothing in common but how they are written."""
    first, second = before.field(name).type, after.field(name).type
    return not (first == second or (_is_number(first) and _is_number(second)))


def _is_number(kind: pa.DataType) -> bool:
    return bool(pat.is_integer(kind) or pat.is_floating(kind) or pat.is_decimal(kind))
