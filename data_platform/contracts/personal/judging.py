"""Whether a column holds personal data, by its name and a sample of its values, nested ones included.

What belongs here: how many values have to be of a kind, and what is nested. What does not: single values (``kinds``).
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Final

import pyarrow as pa

from data_platform.contracts.personal.kinds import (
    has_first_name,
    has_iban,
    has_mail,
    has_street,
    is_card,
    is_ip,
    is_like_a_name,
    is_national_id,
    is_phone,
    words_in,
)
from data_platform.contracts.personal.words import sounds_like_people, words_of

SAMPLE: Final = 1_000
"""Rows that are looked at, and different values of a column at most: the rest of a column is hardly of another kind."""

_LONGEST: Final = 5_000
_MOST_LEAVES: Final = 200
_SPAN_YEARS: Final = 30
_LEAST: Final = 3
_BIRTH: Final = frozenset({"birth", "born", "dob", "geburt", "geburtsdatum", "naissance", "nacimiento", "nascita"})

_KINDS: Final[tuple[tuple[str, Callable[[str], bool], float], ...]] = (
    ("e-mail addresses", has_mail, 0.02),
    ("bank accounts (IBAN)", has_iban, 0.02),
    ("telephone numbers", is_phone, 0.5),
    ("IP addresses", is_ip, 0.5),
    ("payment cards", is_card, 0.8),
    ("postal addresses", has_street, 0.3),
)
"""What values are, the test of one, and the share of a column's different values from which the column is of that kind.

In a text of many words one address is enough to tell, so those shares are small; a number may pass by chance."""


def judged(table: Mapping[str, Iterable[object]]) -> dict[str, str]:
    """The columns of a table that hold personal data, each with what its values look like.

    Args:
        table: Of each column some values, as Python has them; what is nested as lists and mappings, or as JSON.

    Returns:
        By column the kind, in words: ``e-mail addresses``.
    """
    leaves = {name: _leaves(name, values) for name, values in table.items()}
    kinds = {name: kind for name, parts in leaves.items() if (kind := _first(parts))}
    people = any(kind.startswith("names") for kind in kinds.values())
    for name, parts in leaves.items():
        if name not in kinds and any(_are_birthdays(leaf, values, people=people) for leaf, values in parts.items()):
            kinds[name] = "dates of birth"
    return {name: kinds[name] for name in table if name in kinds}


def judged_columns(table: pa.Table) -> dict[str, str]:
    """The same of the first rows of a table in Arrow; bytes are not looked at."""
    rows = table.slice(0, SAMPLE)
    return judged({name: rows.column(name).to_pylist() for name in rows.column_names})


def first_rows(reader: pa.RecordBatchReader) -> dict[str, list[object]]:
    """The first rows of a stream, by column, as many as are judged."""
    rows: list[pa.RecordBatch] = []
    left = SAMPLE
    for batch in reader:
        rows.append(batch.slice(0, left))
        left -= rows[-1].num_rows
        if left <= 0:
            break
    table = pa.Table.from_batches(rows, reader.schema)
    return {name: table.column(name).to_pylist() for name in table.column_names}


def _leaves(name: str, values: Iterable[object]) -> dict[str, list[object]]:
    """The different values of a column by the name that they have: their own, or that of the part that they are in."""
    leaves: dict[str, dict[object, None]] = {}
    for value in values:
        for leaf, part in _parts(name, value):
            kept = leaves.setdefault(leaf, {}) if len(leaves) < _MOST_LEAVES else leaves.get(leaf, {})
            if len(kept) < SAMPLE:
                kept[part] = None
    return {leaf: list(distinct) for leaf, distinct in leaves.items()}


def _parts(name: str, value: object) -> Iterator[tuple[str, object]]:
    stack = [(name, value)]
    while stack:
        at, item = stack.pop()
        if isinstance(item, Mapping):
            stack += [(str(key), inner) for key, inner in item.items()]
            # A mapping of people has them for its keys.
            yield from ((at, str(key)) for key in item if has_mail(str(key)))
        elif isinstance(item, list | tuple):
            stack += [(at, inner) for inner in item]
        elif isinstance(item, str) and item[:1] in "{[" and (nested := _json(item)) is not None:
            stack.append((at, nested))
        elif isinstance(item, str):
            yield at, item[:_LONGEST]
        elif isinstance(item, date | int):
            yield at, item


def _json(text: str) -> object:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict | list) else None


def _first(leaves: Mapping[str, list[object]]) -> str | None:
    """What the values of a column are, by the first of its parts that is of a kind."""
    return next((kind for name, values in leaves.items() if (kind := _kind(name, values))), None)


def _kind(name: str, values: list[object]) -> str | None:
    texts = [text.strip() for text in map(str, values) if text.strip() and not isinstance(text, bool)]
    if not texts:
        return None
    only_numbers = not any(isinstance(value, str) for value in values)
    for kind, test, share in () if only_numbers else _KINDS:
        if sum(map(test, texts)) >= max(share * len(texts), 1):
            return kind
    issuers = Counter(issuer for text in texts for issuer in is_national_id(text))
    if len(texts) >= _LEAST and any(count >= 0.8 * len(texts) for count in issuers.values()):
        return "numbers of persons"
    return None if only_numbers else _names(name, texts)


def _names(name: str, texts: list[str]) -> str | None:
    like = [text for text in texts if is_like_a_name(text)]
    if len(like) < 0.6 * len(texts):
        return None
    first = sum(map(has_first_name, like))
    if sounds_like_people(name) and not (words_of(name) & {"id", "type", "kind", "status", "segment", "group", "role"}):
        return "names of people"
    whole = sum(words_in(text) > 1 for text in like)
    share = 0.2 if whole >= 0.6 * len(like) else 0.4
    return "names of people" if first >= max(share * len(like), 2) else None


def _are_birthdays(name: str, values: list[object], *, people: bool) -> bool:
    """Whether dates are days of birth: their column says so, or they are beside names, long ago and far apart."""
    days = [day for value in values if (day := _day(value)) is not None]
    if len(days) < 0.9 * len(values) or not days:
        return False
    if words_of(name) & _BIRTH:
        return True
    years = sorted(day.year for day in days)
    old = sum(year <= date.today().year - 14 for year in years)  # noqa: DTZ011 - a year more or less is the same
    return people and len(days) >= _LEAST and old >= 0.9 * len(years) and years[-1] - years[0] >= _SPAN_YEARS


def _day(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value.strip()) if isinstance(value, str) else None
    except ValueError:
        return None
