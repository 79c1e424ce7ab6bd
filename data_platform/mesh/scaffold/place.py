"""Where a new product goes: its name, its folder, and the project that they are in.

What belongs here: judging names. What does not: what is written there.
"""

import keyword
import re
import sys
import sysconfig
from dataclasses import dataclass
from functools import cached_property
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Final

from data_platform.mesh.errors import MeshError
from data_platform.products.imported import LOCATION
from data_platform.products.names import is_key, is_product_name, major_of
from data_platform.project import START_HERE, Project

LONGEST_NAME: Final = 100
"""A file's name may have 255 characters, and names of tests and folders are made of these."""

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_RAW: Final = "raw_"
_SCHEMAS: Final = frozenset({"main", "temp", "system", "information_schema", "pg_catalog"})
"""Schemas that DuckDB has already, so that no domain can be called that in SQL."""

_RESERVED: Final = _SCHEMAS | {LOCATION, START_HERE}
"""... and code locations that are no domains."""


@dataclass(frozen=True)
class Place:
    """Where a product goes.

    Attributes:
        domains: The folder of all domains.
        domain: The domain.
        name: The product's name, with its version.
    """

    domains: Path
    domain: str
    name: str

    @classmethod
    def of(cls, product: str, domains: Path) -> "Place":
        """Read ``domain/name_vN`` or ``domain.name_vN``.

        Raises:
            MeshError: It is no name of a product, or its domain is new and cannot be called so.
        """
        return cls._at(key_of(product), domains)

    @classmethod
    def of_source(cls, source: str, domains: Path) -> "Place":
        """Read ``domain/raw_name``.

        Raises:
            MeshError: It is no name of a source, or its domain is new and cannot be called so.
        """
        key = source.strip().replace(".", "/", 1)
        domain, _, name = key.partition("/")
        if not name.startswith(_RAW) or not is_key(key) or is_product_name(name):
            bare = name.rpartition("_v")[0] if is_product_name(name) else name
            fix = f"{domain or 'acme'}/{_RAW}{bare.removeprefix(_RAW) or 'orders'}"
            raise MeshError(
                f"{source!r} names no source; write domain/{_RAW}name in small letters, without a version: {fix}"
            )
        return cls._at(key, domains)

    @classmethod
    def _at(cls, key: str, domains: Path) -> "Place":
        domain, _, name = key.partition("/")
        place = cls(domains.resolve(), domain, name)
        if len(name) > LONGEST_NAME:
            raise MeshError(f"{name[:20]}… has {len(name)} characters; a product's name may have {LONGEST_NAME}")
        if (domain in _RESERVED or len(domain) > LONGEST_NAME or place.is_first) and (why := why_no_domain(domain)):
            raise MeshError(why)
        return place

    @property
    def key(self) -> str:
        """``domain/name_vN``."""
        return f"{self.domain}/{self.name}"

    @property
    def major(self) -> int:
        """The version in its name."""
        return major_of(self.name) or 1

    @property
    def table(self) -> str:
        """Its name without the version."""
        return self.name.rpartition("_v")[0]

    @property
    def folder(self) -> Path:
        """Its folder."""
        return self.domains / self.domain / self.name

    @cached_property
    def project(self) -> Project:
        """The project that its domain is in."""
        return Project.of_domains(self.domains)

    @property
    def root(self) -> Path:
        """The project's folder: where ``workspace.yaml`` is."""
        return self.project.root

    @property
    def is_first(self) -> bool:
        """Whether there is no such domain yet."""
        return not (self.domains / self.domain / "__init__.py").is_file()

    @property
    def test_file(self) -> Path:
        """Where its test goes."""
        return self.project.tests / self.domain / f"test_{self.name}.py"


def why_no_domain(name: str) -> str:
    """Why a new domain cannot be called so, and what to do; empty: it can."""
    if len(name) > LONGEST_NAME:
        return f"{name[:20]}… has {len(name)} characters; a domain's name may have {LONGEST_NAME}"
    if not _NAME.fullmatch(name):
        return f"{name!r} cannot be the name of a domain: small letters, digits and _, such as sales"
    if name in _RESERVED:
        why = "a schema of DuckDB's own" if name in _SCHEMAS else "a code location of the platform's own"
    else:
        why = why_taken(name) or ("a reserved word of SQL" if name in _reserved_in_sql() else "")
    return f"{name!r} is {why}, so no domain can be called that; choose another, such as {name}_team" if why else ""


def why_taken(name: str) -> str:
    """What a name is to Python, so that a package called so would stand in its way or could not be imported."""
    if keyword.iskeyword(name):
        return "a keyword of Python"
    if name in sys.stdlib_module_names:
        return "a module of Python's own library"
    installed = [sysconfig.get_path(kind) for kind in ("purelib", "platlib")]
    spec = PathFinder.find_spec(name, installed)
    is_ours = name == __name__.partition(".")[0]
    return "a package that is installed" if is_ours or (spec is not None and spec.origin is not None) else ""


def _reserved_in_sql() -> frozenset[str]:
    import duckdb  # noqa: PLC0415 - only a new domain needs it

    with duckdb.connect() as connection:
        words = connection.execute("SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category = 'reserved'")
        return frozenset(word for (word,) in words.fetchall())


def key_of(product: str) -> str:
    """``domain/name_vN`` of a product as people write it, with a slash or a dot.

    Raises:
        MeshError: It is no name of a product; says which part of it is wrong.
    """
    key = product.strip().replace(".", "/", 1)
    domain, slash, name = key.partition("/")
    if not slash or not domain or not name:
        raise MeshError(f"{product!r} names no product; write domain/name_v1, such as sales/returns_v1")
    for part, what in ((domain, "domain"), (name, "product")):
        if not _NAME.fullmatch(part):
            raise MeshError(
                f"{part!r} cannot be the name of a {what}: write small letters, digits and _, a letter first"
            )
    if not is_product_name(name):
        raise MeshError(f"{name!r} does not say its version; write {domain}/{name.rstrip('_')}_v1")
    if not is_key(key):
        raise MeshError(f"{product!r} names no product; write domain/name_v1, such as sales/returns_v1")
    return key
