"""The IO managers for files that people expect as files: CSV and JSON.

What belongs here: which file holds which partition, and what it is loaded as. What does not: the formats
(``storage.formats.csv``, ``storage.formats.json``).
"""

from abc import abstractmethod
from typing import Any, ClassVar

import pyarrow as pa
from dagster import ConfigurableIOManager, InputContext, OutputContext

from data_platform.orchestration.failures import no_secrets
from data_platform.orchestration.io.contexts import (
    allows_missing,
    annotation,
    asset_path,
    declared_columns,
    definition_metadata,
    is_mapping,
    partition_keys,
    partition_path,
    require_value,
    wanted_columns,
)
from data_platform.orchestration.io.metadata import add_metadata, declared_schema, describe, describe_rows
from data_platform.orchestration.resources import ObjectStoreResource
from data_platform.storage.errors import InvalidFrame, MissingObject, MissingPartition
from data_platform.storage.formats.csv import read_csv, write_csv
from data_platform.storage.formats.frames import frame_name, from_arrow, to_arrow
from data_platform.storage.formats.json import read_json, read_records, write_json, write_records


class FileIOManager(ConfigurableIOManager):
    """One file for an asset, ``<store>/domain/name.csv``, or for each partition, ``<store>/domain/name/<key>.csv``.

    A partition key is percent-encoded where it is not safe in a path. Each file is written by one atomic PUT.

    **Writing.** A run of one partition returns the frame. A run of several returns a mapping from each partition key
    to its frame; one frame for several files is refused. The files are written one after the other: if one fails, those
    before it stay, and the step fails.

    **Loading.** An input annotated as a dictionary gets one entry a partition, also where there is but one. Any other
    input gets the one partition, or the partitions' frames one below the other, in the order of the keys.
    """

    store: ObjectStoreResource
    extension: ClassVar[str] = ""

    def folder(self, context: InputContext | OutputContext) -> str:
        """The path below the store, without partition and extension; a subclass may put it elsewhere."""
        return asset_path(context)

    def path(self, context: InputContext | OutputContext, key: str | None) -> str:
        """The path of the file of a partition, ``None`` for an asset without partitions."""
        folder = self.folder(context)
        return f"{folder}{self.extension}" if key is None else f"{folder}/{partition_path(key)}{self.extension}"

    @abstractmethod
    def dump(self, context: OutputContext, value: object) -> tuple[bytes, pa.Table | None]:
        """A value as a file's bytes, and as a table, if it is one, for the metadata."""

    @abstractmethod
    def parse(self, context: InputContext, data: bytes, uri: str) -> pa.Table:
        """A file's bytes as a table."""

    def load_one(self, context: InputContext, data: bytes, uri: str, kind: object) -> Any:
        """A file's bytes as the input's annotation says."""
        return from_arrow(self._selected(context, data, uri), kind)

    @no_secrets
    def handle_output(self, context: OutputContext, obj: object) -> None:
        """Write the file, or one for each partition of the run.

        Raises:
            InvalidFrame: The format cannot hold the value, or there is not one value for each partition.
            StorageError: See ``errors``.
        """
        require_value(context, obj)
        keys = partition_keys(context)
        if keys is None or len(keys) == 1:
            self._write(context, obj, keys[0] if keys else None, several=False)
            return
        if not isinstance(obj, dict) or set(obj) != set(keys):
            got = f"the keys {sorted(map(str, obj))[:5]}" if isinstance(obj, dict) else f"one {type(obj).__name__}"
            raise InvalidFrame(
                f"{asset_path(context)}: this run writes {len(keys)} files, one a partition; return a dictionary with "
                f"exactly their keys ({keys[0]!r}, ...), not {got}. Or run one partition at a time."
            )
        for key in keys:
            self._write(context, obj[key], key, several=True)

    @no_secrets
    def load_input(self, context: InputContext) -> Any:
        """Load the file, or those of the partitions that the input asks for.

        Raises:
            MissingObject: It was never written; ``MissingPartition`` for a partition.
            InvalidFrame: The file is not as its format or the declared types say.
            StorageError: See ``errors``.
        """
        kind, keys, store = annotation(context), partition_keys(context), self.store.open()
        if keys is None:
            path = self.path(context, None)
            return self.load_one(context, store.get(path), store.uri(path), kind)
        files = self._read(context, keys)
        if is_mapping(kind) and (frame_of(kind) is not None or len(keys) > 1):
            value_kind = frame_of(kind) or Any
            return {key: self.load_one(context, data, uri, value_kind) for key, (uri, data) in files.items()}
        if len(files) == 1:
            ((uri, data),) = files.values()
            return self.load_one(context, data, uri, kind)
        tables = [self._selected(context, data, uri) for uri, data in files.values()]
        return from_arrow(pa.concat_tables(tables, promote_options="permissive") if tables else pa.table({}), kind)

    def _read(self, context: InputContext, keys: list[str]) -> dict[str, tuple[str, bytes]]:
        store = self.store.open()
        files = {}
        for key in keys:
            path = self.path(context, key)
            uri = store.uri(path)
            try:
                files[key] = uri, store.get(path)
            except MissingObject as error:
                if not allows_missing(context):
                    raise MissingPartition(
                        f"{uri}: partition {key!r} was never written. Materialize it, or give the input the metadata "
                        "allow_missing_partitions: True.",
                        uri=uri,
                    ) from error
                context.log.warning(f"{uri}: partition {key!r} is missing, left out")
        return files

    def _selected(self, context: InputContext, data: bytes, uri: str) -> pa.Table:
        try:
            table = self.parse(context, data, uri)
        except InvalidFrame as error:
            raise InvalidFrame(f"{uri}: {error}", uri=uri) from error
        columns = wanted_columns(context)
        if columns is None:
            return table
        if unknown := [name for name in columns if name not in table.column_names]:
            raise InvalidFrame(f"{uri}: there is no column {unknown}; the file has {table.column_names}.", uri=uri)
        return table.select(columns)

    def _write(self, context: OutputContext, value: object, key: str | None, *, several: bool) -> None:
        store, path = self.store.open(), self.path(context, key)
        uri = store.uri(path)
        try:
            data, table = self.dump(context, value)
        except InvalidFrame as error:
            raise InvalidFrame(f"{uri}: {error}", uri=uri) from error
        info = store.put(path, data)
        rows = {} if table is None else describe_rows(table, declared_schema(definition_metadata(context)))
        add_metadata(context, {**describe(uri, info.size), **rows}, key if several else None)


class CsvIOManager(FileIOManager):
    """Stores frames as CSV files: the format is of ``storage.formats.csv``, paths and partitions of ``FileIOManager``.

    Types are read back where the asset's definition has the metadata ``dagster/column_schema``; without it all columns
    load as text.
    """

    extension: ClassVar[str] = ".csv"

    def dump(self, context: OutputContext, value: object) -> tuple[bytes, pa.Table]:  # noqa: ARG002 - part of the method
        """A frame as CSV."""
        table = to_arrow(value)
        return write_csv(table), table

    def parse(self, context: InputContext, data: bytes, uri: str) -> pa.Table:  # noqa: ARG002 - part of the method
        """CSV as a table, typed as the asset's definition declares."""
        return read_csv(data, declared_columns(context))


class JsonIOManager(FileIOManager):
    """Stores frames as JSON lists of objects, and any other JSON value as it is (see ``storage.formats.json``).

    An input annotated as a frame gets a frame; any other annotation, and none, gets the plain value: dictionaries and
    lists.
    """

    extension: ClassVar[str] = ".json"

    def dump(self, context: OutputContext, value: object) -> tuple[bytes, pa.Table | None]:  # noqa: ARG002 - part of the method
        """A frame or JSON value as JSON."""
        if isinstance(value, dict | list | str | int | float | bool):
            return write_json(value), None
        table = to_arrow(value)
        return write_records(table), table

    def parse(self, context: InputContext, data: bytes, uri: str) -> pa.Table:  # noqa: ARG002 - part of the method
        """A JSON list of objects as a table, typed as the asset's definition declares."""
        return read_records(data, declared_columns(context))

    def load_one(self, context: InputContext, data: bytes, uri: str, kind: object) -> Any:
        """The plain value, or a frame if the annotation is one."""
        if kind is Any or frame_name(kind) is None:
            return read_json(data)
        return super().load_one(context, data, uri, kind)


def frame_of(kind: object) -> Any:
    """``X`` of the annotation ``dict[str, X]`` where it is a frame, else ``None``."""
    value = getattr(kind, "__args__", ())[-1:] if is_mapping(kind) else ()
    return value[0] if value and value[0] is not Any and frame_name(value[0]) else None
