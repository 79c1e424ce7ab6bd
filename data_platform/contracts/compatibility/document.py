"""The table of compatibility as Markdown, for its page in the documentation.

What belongs here: the table as text, and putting it into the page. What does not: the rows (``table``).

``python -m data_platform.contracts.compatibility.document docs/compatibility.md`` renews the page; a test fails where
the page says something else than the code.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from data_platform.contracts.compatibility.effects import Cell
from data_platform.contracts.compatibility.kinds import Kind
from data_platform.contracts.compatibility.modes import cell
from data_platform.contracts.compatibility.table import SECTIONS, TABLE
from data_platform.contracts.properties import CompatibilityMode as Mode

BEGIN: Final = "<!-- the table: made by data_platform.contracts.compatibility.document -->"
END: Final = "<!-- end of the table -->"
_BASES: Final = (Mode.NONE, Mode.CONSUMER, Mode.PRODUCER, Mode.FULL)


def table() -> str:
    """The table by section; each column of a mode holds for its ``_TRANSITIVE`` form too."""
    return "\n".join(_lines()) + "\n"


def renewed(page: str) -> str:
    """A page with its table as the code has it.

    Raises:
        ValueError: The page has no place for it.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no lines {BEGIN!r} and {END!r}: write them where the table belongs")
    return f"{before}{BEGIN}\n{table()}{END}{after}"


def _lines() -> Iterator[str]:
    for heading, section in SECTIONS.items():
        yield from ("", f"### {heading}", "")
        yield f"| kind | what | direction | grade | {' | '.join(_BASES)} |"
        yield "|---|---|---|---|---|---|---|---|"
        for kind in section:
            yield _row(kind)


def _row(kind: Kind) -> str:
    effect = TABLE[kind]
    cells = (cell(kind, mode) for mode in _BASES)
    texts = [f"`{kind}`", effect.meaning, str(effect.direction), str(effect.grade), *map(_shown, cells)]
    return f"| {' | '.join(texts)} |"


def _shown(entry: Cell) -> str:
    return f"**{entry.verdict}**: {entry.reason}" if entry.verdict != "fine" else f"{entry.verdict}: {entry.reason}"


def main(arguments: Sequence[str]) -> int:
    """Renew the pages that are named; without any, print the table."""
    for name in arguments:
        page = Path(name)
        page.write_text(renewed(page.read_text(encoding="utf-8")), encoding="utf-8")
    if not arguments:
        sys.stdout.write(table())
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
