"""The contract's file of a product that comes to an end: its new text, and putting it in the place of the old one.

What belongs here: which values change, and to what version. What does not: whether they may (``retiring``), and cutting
the text (``contracts.editing``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from data_platform.contracts.editing import UneditableError, add_entry, set_text
from data_platform.contracts.findings import KeyPath
from data_platform.contracts.model import Contract
from data_platform.contracts.properties import PREFIX
from data_platform.contracts.reading import contract as contract_of
from data_platform.contracts.semver import SemanticVersion
from data_platform.contracts.service_levels import kind
from data_platform.contracts.source import read
from data_platform.mesh.errors import MeshError, Refused
from data_platform.mesh.files.lookup import contract_file, contract_text
from data_platform.mesh.files.writing import replace_text
from data_platform.products.folder import Product

OVERRIDE: Final = f"{PREFIX}retiredAnyway"
"""What the contract says of a product that was retired against the rules, and why."""


@dataclass(frozen=True)
class Recipient:
    """A consumer who has to know.

    Attributes:
        consumer: A product's key, or the name of a consumer outside the platform.
        kind: ``product``, or the subscription's kind.
        owner: Who answers for it.
        contact: Where the owner is reached, if that is known.
    """

    consumer: str
    kind: str
    owner: str
    contact: str | None = None


@dataclass(frozen=True)
class Ending:
    """What was done to a product's contract, or would be.

    Attributes:
        product: Its key.
        former: The version that the file had.
        version: The version that it has now.
        text: The contract's new text; the former one where nothing had to change.
        consumers: Who is told.
        overridden: The rules that were set aside.
        written: Whether event and file were written.
        registered: Whether the new text is registered as well, as there is no file to commit.
    """

    product: str
    former: str
    version: str
    text: str
    consumers: tuple[Recipient, ...]
    overridden: tuple[str, ...] = ()
    written: bool = False
    registered: bool = False


def edited(product: Product, status: str, levels: Mapping[str, str], custom: Mapping[str, str]) -> Ending:
    """The text of a product's contract with the wished values, and the next minor version.

    Raises:
        MeshError: The text cannot be edited by machine; says what to write by hand.
        Refused: It says all this already.
    """
    text, file = contract_text(product), str(contract_file(product))
    return edited_text(product.key, product.contract, text, file, status=status, levels=levels, custom=custom)


def edited_text(
    key: str,
    contract: Contract,
    before: str,
    file: str,
    *,
    status: str,
    levels: Mapping[str, str],
    custom: Mapping[str, str],
) -> Ending:
    """The same of a contract's text that need not be in a file of the checkout.

    Args:
        key: The product.
        contract: Its contract.
        before: The text that this was read from.
        file: Where that is, for messages.
        status: The wished status.
        levels: The wished service levels.
        custom: The wished custom properties.

    Raises:
        MeshError: The text cannot be edited by machine; says what to write by hand.
        Refused: It says all this already.
    """
    try:
        text = before if contract.status == status else set_text(before, ("status",), status, file=file)
        for name, value in levels.items():
            text = _with_level(text, name, value, file)
        for name, wanted in custom.items():
            text = _with_custom(text, name, wanted, file)
        if text == before:
            raise Refused([f"{key} says so already: nothing is to be changed"])
        # Whatever announces or makes an end is a minor change, see `contracts.compatibility.table`.
        version = next_minor(contract)
        text = set_text(text, ("version",), version, file=file)
    except UneditableError as error:
        raise MeshError(str(error)) from error
    return Ending(key, contract.version_text, version, text, ())


def next_minor(contract: Contract) -> str:
    """The version after a contract's for a change that breaks nobody."""
    version = contract.version or SemanticVersion(0, 0, 0)
    return str(SemanticVersion(version.major, version.minor + 1, 0))


def _with_level(text: str, name: str, value: str, file: str) -> str:
    levels = contract_of(read(text.encode(), file=file)).service_levels
    level = next((level for level in levels if kind(level) == name.lower()), None)
    if level is None:
        return add_entry(text, "slaProperties", {"property": name, "value": value}, file=file)
    return _set(text, (*level.path, "value"), level.value, value, file)


def _with_custom(text: str, name: str, value: str, file: str) -> str:
    entries = contract_of(read(text.encode(), file=file)).custom_properties
    entry = next((entry for entry in entries if entry.name == name), None)
    if entry is None:
        return add_entry(text, "customProperties", {"property": name, "value": value}, file=file)
    return _set(text, (*entry.path, "value"), entry.value, value, file)


def _set(text: str, path: KeyPath, old: object, value: str, file: str) -> str:
    return text if old == value else set_text(text, path, value, file=file)


def write(product: Product, ending: Ending) -> Ending:
    """Put the new text in the place of the old one, at once: a reader sees one or the other."""
    if ending.written:
        replace_text(contract_file(product), ending.text)
    return ending
