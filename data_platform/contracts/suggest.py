"""Words in messages: the likely one for a misspelt one, and numbers with their nouns.

What belongs here: what every message needs. What does not: any message.
"""

from collections.abc import Iterable
from typing import Final

NOTHING_ALIKE: Final = "remove it"
"""The fix for an unknown word where no word is known."""


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like the given one, whatever the case of its letters, or None where none is near."""
    import difflib  # noqa: PLC0415 - nothing is misspelt as a rule

    by_lower = {candidate.lower(): candidate for candidate in known}
    nearest = difflib.get_close_matches(word.lower()[:100], by_lower, n=1, cutoff=0.7)
    return by_lower[nearest[0]] if nearest else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A fix for an unknown word: the likely one, else all that are known."""
    words = sorted(known)
    near = closest(word, words)
    if near:
        return f"did you mean '{near}'?"
    return f"use one of {', '.join(words)}" if words else NOTHING_ALIKE


def counted(number: int, noun: str) -> str:
    """A number and its noun: ``1 error``, ``2 errors``, ``1,000 rows``.

    Args:
        number: How many.
        noun: What, in the singular; its first word takes the plural's s: ``row in quarantine``, ``rows in quarantine``.
    """
    word, space, rest = noun.partition(" ")
    return f"{number:,} {word}{'' if number == 1 else 'es' if word.endswith(('s', 'ch')) else 's'}{space}{rest}"
