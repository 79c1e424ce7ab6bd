"""Questions to DuckDB about the columns of a file, answered in bounded memory.

What belongs here: what is asked, and in how many scans. What does not: what follows from the answers (``profile``).
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from data_platform.ingestion.table_files import FileOfRows, quoted

_SAMPLE: Final = 10_000
"""So many first rows are asked everything; all rows are asked what these leave open."""
_QUESTIONS_OF_A_SCAN: Final = 160
"""About what twenty columns leave open. DuckDB sets memory aside for all questions of a query, ever more for each: 288
took 1.6 GB, 72 took 0.4, and the 5,400 of a file of 300 columns a minute and 300 GB."""
_NUMBER: Final = "-?(0|[1-9][0-9]*)"
_DAY: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_ZONE: Final = "(Z|[+-][0-9]{2}(:?[0-9]{2})?)"
_TESTS: Final[Mapping[str, str]] = {
    "integers": "regexp_full_match({c}, '" + _NUMBER + "') AND TRY_CAST({c} AS BIGINT) IS NOT NULL",
    "decimals": "regexp_full_match({c}, '" + _NUMBER + r"(\.[0-9]+)?')",
    "floats": "regexp_full_match({c}, '" + _NUMBER + r"(\.[0-9]+)?([eE][+-]?[0-9]+)?')",
    "booleans": "{c} IN ('true', 'false', 'True', 'False', 'TRUE', 'FALSE')",
    "dates": "regexp_full_match({c}, '" + _DAY + "') AND TRY_CAST({c} AS DATE) IS NOT NULL",
    "stamps": "regexp_full_match({c}, '" + _DAY + "[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?" + _ZONE + "?') "
    "AND TRY_CAST({c} AS TIMESTAMPTZ) IS NOT NULL",
    "zoned": "regexp_full_match({c}, '.*[T ][0-9:.]+" + _ZONE + "')",
}
TYPES: Final = tuple(test for test in _TESTS if test != "zoned")
"""The questions whether all values are of a type."""

_SHAPE: Final = (
    "regexp_replace(regexp_replace(regexp_replace({c}, '[A-Z]', 'A', 'g'), '[a-z]', 'a', 'g'), '[0-9]', '9', 'g')"
)


def answers_of(file: FileOfRows) -> tuple[dict[str, dict[str, Any]], int]:
    """Ask about every column, first the first rows, and then all rows what these leave open.

    Args:
        file: The file, opened.

    Returns:
        By column the answers by question, and the number of rows.
    """
    asked = {name: _questions(name, kind, guess=file.kind != "parquet") for name, kind in file.columns.items()}
    sample, _ = _answers(file, asked, f"(SELECT * FROM rows LIMIT {_SAMPLE})")  # noqa: S608
    left = {name: {question: asked[name][question] for question in _undecided(first)} for name, first in sample.items()}
    return _answers(file, left, "rows")


def _questions(name: str, kind: str, *, guess: bool) -> dict[str, str]:
    c = quoted(name)
    asked = {"there": f"count({c})", "distinct": f"approx_count_distinct({c})", "low": f"min({c})", "high": f"max({c})"}
    if kind != "VARCHAR":
        return asked
    asked |= {"low_shape": f"min({_SHAPE.format(c=c)})", "high_shape": f"max({_SHAPE.format(c=c)})"}
    asked["longest"] = f"max(length({c}))"
    if guess:
        asked |= {question: f"count(*) FILTER (WHERE {test.replace('{c}', c)})" for question, test in _TESTS.items()}
        asked["scale"] = f"max(length(split_part({c}, '.', 2)))"
        asked["digits"] = f"max(length(split_part(ltrim({c}, '-'), '.', 1)))"
        asked |= {"least": f"min(TRY_CAST({c} AS DOUBLE))", "most": f"max(TRY_CAST({c} AS DOUBLE))"}
    return asked


def _answers(
    file: FileOfRows, asked: Mapping[str, Mapping[str, str]], rows: str
) -> tuple[dict[str, dict[str, Any]], int]:
    """The answers to each column's questions, in as many scans as they are many, and the number of rows."""
    answers: dict[str, dict[str, Any]] = {name: {} for name in asked}
    count = 0
    for batch in _batches(asked):
        query = f"SELECT {', '.join(['count(*)', *(what for *_, what in batch)])} FROM {rows}"  # noqa: S608 - quoted
        count, *values = file.connection.execute(query).fetchone() or (0,)
        for (name, question, _), value in zip(batch, values, strict=True):
            answers[name][question] = value
    return answers, count


def _batches(asked: Mapping[str, Mapping[str, str]]) -> Iterator[list[tuple[str, str, str]]]:
    """Column, name and text of the questions, as many at a time as a scan may have; one batch at least."""
    every = [(name, question, what) for name, questions in asked.items() for question, what in questions.items()]
    for start in range(0, max(len(every), 1), _QUESTIONS_OF_A_SCAN):
        yield every[start : start + _QUESTIONS_OF_A_SCAN]


def _undecided(answers: Mapping[str, Any]) -> list[str]:
    """The questions that the first rows leave open: a type that one of them is not of is not that of the column."""
    there = answers["there"]
    types = [test for test in TYPES if answers.get(test) == there]
    open_ = {*types, *("there", "distinct", "low", "high", "longest")}
    open_ |= {"zoned"} if "stamps" in types else set()
    open_ |= {"least", "most"} if "floats" in types else set()
    open_ |= {"scale", "digits"} if "decimals" in types else set()
    if not types and answers.get("low_shape") == answers.get("high_shape"):
        open_ |= {"low_shape", "high_shape"}
    return [question for question in answers if question in open_]
