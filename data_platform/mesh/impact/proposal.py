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
from data_platform.contracts.physical_types import NAMES, logical_types_of
from data_platform.contracts.reading import contract as contract_of
from data_platform.contracts.suggest import did_you_mean
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
        made = [ColumnChange(product, one, Effect.GONE, "is dropped") for one in self.drop]
        for one, new in self.rename:
            made.append(ColumnChange(product, one, Effect.GONE, f"is renamed to {new}"))
            made.append(ColumnChange(product, new, Effect.ADDED, "is added"))
        if contract is None:
            made += [ColumnChange(product, one, Effect.RETYPED, f"becomes {to}", TYPE) for one, to in self.retype]
        made += [ColumnChange(product, one, Effect.TIGHTENED, "holds fewer values") for one in self.tighten]
        after = self._edited(contract) if contract is not None else None
        if contract is not None and after is not None and self.retype:
            found = column_changes(product, compare(contract, after))
            made += [one for one in found if one.facet == TYPE and one.column in dict(self.retype)]
        return tuple(dict.fromkeys(made)), after

    def _wrong(self, key: str, columns: Sequence[str], contract: Contract | None) -> Iterator[str]:
        named = [*self.drop, *(one for one, _ in self.rename), *(one for one, _ in self.retype), *self.tighten]
        if not named:
            yield "nothing to look at: give --drop, --rename, --retype, --tighten or --diff"
        for one in dict.fromkeys(named):
            if one not in columns:
                yield f"{key} has no column {one!r}: {did_you_mean(one, columns)}"
        for one, new in self.rename:
            if new in columns:
                yield f"{key} has a column {new!r} already: rename {one} to another name"
        for _, to in self.retype:
            if contract is not None and to not in NAMES and not logical_types_of(to):
                yield f"{to!r} is no type: write one such as BIGINT, VARCHAR(20), DECIMAL(12, 2), or {', '.join(NAMES)}"

    def _edited(self, contract: Contract) -> Contract:
        raw = copy.deepcopy(dict(contract.raw))
        table = raw["schema"][0]
        table["properties"] = [one for one in table["properties"] if _named(one) not in self.drop]
        for column in table["properties"]:
            name = _named(column)
            if name in dict(self.retype):
                _retype(column, dict(self.retype)[name])
            if name in dict(self.rename):
                column.update(dict.fromkeys(("name", "physicalName"), dict(self.rename)[name]))
        return contract_of(Document(contract.file, raw, {}))


def _named(column: Mapping[str, Any]) -> str | None:
    return column.get("physicalName") or column.get("name")


def _retype(column: dict[str, Any], to: str) -> None:
    if to in NAMES:
        column["logicalType"] = to
        column.pop("physicalType", None)
    else:
        able = logical_types_of(to) or frozenset()
        if column.get("logicalType") not in able:
            column["logicalType"] = min(able)
            column.pop("logicalTypeOptions", None)
        column["physicalType"] = to
