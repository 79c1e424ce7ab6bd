"""Inventing what a film is called and about.

What belongs here: drawing from the vocabulary. What does not: the words (``vocabulary.py``), the other fields of a film
(``catalogue.py``).
"""

import random
import re

from data_platform.simulator.tmdb import vocabulary

_BEFORE_A_VOWEL = re.compile(r"\b([Aa])(?= [AEIOUaeiou])")


def draw_language(generator: random.Random) -> str:
    """The ISO 639-1 code of a film's original language, by the languages' shares."""
    languages = vocabulary.LANGUAGES
    return generator.choices(list(languages), [language.share for language in languages.values()])[0]


def draw_title(generator: random.Random) -> str:
    """An English title."""
    return _fill(generator.choice(vocabulary.ENGLISH_PATTERNS), generator)


def draw_original_title(generator: random.Random, language: str, title: str) -> str:
    """The title in the original language; for an English film the title itself."""
    words = vocabulary.LANGUAGES[language]
    if not words.a:
        return title
    pattern = generator.choice(words.patterns)
    return pattern.format(a=generator.choice(words.a), b=generator.choice(words.b))


def draw_overview(generator: random.Random) -> str:
    """Some sentences on what the film is about."""
    return _fill(generator.choice(vocabulary.OVERVIEWS), generator)


def _fill(pattern: str, generator: random.Random) -> str:
    first, second, third = generator.sample(vocabulary.NOUNS, 3)
    words = {"a": generator.choice(vocabulary.ADJECTIVES), "b": first, "c": second, "d": third}
    if pattern.endswith("."):  # a sentence, not a title
        words = {name: word.lower() for name, word in words.items()}
    filled = pattern.format(
        **words,
        place=generator.choice(vocabulary.PLACES),
        person=generator.choice(vocabulary.PEOPLE),
        number=generator.randint(2, 99),
    )
    return _BEFORE_A_VOWEL.sub(r"\1n", filled)
