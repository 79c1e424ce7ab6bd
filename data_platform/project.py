"""The project that a command, a code location or a test works in: its domains, and what simulates its sources.

What belongs here: finding the project, reading the few things that its `pyproject.toml` says to us, and discovering its
domains. What does not: what is in a domain, `workspace.yaml` (`workspace_file`), and the environment's settings
(`settings`).

A project is a folder whose `pyproject.toml` is one of `dg` and names us::

    [tool.dg.project]
    defs_module = "domains"               # the package of the domains, a folder each
    registry_modules = ["data_platform"]

    [tool.data_platform]                  # all of this table is optional
    repository = "sales-4f1c0b7d2e"       # what the registry knows this repository by: no other one's

    [tool.data_platform.sources]          # the variables that make a source the real one
    CRM_URL = { name = "the CRM" }

    [tool.data_platform.simulator]        # what `data-platform up` starts in the place of sources that are not set
    module = "fake_crm"                   # run as python -m …, with --host and --port; GET /health says that it is up

A domain is a package in the folder of domains, or a folder there that has products, or an installed package that the
entry point group `data_platform.domains` names: a team's repository then needs no central one.
"""

import os
import re
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final

from data_platform.settings import PROJECT_VARIABLE, STATE_VARIABLE

ENTRY_POINTS: Final = "data_platform.domains"
"""The group of entry points in which an installed package names its domains."""

START_HERE: Final = "start_here"
"""The code location of a project without a domain."""

_MODULE: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_REPOSITORY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@-]{2,99}")
_TABLES: Final = frozenset({"repository", "sources", "simulator", "version", "written"})
_FILE: Final = "pyproject.toml"
_OUR_CHECKOUT: Final = Path(__file__).resolve().parent.parent


class ProjectError(Exception):
    """There is no project here, or its `pyproject.toml` cannot be used; the message says what to do."""


@dataclass(frozen=True)
class Source:
    """A source of a project's raw data.

    Attributes:
        variable: The environment variable that makes it the real one.
        name: As people call it.
        notice: What its terms ask to be shown where it is used; may be empty.
    """

    variable: str
    name: str
    notice: str = ""


@dataclass(frozen=True)
class Project:
    """A project.

    Attributes:
        root: Its folder.
        package: The package of its domains, dotted.
        sources: What it says of its sources.
        simulator: The module that stands in for sources that are not set; empty: there is none.
        repository: What the registry knows this repository by; empty: it does not say.
    """

    root: Path
    package: str = "domains"
    sources: tuple[Source, ...] = ()
    simulator: str = ""
    repository: str = ""

    @property
    def domains(self) -> Path:
        """The folder of its domains."""
        return self.root.joinpath(*self.package.split("."))

    @property
    def tests(self) -> Path:
        """Where its domains' tests are: ``tests/domains``; of domains in a package, ``<package>_tests/domains``."""
        first, _, rest = self.package.partition(".")
        return self.root / (f"{first}_tests" if rest else "tests") / self.package.rpartition(".")[2]

    def domain_modules(self) -> dict[str, str]:
        """The domains by name, each with its module: the folder's own, then the installed ones of other names."""
        # A folder with products is a domain as well, where nobody has made it a package.
        folders = [file.parent.name for file in self.domains.glob("*/__init__.py")]
        folders += [file.parent.parent.name for file in self.domains.glob("*/*/defs.yaml")]
        modules = {name: f"{self.package}.{name}" for name in folders if not name.startswith(("_", "."))}
        return dict(sorted((_installed_domains(tuple(sys.path)) | modules).items()))

    @classmethod
    def read(cls, root: Path) -> "Project":
        """Read the project of a folder.

        Raises:
            ProjectError: Its ``pyproject.toml`` is none of ours, or says something that cannot be used.
        """
        project = _read(root.resolve())
        if project is None:
            raise ProjectError(
                f"{root / _FILE} is no project of data_platform: it needs [tool.dg.project] with registry_modules ="
                ' ["data_platform"]. `data-platform init <folder>` makes one.'
            )
        return project

    @classmethod
    def of_domains(cls, domains: Path) -> "Project":
        """The project of a folder of domains; of one that is in none, a plain one around it.

        Raises:
            ProjectError: The ``pyproject.toml`` above it says something that cannot be used.
        """
        domains = domains.resolve()
        holder = _above(domains)
        if holder is not None and holder.domains == domains:
            return holder
        if (domains.parent / "__init__.py").is_file():
            return cls(domains.parent.parent, f"{domains.parent.name}.{domains.name}")
        return cls(domains.parent, domains.name)


def current() -> Project:
    """The project of this process: ``$DATA_PLATFORM_PROJECT``, else the folder that it runs in or one above it.

    A checkout of the platform, which is a project as well, is the one where there is no other.

    Raises:
        ProjectError: There is none.
    """
    return _current(os.environ.get(PROJECT_VARIABLE, ""), str(Path.cwd()))


def domains_folder() -> Path:
    """The folder of the current project's domains; where there is no project, ``domains`` in this folder."""
    try:
        return current().domains
    except ProjectError:
        return Path("domains").absolute()


def see_project(domains: Path) -> None:
    """See that files may be written below a folder of domains: it was named, or is that of the project one is in.

    A checkout of the platform is found from anywhere, for reading; nobody means it who stands elsewhere.

    Args:
        domains: The folder.

    Raises:
        ProjectError: There is no project here.
    """
    if domains != domains_folder():
        return
    project = current()
    if not os.environ.get(PROJECT_VARIABLE) and not Path.cwd().is_relative_to(project.root):
        raise _no_project(Path.cwd())


def project_root() -> Path:
    """The folder of the current project.

    Raises:
        ProjectError: There is none.
    """
    return current().root


def state_folder() -> Path:
    """The state folder: ``$DATA_PLATFORM_STATE``, else ``.data_platform`` in the current project, absolute.

    Raises:
        ProjectError: The variable is not set, and there is no project.
    """
    given = os.environ.get(STATE_VARIABLE)
    return (Path(given) if given else project_root() / ".data_platform").expanduser().resolve()


@lru_cache(maxsize=8)
def _installed_domains(_search_path: tuple[str, ...]) -> dict[str, str]:
    """The domains of installed packages; looking costs 30 ms and more, and `up` asks once a second."""
    return {entry.name: entry.value for entry in entry_points(group=ENTRY_POINTS)}


@lru_cache(maxsize=8)
def _current(given: str, folder: str) -> Project:
    if given:
        return Project.read(Path(given).expanduser())
    project = _above(Path(folder)) or _read(_OUR_CHECKOUT)
    if project is None:
        raise _no_project(Path(folder))
    return project


def _no_project(folder: Path) -> ProjectError:
    """There is none here; where a project of `dg` is, what it lacks."""
    for path in (folder, *folder.parents):
        if (path / _FILE).is_file() and "[tool.dg" in (path / _FILE).read_text(encoding="utf-8", errors="replace"):
            return ProjectError(
                f"{path / _FILE} is no project of this platform: under [tool.dg.project] write registry_modules ="
                ' ["data_platform"]'
            )
    return ProjectError(
        f"There is no project in {folder} or above it. Make one with `data-platform init <folder>`, go into its folder,"
        f" or name it in {PROJECT_VARIABLE}."
    )


def _above(folder: Path) -> Project | None:
    return next((project for path in (folder, *folder.parents) if (project := _read(path))), None)


def _read(root: Path) -> Project | None:
    """The project of exactly this folder, where it is one."""
    file = root / _FILE
    try:
        text = file.read_text(encoding="utf-8")
    except OSError:
        return None
    try:
        tool = tomllib.loads(text).get("tool", {})
    except tomllib.TOMLDecodeError as error:
        raise ProjectError(f"{file}: {error}") from None
    try:
        return _project(root, file, tool)
    except (AttributeError, TypeError) as error:
        raise ProjectError(
            f"{file}: what it says under [tool.dg] or [tool.data_platform] has another form: {error}"
        ) from None


def _project(root: Path, file: Path, tool: Any) -> Project | None:
    dg = tool.get("dg", {}).get("project", {})
    if "data_platform" not in dg.get("registry_modules", ()):
        return None
    package = dg.get("defs_module") or f"{dg.get('root_module', '')}.defs"
    if not _MODULE.fullmatch(package):
        raise ProjectError(f"{file}: tool.dg.project.defs_module: {package!r} is no module, such as domains")
    ours = tool.get("data_platform", {})
    if unknown := sorted(set(ours) - _TABLES):
        raise ProjectError(
            f"{file}: tool.data_platform.{unknown[0]} is not known: there are {', '.join(sorted(_TABLES))}"
        )
    sources = tuple(_source(variable, said, file) for variable, said in ours.get("sources", {}).items())
    simulator = ours.get("simulator", {}).get("module", "")
    if not isinstance(simulator, str):
        raise ProjectError(f"{file}: tool.data_platform.simulator.module is no module's name")
    if (repository := ours.get("repository", "")) and not _REPOSITORY.fullmatch(repository):
        raise ProjectError(
            f"{file}: tool.data_platform.repository: {repository!r} is none: 3 to 100 letters, digits, ._/:@-"
        )
    return Project(root, package, sources, simulator, repository)


def _source(variable: str, said: Any, file: Path) -> Source:
    words: Mapping[str, Any] = {"name": said} if isinstance(said, str) else said
    if not isinstance(words, Mapping) or set(words) - {"name", "notice"}:
        raise ProjectError(f'{file}: tool.data_platform.sources.{variable}: write {{ name = "the CRM" }}')
    return Source(variable, str(words.get("name") or variable), str(words.get("notice") or ""))
