"""Rules that a machine guessed from data: warnings, marked as guesses, until a person or the history confirms them.

What belongs here: how such a rule is written, and how it is known again. What does not: what is guessed
(``mesh.scaffold`` from a file, ``mesh.promise`` from what was published).

A guess warns and never keeps a batch from being published. Its custom property ``dataPlatform.guess`` says what it was
guessed from; without that, and without its ``severity``, it is a rule like any other.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from data_platform.contracts.elements import QualityRule
from data_platform.contracts.properties import PREFIX

GUESS: Final = f"{PREFIX}guess"
RANGE: Final = "Range"
VALUES: Final = "Known values"
PATTERN: Final = "Pattern"
NULLS: Final = "Nulls"
ROWS: Final = "Rows"

LEAST_SEEN: Final = 30
"""How many rows there are for each value of a closed set, so that one more would have been seen."""

_OPEN: Final = frozenset(
    (
        "id", "key", "number", "no", "nr", "name", "names", "customer", "client", "supplier", "vendor", "user",
        "company", "partner", "account", "product", "sku", "item", "city", "brand", "author", "title", "email",
    )
)  # fmt: skip
"""Words in names of columns whose values are a set that grows."""
_WORDS: Final = re.compile(r"[^\W\d]+(?:[ _-][^\W\d]+)*")

Number = int | float | Decimal
_BOUNDS: Final = re.compile(
    r"SELECT count\(\*\) FROM \$\{table\} WHERE"
    r"(?: \$\{column\} < (?P<low>-?[0-9.]+))?(?: OR)?(?: \$\{column\} > (?P<high>-?[0-9.]+))?"
)


def within(low: Number | None, high: Number | None) -> dict[str, object]:
    """The rule that numbers are in a range; ``None``: open on that side."""
    tests = [f"${{column}} < {shown(low)}"] if low is not None else []
    tests += [f"${{column}} > {shown(high)}"] if high is not None else []
    query = f"SELECT count(*) FROM ${{table}} WHERE {' OR '.join(tests)}"  # noqa: S608 - numbers
    return {"name": RANGE, "type": "sql", "query": query, "mustBe": 0}


def among(values: Sequence[str]) -> dict[str, object]:
    """The rule that texts are some known ones."""
    return {"name": VALUES, **_invalid({"validValues": list(values)})}


def matching(pattern: str) -> dict[str, object]:
    """The rule that texts have a form."""
    return {"name": PATTERN, **_invalid({"pattern": pattern})}


def nulls(percent: int) -> dict[str, object]:
    """The rule that at most some percent of the values are missing."""
    some = {"mustBeLessOrEqualTo": percent, "unit": "percent"}
    return {"name": NULLS, "type": "library", "metric": "nullValues", **(some if percent else {"mustBe": 0})}


def row_count(low: int, high: int) -> dict[str, object]:
    """The rule that a batch has some number of rows."""
    return {"name": ROWS, "type": "library", "metric": "rowCount", "mustBeBetween": [low, high]}


def guessed(rule: Mapping[str, object], told: str, source: str) -> dict[str, object]:
    """A rule as a guess.

    Args:
        rule: The rule.
        told: What it says, in words.
        source: What it is guessed from.
    """
    how = "to confirm it, delete severity and customProperties; to tighten it, run data-platform promise"
    return {
        **rule,
        "severity": "warning",
        "description": f"{told}. A guess from {source}: {how}.",
        "customProperties": [{"property": GUESS, "value": source}],
    }


def confirmed(rule: Mapping[str, object], told: str) -> dict[str, object]:
    """A rule as one that keeps a batch that breaks it from being published."""
    return {**rule, "description": f"{told}."}


def is_guess(rule: QualityRule) -> bool:
    """Whether a rule is marked as a guess."""
    return any(entry.name == GUESS for entry in rule.custom_properties)


def source_of(rule: QualityRule) -> str:
    """What a guess was made of, in words; empty where a rule is no guess."""
    return next((str(entry.value) for entry in rule.custom_properties if entry.name == GUESS), "")


def bounds_of(rule: QualityRule) -> tuple[Decimal | None, Decimal | None] | None:
    """The range of a rule that ``within`` made; ``None``: it is none, or somebody wrote it anew."""
    match = _BOUNDS.fullmatch(rule.query or "")
    if match is None or not any(match.groupdict().values()):
        return None
    low, high = match["low"], match["high"]
    return None if low is None else Decimal(low), None if high is None else Decimal(high)


def looks_closed(column: str, values: Sequence[str], rows: int) -> bool:
    """Whether values look like all that there will ever be: words without digits, two or more, each seen often.

    Args:
        column: The column's name; one that is named as names, numbers or parties are is open.
        values: All its different values.
        rows: How many rows have one.
    """
    is_open = bool(_OPEN & set(re.split(r"[^a-z]+", column.lower())))
    often = len(values) > 1 and rows >= LEAST_SEEN * len(values)
    return not is_open and often and all(_WORDS.fullmatch(value) for value in values)


def shown(number: Number | None) -> str:
    """A number as SQL and people write it: no exponent, no needless zeros."""
    text = f"{Decimal(str(number or 0)):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"", "-0", "-"} else text


def _invalid(arguments: Mapping[str, object]) -> dict[str, object]:
    return {"type": "library", "metric": "invalidValues", "arguments": dict(arguments), "mustBe": 0}
