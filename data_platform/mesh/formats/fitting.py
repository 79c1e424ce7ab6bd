"""A page of Markdown within GitHub's limit.

What belongs here: tables and folded parts, leaving out rows until it fits, and calling owners by name. What does not:
escaping (`markdown`), and what is shown (``ci.as_markdown``, ``checking.as_markdown``).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from data_platform import markdown

LIMIT: Final = 65_536
"""GitHub's limit for a comment, in characters; counted in bytes here, which are never fewer."""

_LONGEST: Final = 400
_HANDLE: Final = re.compile(r"@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:/[A-Za-z0-9._-]+)?")
_NOTE: Final = "… and {} more, left out to fit: see the JSON, or run the command."


@dataclass(frozen=True)
class Block:
    """A part of a page, some rows of which may be left out.

    Attributes:
        head: Lines that are always there.
        rows: Lines that may be left out, the last ones first.
        foot: Lines that are always there.
    """

    head: tuple[str, ...]
    rows: tuple[str, ...] = ()
    foot: tuple[str, ...] = ()


def fitted(blocks: Iterable[Block], limit: int = LIMIT) -> str:
    """Blocks as a page.

    Args:
        blocks: The blocks; what comes first is left out last.
        limit: How many bytes of UTF-8 the page may have; room for what is always there is taken for granted.

    Returns:
        The page. Where rows were left out, their block says how many.
    """
    given = list(blocks)
    note = _size(["", _NOTE.format(10**9)])
    left = limit - sum(_size([*block.head, *block.foot]) + note for block in given)
    lines: list[str] = []
    for block in given:
        shown = 0
        for line in block.rows:
            if (size := _size([line])) > left:
                break
            left -= size
            shown += 1
        more = len(block.rows) - shown
        lines += [*block.head, *block.rows[:shown], *(["", _NOTE.format(more)] if more else []), *block.foot]
    return "\n".join(lines).rstrip("\n") + "\n"


def table(heads: Sequence[str], rows: Iterable[str]) -> Block:
    """A table of rows that are Markdown."""
    return Block((row(*heads), row(*("---" for _ in heads))), tuple(rows), ("",))


def folded(title: str, rows: Sequence[str]) -> Block:
    """Rows that are shown where somebody opens them."""
    return Block((f"<details><summary>{title} ({len(rows)})</summary>", ""), tuple(rows), ("", "</details>", ""))


def folded_table(title: str, heads: Sequence[str], rows: Sequence[str]) -> Block:
    """A table that is shown where somebody opens it."""
    inner = table(heads, rows)
    return Block((*folded(title, rows).head, *inner.head), inner.rows, folded(title, rows).foot)


def row(*cells: str) -> str:
    """A row of a table, of cells that are Markdown."""
    return markdown.row(cells)


def cell(text: str) -> str:
    """A text that reads as it is, in one line, cut where it is very long."""
    return markdown.escaped(text, _LONGEST)


def code(text: str) -> str:
    """A name as code; one that cannot be, as text."""
    return markdown.code(text, _LONGEST)


def mention(owner: str | None) -> str:
    """An owner, called by name where the contract has a user or team of GitHub (``@org/team``)."""
    if owner is None:
        return "nobody"
    return owner if _HANDLE.fullmatch(owner) else cell(owner)


def _size(lines: Iterable[str]) -> int:
    return sum(len(line.encode("utf-8", "surrogatepass")) + 1 for line in lines)
