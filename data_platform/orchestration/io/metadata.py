"""What a materialization says about the data it wrote: where, how much, which columns, and a glance at them.

What belongs here: Dagster metadata made from Arrow tables. What does not: writing the data.
"""

from collections.abc import Mapping
from typing import Any, Final

import pyarrow as pa
from dagster import MetadataValue, OutputContext, TableColumn, TableSchema

from data_platform import markdown

ROW_COUNT: Final = "dagster/row_count"
COLUMN_SCHEMA: Final = "dagster/column_schema"
_PREVIEW_ROWS: Final = 5
_PREVIEW_CELL: Final = 60
_PREVIEW_COLUMNS: Final = 20


def describe(uri: str, size: int, extra: Mapping[str, Any] | None = None) -> dict[str, MetadataValue[Any]]:
    """Where the data are and how big.

    Args:
        uri: Of this very object or partition.
        size: Bytes, as stored.
        extra: Whole numbers by name, such as the table's version.
    """
    counts = {name: MetadataValue.int(value) for name, value in (extra or {}).items()}
    return {"uri": MetadataValue.path(uri), "size_bytes": MetadataValue.int(size), **counts}


def describe_rows(data: pa.Table, declared: TableSchema | None = None) -> dict[str, MetadataValue[Any]]:
    """How many rows, which columns, and the first of them.

    Args:
        data: The rows.
        declared: What the asset's definition says about columns; descriptions and constraints are taken from it.
    """
    return {
        ROW_COUNT: MetadataValue.int(data.num_rows),
        COLUMN_SCHEMA: MetadataValue.table_schema(table_schema(data.schema, declared)),
        "preview": MetadataValue.md(preview(data)),
    }


def table_schema(schema: pa.Schema, declared: TableSchema | None = None) -> TableSchema:
    """An Arrow schema as Dagster shows it, with what the definition says about its columns."""
    known = {column.name: column for column in declared.columns} if declared else {}
    columns = []
    for field in schema:
        declared_column = known.get(field.name)
        columns.append(
            TableColumn(
                field.name,
                str(field.type),
                description=declared_column.description if declared_column else None,
                constraints=declared_column.constraints if declared_column else None,
                tags=declared_column.tags if declared_column else None,
            )
        )
    return TableSchema(columns, constraints=declared.constraints if declared else None)


def preview(data: pa.Table) -> str:
    """The first rows as a Markdown table: cells cut at 60 characters, at most 20 columns."""
    shown = data.slice(0, _PREVIEW_ROWS).select(data.column_names[:_PREVIEW_COLUMNS])
    rows = ([row[name] for name in shown.column_names] for row in shown.to_pylist())
    hidden = data.num_columns - shown.num_columns
    more = f"\n\n... and {hidden} more columns" if hidden else ""
    return markdown.table(shown.column_names, rows, _PREVIEW_CELL) + more


def declared_schema(metadata: Mapping[str, object] | None) -> TableSchema | None:
    """The column schema in an asset's definition metadata, if it has one."""
    value = (metadata or {}).get(COLUMN_SCHEMA)
    schema = getattr(value, "schema", value)
    return schema if isinstance(schema, TableSchema) else None


def add_metadata(context: OutputContext, metadata: Mapping[str, Any], partition: str | None = None) -> None:
    """Add metadata to the materialization, or to that of one partition of a run that writes several.

    Args:
        context: Of the output.
        metadata: What to add. What the asset added itself under the same name stays.
        partition: The partition; ``None``: all that the run writes.
    """
    if partition is not None and context.has_asset_key:
        context.step_context.add_asset_metadata(metadata, context.asset_key, partition)
        return
    own = context.output_metadata or {}
    context.add_output_metadata({name: value for name, value in metadata.items() if name not in own})
