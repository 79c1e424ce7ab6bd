"""A product of another repository whose contract this one has: what was imported from the registry, and when.

What belongs here: the file beside such a contract. What does not: fetching it (``mesh.life.using``), and its asset
in Dagster (``orchestration.products.imported``).

The folder of an imported product, ``domains/<domain>/<name>_v<N>``, has its contract as it is registered and
``imported.yaml``; no transform, no ``defs.yaml``. So whatever reads a product's contract finds it where every other is,
without a store, and a pull request shows what changed of what is relied upon.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from data_platform.contracts.errors import UnreadableContractError
from data_platform.contracts.references import CONTRACT_FILE
from data_platform.contracts.registry.versions import digest
from data_platform.products.catalogue import loaded
from data_platform.products.defs_file import DEFS_FILE
from data_platform.products.spec import PartitionsSpec
from data_platform.project import Project

IMPORTED_FILE: Final = "imported.yaml"

LOCATION: Final = "imported"
"""The code location of all imported products; no domain can be called so."""

_HEADER: Final = "# Written by `data-platform use`: this product is made elsewhere. Not to be edited.\n"


@dataclass(frozen=True)
class Imported:
    """An imported product.

    Attributes:
        product: ``domain/name_vN``.
        version: The registered version of its contract.
        digest: Of what that says, as the registry has it.
        partitions: How it is partitioned, if it is and that is known.
    """

    product: str
    version: str
    digest: str
    partitions: PartitionsSpec | None = None

    def text(self) -> str:
        """As the file has it."""
        said: dict[str, object] = {"product": self.product, "version": self.version, "digest": self.digest}
        if self.partitions is not None:
            said["partitions"] = self.partitions.model_dump(mode="json", exclude_none=True)
        return _HEADER + yaml.safe_dump(said, sort_keys=False)

    @classmethod
    def read(cls, folder: Path) -> "Imported":
        """Read the file of a product's folder.

        Raises:
            ValueError: It is not there, or not what was written; says what to do.
        """
        file = folder / IMPORTED_FILE
        try:
            said: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
            return cls(str(said["product"]), str(said["version"]), str(said["digest"]), partitions_of(said))
        except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError, RecursionError) as error:
            again = f"data-platform use {folder.parent.name}/{folder.name}"
            raise ValueError(f"{file} cannot be read ({error}); write it again: {again}") from error


def edited(folder: Path) -> str:
    """Why the files of an imported product are not what was imported; empty: they are.

    An edited contract is nobody's promise: it is made in another repository.

    Args:
        folder: The product's folder.

    Returns:
        A sentence without its full stop.
    """
    file, contract = folder / IMPORTED_FILE, folder / CONTRACT_FILE
    try:
        imported = _read(file, file.stat().st_mtime_ns)
        own = _digest(contract, contract.stat().st_mtime_ns)
    except UnreadableContractError as error:
        why = error.findings[0].message
        return f"the contract of {folder.parent.name}/{folder.name} was changed here and cannot be read: {why}"
    except (OSError, ValueError) as error:
        return str(error).rstrip(".")
    key = f"{folder.parent.name}/{folder.name}"
    if imported.product != key:
        return f"{file} is of {imported.product}, and its folder is that of {key}"
    return (
        "" if own == imported.digest else f"the contract of {key} was changed here, and is made in another repository"
    )


@lru_cache(maxsize=512)
def _read(file: Path, changed: int) -> Imported:
    del changed
    return Imported.read(file.parent)


@lru_cache(maxsize=512)
def _digest(file: Path, changed: int) -> str:
    return digest(loaded(file, changed))


def partitions_of(said: Mapping[str, Any]) -> PartitionsSpec | None:
    """How a product is partitioned, of a mapping that may say so under ``partitions``.

    Raises:
        ValidationError: It says something else.
    """
    return PartitionsSpec.model_validate(said["partitions"]) if said.get("partitions") else None


def locations_of(project: Project, new_domain: str | None = None) -> list[str]:
    """The code locations of a project: its domains and, where it has imported products, one for these.

    Args:
        project: The project.
        new_domain: A domain that is about to be one of them.
    """
    domains = sorted({*project.domain_modules(), *filter(None, [new_domain])})
    return [*domains, LOCATION] if domains and any(imported_in(project.domains)) else domains


def is_imported(folder: Path) -> bool:
    """Whether a product's folder is that of another repository's product."""
    return (folder / IMPORTED_FILE).is_file() and not (folder / DEFS_FILE).exists()


def imported_in(domains: Path) -> Iterable[str]:
    """The keys of the imported products of a folder of domains, sorted."""
    files = domains.glob(f"*/*/{IMPORTED_FILE}")
    folders = (file.parent for file in files if file.with_name(CONTRACT_FILE).is_file() and is_imported(file.parent))
    return sorted(f"{folder.parent.name}/{folder.name}" for folder in folders)
