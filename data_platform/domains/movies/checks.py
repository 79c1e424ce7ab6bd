"""What a day's list must keep before it replaces anything: the rules of the CSV.

What belongs here: the rules, as plain functions on a frame. What does not: when they run and what a violation stops
(`ingestion`).
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import pandas as pd

_MOST_SHOWN: Final = 20
_HIGHEST_VOTE: Final = 10


@dataclass(frozen=True)
class Finding:
    """What a rule found.

    Attributes:
        rule: The rule's name, an asset check of the CSV.
        problems: One line for each violation, at most 20; empty when the rule is kept.
        violations: How many violations there are in all.
        stops: Whether a violation keeps the day from being written; else it is told only.
    """

    rule: str
    problems: tuple[str, ...]
    violations: int
    stops: bool = True

    @property
    def passed(self) -> bool:
        """Whether the rule is kept."""
        return self.violations == 0


def _row_count(frame: pd.DataFrame, count: int) -> list[str]:
    return [] if len(frame) == count else [f"{len(frame)} rows instead of {count}"]


def _ranks_complete(frame: pd.DataFrame, count: int) -> list[str]:
    seen = frame["rank"].value_counts()
    missing = [f"rank {rank} is missing" for rank in range(1, count + 1) if rank not in seen.index]
    surplus = [f"rank {rank} is beyond 1 to {count}" for rank in seen.index if not 1 <= rank <= count]
    return missing + surplus + [f"rank {rank} occurs {times} times" for rank, times in seen.items() if times > 1]


def _ids_unique(frame: pd.DataFrame, _: int) -> list[str]:
    seen = frame["id"].value_counts()
    return [f"film {film} occurs {times} times" for film, times in seen.items() if times > 1]


def _titles_present(frame: pd.DataFrame, _: int) -> list[str]:
    blank = frame["title"].fillna("").str.strip() == ""
    return [f"film {film} has no title" for film in frame.loc[blank, "id"]]


def _release_dates_real(frame: pd.DataFrame, _: int) -> list[str]:
    unreal = ~frame["release_date"].map(_is_date_or_empty)
    rows = frame.loc[unreal, ["id", "release_date"]].itertuples(index=False)
    return [f"film {film} is released on {text!r}, which is no date" for film, text in rows]


def _votes_within_range(frame: pd.DataFrame, _: int) -> list[str]:
    average, votes = frame["vote_average"], frame["vote_count"]  # empty where TMDb gave none, which is drift
    outside = (average.notna() & ~average.between(0, _HIGHEST_VOTE)) | (votes.notna() & (votes < 0))
    rows = frame.loc[outside.astype(bool), ["id", "vote_average", "vote_count"]].itertuples(index=False)
    return [f"film {film} has an average of {mean} from {number} votes" for film, mean, number in rows]


def _is_date_or_empty(text: str) -> bool:
    if text == "":
        return True
    try:
        return date.fromisoformat(text).isoformat() == text  # fromisoformat alone takes 20261122 and week dates as well
    except ValueError:
        return False


RULES: Final[dict[str, tuple[str, Callable[[pd.DataFrame, int], list[str]]]]] = {
    "row_count": ("Exactly as many films as were asked for, 100 by default", _row_count),
    "ranks_complete": ("Every rank from 1 on occurs once", _ranks_complete),
    "ids_unique": ("No film occurs twice", _ids_unique),
    "titles_present": ("Every film has a title", _titles_present),
    "release_dates_real": ("Release dates are days of the calendar, or empty", _release_dates_real),
    "votes_within_range": ("Votes average 0 to 10 and their number is not negative", _votes_within_range),
}
"""The rules by name: what each promises, and the function that lists its violations."""


def findings(frame: pd.DataFrame, count: int) -> list[Finding]:
    """Hold a day's list against every rule.

    Args:
        frame: The list, with the columns of `ranking.COLUMNS`.
        count: How many films the day was to hold.

    Returns:
        One finding a rule, in the order of `RULES`.
    """
    violations_by_rule = {rule: violations(frame, count) for rule, (_, violations) in RULES.items()}
    return [Finding(rule, tuple(lines[:_MOST_SHOWN]), len(lines)) for rule, lines in violations_by_rule.items()]


GENRES_NAMED: Final = "genres_named"
PROMISES: Final = {rule: promise for rule, (promise, _) in RULES.items()} | {
    GENRES_NAMED: "Every genre of a film has a name: in the genre list that came, or in one known from before"
}
"""What each check of the CSV promises, by name."""


def genres_named(unnamed: Sequence[int], named: Collection[int]) -> Finding:
    """Whether the films' genres have names.

    Args:
        unnamed: The genre ids of the films that have no name anywhere; they are left out of the CSV.
        named: Those that have one.

    Returns:
        What was found. A few genres without a name are told; where not one has a name, the day stops: there was no
        genre list, now or before, and a column that lost everything is no column.
    """
    problems = tuple(f"genre {number} has no name in any genre list" for number in unnamed)
    return Finding(GENRES_NAMED, problems[:_MOST_SHOWN], len(problems), stops=not named)
