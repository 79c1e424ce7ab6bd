"""Films that are made to be awkward, and stay near the top so that every day's first hundred has them.

What belongs here: what a real catalogue has once in a thousand films and every reader trips over once: titles that a
spreadsheet runs or a parser takes for a number or for nothing, text with quotes and line breaks, absent values.
What does not: broken answers, which are faults (``faults.py``).
"""

from typing import Final

ONE_VOTE: Final = "one_vote"
"""Marks a film whose only vote is a ten; not a field of the answer."""

ODDITIES: Final[tuple[dict[str, object], ...]] = (
    {"title": "=SUM(A1:A9) and Other Love Stories"},
    {"title": "+1 for Velmora"},
    {"title": "@midnight_harbour"},
    {"title": "-40 Degrees in Karsund"},
    {"title": "NA"},
    {"title": "None", "original_title": "NULL"},
    {"title": "1894", "original_title": "1894"},
    {"title": "0047", "original_title": "٠٠٤٧", "original_language": "ar"},
    {"title": "1e5"},
    {"title": "True"},
    {"title": 'The "Quiet" Cartographer, Again'},
    {"title": "Salt, Smoke, and Silence; or, The Ferry"},
    {"title": "Moonlight Cinema 🌙🎬", "original_title": "月光の映画館 🌙🎬", "original_language": "ja"},
    {"title": "The Lighthouse at the End", "original_title": "المنارة الأخيرة (2)", "original_language": "ar"},
    {"title": "Cafe\u0301 Tessalune", "original_title": "Café Tessalune", "original_language": "fr"},
    {"title": "The Exceptionally Long and Only Partly Reliable Account of " + "the Ferry, " * 14 + "and the Keeper"},
    {"overview": 'First line, with a comma.\nSecond line, "quoted".\r\n\r\nLast line; with a semicolon.'},
    {"overview": '=HYPERLINK("http://shop.invalid/","Click me")'},
    {"overview": ""},
    {"genre_ids": ()},
    {"release_date": ""},
    {"release_date": None},
    {"poster_path": None},
    {"backdrop_path": None, "poster_path": None, "overview": "", "genre_ids": ()},
    {ONE_VOTE: True},
    {"video": True},
)
"""Fields by which each odd film differs; a ``release_date`` of None is left out of the answer."""
