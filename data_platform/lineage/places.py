"""Where in a query's text a part of its tree is.

What belongs here: lines and columns. What does not: what the parts mean.
"""

from bisect import bisect_right
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp
    from sqlglot.tokenizer_core import Token

Place = tuple[int, int]
"""Line and column, from 1."""


class Places:
    """Finds places in one text.

    sqlglot notes offsets at identifiers, stars and some functions only; what has none is found by its first part that
    has one, or by a word of the text.
    """

    def __init__(self, sql: str) -> None:
        self._sql = sql
        self._lines = [0, *(index + 1 for index, char in enumerate(sql) if char == "\n")]

    @cached_property
    def tokens(self) -> "list[Token]":
        """The tokens of the text, as sqlglot has them."""
        from sqlglot.dialects.duckdb import DuckDB  # noqa: PLC0415 - heavy

        return DuckDB().tokenize(self._sql)

    def of(self, node: "exp.Expr", *words: str) -> Place:
        """The place where a node starts; if nothing in it knows, that of the first token that is one of the words."""
        start = start_of(node)
        return self.at(start) if start is not None else self.of_word(*words)

    def of_word(self, *words: str) -> Place:
        """The place of the first token that is one of these words, in any case; the text's start if there is none."""
        wanted = {word.lower() for word in words}
        start = next((token.start for token in self.tokens if token.text.lower() in wanted), 0)
        return self.at(start)

    def at(self, offset: int) -> Place:
        """The place of an offset."""
        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1


def start_of(node: "exp.Expr") -> int | None:
    """The offset in the text at which the earliest part of a node starts that knows it; ``None`` for made-up nodes."""
    return min((part.meta["start"] for part in node.walk() if "start" in part.meta), default=None)
