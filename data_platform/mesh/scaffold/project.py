"""A new project: a company's own mesh, or the repository of one of its domains.

What belongs here: which files it has, and the example to read. What does not: the texts
(``templates``), and anything of a product.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from string import Template
from typing import Final

from data_platform.mesh.errors import MeshError, Refused
from data_platform.mesh.scaffold.place import LONGEST_NAME, why_no_domain, why_taken
from data_platform.mesh.scaffold.staging import link_on_the_way, write_all
from data_platform.products.repository import new_identity
from data_platform.workspace_file import workspace_text

DISTRIBUTION: Final = "dagster-data-mesh"
"""What pip calls the platform. ``data-platform`` on PyPI is another one's."""

_TEMPLATES: Final = Path(__file__).with_name("templates")
_EXAMPLE_DOMAINS: Final = Path(__file__).resolve().parents[2] / "domains"
_AS_THEY_ARE: Final = frozenset({"dagster.yaml", "gitignore", "dockerignore"})
_RENAMED: Final = {
    "project.toml": "pyproject.toml",
    "gitignore": ".gitignore",
    "dockerignore": ".dockerignore",
    "test_project.py": "tests/test_project.py",
}
_KEPT: Final = frozenset(
    {"Makefile", "dagster.yaml", ".gitignore", ".github/workflows/ci.yml", "tests/test_project.py"}
)
_KEPT_OF_A_DOMAIN: Final = frozenset({".dockerignore", "Dockerfile", ".github/workflows/release.yml"})
_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")


@dataclass(frozen=True)
class NewProject:
    """What a new project is.

    Attributes:
        folder: Where it goes.
        domain: Its one domain; empty: it is for many.
        example: Whether it begins with the domains of the example.
    """

    folder: Path
    domain: str = ""
    example: bool = False

    @property
    def name(self) -> str:
        """The folder's name as a package may be called.

        Raises:
            MeshError: It cannot be one.
        """
        name = re.sub(r"[^a-z0-9]+", "-", self.folder.name.lower()).strip("-")
        if not _NAME.fullmatch(name):
            raise MeshError(f"{self.folder.name!r} gives no name to a project: use letters, digits and -")
        if len(self.folder.name) > LONGEST_NAME:
            raise MeshError(
                f"{self.folder.name[:20]}… has {len(self.folder.name)} characters; a project's name may have "
                f"{LONGEST_NAME}"
            )
        if why := why_taken(name.replace("-", "_")) or _why_installed(name):
            raise MeshError(f"{name!r} is {why}, so no project can be called that; choose another, such as {name}-mesh")
        return name

    @property
    def kept_by_us(self) -> frozenset[str]:
        """The files that ``data-platform upgrade`` keeps up to date; the others are people's from the first day on."""
        return _KEPT | (_KEPT_OF_A_DOMAIN if self.domain else frozenset())

    def files(self) -> dict[Path, str]:
        """All files, with what is in them.

        Raises:
            MeshError: The domain or the folder cannot be called so.
        """
        if self.domain and (why := why_no_domain(self.domain)):
            raise MeshError(why)
        if self.domain and self.example:
            raise MeshError("the example has domains of its own: give --example or --domain, not both")
        texts = _rendered("project", self._words())
        domains: dict[str, str] = {"__init__.py": '"""A folder for each domain; each team changes only its own."""\n'}
        if self.domain:
            texts |= _rendered("domain", self._words())
            domains[f"{self.domain}/__init__.py"] = f'"""{self.domain.capitalize()}. Owner: team {self.domain}."""\n'
        if self.example:
            domains |= _example()
        names = [file.partition("/")[0] for file in domains if file.count("/") == 1 and file.endswith("/__init__.py")]
        texts |= {f"domains/{file}": text for file, text in domains.items()}
        texts["workspace.yaml"] = workspace_text(sorted(names))
        texts["pyproject.toml"] += written_table(
            {name: digest_of(texts[name]) for name in texts if name in self.kept_by_us}
        )
        return {self.folder / name: text for name, text in sorted(texts.items())}

    def write(self) -> dict[Path, str]:
        """Write them, all or none.

        Returns:
            What was written.

        Raises:
            Refused: The folder is a link, or leads through one, or has something in it (other than ``.git``).
            MeshError: Names that cannot be used, or a folder that cannot be written to.
        """
        files = self.files()
        self._see_that_it_is_free()
        write_all(self.folder, files)
        return files

    def _see_that_it_is_free(self) -> None:
        if link := link_on_the_way(self.folder):
            itself = f"name the folder itself, {self.folder.resolve()}"
            raise Refused([f"{link} is a link, and nothing is written through links: {itself}"])
        if self.folder.exists() and not self.folder.is_dir():
            raise Refused([f"{self.folder} is a file: choose another name"])
        there = [path.name for path in self.folder.iterdir()] if self.folder.exists() else []
        if others := sorted(name for name in there if name != ".git"):
            more = f" and {len(others) - 3} more" if len(others) > 3 else ""  # noqa: PLR2004 - shown
            raise Refused(
                [f"{self.folder} has {', '.join(others[:3])}{more} already: choose a folder that is new or empty"]
            )

    def _words(self) -> Mapping[str, str]:
        about = "A data mesh: each domain owns its data products, and each product keeps a contract."
        if self.domain:
            about = f"The data products of the domain {self.domain}, with a release of their own."
        if self.example:
            about = "The example, a shop with five domains: to be read, changed and thrown away."
        entry = f'\n[project.entry-points."data_platform.domains"]\n{self.domain} = "domains.{self.domain}"\n'
        return {
            "name": self.name,
            "description": about.rstrip(".").replace('"', "'"),
            "about": about,
            "domain": self.domain or "acme",
            "distribution": DISTRIBUTION,
            "version": version(DISTRIBUTION),
            "repository": new_identity(self.name),
            "entry_points": entry if self.domain else "",
            "example": (_TEMPLATES / "example.toml").read_text(encoding="utf-8") if self.example else "",
        }


def _why_installed(name: str) -> str:
    """Whether a name is that of an installed package, which the project would take the place of."""
    try:
        asked = requires(name)
    except PackageNotFoundError:
        return ""
    # A project that was made before, and is installed in its own environment.
    is_project = any(re.match(rf"{DISTRIBUTION}(?![\w-])", each) for each in asked or ())
    return "" if is_project else "a package that is installed"


def digest_of(text: str) -> str:
    """What tells a file that nobody has edited from one that somebody has."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def written_table(digests: Mapping[str, str]) -> str:
    """What ``pyproject.toml`` remembers of the files that were written, as TOML."""
    lines = [f'"{name}" = "{digest}"' for name, digest in sorted(digests.items())]
    return "\n".join(["", "[tool.data_platform.written] # as they were; `data-platform upgrade` compares", *lines, ""])


def _rendered(kind: str, words: Mapping[str, str]) -> dict[str, str]:
    """The files of a folder of templates, by their names in the project."""
    folder, texts = _TEMPLATES / kind, {}
    for file in sorted(folder.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            name, text = file.relative_to(folder).as_posix(), file.read_text(encoding="utf-8")
            texts[_RENAMED.get(name, name)] = text if name in _AS_THEY_ARE else Template(text).substitute(words)
    return texts


def _example() -> dict[str, str]:
    """The domains of the example, as those of a project of its own."""
    files = (
        file
        for kind in ("*.py", "*.yaml", "*.sql")
        for file in sorted(_EXAMPLE_DOMAINS.rglob(kind))
        if file.parent != _EXAMPLE_DOMAINS
    )
    return {
        file.relative_to(_EXAMPLE_DOMAINS).as_posix(): file.read_text(encoding="utf-8")
        .replace("data_platform.domains", "domains")
        .replace("data_platform/domains", "domains")
        for file in files
    }
