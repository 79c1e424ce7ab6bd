"""From what people type to a product: ``sales/orders_v1`` or ``sales.orders_v1``, and what they meant otherwise.

What belongs here: finding one product, its direct consumers, its contract's text. What does not: reading the folders
(``checkout``).
"""

import getpass
import subprocess
from pathlib import Path
from typing import Final

from data_platform.contracts.references import CONTRACT_FILE
from data_platform.mesh.errors import MeshError, Refused
from data_platform.mesh.files.checkout import Checkout
from data_platform.products.errors import InvalidProductError
from data_platform.products.folder import Product
from data_platform.products.readable import ImportedProduct

_GIT_SECONDS: Final = 10


def key_of(text: str) -> str:
    """A product's key, ``domain/name``, however it was written; it need not be there."""
    return text.strip().strip("/").replace(".", "/", 1)


def product_of(checkout: Checkout, text: str) -> Product:
    """The product that somebody named.

    Args:
        checkout: The mesh.
        text: ``sales/orders_v1`` or ``sales.orders_v1``.

    Raises:
        Refused: There is one, and something is wrong with it; everything that is.
        MeshError: There is none; the message names the likely one.
    """
    try:
        return checkout.product(text)
    except InvalidProductError as error:
        raise Refused(str(finding) for finding in error.errors) from error


def readable_of(checkout: Checkout, text: str) -> Product | ImportedProduct:
    """What somebody wants to read: a product of this repository, or an imported one.

    Raises:
        Refused: Something is wrong with it.
        MeshError: There is none of that name, or its ``imported.yaml`` cannot be read.
    """
    key = key_of(text)
    if key not in checkout.imported:
        return product_of(checkout, text)
    contract = checkout.contracts.get(key)
    if contract is None or not contract.schemas:
        raise MeshError(f"the contract of {key} cannot be read; write it again: data-platform use {key}")
    return ImportedProduct(key, contract)


def consumers_of(checkout: Checkout, key: str) -> tuple[Product, ...]:
    """The products that read a product directly."""
    return tuple(
        product for product in checkout.products.values() if any(upstream.key == key for upstream in product.inputs)
    )


def contract_text(product: Product) -> str:
    """The contract as it is in its file, line ends included."""
    return contract_file(product).read_bytes().decode()


def contract_file(product: Product) -> Path:
    """Where the contract is."""
    return product.folder / CONTRACT_FILE


def current_user(folder: Path) -> str:
    """Who is at work: the e-mail address that git knows, else the user's name on this machine."""
    return _git(folder, "config", "user.email") or getpass.getuser()


def commit_of(file: Path) -> str | None:
    """The git commit that a file is as in, or ``None``: no git, or the file was changed since."""
    changed = _git(file.parent, "status", "--porcelain", "--", file.name)
    return (_git(file.parent, "rev-parse", "HEAD") or None) if changed == "" else None


def _git(folder: Path, *arguments: str) -> str | None:
    """What git says, stripped; ``None`` where it fails or is not there."""
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_GIT_SECONDS)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
