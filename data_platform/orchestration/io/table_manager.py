"""The IO manager for frames as Delta tables.

What belongs here: one asset, one table, one partition, one commit. What does not: Delta itself (``delta``).
"""

from typing import Any

import pyarrow as pa
from dagster import ConfigurableIOManager, InputContext, OutputContext
from pydantic import Field

from data_platform.orchestration.failures import no_secrets
from data_platform.orchestration.io.contexts import (
    allows_missing,
    annotation,
    asset_path,
    declared_columns,
    definition_metadata,
    delta_partitions,
    partition_keys,
    require_value,
    wanted_columns,
)
from data_platform.orchestration.io.metadata import add_metadata, declared_schema, describe, describe_rows
from data_platform.orchestration.resources import ObjectStoreResource
from data_platform.storage import delta
from data_platform.storage.delta.schema import Partition
from data_platform.storage.errors import MissingPartition
from data_platform.storage.formats.frames import from_arrow, to_arrow
from data_platform.storage.objects.store import ObjectStore
from data_platform.storage.objects.url import encode_segment


class DeltaIOManager(ConfigurableIOManager):
    """Stores frames as Delta tables: asset ``[domain, name]`` as the table ``<store>/domain/name``.

    **Writing.** Without partitions the whole table is replaced, columns included. With partitions, the definition's
    ``metadata={"partition_expr": "day"}`` names the column that holds the key (as text or date; it stays in the
    frame), and one commit replaces the run's partitions, one or many (single-run backfill), and no other rows. Rows of
    other partitions are refused. The frame may be pandas, Polars, Arrow or anything that exports Arrow.

    **Loading.** As the annotation of the input says: ``pandas.DataFrame`` (also without annotation),
    ``polars.DataFrame``, ``polars.LazyFrame``, ``pyarrow.Table``. Several partitions come as one frame, in no
    promised order. A partition that was never written is an error, unless the input has the metadata
    ``allow_missing_partitions: True``. The metadata ``columns: [...]`` loads these columns only.

    **Metadata** of each materialization, right for each partition also where a run writes many: ``uri``,
    ``size_bytes``, ``table_version``, ``dagster/row_count``, ``dagster/column_schema``, ``preview``. The commit itself
    names asset, run and partitions.
    """

    store: ObjectStoreResource
    schema_evolution: bool = Field(
        default=False, description="Whether a partition may add columns, and leave out columns that the table has"
    )

    def table_path(self, context: InputContext | OutputContext) -> str:
        """The table's path below the store; a subclass may put it elsewhere."""
        return asset_path(context)

    @no_secrets
    def handle_output(self, context: OutputContext, obj: object) -> None:
        """Replace the table, or the run's partitions of it.

        Raises:
            InvalidFrame: The frame does not fit the table or the partitions.
            StorageError: See ``errors``.
        """
        require_value(context, obj)
        store, path, data = self.store.open(), self.table_path(context), to_arrow(obj)
        keys = partition_keys(context)
        about = {"run_id": context.run_id, "asset": path, **({"partitions": keys} if keys else {})}
        declared = declared_columns(context)
        if keys is None:
            commit = delta.replace_table(store, path, data, metadata=about, declared=declared)
            self._describe(context, store.uri(path), data, commit)
            return
        parts = delta_partitions(context, keys)
        commit = delta.replace_partitions(
            store, path, data, parts, metadata=about, declared=declared, evolve=self.schema_evolution
        )
        for key, part in zip(keys, parts, strict=True):
            uri = "/".join([store.uri(path), *(f"{name}={encode_segment(value)}" for name, value in part.items())])
            rows = data if len(keys) == 1 else delta.rows_of(data, part)
            self._describe(context, uri, rows, commit, part, key if len(keys) > 1 else None)

    @no_secrets
    def load_input(self, context: InputContext) -> Any:
        """Load the table, or the partitions that the input asks for.

        Raises:
            MissingTable: Nothing was ever written; with ``allow_missing_partitions`` too, for the columns are unknown.
            MissingPartition: One of the partitions was not written.
            StorageError: See ``errors``.
        """
        store, path, columns = self.store.open(), self.table_path(context), wanted_columns(context)
        keys = partition_keys(context)
        parts = None if keys is None else self._parts(context, store, path, keys)
        return from_arrow(delta.read_table(store, path, columns=columns, partitions=parts), annotation(context))

    def _parts(self, context: InputContext, store: ObjectStore, path: str, keys: list[str]) -> list[Partition]:
        table = delta.open_table(store, path)
        parts = delta_partitions(context, keys, table.metadata().partition_columns)
        missing = delta.missing_partitions(table, parts)
        if missing and not allows_missing(context):
            shown = ", ".join(str(dict(part)) for part in missing[:5])
            uri = store.uri(path)
            raise MissingPartition(
                f"{uri}: {len(missing)} of {len(parts)} partitions were never written: {shown}. Materialize them, or "
                "give the input the metadata allow_missing_partitions: True.",
                uri=uri,
            )
        if missing:
            context.log.warning(f"{store.uri(path)}: {len(missing)} of {len(parts)} partitions are missing, left out")
        return [part for part in parts if part not in missing]

    def _describe(
        self,
        context: OutputContext,
        uri: str,
        data: pa.Table,
        commit: delta.Commit,
        part: Partition | None = None,
        key: str | None = None,
    ) -> None:
        size = sum(file.size for file in commit.files if part is None or file.partition == part)
        declared = declared_schema(definition_metadata(context))
        add_metadata(
            context,
            {**describe(uri, size, {"table_version": commit.version}), **describe_rows(data, declared)},
            key,
        )
