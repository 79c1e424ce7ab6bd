"""The rows of a table written once more, into files that are laid out by other partition columns.

What belongs here: splitting rows by the values of these columns, in bounded memory, and reading the files back. What
does not: making them the table's (``repartition``).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from data_platform.storage.delta.data_file import WrittenFile, read_file, write_file
from data_platform.storage.errors import InvalidFrame
from data_platform.storage.objects.store import ObjectStore

BUDGET: Final = 128 * 1024 * 1024
"""How many bytes of rows wait in memory until their partition has enough of them for a file."""

MOST_PARTITIONS: Final = 10_000
"""More partitions than that make a table slow to open, and are mostly a column that was meant otherwise."""

_Values = tuple[Any, ...]


@dataclass(frozen=True)
class LaidOutFile:
    """A data file that no reader sees yet.

    Attributes:
        path: Below the table.
        values: The value of each partition column, as the log has it.
        written: What was written.
    """

    path: str
    values: Mapping[str, str]
    written: WrittenFile


def see_columns(schema: pa.Schema, columns: Sequence[str], uri: str) -> None:
    """See that a table can be partitioned by some columns.

    Raises:
        InvalidFrame: One is not there, or is neither text, a date nor a whole number; or no other is left.
    """
    if missing := [name for name in columns if name not in schema.names]:
        raise InvalidFrame(f"{uri}: there is no column {missing}; the table has {schema.names}.", uri=uri)
    for name in columns:
        kind = schema.field(name).type
        if not (pat.is_string(kind) or pat.is_date(kind) or pat.is_integer(kind)):
            raise InvalidFrame(f"{uri}: column {name!r} is {kind}: partition by text, dates or whole numbers.", uri=uri)
    if columns and len(columns) == len(schema.names):
        raise InvalidFrame(f"{uri}: a table needs a column beside those that it is partitioned by, {columns}.", uri=uri)


def text_of(value: Any, column: str, uri: str) -> str:
    """A partition column's value as the log has it.

    Raises:
        InvalidFrame: It is null, or empty, which Delta does not tell from null.
    """
    text = value.isoformat() if isinstance(value, date) else str(value if value is not None else "")
    if not text:
        msg = f"{uri}: rows have no value in {column!r} (null or empty), so they are of no partition: mend them first."
        raise InvalidFrame(msg, uri=uri)
    return text


@dataclass
class LayoutWriter:
    """Writes rows into files by the values of some columns.

    Attributes:
        store: The store.
        path: The table's path below it.
        schema: All columns.
        columns: The partition columns; none: the rows are not split.
        budget: How many bytes wait in memory at most.
    """

    store: ObjectStore
    path: str
    schema: pa.Schema
    columns: Sequence[str]
    budget: int = BUDGET
    files: list[LaidOutFile] = field(default_factory=list)
    _waiting: dict[_Values, list[pa.Table]] = field(default_factory=dict)
    _sizes: dict[_Values, int] = field(default_factory=dict)
    _seen: set[_Values] = field(default_factory=set)

    @property
    def file_schema(self) -> pa.Schema:
        """The columns of a data file: those that the table is not partitioned by."""
        return pa.schema([own for own in self.schema if own.name not in self.columns])

    def write(self, rows: Iterable[pa.Table]) -> list[LaidOutFile]:
        """Write all rows.

        Raises:
            InvalidFrame: A row has no value in a partition column, or there are more than ``MOST_PARTITIONS`` of them.
            StorageError: The store failed.
        """
        for table in rows:
            for values, part in self._split(table):
                self._waiting.setdefault(values, []).append(part)
                self._sizes[values] = self._sizes.get(values, 0) + part.nbytes
            if sum(self._sizes.values()) > self.budget:
                self._flush(self.budget // 2)
        self._flush(0)
        return self.files

    def _split(self, table: pa.Table) -> Iterator[tuple[_Values, pa.Table]]:
        if not self.columns:
            yield (), table
            return
        keys = [(name, "ascending") for name in self.columns]
        order = pc.sort_indices(table, sort_keys=keys)
        counted = table.select(list(self.columns)).group_by(list(self.columns)).aggregate([([], "count_all")])
        start = 0
        for row in counted.sort_by(keys).to_pylist():
            values = tuple(row[name] for name in self.columns)
            self._see(values)
            # Copied: a slice would keep all of the piece that it is of in memory.
            yield values, table.take(order.slice(start, row["count_all"])).drop_columns(list(self.columns))
            start += row["count_all"]

    def _see(self, values: _Values) -> None:
        self._seen.add(values)
        if len(self._seen) > MOST_PARTITIONS:
            uri = self.store.uri(self.path)
            msg = f"{uri}: {list(self.columns)} has more than {MOST_PARTITIONS:,} values: partition by fewer, days say."
            raise InvalidFrame(msg, uri=uri)

    def _flush(self, left: int) -> None:
        """Write files, of the largest partitions first, until no more bytes than that wait."""
        for values in sorted(self._sizes, key=lambda of: -self._sizes[of]):
            if sum(self._sizes.values()) <= left and left:
                return
            self._put(values, self._waiting.pop(values))
            del self._sizes[values]

    def _put(self, values: _Values, tables: list[pa.Table]) -> None:
        uri = self.store.uri(self.path)
        texts = {name: text_of(value, name, uri) for name, value in zip(self.columns, values, strict=True)}
        folder = "".join(f"{quote(name, safe='')}={quote(text, safe='')}/" for name, text in texts.items())
        path = f"{folder}part-{uuid4()}.parquet"
        written = write_file(self.store, f"{self.path}/{path}", tables, self.file_schema)
        if written is not None:
            self.files.append(LaidOutFile(path, texts, written))

    def read_back(self) -> pa.RecordBatchReader:
        """What was written, as a reader of the table will see it; nothing is read before it is asked for."""
        return pa.RecordBatchReader.from_batches(self.schema, self._batches())

    def _batches(self) -> Iterator[pa.RecordBatch]:
        for file in self.files:
            for table in read_file(self.store, f"{self.path}/{file.path}"):
                whole = table.cast(self.file_schema)
                for name, text in file.values.items():
                    kind = self.schema.field(name).type
                    whole = whole.append_column(name, pa.repeat(_value(text, kind), whole.num_rows))
                yield from whole.select(self.schema.names).combine_chunks().to_batches()


def _value(text: str, kind: pa.DataType) -> pa.Scalar:
    """What a reader makes of a partition column's text in the log."""
    if pat.is_date(kind):
        return pa.scalar(date.fromisoformat(text), kind)
    return pa.scalar(int(text) if pat.is_integer(kind) else text, kind)
