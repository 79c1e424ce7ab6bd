"""Rules that the batches allow for and the contract lacks, or only guesses.

What belongs here: which rule of which column, and whether it is new, tighter or confirmed. What does not: arithmetic
(``bounds``), service levels (``levels``), writing (``promising``).

A rule of a person stays as it is: only what is marked as a guess becomes tighter, or is confirmed. A guess that a batch
breaks is told, and left. What becomes of a guess is never looser than it was. A new rule is a guess; it is confirmed
once it stood against ``SURE`` batches that it was not made of, and what the older half allows for is kept by the newer.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from data_platform.contracts import guesses
from data_platform.contracts.elements import Property, QualityRule, SchemaObject
from data_platform.contracts.findings import KeyPath
from data_platform.contracts.guesses import looks_closed
from data_platform.contracts.properties import PublishMode
from data_platform.contracts.suggest import counted
from data_platform.mesh.promise.bounds import LEAST, SURE, Range, is_sure, null_percent, range_of, rows_of
from data_platform.mesh.promise.history import MOST_VALUES, Batch, History, Spread
from data_platform.mesh.promise.proposal import Action, Proposal
from data_platform.mesh.scaffold.profile import LEAST_SHARED
from data_platform.products.folder import Product

_WHOLE: Final = frozenset({PublishMode.REPLACE, PublishMode.REPLACE_PARTITION})
"""The modes in which a batch is all rows of a partition, or of the table."""
_UP_TO: Final = re.compile(r" up to (\S+)$")
"""How the source of a guess names the newest batch that it was made of."""

Said = Proposal | str


@dataclass(frozen=True)
class _Place:
    """Where a rule goes: the column or table, its rules, and whether a person's rule is in the way."""

    subject: str
    path: KeyPath
    rules: tuple[QualityRule, ...]

    def guess(self, name: str) -> QualityRule | None:
        """The guess of a kind."""
        return next((rule for rule in self.rules if rule.name == name and guesses.is_guess(rule)), None)

    def written(self, test: Callable[[QualityRule], bool]) -> bool:
        """Whether a person wrote a rule of a kind."""
        return any(test(rule) for rule in self.rules if not guesses.is_guess(rule))

    def stood(self, name: str, batches: Sequence[Batch]) -> bool:
        """Whether there is a guess of a kind, and enough batches are newer than those that it was made of."""
        guess = self.guess(name)
        if guess is None:
            return False
        made_of = _UP_TO.search(guesses.source_of(guess))
        return sum(made_of is None or _is_after(batch.label, made_of[1]) for batch in batches) >= SURE

    def proposal(self, rule: dict[str, object], told: str, why: str, *, sure: bool, source: str) -> Proposal:
        """A rule in the place of its guess, or a new one."""
        guess = self.guess(str(rule["name"]))
        entry = guesses.confirmed(rule, told) if sure else guesses.guessed(rule, told, source)
        if guess is None:
            return Proposal(Action.NEW, self.subject, told, why, (*self.path, "quality"), entry)
        action = Action.CONFIRMED if sure else Action.TIGHTER
        return Proposal(action, self.subject, told, why, guess.path, entry)


def proposed(product: Product, history: History) -> Iterator[Said]:
    """What the batches allow for.

    Yields:
        Proposals in the order of the contract, and what else is to be known, in words.
    """
    batches = [batch for batch in history.batches if batch.rows]
    if len(batches) < LEAST:
        yield f"{counted(len(batches), 'batch')} with rows: rules are proposed from {LEAST} on"
        return
    source = f"{len(batches)} batches up to {batches[-1].label}"
    for column in product.schema.properties:
        if column.column in batches[-1].columns and not column.partitioned and not column.primary_key:
            place = _Place(column.column, column.path, column.quality)
            for kind in (_range, _values, _pattern, _nulls):
                yield from kind(column, place, batches, source)
    if product.publish_mode in _WHOLE:
        yield from _rows(product.schema, batches, source)


def _range(column: Property, place: _Place, batches: Sequence[Batch], source: str) -> Iterator[Said]:
    seen = [extremes for spread in _of(column, batches) if (extremes := spread.extremes) is not None]
    guess, options = place.guess(guesses.RANGE), column.logical_type_options
    if len(seen) < LEAST or place.written(lambda rule: rule.name == guesses.RANGE):
        return
    low, high = _ends(range_of(seen), options)
    old = guesses.bounds_of(guess) if guess else (None, None)
    why = f"least {guesses.shown(min(least for least, _ in seen))}, " if low is not None else ""
    why += f"greatest {guesses.shown(max(most for _, most in seen))}, in {counted(len(seen), 'batch')}"
    if old is None:
        yield f"{place.subject}: its guessed range was written anew: it is left as it is"
        return
    if not all(_inside(extremes, old) for extremes in seen):
        yield f"{place.subject}: the guessed range does not hold ({why}): mend it, or delete it"
        return
    low = old[0] if low is None else low if old[0] is None else max(low, old[0])
    high = old[1] if high is None else high if old[1] is None else min(high, old[1])
    sure = place.stood(guesses.RANGE, batches)
    sure = sure and is_sure(seen, lambda older: lambda extremes: _inside(extremes, _ends(range_of(older), options)))
    if (low is None and high is None) or ((low, high) == old and not sure):
        return
    told = " ".join(
        [
            "Numbers",
            *([f"from {low:,f}"] if low is not None else []),
            *([f"up to {high:,f}"] if high is not None else []),
        ]
    )
    yield place.proposal(guesses.within(low, high), told, why, sure=sure, source=source)


def _values(column: Property, place: _Place, batches: Sequence[Batch], source: str) -> Iterator[Said]:
    spreads = [spread for spread in _of(column, batches) if spread.distinct]
    guess = place.guess(guesses.VALUES)
    if column.enum or not spreads or not all(spread.values for spread in spreads):
        return
    if place.written(lambda rule: "validValues" in rule.arguments):
        return
    rows: dict[str, int] = {}
    for spread in spreads:
        for value, count in spread.values.items():
            rows[value] = rows.get(value, 0) + count
    why = f"{counted(len(rows), 'value')} in {counted(len(spreads), 'batch')}"
    if guess is not None:
        listed = [str(value) for value in guess.arguments.get("validValues") or ()]
        if not set(rows) <= set(listed):
            yield f"{place.subject}: the guessed list of values does not hold ({why}): mend it, or delete it"
        elif place.stood(guesses.VALUES, batches):
            yield place.proposal(guesses.among(listed), f"One of {len(listed)} values", why, sure=True, source=source)
        return
    closed = looks_closed(column.column, list(rows), sum(rows.values())) and len(rows) <= MOST_VALUES
    if closed and min(rows.values()) >= LEAST_SHARED and len(spreads) >= LEAST:
        told = f"One of {len(rows)} values"
        yield place.proposal(guesses.among(sorted(rows)), told, why, sure=False, source=source)


def _pattern(column: Property, place: _Place, batches: Sequence[Batch], source: str) -> Iterator[Said]:
    guess = place.guess(guesses.PATTERN)
    spreads = [spread for spread in _of(column, batches) if spread.distinct]
    if guess is None or len(spreads) < LEAST:
        return
    unlike = sum(spread.unlike or 0 for spread in spreads)
    why = f"{counted(unlike, 'value')} of another form in {counted(len(spreads), 'batch')}"
    if unlike:
        yield f"{place.subject}: the guessed pattern does not hold ({why}): mend it, or delete it"
    elif place.stood(guesses.PATTERN, batches):
        rule = guesses.matching(str(guess.arguments["pattern"]))
        yield place.proposal(rule, "Texts of one form", why, sure=True, source=source)


def _nulls(column: Property, place: _Place, batches: Sequence[Batch], source: str) -> Iterator[Said]:
    if column.required or place.written(lambda rule: rule.metric in {"nullValues", "missingValues"}):
        return
    shares = [batch.columns[column.column].nulls / batch.rows for batch in batches if column.column in batch.columns]
    percent, guess = null_percent(shares), place.guess(guesses.NULLS)
    old = _percent(guess)
    why = f"at most {max(shares):.1%} in {counted(len(shares), 'batch')}"
    if old is not None and any(share * 100 > old for share in shares):
        yield f"{place.subject}: the guessed share of nulls does not hold ({why}): mend it, or delete it"
        return
    if percent is None or len(shares) < LEAST:
        return
    percent = percent if old is None else min(percent, old)
    sure = place.stood(guesses.NULLS, batches)
    sure = sure and is_sure(shares, lambda older: lambda share: share * 100 <= _or_all(null_percent(older)))
    if percent == old and not sure:
        return
    told = f"At most {percent} percent missing" if percent else "None missing"
    yield place.proposal(guesses.nulls(percent), told, why, sure=sure, source=source)


def _rows(table: SchemaObject, batches: Sequence[Batch], source: str) -> Iterator[Said]:
    """How many rows a batch has; it is never confirmed, since a quiet day is no mistake."""
    place = _Place(table.name, table.path, table.quality)
    if place.written(lambda rule: rule.metric == "rowCount"):
        return
    counts = [batch.rows for batch in batches]
    low, high = rows_of(counts)
    guess = place.guess(guesses.ROWS)
    why = f"{min(counts):,} to {max(counts):,} in {counted(len(counts), 'batch')}"
    if guess is not None:
        old = next((operator.value for operator in guess.operators), None)
        if not isinstance(old, list) or len(old) != 2:  # noqa: PLR2004 - a pair
            yield f"{place.subject}: its guessed number of rows was written anew: it is left as it is"
            return
        if min(counts) < old[0] or max(counts) > old[1]:
            yield f"{place.subject}: the guessed number of rows does not hold ({why}): mend it, or delete it"
            return
        low, high = max(low, old[0]), min(high, old[1])
        if [low, high] == old:
            return
    told = f"From {low:,} to {high:,} rows"
    yield place.proposal(guesses.row_count(low, high), told, why, sure=False, source=source)


def _of(column: Property, batches: Sequence[Batch]) -> list[Spread]:
    return [batch.columns[column.column] for batch in batches if column.column in batch.columns]


def _ends(observed: Range, options: Any) -> tuple[Decimal | None, Decimal | None]:
    """A range without the ends that a person wrote."""
    low_written = any(options.get(name) is not None for name in ("minimum", "exclusiveMinimum"))
    high_written = any(options.get(name) is not None for name in ("maximum", "exclusiveMaximum"))
    return None if low_written else observed[0], None if high_written else observed[1]


def _inside(extremes: Range, ends: tuple[Decimal | None, Decimal | None]) -> bool:
    low, high = ends
    return (low is None or extremes[0] >= low) and (high is None or extremes[1] <= high)


def _percent(guess: QualityRule | None) -> int | None:
    if guess is None or not guess.operators:
        return None
    operator = guess.operators[0]
    return operator.value if isinstance(operator.value, int) else None


def _is_after(label: str, other: str) -> bool:
    """Whether a batch is newer than another, by their labels: days as text, versions as numbers."""
    return int(label) > int(other) if label.isdecimal() and other.isdecimal() else label > other


def _or_all(percent: int | None) -> int:
    return 100 if percent is None else percent
