"""Upgrading a project: its files as this version of the platform would write them, beside what they are.

What belongs here: the comparison, and replacing what nobody has touched. What does not: the files (``project``), and
domains, which are their teams' own: the lint tells what has changed for them.

``pyproject.toml`` remembers, under ``[tool.data_platform.written]``, what the platform last wrote, or showed, for each
file. So an edit of somebody is told apart from a file that only is of another version, and is told once for each text
of ours: what somebody changed or deleted on purpose is theirs until the platform has something new for it.
"""

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from data_platform.mesh.errors import MeshError
from data_platform.mesh.scaffold.project import DISTRIBUTION, NewProject, digest_of, written_table
from data_platform.products.repository import new_identity
from data_platform.project import Project

_FILE: Final = "pyproject.toml"
_TABLE: Final = re.compile(r'\n*^\[tool\.data_platform\.written\][^\n]*\n(?:"[^"\n]*" = "[^"\n]*"\n)*', re.MULTILINE)
_VERSION: Final = re.compile(r'(^\[tool\.data_platform\]\n(?:[^\[\n]*\n)*?version = ")[^"]*(")', re.MULTILINE)
_AFTER_VERSION: Final = re.compile(_VERSION.pattern + r"[^\n]*\n", re.MULTILINE)
_DEPENDENCY: Final = re.compile(rf'("{DISTRIBUTION}(?:\[[\w,]*\])?)\s*[~=<>!]=?[^"]*(")')


@dataclass(frozen=True)
class Step:
    """A file for which this version has something new.

    Attributes:
        file: The file, from the project's folder.
        edited: Whether somebody changed it since the platform wrote it, so that only they can decide.
        diff: From what it is to what this version writes, as unified diff.
        text: What this version writes.
    """

    file: str
    edited: bool
    diff: str
    text: str


@dataclass(frozen=True)
class Upgrade:
    """What is to be done in a project.

    Attributes:
        made_by: The version that its files were made by; empty: it does not say.
        now: The version of the platform that is installed.
        steps: The files that differ.
        repository: The identity that ``pyproject.toml`` is to have; empty: it has one.
    """

    made_by: str
    now: str
    steps: tuple[Step, ...]
    repository: str = ""

    @property
    def is_current(self) -> bool:
        """Whether there is nothing to do."""
        return self.made_by == self.now and not self.steps and not self.repository


def upgrade(project: Project, *, write: bool = False) -> Upgrade:
    """Compare a project's files with what this version would write.

    Args:
        project: The project.
        write: Replace the files that nobody has edited, and say in ``pyproject.toml`` which version the project is of;
            the edited ones are not told again until there is something new for them.

    Raises:
        MeshError: It was not made by ``data-platform init``, or cannot be written to.
    """
    file = project.root / _FILE
    before = file.read_text(encoding="utf-8")
    said = tomllib.loads(before).get("tool", {}).get("data_platform", {})
    if "version" not in said:
        raise MeshError(
            f'{file}: [tool.data_platform] does not say by which version it was made: add version = "0.1.0"'
        )
    written: Mapping[str, str] = said.get("written", {})
    fresh = _fresh(project)
    steps = tuple(step for name, text in fresh.items() if (step := _step(project.root / name, name, text, written)))
    repository = "" if said.get("repository") else new_identity(project.root.name)
    result = Upgrade(str(said["version"]), version(DISTRIBUTION), steps, repository)
    if write and not result.is_current:
        _write(project.root, result, fresh, written, before)
    return result


def _fresh(project: Project) -> dict[str, str]:
    """The files that this version would write, but for those that people are meant to edit."""
    domains = list(project.domain_modules())
    said = tomllib.loads((project.root / _FILE).read_text(encoding="utf-8"))
    own = said.get("project", {}).get("entry-points", {}).get("data_platform.domains", {})
    new = NewProject(project.root, domains[0] if own and len(domains) == 1 else "")
    return {
        name: text
        for path, text in new.files().items()
        if (name := path.relative_to(project.root).as_posix()) in new.kept_by_us
    }


def _step(file: Path, name: str, text: str, written: Mapping[str, str]) -> Step | None:
    now = file.read_text(encoding="utf-8") if file.is_file() else ""
    if now == text or written.get(name) == digest_of(text):  # the latter: it differs by their edit alone
        return None
    # A file that is gone, is empty or is a link now is an edit as well.
    edited = file.is_symlink() or (digest_of(now) != written[name] if name in written else bool(now))
    lines = difflib.unified_diff(now.splitlines(), text.splitlines(), name, f"{name} of this version", lineterm="", n=2)
    return Step(name, edited, "\n".join(lines), text)


def _write(root: Path, result: Upgrade, fresh: Mapping[str, str], written: Mapping[str, str], pyproject: str) -> None:
    digests = dict(written) | {name: digest_of(text) for name, text in fresh.items()}
    text = _VERSION.sub(rf"\g<1>{result.now}\g<2>", pyproject)
    if result.repository:
        text = _AFTER_VERSION.sub(rf'\g<0>repository = "{result.repository}"\n', text, count=1)
    text = _DEPENDENCY.sub(rf"\g<1>~={result.now}\g<2>", text)
    text = _TABLE.sub("\n", text).rstrip() + "\n" + written_table(digests)
    try:
        said = tomllib.loads(text).get("tool", {}).get("data_platform", {})
    except tomllib.TOMLDecodeError as error:
        raise MeshError(f"{root / _FILE} cannot be edited by machine ({error}); nothing was written") from error
    if "repository" not in said:
        line = f'repository = "{result.repository}"'
        raise MeshError(f"{root / _FILE}: add {line} under [tool.data_platform] by hand; nothing was written")
    try:
        for step in result.steps:
            if not step.edited:
                file = root / step.file
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(step.text, encoding="utf-8")
        (root / _FILE).write_text(text, encoding="utf-8")
    except OSError as error:
        raise MeshError(f"{error}; see that {root} may be written to") from error
