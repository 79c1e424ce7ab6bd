"""One file of rows, wherever it is: CSV, JSON lines or Parquet, on disk or in a store, read by DuckDB.

What belongs here: getting the file and asking it. What does not: what its values mean, and folders of many files.

Text stays text: every column of CSV and of JSON lines comes as text (what is nested in JSON as JSON), so that nothing
is guessed before a contract judges it. Parquet keeps its types, as far as tables have them.
"""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import duckdb
import obstore
import pyarrow as pa

from data_platform.ingestion.encodings import why_no_text
from data_platform.ingestion.errors import MissingFileError, PermanentSourceError, TransientSourceError
from data_platform.storage.errors import AccessDenied, InvalidLocation, MissingObject, StorageError
from data_platform.storage.objects.store import ObjectStore

KINDS: Final[Mapping[str, str]] = {
    ".csv": "csv", ".csv.gz": "csv", ".tsv": "csv", ".jsonl": "json", ".jsonl.gz": "json", ".ndjson": "json",
    ".parquet": "parquet",
}  # fmt: skip
"""Kinds of files by how their names end."""

_NO_DOWNLOADS: Final = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
_LONGEST: Final = 5_000
"""Characters of a text in a sample."""
_CHUNK: Final = 8 * 1024 * 1024
_NOT_THERE: Final = "(empty)"
"""What DuckDB's sniffer calls a sign that it did not see."""

_ROWS: Final = "comment = '', max_line_size = 16000000, buffer_size = 32000000"
"""A line that begins with # is a row, such as that of order #1001, and so is a long one, in the usual memory."""

_STORABLE: Final = (
    *("BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "DATE", "VARCHAR"),
    *("TIMESTAMP", "TIMESTAMP WITH TIME ZONE"),
)
_AS: Final = {
    "UTINYINT": "SMALLINT", "USMALLINT": "INTEGER", "UINTEGER": "BIGINT", "UBIGINT": "DECIMAL(20, 0)",
    "HUGEINT": "DECIMAL(38, 0)", "TIMESTAMP_NS": "TIMESTAMP", "TIMESTAMP_MS": "TIMESTAMP", "TIMESTAMP_S": "TIMESTAMP",
}  # fmt: skip


class FileOfRows:
    """An opened file; its rows are the view ``rows`` of ``connection``.

    Attributes:
        kind: ``csv``, ``json`` or ``parquet``.
        columns: Its columns with their DuckDB types, as the view has them.
        connection: A DuckDB in memory, which spills to disk.
    """

    def __init__(self, kind: str, connection: duckdb.DuckDBPyConnection) -> None:
        self.kind, self.connection = kind, connection
        columns = connection.execute("DESCRIBE rows").fetchall()
        self.columns: dict[str, str] = {name: kind for name, kind, *_ in columns}

    def sample(self, rows: int) -> dict[str, list[Any]]:
        """Some rows from anywhere in the file, the same ones each time, by column; long texts are cut.

        Args:
            rows: How many.
        """
        chosen = ", ".join(
            f"left({quoted(name)}, {_LONGEST}) AS {quoted(name)}" if kind == "VARCHAR" else quoted(name)
            for name, kind in self.columns.items()
        )
        query = f"SELECT {chosen} FROM rows USING SAMPLE reservoir({rows} ROWS) REPEATABLE (42)"  # noqa: S608 - quoted
        table = self.connection.execute(query).to_arrow_table(rows)
        return {name: table.column(at).to_pylist() for at, name in enumerate(self.columns)}


def kind_of(location: str) -> str:
    """What kind of file a path or URL is, by how it ends.

    Raises:
        PermanentSourceError: None that is known.
    """
    name = urlsplit(location).path.lower() if "://" in location else location.lower()
    for ending, kind in KINDS.items():
        if name.endswith(ending):
            return kind
    raise PermanentSourceError(f"{location} ends in none of {', '.join(KINDS)}, so its format is not known")


@contextmanager
def opened_rows(location: str | Path, *, memory: str = "1GB") -> Iterator[FileOfRows]:
    """Open a file of rows. Memory stays bounded, however large it is; one in a store is copied to disk first.

    Args:
        location: A path, or a ``file://``, ``s3://`` or ``memory://`` URL; credentials for S3 from the environment.
        memory: The most that DuckDB takes.

    Raises:
        MissingFileError: There is no such file.
        PermanentSourceError: It is not of its kind, or may not be read.
        TransientSourceError: The store did not answer.
    """
    text = str(location)
    kind = kind_of(text)
    with tempfile.TemporaryDirectory(prefix="data_platform-") as folder:
        file = _on_disk(text, Path(folder))
        settings: dict[str, Any] = {"memory_limit": memory, "temp_directory": folder, **_NO_DOWNLOADS}
        with duckdb.connect(":memory:", config=settings) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            try:
                connection.execute(f"CREATE VIEW rows AS SELECT {_columns(connection, kind, file)}")
                yield FileOfRows(kind, connection)
            except duckdb.Error as error:
                why = (kind != "parquet" and why_no_text(file)) or _why(str(error).splitlines())
                raise PermanentSourceError(f"{text} cannot be read as {kind}: {why}") from error


def _why(lines: list[str]) -> str:
    """The line of an error of DuckDB that says most, and no other, for they show rows."""
    return next((line for line in lines if line.startswith("Maximum line size")), lines[0])


def read_rows(location: str | Path, columns: Mapping[str, str]) -> pa.Table:
    """Some columns of a file.

    Args:
        location: See ``opened_rows``.
        columns: What each column is to be called, with its name in the file.

    Raises:
        PermanentSourceError: It lacks one of them, or any of ``opened_rows``' reasons.
        TransientSourceError: The store did not answer.
    """
    with opened_rows(location) as file:
        missing = [own for own in columns.values() if own not in file.columns]
        if missing and file.kind != "json":  # a line of JSON may leave out what is null
            raise PermanentSourceError(f"{location} has no column {missing}; it has {list(file.columns)}")
        chosen = ", ".join(
            f"{'NULL::VARCHAR' if own in missing else quoted(own)} AS {quoted(name)}" for name, own in columns.items()
        )
        return file.connection.execute(f"SELECT {chosen} FROM rows").to_arrow_table()  # noqa: S608 - names are quoted


def quoted(name: str) -> str:
    """A name as an identifier in SQL."""
    return '"' + name.replace('"', '""') + '"'


def _columns(connection: duckdb.DuckDBPyConnection, kind: str, file: Path) -> str:
    if set("*?[") & set(str(file)):
        raise PermanentSourceError(f"{file} has one of * ? [ in its name, which DuckDB takes for a pattern: rename it")
    path = str(file).replace("'", "''")
    if kind == "csv":
        return f"* FROM read_csv('{path}', {_dialect(connection, path)})"
    if kind == "json":
        options = "format = 'newline_delimited', maximum_depth = 1, sample_size = -1"
        columns = connection.execute(f"DESCRIBE SELECT * FROM read_json('{path}', {options})").fetchall()  # noqa: S608
        texts = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name, *_ in columns)
        return f"* FROM read_json('{path}', format = 'newline_delimited', columns = {{{texts}}})"
    columns = connection.execute(f"DESCRIBE SELECT * FROM read_parquet('{path}')").fetchall()  # noqa: S608
    chosen = ", ".join(_as_stored(name, kind) for name, kind, *_ in columns)
    return f"{chosen} FROM read_parquet('{path}')"


def _dialect(connection: duckdb.DuckDBPyConnection, path: str) -> str:
    """How a CSV file is written, as options of DuckDB's reader, which would sniff it again for every query.

    Quotes that its first rows do not show are the usual ones, since later rows may have them.

    Raises:
        PermanentSourceError: The first lines, which DuckDB would pass over to take a row for the names of the columns,
            have another number of fields than the rows.
    """
    told = "SkipRows, Delimiter, Quote, Escape, NewLineDelimiter, list_transform(Columns, lambda c: c.name)"
    query = f"SELECT {told} FROM sniff_csv('{path}', all_varchar = true, header = true, {_ROWS})"  # noqa: S608 - in quotes
    skipped, delimiter, quote, escape, new_line, names = connection.execute(query).fetchall()[0]
    if skipped:
        what = "the first line has" if skipped == 1 else f"the first {skipped} lines have"
        raise PermanentSourceError(
            f"{what} another number of fields than the rows below: give the file one line with the names of all "
            "columns, and quote what holds the separator"
        )
    if quote == _NOT_THERE:
        quote = escape = '"'
    signs = {"delim": delimiter, "quote": quote, "escape": escape, "new_line": new_line}
    options = [f"{name} = {_literal('' if sign == _NOT_THERE else sign)}" for name, sign in signs.items()]
    columns = ", ".join(f"{_literal(name)}: 'VARCHAR'" for name in names)
    return f"auto_detect = false, header = true, {_ROWS}, {', '.join(options)}, columns = {{{columns}}}"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _as_stored(name: str, kind: str) -> str:
    """A column of Parquet in a type that tables have: times of day as text, what is nested as JSON."""
    own = quoted(name)
    if kind in _STORABLE or kind.startswith("DECIMAL"):
        return own
    if kind in _AS:
        return f"CAST({own} AS {_AS[kind]}) AS {own}"
    nested = kind.endswith("]") or kind.startswith(("STRUCT", "MAP"))
    return f"CAST({f'to_json({own})' if nested else own} AS VARCHAR) AS {own}"


def _on_disk(location: str, folder: Path) -> Path:
    parts = urlsplit(location)
    if parts.scheme in ("", "file"):
        file = Path(unquote(parts.path) if parts.scheme else location).expanduser()
        if not file.is_file():
            raise MissingFileError(f"there is no file {file}")
        return file
    where, _, name = location.rpartition("/")
    copy = folder / name
    try:
        with copy.open("wb") as target:
            for chunk in obstore.get(ObjectStore.open(where).native, name).stream(min_chunk_size=_CHUNK):
                target.write(chunk)
    except (FileNotFoundError, MissingObject) as error:
        raise MissingFileError(f"there is no file {location}") from error
    except (InvalidLocation, AccessDenied) as error:
        raise PermanentSourceError(str(error)) from error
    except (StorageError, obstore.exceptions.BaseError, OSError) as error:
        raise TransientSourceError(f"{location} was not answered: {error}") from error
    return copy
