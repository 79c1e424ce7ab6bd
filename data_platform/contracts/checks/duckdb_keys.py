"""Rules that compare rows with rows: keys, references and gaps between instants, as queries of their own.

What belongs here: SQL for counting and for marking. What does not: judging the counts (``duckdb_plan``).

Each key is one GROUP BY, whatever number of rules asks about it; a reference is one anti join that reads only the
columns of the key.
"""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.types as pt

from data_platform.contracts.checks.arrow_types import family, storage
from data_platform.contracts.checks.duckdb_table import ROWS, BatchTable
from data_platform.contracts.checks.duckdb_values import UnfitValueError, text_literal
from data_platform.contracts.checks.rules import Timeliness


def repeated_count(keys: Sequence[str]) -> str:
    """Query of two numbers: rows whose key is not the only one of its kind, and rows that repeat an earlier one.

    Keys with a null in them are left out.
    """
    groups = f"SELECT count(*) AS n FROM {ROWS} GROUP BY {_list(keys)} HAVING count(*) > 1 AND {_no_null(keys)}"  # noqa: S608
    return f"SELECT coalesce(sum(n), 0), coalesce(sum(n - 1), 0) FROM ({groups})"  # noqa: S608


def is_repeated(keys: Sequence[str]) -> str:
    """Whether a row's key is not the only one of its kind."""
    groups = f"SELECT {_list(keys)} FROM {ROWS} GROUP BY {_list(keys)} HAVING count(*) > 1 AND {_no_null(keys)}"  # noqa: S608
    return f"coalesce(({_list(keys)}) IN ({groups}), false)"


def has_null(keys: Sequence[str]) -> str:
    """Whether a part of a row's key is null."""
    return "(" + " OR ".join(f"{key} IS NULL" for key in keys) + ")"


def dangling_count(keys: Sequence[str], other: BatchTable, to_keys: Sequence[str]) -> str:
    """Query of one number: rows whose key, without a null in it, is not in the other table."""
    here = ", ".join(f"{key} AS k{number}" for number, key in enumerate(keys))
    equal = " AND ".join(f"h.k{number} = t.{key}" for number, key in enumerate(to_keys))
    rows = f"SELECT {here} FROM {ROWS} WHERE {_no_null(keys)}"  # noqa: S608
    return f"SELECT count(*) FROM ({rows}) h ANTI JOIN {other.relation} t ON {equal}"  # noqa: S608


def is_dangling(keys: Sequence[str], other: BatchTable, to_keys: Sequence[str]) -> str:
    """Whether a row's key, without a null in it, is not in the other table."""
    there = f"SELECT {_list(to_keys)} FROM {other.relation} WHERE {_no_null(to_keys)}"  # noqa: S608
    return f"({_no_null(keys)} AND NOT coalesce(({_list(keys)}) IN ({there}), false))"


def instant(value: str, kind: pa.DataType, rule: Timeliness) -> str:
    """An instant as a TIMESTAMP in UTC; a date is its first.

    Raises:
        UnfitValueError: The type has no instants.
    """
    own = family(kind)
    if own not in ("date", "timestamp"):
        raise UnfitValueError(f"is {kind}, which has no instants")
    if own == "timestamp" and storage(kind).tz:
        return f"timezone('UTC', {value})"
    plain = f"CAST({value} AS TIMESTAMP)"
    if rule.zone in ("UTC", "Etc/UTC"):
        return plain
    return f"timezone('UTC', timezone({text_literal(rule.zone)}, {plain}))"


def longest_gap(value: str) -> str:
    """Query of one number: microseconds of the longest gap between neighbours among the distinct instants."""
    distinct = f"SELECT DISTINCT epoch_us({value}) AS t FROM {ROWS} WHERE {value} IS NOT NULL"  # noqa: S608
    return f"SELECT max(gap) FROM (SELECT t - lag(t) OVER (ORDER BY t) AS gap FROM ({distinct}))"  # noqa: S608


def comparable(kind: pa.DataType, other: pa.DataType) -> bool:
    """Whether values of two types can be the same key: numbers with numbers, otherwise the same family."""
    numbers = ("integer", "decimal", "float")
    mine, its = family(kind), family(other)
    if "null" in (mine, its) or (mine in numbers and its in numbers):
        return True
    zones = not (pt.is_timestamp(storage(kind)) and pt.is_timestamp(storage(other))) or bool(storage(kind).tz) == bool(
        storage(other).tz
    )
    return mine == its and zones


def _list(keys: Sequence[str]) -> str:
    return ", ".join(keys)


def _no_null(keys: Sequence[str]) -> str:
    return " AND ".join(f"{key} IS NOT NULL" for key in keys)
