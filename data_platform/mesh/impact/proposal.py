"""A change that nobody has made yet: drop, rename, retype, tighten a column.

What belongs here: from such words to effects and to the contract as it would be. What does not: what it means for
others (``impact``).
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from data_platform.contracts.compatibility.compare import compare
from data_platform.contracts.document import Document
from data_platform.contracts.model import Contract
from data_platform.contracts.reading import contract as contract_of
from data_platform.contracts.suggest import did_you_mean
from data_platform.contracts.types.holding import LOGICAL, logical_types
from data_platform.contracts.types.reading import UnknownTypeError, parse
from data_platform.lineage.effects import ColumnChange, Effect
from data_platform.mesh.errors import MeshError
from data_platform.mesh.impact.effects import TYPE, column_changes
from data_platform.products.edges import graph_name


@dataclass(frozen=True)
class Proposal:
    """What is thought of.

    Attributes:
        drop: Columns to drop.
        rename: Columns with their new names.
        retype: Columns with their new types: physical, such as ``DECIMAL(12, 2)``, or logical, such as ``string``.
        tighten: Columns that will hold fewer values.
    """

    drop: tuple[str, ...] = ()
    rename: tuple[tuple[str, str], ...] = ()
    retype: tuple[tuple[str, str], ...] = ()
    tighten: tuple[str, ...] = ()

    def effects(
        self, key: str, columns: Sequence[str], contract: Contract | None
    ) -> tuple[tuple[ColumnChange, ...], Contract | None]:
        """What the proposal does to a product.

        Args:
            key: The product, ``domain/name``.
            columns: Its columns.
            contract: Its contract; ``None`` for what is no product.

        Returns:
            The effects, and the contract as it would be.

        Raises:
            MeshError: A column is not there, a new name is taken, a type is not known; all of them.
        """
        if wrong := list(self._wrong(key, columns, contract)):
            raise MeshError("\n".join(wrong))
        product = graph_name(key)
        changes = [ColumnChange(product, column, Effect.GONE, "is dropped") for column in self.drop]
        for column, new in self.rename:
            changes.append(ColumnChange(product, column, Effect.GONE, f"is renamed to {new}"))
            changes.append(ColumnChange(product, new, Effect.ADDED, "is added"))
        if contract is None:
            changes += [
                ColumnChange(product, column, Effect.RETYPED, f"becomes {to}", TYPE) for column, to in self.retype
            ]
        changes += [ColumnChange(product, column, Effect.TIGHTENED, "holds fewer values") for column in self.tighten]
        after = self._edited(contract) if contract is not None else None
        if contract is not None and after is not None and self.retype:
            effects = column_changes(product, compare(contract, after))
            changes += [effect for effect in effects if effect.facet == TYPE and effect.column in dict(self.retype)]
        return tuple(dict.fromkeys(changes)), after

    def _wrong(self, key: str, columns: Sequence[str], contract: Contract | None) -> Iterator[str]:
        named = [
            *self.drop,
            *(column for column, _ in self.rename),
            *(column for column, _ in self.retype),
            *self.tighten,
        ]
        if not named:
            yield "nothing to look at: give --drop, --rename, --retype, --tighten or --diff"
        for column in dict.fromkeys(named):
            if column not in columns:
                yield f"{key} has no column {column!r}: {did_you_mean(column, columns)}"
        for column, new in self.rename:
            if new in columns:
                yield f"{key} has a column {new!r} already: rename {column} to another name"
        for _, to in self.retype:
            if contract is not None and not _able(to):
                logical = ", ".join(LOGICAL)
                yield f"{to!r} is no type: write one such as BIGINT, VARCHAR(20), DECIMAL(12, 2), or {logical}"

    def _edited(self, contract: Contract) -> Contract:
        raw = copy.deepcopy(dict(contract.raw))
        table = raw["schema"][0]
        table["properties"] = [column for column in table["properties"] if _named(column) not in self.drop]
        for column in table["properties"]:
            name = _named(column)
            if name in dict(self.retype):
                _retype(column, dict(self.retype)[name])
            if name in dict(self.rename):
                column.update(dict.fromkeys(("name", "physicalName"), dict(self.rename)[name]))
        return contract_of(Document(contract.file, raw, {}))


def _named(column: Mapping[str, Any]) -> str | None:
    return column.get("physicalName") or column.get("name")


def _able(to: str) -> tuple[str, ...]:
    """The logical types of what a column is to become; none: it is no type."""
    try:
        return (to,) if to in LOGICAL else logical_types(parse(to))
    except UnknownTypeError:
        return ()


def _retype(column: dict[str, object], to: str) -> None:
    if to in LOGICAL:
        column["logicalType"] = to
        column.pop("physicalType", None)
    else:
        able = _able(to)
        if column.get("logicalType") not in able:
            column["logicalType"] = able[0]
            column.pop("logicalTypeOptions", None)
        column["physicalType"] = to
