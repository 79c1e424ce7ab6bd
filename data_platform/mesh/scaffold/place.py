"""Where a new product goes: its name, its folder, and the project that they are in.

What belongs here: judging names. What does not: what is written there.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from data_platform.mesh.errors import MeshError
from data_platform.products.imported import LOCATION
from data_platform.products.names import is_key, is_product_name, major_of
from data_platform.project import START_HERE, Project

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
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
            MeshError: It is no name of a product.
        """
        key = key_of(product)
        domain, _, name = key.partition("/")
        if domain in _RESERVED:
            whose = "a schema of DuckDB's own" if domain in _SCHEMAS else "a code location of the platform's own"
            raise MeshError(f"{domain!r} is {whose}, so no domain can be called that; choose another")
        return cls(domains.resolve(), domain, name)

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


def is_domain_name(name: str) -> bool:
    """Whether a domain may be called so."""
    return bool(_NAME.fullmatch(name)) and name not in _RESERVED


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
