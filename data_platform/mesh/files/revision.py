"""A checkout as it was at a git revision, and which products have changed since.

What belongs here: which files of a revision products are made of. What does not: asking git (``git``), reading products
(``checkout``).
"""

import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final

from data_platform.mesh.files.checkout import Checkout
from data_platform.mesh.files.git import changed_files, commit_at, contents, files_of

_SUFFIXES: Final = (".yaml", ".sql", ".py")


@contextmanager
def at_revision(domains: Path, revision: str, *, only: Collection[str] | None = None) -> Iterator[Checkout]:
    """The products as they were at a revision, in a folder that is there while this lasts.

    Args:
        domains: The folder of all domains, in a git repository.
        revision: Anything that git takes for a commit.
        only: The products to have, as ``domain/name``; all where it is left out.

    Raises:
        MeshError: No git, no repository, no such revision.
    """
    blobs = [blob for blob in files_of(domains, commit_at(domains, revision)) if _wanted(blob.path, only)]
    with tempfile.TemporaryDirectory(prefix="data-platform-") as folder:
        root = Path(folder, "domains")
        root.mkdir()
        for blob, content in zip(blobs, contents(domains, blobs), strict=True):
            file = root / blob.path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        yield Checkout(root)


def changed_since(domains: Path, revision: str) -> frozenset[str]:
    """The products of which a file in the working tree is another than at a revision, new ones and gone ones included.

    Raises:
        MeshError: No git, no repository, no such revision.
    """
    return frozenset(by_product(changed_files(domains, commit_at(domains, revision))))


def by_product(paths: Collection[PurePosixPath]) -> dict[str, tuple[str, ...]]:
    """Files below the folder of all domains by the product whose folder they are in.

    Returns:
        For each ``domain/name`` the files below its folder, sorted. Files of no product's folder are in none.
    """
    files: dict[str, list[str]] = {}
    for path in sorted(paths):
        if len(path.parts) > 2:  # noqa: PLR2004 - domain, product, file
            files.setdefault("/".join(path.parts[:2]), []).append("/".join(path.parts[2:]))
    return {key: tuple(names) for key, names in files.items()}


def _wanted(path: PurePosixPath, only: Collection[str] | None) -> bool:
    """Whether products are made of a file."""
    return path.suffix in _SUFFIXES and (only is None or "/".join(path.parts[:2]) in only)
