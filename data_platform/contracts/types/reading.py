"""A type's text, such as ``DECIMAL(10, 2)`` or ``STRUCT(a INTEGER[])``, as a value.

What belongs here: the grammar. What does not: the names (``names``).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Final, NoReturn

from data_platform.contracts.types.model import ColumnType, Family, binary_float, decimal
from data_platform.contracts.types.names import Dialect, names

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<number>\d+)|(?P<quoted>'(?:[^']|'')*')|"""
    r"""(?P<name>"(?:[^"]|"")+"|`[^`]+`)|(?P<mark>[()<>\[\],:]))"""
)
_LONGEST: Final = 10_000
_DEEPEST: Final = 30
_SINGLE_FLOAT_DIGITS: Final = 24  # binary digits, as FLOAT(24) counts them


class UnknownTypeError(ValueError):
    """A type that is not known here."""


@cache
def parse(written: str, dialect: Dialect = Dialect.DUCKDB) -> ColumnType:
    """Read a type.

    Args:
        written: The type, in any case: ``VARCHAR(20)``, ``timestamp with time zone``, ``INTEGER[]``, ``MAP(a, b)``,
            ``STRUCT<a: INT>``, ``ENUM('a', 'b')``.
        dialect: Whose words they are.

    Raises:
        UnknownTypeError: It is none that is known here; names the part.
    """
    if len(written) > _LONGEST:
        raise UnknownTypeError(f"a type of {len(written):,} characters is not read")
    parser = _Parser(written, dialect)
    column_type = parser.type()
    if parser.peek():
        parser.fail()
    return column_type


class _Parser:
    """Reads one text, token by token."""

    def __init__(self, written: str, dialect: Dialect) -> None:
        self._written = written
        self._dialect = dialect
        self._names = names(dialect)
        self._tokens = self._cut()
        self._at = 0
        self._depth = 0

    def type(self) -> ColumnType:
        """A type with what follows it in square brackets."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise UnknownTypeError(f"{self._written[:60]!r}… is nested too deep")
        column_type = self._named()
        while self._take("["):
            size = int(self._next()) if self.peek().isdigit() else None
            self._expect("]")
            column_type = ColumnType("list", items=column_type, size=size)
        self._depth -= 1
        return column_type

    def peek(self) -> str:
        """The next token, in lower case where it is a word; empty: none is left."""
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def fail(self) -> NoReturn:
        """Say what is not known."""
        raise UnknownTypeError(f"{self._written!r} is no type that is known here")

    def _named(self) -> ColumnType:
        words: list[str] = []
        while self.peek().replace("_", "").isalnum() and not self.peek().isdigit():
            if words and " ".join([*words, self.peek()]) not in self._beginnings():
                break
            words.append(self._next())
        name = " ".join(words)
        nested = self._nested(name)
        if nested is not None:
            return nested
        sizes = self._sizes()
        if self.peek() in {"with", "without"}:
            name = " ".join([name, *self._zone()])
        if name not in self._names:
            self.fail()
        return self._sized(name, sizes)

    def _nested(self, name: str) -> ColumnType | None:
        readers: dict[str, Callable[[str], ColumnType]] = {
            "struct": self._struct, "row": self._struct, "record": self._struct, "object": self._struct,
            "map": self._map, "array": self._list, "list": self._list, "enum": self._enum,
        }  # fmt: skip
        if name not in readers or self.peek() not in {"(", "<"}:
            return None
        return readers[name](")" if self._next() == "(" else ">")

    def _struct(self, end: str) -> ColumnType:
        fields = [self._field()]
        while self._take(","):
            fields.append(self._field())
        self._expect(end)
        return ColumnType("struct", fields=tuple(fields))

    def _field(self) -> tuple[str, ColumnType]:
        token = self._source[self._at] if self.peek() else ""
        if not token or token[0] in "()<>[],:'":
            self.fail()
        self._at += 1
        self._take(":")
        column_type = self.type()
        if self._take("not"):
            self._expect("null")
        return token[1:-1].replace('""', '"') if token[0] in '"`' else token, column_type

    def _map(self, end: str) -> ColumnType:
        key = self.type()
        self._expect(",")
        value = self.type()
        self._expect(end)
        return ColumnType("map", key=key, value=value)

    def _list(self, end: str) -> ColumnType:
        items = self.type()
        self._expect(end)
        return ColumnType("list", items=items)

    def _enum(self, end: str) -> ColumnType:
        values = [self._text()]
        while self._take(","):
            values.append(self._text())
        self._expect(end)
        return ColumnType("enum", values=tuple(values))

    def _text(self) -> str:
        token = self._next()
        if not token.startswith("'"):
            self.fail()
        return token[1:-1].replace("''", "'")

    def _sizes(self) -> tuple[int | None, ...]:
        if not self._take("("):
            return ()
        sizes: list[int | None] = []
        while True:
            size = self._next()
            if not size.isdigit() and size != "max":
                self.fail()
            sizes.append(int(size) if size.isdigit() else None)
            self._take("char") or self._take("byte")  # Oracle's VARCHAR2(20 CHAR)
            if not self._take(","):
                break
        self._expect(")")
        return tuple(sizes)

    def _zone(self) -> list[str]:
        words = [self._next()]
        while self.peek() in {"local", "time", "zone"}:
            words.append(self._next())
        return words

    def _sized(self, name: str, sizes: tuple[int | None, ...]) -> ColumnType:
        known = self._names[name]
        if not sizes:
            return known
        size, scale = (*sizes, None)[:2]
        resize = _RESIZED.get(known.family)
        if resize is None or len(sizes) > (2 if known.family == "decimal" else 1) or (scale or 0) > (size or 0):
            self.fail()
        if known.family == "float" and name != "float":
            return known
        return resize(known, size, scale)

    def _beginnings(self) -> frozenset[str]:
        return _beginnings(self._dialect)

    def _cut(self) -> list[str]:
        self._source: list[str] = []
        at, end = 0, len(self._written.rstrip())
        while at < end:
            match = _TOKEN.match(self._written, at)
            if match is None:
                self.fail()
            self._source.append(match.group().strip())
            at = match.end()
        if not self._source:
            self.fail()
        return [token if token[0] in "'\"`" else token.lower() for token in self._source]

    def _next(self) -> str:
        token = self.peek()
        if not token:
            self.fail()
        self._at += 1
        return token

    def _take(self, token: str) -> bool:
        if self.peek() != token:
            return False
        self._at += 1
        return True

    def _expect(self, token: str) -> None:
        if not self._take(token):
            self.fail()


def _float(known: ColumnType, size: int | None, _: int | None) -> ColumnType:
    return known if size is None else binary_float(32 if size <= _SINGLE_FLOAT_DIGITS else 64)


_RESIZED: Final[Mapping[Family, Callable[[ColumnType, int | None, int | None], ColumnType]]] = {
    "decimal": lambda _, size, scale: decimal(size, scale),
    "text": lambda known, size, _: replace(known, length=size),
    "binary": lambda known, size, _: replace(known, length=size),
    "timestamp": lambda known, size, _: replace(known, digits=size if size is None else min(size, 9)),
    "time": lambda known, size, _: replace(known, digits=size if size is None else min(size, 9)),
    "float": _float,
    "integer": lambda known, _, __: known,  # a width of display, as in MySQL's INT(11)
    "bits": lambda known, size, _: replace(known, length=size),
}
"""What the numbers in brackets behind a name make of a type."""


@cache
def _beginnings(dialect: Dialect) -> frozenset[str]:
    """All first words of names that are several words."""
    return frozenset(" ".join(name.split()[:length]) for name in names(dialect) for length in range(1, 6))
