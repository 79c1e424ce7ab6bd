"""Rules that compare rows with rows: keys, references and gaps between instants, as queries of their own.

What belongs here: SQL for counting and for marking. What does not: judging the counts, which each kind of rule does.

Each key is one GROUP BY, whatever number of rules asks about it; a reference is one anti join that reads only the
columns of the key.
"""

from collections.abc import Sequence
from typing import Final

from data_platform.contracts.rules.sql.values import NUMBERS, UnfitValueError, Value, text_literal

ROWS: Final = '"#rows"'
"""The relation of the batch; names that begin so never meet one of a contract's."""


def repeated_count(keys: Sequence[str], part: str = "") -> str:
    """Query of two numbers: rows whose key is not the only one of its kind, and rows that repeat an earlier one.

    Keys with a null in them are left out.

    Args:
        keys: Expressions of the key.
        part: Expression of the part of the batch that a row belongs to; with it, a row a part that has any such row:
            the part and its two numbers.
    """
    by = [part] if part else []
    named = ", ".join([*(f"{part} AS part" for part in by), "count(*) AS n"])
    groups = f"SELECT {named} FROM {ROWS} GROUP BY {_list([*by, *keys])} HAVING count(*) > 1 AND {_no_null(keys)}"  # noqa: S608
    counts = "coalesce(sum(n), 0), coalesce(sum(n - 1), 0)"
    return _by_part(counts, f"({groups})", "part" if part else "")


def is_repeated(keys: Sequence[str]) -> str:
    """Whether a row's key is not the only one of its kind."""
    groups = f"SELECT {_list(keys)} FROM {ROWS} GROUP BY {_list(keys)} HAVING count(*) > 1 AND {_no_null(keys)}"  # noqa: S608
    return f"coalesce(({_list(keys)}) IN ({groups}), false)"


def has_null(keys: Sequence[str]) -> str:
    """Whether a part of a row's key is null."""
    return "(" + " OR ".join(f"{key} IS NULL" for key in keys) + ")"


def dangling_count(keys: Sequence[str], other: str, to_keys: Sequence[str], part: str = "") -> str:
    """Query of one number: rows whose key, without a null in it, is not in the other table.

    Args:
        keys: Expressions of the key.
        other: The other table's relation; ``ROWS`` for a reference to itself.
        to_keys: Expressions of the key there.
        part: As in ``repeated_count``; a part that refers to itself is alone then.
    """
    here = ", ".join([f"{key} AS k{number}" for number, key in enumerate(keys)] + ([f"{part} AS part"] if part else []))
    equals = [f"h.k{number} = t.{key}" for number, key in enumerate(to_keys)]
    equals += [f"h.part = t.{part}"] if part and other == ROWS else []
    rows = f"SELECT {here} FROM {ROWS} WHERE {_no_null(keys)}"  # noqa: S608
    joined = f"({rows}) h ANTI JOIN {other} t ON {' AND '.join(equals)}"
    return _by_part("count(*)", joined, "part" if part else "")


def is_dangling(keys: Sequence[str], other: str, to_keys: Sequence[str]) -> str:
    """Whether a row's key, without a null in it, is not in the other table, a relation."""
    there = f"SELECT {_list(to_keys)} FROM {other} WHERE {_no_null(to_keys)}"  # noqa: S608
    return f"({_no_null(keys)} AND NOT coalesce(({_list(keys)}) IN ({there}), false))"


def instant(value: Value, zone: str) -> str:
    """An instant as a TIMESTAMP in UTC; a date is its first.

    Args:
        value: The instant.
        zone: Of one that has none.

    Raises:
        UnfitValueError: The type has no instants.
    """
    if value.family not in ("date", "timestamp"):
        raise UnfitValueError(f"is {value.arrow}, which has no instants")
    if value.family == "timestamp" and value.type.zoned:
        return f"timezone('UTC', {value.sql})"
    plain = f"CAST({value.sql} AS TIMESTAMP)"
    if zone in ("UTC", "Etc/UTC"):
        return plain
    return f"timezone('UTC', timezone({text_literal(zone)}, {plain}))"


def longest_gap(value: str, part: str = "") -> str:
    """Query of one number: microseconds of the longest gap between neighbours among the distinct instants.

    Args:
        value: Expression of the instant.
        part: As in ``repeated_count``.
    """
    named, window = (f"{part} AS part, ", "PARTITION BY part ") if part else ("", "")
    distinct = f"SELECT DISTINCT {named}epoch_us({value}) AS t FROM {ROWS} WHERE {value} IS NOT NULL"  # noqa: S608
    gaps = f"SELECT *, t - lag(t) OVER ({window}ORDER BY t) AS gap FROM ({distinct})"  # noqa: S608
    return _by_part("max(gap)", f"({gaps})", "part" if part else "")


def comparable(value: Value, other: Value) -> bool:
    """Whether two values can be the same key: numbers with numbers, otherwise those of the same family."""
    mine, its = value.type, other.type
    if "null" in (mine.family, its.family) or (mine.family in NUMBERS and its.family in NUMBERS):
        return True
    return mine.family == its.family and (mine.family != "timestamp" or bool(mine.zoned) == bool(its.zoned))


def _by_part(answers: str, relation: str, part: str) -> str:
    if not part:
        return f"SELECT {answers} FROM {relation}"  # noqa: S608
    return f"SELECT {part}, {answers} FROM {relation} GROUP BY {part}"  # noqa: S608


def _list(keys: Sequence[str]) -> str:
    return ", ".join(keys)


def _no_null(keys: Sequence[str]) -> str:
    return " AND ".join(f"{key} IS NOT NULL" for key in keys)
