"""References to columns: the standard's two notations, and which column of a contract they mean.

What belongs here: syntax and look-up inside one contract. What does not: finding the contract of another product.

- shorthand, by name: ``orders.order_id``, nested ``orders.address.street``;
- fully qualified, by ``id``: ``schema/orders_tbl/properties/order_id_pk``, nested ones with more ``properties/…``; an
  element without an ``id`` answers to its name;
- of another product: ``../../sales/orders_v1/contract.odcs.yaml#/schema/…``. The product is the last two folders
  before a file called ``contract.odcs.yaml``, or else the last two parts of the path without its ending:
  ``https://mesh.example/sales/orders_v1.yaml`` is ``sales/orders_v1`` too.

Source: https://bitol-io.github.io/open-data-contract-standard/latest/references/.
"""

import re
from dataclasses import dataclass
from typing import Final, Protocol

from data_platform.contracts.elements import Property, SchemaObject
from data_platform.contracts.model import Contract

CONTRACT_FILE: Final = "contract.odcs.yaml"
_SHORTHAND: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z_][A-Za-z0-9_-]*)+")
_QUALIFIED: Final = re.compile(r"/?schema/[A-Za-z0-9_-]+(/properties/[A-Za-z0-9_-]+)+")
_FILE: Final = re.compile(r"((https?|file)://)?[A-Za-z0-9._/-]+\.ya?ml")
_ENDING: Final = re.compile(r"(\.odcs)?\.ya?ml$")
_SHOWN: Final = "write table.column, or schema/<id>/properties/<id>, with <contract file>.yaml# before the latter"


class Resolver(Protocol):
    """Knows the contracts of other products."""

    def lookup(self, product: str) -> Contract | None:
        """The contract of a product such as ``sales/orders_v1``, or None where there is no such product."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A parsed reference.

    Attributes:
        file: The file of another contract, or None for the contract at hand.
        steps: The schema object, then the property, then properties nested in it.
        by_id: Whether the steps are ids rather than names.
    """

    file: str | None
    steps: tuple[str, ...]
    by_id: bool

    @classmethod
    def parse(cls, text: str) -> "Reference":
        """Read a reference in either notation.

        Raises:
            ValueError: It is neither; the message says what is wrong and, after a semicolon, what to write.
        """
        file, anchor, inner = text.rpartition("#")
        if anchor and not _FILE.fullmatch(file):
            raise ValueError(f"'{text}' names no contract file before the #; {_SHOWN}")
        if _QUALIFIED.fullmatch(inner):
            return cls(file or None, tuple(inner.removeprefix("/").split("/")[1::2]), by_id=True)
        if _SHORTHAND.fullmatch(inner):
            return cls(file or None, tuple(inner.split(".")), by_id=False)
        raise ValueError(f"'{text}' is no reference to a column; {_SHOWN}")

    @property
    def product(self) -> str | None:
        """The other product, as ``domain/product``, or None for a reference inside the contract."""
        if self.file is None:
            return None
        parts = [part for part in self.file.split("://")[-1].split("/") if part not in {"", ".", ".."}]
        if parts and parts[-1] == CONTRACT_FILE:
            parts = parts[:-1]
        return "/".join(_ENDING.sub("", part) for part in parts[-2:])

    def find(self, contract: Contract) -> tuple[SchemaObject, Property] | None:
        """The object and property that the reference means in a contract, or None where it dangles."""
        schema = next((candidate for candidate in contract.schemas if self._answers(candidate, self.steps[0])), None)
        if schema is None:
            return None
        column, within = None, schema.properties
        for step in self.steps[1:]:
            column = next((candidate for candidate in within if self._answers(candidate, step)), None)
            if column is None:
                return None
            within = column.properties or (column.items.properties if column.items else ())
        return (schema, column) if column else None

    def _answers(self, element: SchemaObject | Property, step: str) -> bool:
        return step == (element.id or element.name if self.by_id else element.name)
