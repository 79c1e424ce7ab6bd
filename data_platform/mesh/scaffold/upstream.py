"""What is known of a new product's inputs: columns with types, keys, partitions.

What belongs here: contracts of products, what the command line says, and the store's table of what has no contract.
What does not: what a query makes of it.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from data_platform.contracts.elements import Property
from data_platform.contracts.errors import UnreadableContractError
from data_platform.contracts.exchange.types import arrow_of_sql
from data_platform.contracts.references import CONTRACT_FILE
from data_platform.contracts.suggest import did_you_mean
from data_platform.mesh.errors import MeshError
from data_platform.mesh.scaffold.place import Place
from data_platform.products.catalogue import loaded, product_keys
from data_platform.products.declared_inputs import made_elsewhere
from data_platform.products.defs_file import read_defs
from data_platform.products.errors import InvalidProductError
from data_platform.products.imported import Imported, is_imported
from data_platform.products.names import is_key, is_product_name
from data_platform.products.schema import arrow_schema
from data_platform.products.source_file import read_source, sources_in
from data_platform.storage.formats.column_types import schema_of

if TYPE_CHECKING:
    from data_platform.storage.objects.store import ObjectStore

_INPUT: Final = re.compile(r"(?:([A-Za-z_]\w*)\s*=\s*)?([A-Za-z_]\w*[./]\w+)\s*(?::(.*))?", re.DOTALL)
_COMMA: Final = re.compile(r",(?![^(]*\))")


@dataclass(frozen=True)
class GivenInput:
    """An input as the command line says it: ``orders=sales/orders_v1:day,order_id``.

    Attributes:
        name: The argument's name; None: made from the product's.
        key: ``domain/name``.
        columns: Columns, each with its type in DuckDB's SQL, where one is given. Empty: all.
    """

    name: str | None
    key: str
    columns: Mapping[str, str | None]

    @classmethod
    def parse(cls, text: str) -> "GivenInput":
        """Read ``[name=]domain/asset[:column[ type],…]``.

        Raises:
            MeshError: It is not of that form.
        """
        match = _INPUT.fullmatch(text.strip())
        key = match[2].replace(".", "/").lower() if match else ""
        if match is None or not is_key(key):
            raise MeshError(
                f"--input {text!r} cannot be read; write name=domain/product_v1:column,column, or for an asset of "
                "the own domain domain/asset:'column TYPE,column TYPE'"
            )
        return cls(match[1], key, columns_of_text(match[3] or ""))


def columns_of_text(text: str) -> dict[str, str | None]:
    """Columns with types out of ``a BIGINT, b DECIMAL(10, 2), c``; None where there is no type."""
    pairs = [part.strip().partition(" ") for part in _COMMA.split(text) if part.strip()]
    return {name: kind.strip() or None for name, _, kind in pairs}


@dataclass(frozen=True)
class Upstream:
    """An input.

    Attributes:
        key: ``domain/name``.
        schema: All its columns.
        properties: What its contract says of each; nothing for an asset that is no product.
        primary_key: The columns of its primary key.
        partition: Its partition column.
        daily: Whether it has a partition a day.
        includes_today: Whether the day that is not over is one of them.
        is_product: Whether it has a contract.
    """

    key: str
    schema: pa.Schema
    properties: Mapping[str, Property] = field(default_factory=dict)
    primary_key: tuple[str, ...] = ()
    partition: str | None = None
    daily: bool = False
    includes_today: bool = False
    is_product: bool = True

    @property
    def table(self) -> str:
        """What SQL calls it."""
        return self.key.replace("/", ".", 1)


def upstream_of(
    place: Place, key: str, given: GivenInput | None, store: "Callable[[], ObjectStore | None]"
) -> Upstream:
    """What is known of an input.

    Args:
        place: Who reads it.
        key: ``domain/name``.
        given: What the command line says of it, if anything.
        store: Opens the store where its table may be, if it is no product.

    Raises:
        MeshError: There is no such product, or nothing says which columns an asset has.
    """
    file = place.domains / key / CONTRACT_FILE
    if file.is_file():
        return _product(place, key)
    domain, _, name = key.partition("/")
    if is_product_name(name) or domain != place.domain:
        known = list(product_keys(place.domains))
        private = "" if is_product_name(name) else "; what is not published is private to its domain"
        fix = did_you_mean(key, known)
        raise MeshError(f"there is no product {key}{private}: {fix if private else made_elsewhere(key, fix)}")
    return _asset(place.domains / key, key, given, store)


def _product(place: Place, key: str) -> Upstream:
    file = place.domains / key / CONTRACT_FILE
    try:
        contract = loaded(file, file.stat().st_mtime_ns)
        partitions = (
            Imported.read(file.parent).partitions if is_imported(file.parent) else read_defs(file.parent)[0].partitions
        )
    except (UnreadableContractError, InvalidProductError, ValueError) as error:
        raise MeshError(f"{key} cannot be read, mend it first: {error}") from error
    if not contract.schemas:
        raise MeshError(f"{key} has no table in its contract; mend it first")
    table = contract.schemas[0]
    partition = table.partition_key[0].column if table.partition_key else None
    daily = partitions is not None and partitions.type == "daily"
    return Upstream(
        key,
        arrow_schema(table.properties),
        {column.column: column for column in table.properties},
        tuple(column.column for column in table.primary_key),
        partition,
        daily,
        partitions.includes_today if partitions else False,
    )


def _source(folder: Path, key: str) -> Upstream | None:
    """A source of the own domain, whose ``defs.yaml`` says which columns its raw table has; None: it is none.

    Raises:
        MeshError: It is one, and cannot be read.
    """
    if folder not in sources_in(folder.parent):
        return None
    try:
        spec, _ = read_source(folder)
    except InvalidProductError as error:
        raise MeshError(f"{key} cannot be read, mend it first: {error}") from error
    fields = {"day": "string"} if spec.daily else {}
    fields |= {name: column.type for name, column in spec.columns.items()}
    return Upstream(
        key,
        schema_of({**fields, "_source": "string", "_taken_at": "timestamp"}),
        partition="day" if spec.daily else None,
        daily=spec.daily,
        is_product=False,
    )


def _asset(folder: Path, key: str, given: GivenInput | None, store: "Callable[[], ObjectStore | None]") -> Upstream:
    """An asset of the own domain, which has no contract: from the command line, its ``defs.yaml``, else its table."""
    columns = given.columns if given else {}
    if columns and all(columns.values()):
        try:
            schema = pa.schema([(name, arrow_of_sql(kind or "")) for name, kind in columns.items()])
        except ValueError as error:
            raise MeshError(f"--input {key}: {error}") from error
        return Upstream(key, schema, is_product=False)
    if (source := _source(folder, key)) is not None:
        return source
    opened = store()
    if opened is not None:
        from data_platform.storage.delta import exists, open_table  # noqa: PLC0415 - only where a store is asked
        from data_platform.storage.delta.evolution import table_schema  # noqa: PLC0415

        if exists(opened, key):
            table = open_table(opened, key)
            parts = table.metadata().partition_columns
            # What lies in one partition a day is called so by the conventions of raw assets.
            day = parts[0] if parts == ["day"] else None
            return Upstream(key, table_schema(table), partition=day, daily=day is not None, is_product=False)
    raise MeshError(
        f"{key} is no product, so nothing says which columns it has: add --input '{key}:column TYPE,column TYPE' with "
        "those that are read, or set DATA_PLATFORM_STORE to where its table is"
    )


def given_inputs(inputs: Iterable[str]) -> dict[str, GivenInput]:
    """What the command line says of inputs, by key.

    Raises:
        MeshError: One cannot be read, or is given twice.
    """
    by_key: dict[str, GivenInput] = {}
    for text in inputs:
        given = GivenInput.parse(text)
        if by_key.setdefault(given.key, given) is not given:
            raise MeshError(f"--input names {given.key} twice; name all its columns in one")
    return by_key
