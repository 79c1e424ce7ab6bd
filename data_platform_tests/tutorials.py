"""A tutorial's own commands and the output that it shows, so that a page and its tests cannot drift apart.

What belongs here: reading the fenced parts of a page, and a checkout to follow it in. What does not: any page's story.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from data_platform_tests.repository import PROJECT_ROOT

SOMEBODY: Final = dict.fromkeys(
    ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"), "engineer@example.org"
)
"""Whose commits they are, on a machine where git knows nobody."""

_PART: Final = re.compile(r"^## (\d+)\.|^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_REFUSES: Final = ("refused:", "breaks")


@dataclass(frozen=True)
class Step:
    """Commands that are run together.

    Attributes:
        chapter: The number of the heading that they are under.
        script: The commands.
        shown: The lines that the page shows of what they say; ``…`` stands for anything, alone for any lines.
    """

    chapter: int
    script: str
    shown: tuple[str, ...] = ()

    @property
    def commands(self) -> list[str]:
        """The script's commands, one by one, each with all its lines."""
        made: list[str] = []
        for line in self.script.splitlines():
            if made and _is_open(made[-1]):
                made[-1] += f"\n{line}"
            else:
                made.append(line)
        return made

    @property
    def ends_with(self) -> int:
        """The exit code of the last command: by what the page shows it is refused, or all is well."""
        return int(any(line.startswith(_REFUSES) for line in self.shown))

    def missing(self, output: str) -> list[str]:
        """The lines which are shown that the output does not have, or not in this order."""
        said = iter([line.rstrip() for line in output.splitlines()])
        return [line for line in self.shown if line != "…" and not _found(line, said)]


def _is_open(command: str) -> bool:
    """Whether a command goes on in the next line: a text, a group or a line that is not closed."""
    return command.count('"') % 2 == 1 or command.endswith("\\") or (command[:1] == "(" and command[-2:] != "\n)")


def _found(line: str, said: Iterator[str]) -> bool:
    pattern = ".*".join(map(re.escape, line.rstrip().split("…")))
    return any(re.fullmatch(pattern, each) for each in said)


def steps(page: str) -> list[Step]:
    """The steps of a page of ``docs``."""
    made: list[Step] = []
    chapter = 0
    for number, kind, text in _PART.findall((PROJECT_ROOT / "docs" / page).read_text(encoding="utf-8")):
        if number:
            chapter = int(number)
        elif kind == "sh":
            made.append(Step(chapter, text))
        else:
            made[-1] = Step(chapter, made[-1].script, tuple(text.splitlines()))
    return made


def checkout(folder: Path, *parts: str) -> Path:
    """A git repository with these files and folders of ours, as if it had just been cloned."""
    for part in parts:
        (folder / part).parent.mkdir(parents=True, exist_ok=True)
        if (PROJECT_ROOT / part).is_dir():
            shutil.copytree(PROJECT_ROOT / part, folder / part)
        else:
            shutil.copy2(PROJECT_ROOT / part, folder / part)
    (folder / ".gitignore").write_text("__pycache__/\n")
    for line in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "cloned"]):
        subprocess.run(["git", *line], cwd=folder, env=os.environ | SOMEBODY, check=True)
    return folder
