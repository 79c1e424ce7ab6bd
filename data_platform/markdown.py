"""Text of others in Markdown: shown as it is, whatever it says.

What belongs here: escaping, code and tables. What does not: any page.

Names and descriptions in contracts, values of data and messages of errors are anybody's. As Markdown they could load an
image from elsewhere (and so tell who looks), lead away by a link, call people by name, close a table or hide what
follows. Sources: CommonMark 0.31 (every ASCII punctuation character may be escaped, section 2.4); GitHub Flavored
Markdown 0.29 (tables, autolinks).
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

_PUNCTUATION: Final = re.compile(r"([!-/:-@\[-`{-~])")
# Renderers look for addresses, names and pictograms in text whose escapes they have already taken out, so a space of no
# width keeps apart what they look for: `://`, `:smile:`, `www.`, `@name`, `#1`.
_LOOKED_FOR: Final = re.compile(
    r":(?=[/a-z_+-])|(?<!\d):(?=\d)|www(?=\.)|[@#](?=[\w-])",
    re.IGNORECASE,  # a time of day keeps its colons
)
_APART: Final = "\u200b"
_REPLACEMENT: Final = "\ufffd"
_JOINERS: Final = frozenset("\u200c\u200d")  # parts of words and of pictograms
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs"})  # controls, directions and the like, halves of characters


def plain(text: str, most: int | None = None) -> str:
    """A text in one line, without what changes how the text around it is shown.

    Args:
        text: Any text.
        most: The line has no more characters than that; where it is cut, the last one shows it.

    Returns:
        The text; white space is one space each, and characters that are not seen are the replacement character.
    """
    line = " ".join(text.split())
    line = "".join(_REPLACEMENT if _is_unseen(character) else character for character in line)
    return line if most is None or len(line) <= most else f"{line[: most - 1]}…"


def visible(text: str) -> str:
    """A text as it is, lines and tabs too, but for characters that are not seen: a terminal would obey them."""
    return "".join(
        _REPLACEMENT if character not in "\n\t" and _is_unseen(character) else character for character in text
    )


def escaped(text: str, most: int | None = None) -> str:
    """A text as Markdown that shows it as it is: no link, picture, HTML or other element comes of it.

    Args:
        text: Any text.
        most: As in `plain`.

    Returns:
        One line of Markdown, which may stand in a table. It shows `plain` of the text; spaces of no width are put into
        what renderers take for an address, a name or a number of an issue.
    """
    apart = _LOOKED_FOR.sub(lambda match: match.group() + _APART, plain(text, most))
    return _PUNCTUATION.sub(r"\\\1", apart)


def code(text: str, most: int | None = None) -> str:
    """A text as code, which may stand in a table; one that cannot be code, as text."""
    line = plain(text, most)
    return escaped(line) if not line or set(line) & set("`|\\") else f"`{line}`"


def row(cells: Iterable[str]) -> str:
    """A row of a table, of cells that are Markdown."""
    return f"| {' | '.join(cells)} |"


def table(names: Sequence[str], rows: Iterable[Sequence[object]], most: int | None = None) -> str:
    """A table of values: each is shown as its text, and None as nothing.

    Args:
        names: The columns' names.
        rows: As many values each.
        most: As in `plain`, for each value.
    """
    head = [row(escaped(name, most) for name in names), row("---" for _ in names)]
    shown = [row("" if value is None else escaped(str(value), most) for value in values) for values in rows]
    return "\n".join([*head, *shown])


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) in _UNSEEN and character not in _JOINERS
