"""What the values of a file look like: types, ranges, patterns, lists of values, keys.

What belongs here: what follows from the answers to some questions about each column. What does not: asking them
(``questions``), opening the file (``ingestion.table_files``), the contract.

A suggestion holds for every row of the file, and leaves room for the next one: ranges are doubled and rounded outward
to powers of ten, no limit is put on a key, and a list of values is suggested only where they look like a closed set. A
contract takes ranges, patterns and lists as guesses (``contracts.guesses``).

**What may be written down.** A contract goes into git, and stays there. So values of a column, and what tells of single
ones (least and greatest, the beginning that all have in common), are written only where it has at most ``MOST_VALUES``
different ones, each in at least ``LEAST_SHARED`` rows, and is not judged personal; or where somebody asks for it by
name. Without leave are written: types, whether anything is missing, that no number is below zero, and the shape of
texts of one form (so many letters, so many digits). None of them tells one row from another.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from data_platform.contracts.guesses import looks_closed
from data_platform.ingestion.table_files import FileOfRows, quoted
from data_platform.mesh.scaffold.questions import TYPES, answers_of

MOST_VALUES: Final = 20
"""How many different values a column may have for any to be written down."""
LEAST_SHARED: Final = 5
"""In how many rows each of them has to be: what fewer share tells too much of them."""
_LONGEST_VALUE: Final = 40
_LEAST_SHAPED: Final = 5
_MOST_SCALE: Final = 9
_MOST_DIGITS: Final = 18
_MOST_WHOLE_DIGITS: Final = 38
_KEYS_TRIED: Final = 5
_LIKELY_KEY: Final = 0.5
"""The count is a guess that may be a fifth off, or more; those that are likely are counted exactly."""
_CLASSES: Final = {"A": "[A-Z]", "a": "[a-z]", "9": "[0-9]"}


@dataclass(frozen=True)
class ColumnProfile:
    """What a column looks like.

    Attributes:
        name: Its name in the file.
        sql: The type that its values are of, in DuckDB's SQL.
        options: What all values keep: ``minimum``, ``maximum``, ``pattern``, as the standard's options say it.
        values: All values, where they are few.
        has_nulls: Whether any is missing.
        distinct: About how many there are.
        written: What of its values is written down, in words; empty: nothing.
        withheld: Why what could be told of its values is not; empty: there was nothing to tell, or it is written.
    """

    name: str
    sql: str
    options: Mapping[str, object] = field(default_factory=dict)
    values: tuple[str, ...] = ()
    has_nulls: bool = False
    distinct: int = 0
    written: str = ""
    withheld: str = ""


def profiled(
    file: FileOfRows, private: Mapping[str, str], chosen: Collection[str] = ()
) -> tuple[list[ColumnProfile], int]:
    """Look at every column of a file.

    Args:
        file: The file, opened.
        private: The columns that are judged personal, each with what they are.
        chosen: The columns whose values may be written down whatever they are.

    Returns:
        The columns in their order, and the number of rows.
    """
    answers, rows = answers_of(file)
    leave = {name: "" if name in chosen else _refusal(file, name, private.get(name, "")) for name in file.columns}
    columns = [
        _column(file, name, rows, answers[name], leave[name], asked_for=name in chosen, personal=name in private)
        for name in file.columns
    ]
    return columns, rows


def key_of(file: FileOfRows, columns: Collection[ColumnProfile], rows: int) -> str | None:
    """The first column with another value in every row, those whose names say so tried first; None: there is none."""
    fitting = [
        column
        for column in columns
        if rows
        and not column.has_nulls
        and column.distinct >= _LIKELY_KEY * rows
        and column.sql not in ("DOUBLE", "FLOAT", "BOOLEAN")
    ]
    fitting.sort(key=lambda column: not column.name.lower().endswith(("id", "key", "number", "code")))
    for column in fitting[:_KEYS_TRIED]:
        query = f"SELECT count(DISTINCT {quoted(column.name)}) FROM rows"  # noqa: S608
        (distinct,) = file.connection.execute(query).fetchone() or (0,)
        if distinct == rows:
            return column.name
    return None


def _refusal(file: FileOfRows, name: str, kind: str) -> str:
    """Why no value of a column may be written down; empty: all may."""
    if kind:
        return f"looks personal ({kind})"
    c = quoted(name)
    grouped = f"SELECT count(*) AS shared FROM rows WHERE {c} IS NOT NULL GROUP BY {c} LIMIT {MOST_VALUES + 1}"  # noqa: S608
    distinct, least = file.connection.execute(f"SELECT count(*), min(shared) FROM ({grouped})").fetchone() or (0, 0)  # noqa: S608
    if distinct > MOST_VALUES:
        return f"more than {MOST_VALUES} different values"
    return f"a value that fewer than {LEAST_SHARED} rows have" if distinct and least < LEAST_SHARED else ""


def _column(
    file: FileOfRows,
    name: str,
    rows: int,
    answers: Mapping[str, Any],
    refusal: str,
    *,
    asked_for: bool,
    personal: bool,
) -> ColumnProfile:
    kind = file.columns[name]
    sql = _guessed(answers) if kind == "VARCHAR" and answers["there"] else kind
    options: Mapping[str, object] = {}
    values: tuple[str, ...] = ()
    written, untold = "", False
    if sql == "VARCHAR":
        values = () if refusal else _few_values(file, name, answers, asked_for=asked_for)
        pattern = {} if values or (personal and refusal) else _pattern(answers, literally=not refusal)
        options, written = pattern, f"{len(values)} values" if values else ""
        if pattern and not refusal:
            written = "what all begin with, in a pattern"
        untold = bool(answers["there"]) and bool(refusal)
    else:
        low, high = (answers["low"], answers["high"]) if sql == kind else (answers.get("least"), answers.get("most"))
        full = _range(low, high)
        options = full if not refusal else {} if personal else _signs(full)
        written = "from and to, doubled and rounded to powers of ten" if full and not refusal else ""
        untold = options != full
    withheld = refusal if untold else ""
    return ColumnProfile(name, sql, options, values, answers["there"] < rows, answers["distinct"], written, withheld)


def _guessed(answers: Mapping[str, Any]) -> str:
    """The type that every value of a text column is of, the narrowest first; what was not asked is not it."""
    there = answers["there"]
    holds = {test for test in TYPES if answers.get(test) == there}
    if "integers" in holds:
        return "BIGINT"
    scale, digits = answers.get("scale") or 0, answers.get("digits") or 0
    if "decimals" in holds and scale <= _MOST_SCALE and digits + scale <= _MOST_DIGITS:
        return f"DECIMAL({_MOST_DIGITS}, {scale})"
    if "decimals" in holds and scale == 0:  # a number of something: a binary float would change its last digits
        return f"DECIMAL({_MOST_WHOLE_DIGITS}, 0)" if digits <= _MOST_WHOLE_DIGITS else "VARCHAR"
    if "floats" in holds:
        return "DOUBLE"
    if "stamps" in holds and answers["zoned"] in (0, there):
        return "TIMESTAMP WITH TIME ZONE" if answers["zoned"] else "TIMESTAMP"
    return next((kind for test, kind in (("booleans", "BOOLEAN"), ("dates", "DATE")) if test in holds), "VARCHAR")


def _few_values(file: FileOfRows, name: str, answers: Mapping[str, Any], *, asked_for: bool) -> tuple[str, ...]:
    """All values, where they are few and come again and again, or somebody asks for them."""
    there = answers["there"]
    if not there or answers["longest"] > _LONGEST_VALUE or answers["distinct"] > 2 * MOST_VALUES:
        return ()
    c = quoted(name)
    query = f"SELECT DISTINCT {c} FROM rows WHERE {c} IS NOT NULL ORDER BY {c} LIMIT {MOST_VALUES + 1}"  # noqa: S608
    values = tuple(str(value) for (value,) in file.connection.execute(query).fetchall())
    if len(values) > MOST_VALUES or (asked_for and len(values) > there):
        return ()
    return values if asked_for or looks_closed(name, values, there) else ()


def _pattern(answers: Mapping[str, Any], *, literally: bool) -> dict[str, str]:
    """A pattern, where all values have one shape: classes of characters, and signs as they are.

    Args:
        answers: The answers.
        literally: Whether what all values begin with may be written as it is.
    """
    low, high, shape = answers["low"], answers["high"], answers.get("low_shape")
    if (
        answers["there"] < _LEAST_SHAPED
        or low == high
        or shape != answers.get("high_shape")
        or not shape
        or len(shape) > _LONGEST_VALUE
        or not (literally or shape.isascii())  # letters of other alphabets have no class here
    ):
        return {}
    same = next((at for at, (a, b) in enumerate(zip(low, high, strict=True)) if a != b), len(shape))
    # The least and the greatest agree in no more than all do; digits of what counts up are no part of the name.
    same = len(low[:same].rstrip("0123456789")) if literally else 0
    parts = [(_literal(character), 1) for character in low[:same]]
    for character in shape[same:]:
        token = _CLASSES.get(character) or _literal(character)
        if parts and parts[-1][0] == token and character in _CLASSES:
            parts[-1] = (token, parts[-1][1] + 1)
        else:
            parts.append((token, 1))
    return {"pattern": "^" + "".join(token if times == 1 else f"{token}{{{times}}}" for token, times in parts) + "$"}


def _literal(character: str) -> str:
    return f"\\{character}" if character in r"\.^$*+?()[]{}|" else character


def _range(low: Any, high: Any) -> dict[str, int]:
    """Numbers from and to, doubled and rounded outward to 0 or a power of ten; nothing for what is no such number."""
    try:
        least, most = float(low), float(high)
    except (TypeError, ValueError):
        return {}
    if isinstance(low, bool) or not max(abs(least), abs(most)) <= 10**_MOST_DIGITS:  # not a number is not below either
        return {}
    bounds = {"minimum": 0 if least >= 0 else -_power(-2 * least)}
    return bounds | ({"maximum": _power(2 * most)} if most > 0 else {"maximum": 0} if least < 0 else {})


def _signs(bounds: Mapping[str, int]) -> dict[str, int]:
    """Of a range what says no more than that no number is below, or above, zero."""
    return {name: bound for name, bound in bounds.items() if bound == 0}


def _power(value: float) -> int:
    """The smallest power of ten, from 1 on, that is not below a number."""
    power = 1
    while power < value:
        power *= 10
    return power
