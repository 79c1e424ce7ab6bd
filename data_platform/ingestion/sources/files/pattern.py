"""Which files an address means, and of which day each is: ``orders/{day}/*.csv``, ``{one,other}/{day}.csv``.

What belongs here: patterns, as plain functions. What does not: listing files (``places``).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from data_platform.ingestion.sources.where import ALTERNATIVES, DAY

_DAY: Final = "%Y-%m-%d"
_WILD: Final = set("*?{")
_CODES: Final = {"Y": r"\d{4}", "m": r"\d{2}", "d": r"\d{2}", "y": r"\d{2}", "j": r"\d{3}", "H": r"\d{2}", "%": "%"}
_TOKEN: Final = re.compile(rf"{DAY.pattern}|{ALTERNATIVES.pattern}|\*\*/|\*\*|\*|\?")


@dataclass(frozen=True)
class Pattern:
    """A path with wildcards, below the root of a folder, a bucket or a server.

    Attributes:
        text: As it was written: ``*`` and ``?`` within one folder, ``**`` through folders, ``{day}`` for the date,
            ``{one,other}`` for names each of which there is to be.
    """

    text: str

    @property
    def folder(self) -> str:
        """The folder below which all of them are, without wildcards."""
        parts = self.text.split("/")
        fixed = next((at for at, part in enumerate(parts[:-1]) if set(part) & _WILD), len(parts) - 1)
        return "/".join(parts[:fixed])

    @property
    def daily(self) -> bool:
        """Whether it has a date."""
        return DAY.search(self.text) is not None

    @property
    def alternatives(self) -> "list[Pattern]":
        """One pattern for each of the names that there are to be; itself alone, where it names none."""
        named = ALTERNATIVES.search(self.text)
        if named is None:
            return [self]
        before, after = self.text[: named.start()], self.text[named.end() :]
        return [
            pattern for name in named[0][1:-1].split(",") for pattern in Pattern(before + name + after).alternatives
        ]

    @property
    def exact(self) -> bool:
        """Whether it is the path of one file."""
        return not set(self.text) & _WILD

    def named(self, day: date) -> list[str]:
        """The paths that there are to be of a day, where each is named."""
        paths = [pattern.of(day) for pattern in self.alternatives]
        return [path.text for path in paths if path.exact and len(paths) > 1]

    def of(self, day: date) -> "Pattern":
        """The same for one day."""
        return Pattern(DAY.sub(lambda match: day.strftime(match["format"] or _DAY), self.text))

    def day_of(self, path: str) -> str | None:
        """Of which day a file is, ISO 8601; empty: of none in particular; None: it is not meant."""
        match = self._expression().fullmatch(path)
        if match is None:
            return None
        texts = match.groupdict()
        if not texts:
            return ""
        days = {self._read(name, text) for name, text in texts.items()}
        return days.pop() if len(days) == 1 else None

    def _expression(self) -> re.Pattern[str]:
        return re.compile("".join(self._parts()))

    def _parts(self) -> Iterator[str]:
        at, number = 0, 0
        for token in _TOKEN.finditer(self.text):
            yield re.escape(self.text[at : token.start()])
            at = token.end()
            if DAY.fullmatch(token.group()):
                yield f"(?P<d{number}>{_digits(token['format'] or _DAY)})"
                number += 1
            elif token.group().startswith("{"):
                yield f"(?:{'|'.join(re.escape(name) for name in token.group()[1:-1].split(','))})"
            else:
                yield {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}[token.group()]
        yield re.escape(self.text[at:])

    def _read(self, name: str, text: str) -> str | None:
        formats = [match["format"] or _DAY for match in DAY.finditer(self.text)]
        try:
            moment = datetime.strptime(text, formats[int(name[1:])]).replace(tzinfo=UTC)
        except ValueError:
            return None
        return moment.date().isoformat()


def _digits(form: str) -> str:
    """An expression for a date that is written as ``strftime`` has it."""
    parts = re.split(r"%(.)", form)
    return "".join(re.escape(part) if at % 2 == 0 else _CODES.get(part, r"\w+") for at, part in enumerate(parts))
