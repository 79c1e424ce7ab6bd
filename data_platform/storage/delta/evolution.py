"""Letting a table's columns change in ways that no reader notices: new ones, that may be null, and wider types.

What belongs here: which changes are such, and making a table's types wider. What does not: writing rows
(``modes``), and what a contract allows to change.

New columns come after those that are there, null in the rows that are there. A wider type holds every value of the
narrower one exactly. deltalake 1.6.6 lacks Delta's type widening
(https://github.com/delta-io/delta/blob/master/PROTOCOL.md#type-widening), so a table is written anew for it, in a
commit of its own that changes no value; rare, and in bounded memory.
"""

import queue
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

import pyarrow as pa
import pyarrow.types as pat
from deltalake import CommitProperties, DeltaTable, Schema, write_deltalake

from data_platform.storage.delta.schema import cast_exactly, delta_type, fit
from data_platform.storage.errors import InvalidFrame
from data_platform.storage.formats.column_types import plain, plain_type

_INTEGERS: Final = (pa.int8(), pa.int16(), pa.int32(), pa.int64())
_DIGITS: Final = {pa.int8(): 3, pa.int16(): 5, pa.int32(): 10, pa.int64(): 19}
_AHEAD: Final = 4  # batches
_PATIENCE: Final = 0.1  # seconds


def table_schema(table: DeltaTable) -> pa.Schema:
    """A table's columns, in the plain spelling of their types."""
    schema = pa.schema(table.schema().to_arrow())
    return pa.schema([(field.name, plain_type(field.type)) for field in schema])


def is_wider(new: pa.DataType | None, old: pa.DataType) -> bool:
    """Whether there is a type, another one than the old, that holds each of its values exactly."""
    if new is None or new == old:
        return False
    if pat.is_decimal(new):
        whole = new.precision - new.scale
        if pat.is_decimal(old):
            return bool(new.scale >= old.scale and whole >= old.precision - old.scale)
        return bool(old in _DIGITS and whole >= _DIGITS[old])
    if new in _INTEGERS and old in _INTEGERS:
        return _INTEGERS.index(new) > _INTEGERS.index(old)
    if pat.is_float64(new):
        return old in (pa.float32(), *_INTEGERS[:3])
    return bool(pat.is_date(old) and pat.is_timestamp(new) and new.tz is None)


def check_additive(current: pa.Schema, wanted: pa.Schema, uri: str) -> None:
    """See that a table may come to have other columns without any reader noticing.

    Args:
        current: The table's columns.
        wanted: Those that it is to have.
        uri: The table, for messages.

    Raises:
        InvalidFrame: A column would go, or get a type that does not hold all its values; the message has both schemas.
    """
    types = {field.name: delta_type(plain_type(field.type)) for field in wanted}
    for field in current:
        kind = types.get(field.name)
        if kind is None:
            raise InvalidFrame(f"{uri}: column {field.name!r} would go. {both(current, wanted)}", uri=uri)
        if not (kind == field.type or pat.is_null(kind) or is_wider(kind, field.type)):
            msg = f"{uri}: column {field.name!r} would turn from {field.type} into {kind}. {both(current, wanted)}"
            raise InvalidFrame(msg, uri=uri)


def fitted(
    data: pa.Table, uri: str, *, current: pa.Schema | None, declared: pa.Schema | None = None, evolve: bool = False
) -> pa.Table:
    """``delta.schema.fit``, with both schemas in the message where it refuses."""
    try:
        return fit(data, uri, current=current, declared=declared, evolve=evolve)
    except InvalidFrame as error:
        if current is None:
            raise
        raise InvalidFrame(f"{error} {both(current, data.schema)}", uri=uri) from error


def settled(data: pa.Table, current: pa.Schema | None) -> pa.Table:
    """Rows in the types in which a table will keep them, so that writing them changes nothing any more.

    Args:
        data: The rows.
        current: The table's columns; ``None``: there is none, or it is replaced.

    Returns:
        The same columns. One that the table would hold only rounded, or not at all, stays as it is: writing refuses it.
    """
    data = plain(data)
    columns = []
    for field, column in zip(data.schema, data.columns, strict=True):
        kind = delta_type(field.type)
        if current is not None and field.name in current.names:
            there = plain_type(current.field(field.name).type)
            kind = kind if is_wider(kind, there) else there
        columns.append(cast_exactly(column, kind))
    return pa.table(columns, names=data.column_names)


def widened(table: DeltaTable, data: pa.Table, uri: str) -> pa.Schema:
    """A table's columns with the wider types that some rows would give them; nothing is written.

    Raises:
        InvalidFrame: A partition column's type would change; the message has both schemas.
    """
    current = table_schema(table)
    types = {field.name: delta_type(plain_type(field.type)) for field in data.schema}
    wider = {field.name: types[field.name] for field in current if is_wider(types.get(field.name), field.type)}
    if touched := [name for name in table.metadata().partition_columns if name in wider]:
        msg = f"{uri}: the table is partitioned by {touched}, whose types stay. {both(current, data.schema)}"
        raise InvalidFrame(msg, uri=uri)
    return pa.schema([(field.name, wider.get(field.name, field.type)) for field in current])


def evolved(table: DeltaTable, data: pa.Table, uri: str) -> DeltaTable:
    """Give a table the columns and the wider types that the data have, in commits of their own that change no value.

    deltalake's own ``schema_mode="merge"`` is not used: it puts the partition columns last, also those that were there.

    Args:
        table: The table, at its newest version.
        data: What is to be written to it.
        uri: The table, for messages.

    Returns:
        The same handle, at the version made; as it was where the table has all that.

    Raises:
        CommitFailedError: deltalake's own: another writer was first.
        InvalidFrame: The data would not fit even so, or a partition column's type would change; the message has both
            schemas. Nothing was committed.
    """
    current, by = table_schema(table), table.metadata().partition_columns
    wide = widened(table, data, uri)
    fitting = fitted(data, uri, current=wide, evolve=True).schema
    if wider := {field.name: field.type for field in wide if field.type != current.field(field.name).type}:
        properties = _properties({"mode": "widen", "widened": {name: str(kind) for name, kind in wider.items()}})
        rows = pa.RecordBatchReader.from_batches(wide, _cast(table.scan(), wide))
        write_deltalake(
            table, rows, mode="overwrite", schema_mode="overwrite", partition_by=by, commit_properties=properties
        )
    if added := [field for field in fitting if field.name not in current.names]:
        fields = Schema.from_arrow(pa.schema(added)).fields
        table.alter.add_columns(fields, commit_properties=_properties({"added": [field.name for field in added]}))
    return table


def _properties(metadata: dict[str, object]) -> CommitProperties:
    return CommitProperties(custom_metadata=metadata, max_commit_retries=0)


def both(current: pa.Schema, wanted: pa.Schema) -> str:
    """Two schemas, for a message."""
    return f"The table has ({_shown(current)}); the data have ({_shown(wanted)})."


def _shown(schema: pa.Schema) -> str:
    return ", ".join(f"{field.name} {plain_type(field.type)}" for field in schema)


def _cast(source: Any, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The batches of a scan in another schema, read by a thread of its own.

    deltalake asks for rows inside its own event loop, where its own scan may not run.
    """
    ready: queue.Queue[pa.RecordBatch | BaseException | None] = queue.Queue(_AHEAD)
    left = threading.Event()

    def put(item: pa.RecordBatch | BaseException | None) -> None:
        while not left.is_set():
            with suppress(queue.Full):
                ready.put(item, timeout=_PATIENCE)
                return

    def read() -> None:
        try:
            for batch in source:
                table = pa.Table.from_batches([pa.record_batch(batch)])
                for converted in plain(table.select(schema.names)).cast(schema).to_batches():
                    put(converted)
            put(None)
        except BaseException as error:  # noqa: BLE001 - raised again by the reader below
            put(error)

    thread = threading.Thread(target=read, name="delta-widen", daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        left.set()
        thread.join()
