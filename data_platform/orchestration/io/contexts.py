"""Reading Dagster's input and output contexts: which asset, which partitions, which columns, which kind of frame.

What belongs here: questions that all IO managers ask of a context. What does not: reading or writing.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, get_origin

import pyarrow as pa
from dagster import InputContext, MultiPartitionKey, OutputContext

from data_platform.orchestration.io.metadata import declared_schema
from data_platform.storage.delta.schema import Partition
from data_platform.storage.errors import InvalidFrame
from data_platform.storage.formats.column_types import parse_type
from data_platform.storage.objects.url import encode_segment

Context = InputContext | OutputContext

PARTITION_EXPR: Final = "partition_expr"
"""Definition metadata: the partition column, or for several dimensions the column of each. The name is Dagster's own,
of its database IO managers."""


def asset_path(context: Context) -> str:
    """``domain/name`` for the asset ``[domain, name]``; for the output of an op, run, step and output name."""
    parts = context.asset_key.path if context.has_asset_key else ["op_outputs", *context.get_identifier()]
    return "/".join(encode_segment(part) for part in parts)


def partition_keys(context: Context) -> list[str] | None:
    """The keys of the partitions to read or write; ``None`` for an asset without partitions."""
    return list(context.asset_partition_keys) if context.has_asset_partitions else None


def partition_path(key: str) -> str:
    """A partition key as a path: one encoded segment for each dimension, in the order of the dimensions' names."""
    if isinstance(key, MultiPartitionKey):
        dimensions = sorted(key.keys_by_dimension.items())
        return "/".join(encode_segment(value) for _, value in dimensions)
    return encode_segment(key)


def definition_metadata(context: Context) -> Mapping[str, object]:
    """The metadata of the asset's definition, for an input that of the asset it reads."""
    if isinstance(context, InputContext):
        context_of_asset = context.upstream_output
        return (context_of_asset.definition_metadata if context_of_asset else None) or {}
    return context.definition_metadata or {}


def declared_columns(context: Context) -> pa.Schema | None:
    """The columns that the asset's definition declares as ``dagster/column_schema``.

    Raises:
        InvalidFrame: One of the types has a name that is not known.
    """
    declared = declared_schema(definition_metadata(context))
    if declared is None:
        return None
    return pa.schema([(column.name, parse_type(column.type)) for column in declared.columns])


def delta_partitions(context: Context, keys: Sequence[str], columns: Sequence[str] | None = None) -> list[Partition]:
    """The partitions of a Delta table that partition keys mean.

    Args:
        context: Of the asset that has the keys.
        keys: Partition keys.
        columns: The table's partition columns, to fall back on where the definition does not name them and there is
            but one.

    Raises:
        InvalidFrame: The definition does not say which column holds the key.
    """
    named = definition_metadata(context).get(PARTITION_EXPR)
    named = getattr(named, "data", getattr(named, "value", named))
    if named is None and columns is not None and len(columns) == 1:
        named = columns[0]
    if isinstance(named, str):
        return [{named: str(key)} for key in keys]
    if isinstance(named, Mapping) and all(isinstance(key, MultiPartitionKey) for key in keys):
        multi = [key for key in keys if isinstance(key, MultiPartitionKey)]
        return [{str(named[name]): key.keys_by_dimension[name] for name in named} for key in multi]
    raise InvalidFrame(
        f"asset {context.asset_key.to_user_string()} has partitions, but its definition does not say which column "
        f"holds the key. Add metadata={{{PARTITION_EXPR!r}: 'day'}}; with several dimensions a mapping from each "
        "dimension to its column."
    )


def wanted_columns(context: InputContext) -> list[str] | None:
    """The columns that the input's metadata restricts the load to (``AssetIn(metadata={"columns": [...]})``)."""
    columns = (context.definition_metadata or {}).get("columns")
    columns = getattr(columns, "data", getattr(columns, "value", columns))
    return list(columns) if columns is not None else None


def allows_missing(context: InputContext) -> bool:
    """Whether the input's metadata has ``allow_missing_partitions``, as Dagster's UPath IO manager reads it."""
    value = (context.definition_metadata or {}).get("allow_missing_partitions", False)
    return bool(getattr(value, "value", value))


def annotation(context: InputContext) -> Any:
    """The input's type annotation; ``Any`` where it has none."""
    return context.dagster_type.typing_type


def is_mapping(kind: object) -> bool:
    """Whether an annotation is a dictionary."""
    origin = get_origin(kind) or kind
    return isinstance(origin, type) and issubclass(origin, Mapping)


def require_value(context: OutputContext, value: object) -> None:
    """Refuse an output of nothing.

    Raises:
        InvalidFrame: The value is ``None``.
    """
    if value is None:
        name = context.asset_key.to_user_string() if context.has_asset_key else context.name
        msg = f"{name} returned None; return a frame, or annotate it '-> None' (or MaterializeResult) to store nothing"
        raise InvalidFrame(msg)
