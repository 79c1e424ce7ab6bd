"""Inputs that are CSV files of the own domain, read as one table of text.

What belongs here: finding the files of some partitions and reading them. What does not: what a path with placeholders
means (``file_paths``), the format (``storage.formats.csv``), which partitions are wanted (``inputs``).
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pyarrow as pa

from data_platform.products.file_paths import PARTITION, FilePath
from data_platform.storage.errors import InvalidFrame, MissingPartition
from data_platform.storage.formats.csv import read_csv
from data_platform.storage.objects.store import ObjectStore

_AT_ONCE: Final = 8


def read_files(store: ObjectStore, files: FilePath, columns: Sequence[str], keys: Sequence[str] | None) -> pa.Table:
    """Read the files of some partitions.

    Args:
        store: Where they are.
        files: Their path.
        columns: Which columns: of the files, or placeholders of the path.
        keys: The partitions; the last must have a file, the others are read as far as they have any. ``None``: all.

    Returns:
        The rows, the files in the order of their paths; all columns are text, an empty field is null.

    Raises:
        MissingPartition: There is no such file.
        InvalidFrame: A file is no CSV, or lacks a column, or has one of a placeholder's name that says otherwise.
        StorageError: The store failed.
    """
    values_by_path = dict(sorted(_existing_files(store, files, keys)))
    if keys is not None and not any(values[PARTITION] == keys[-1] for values in values_by_path.values()):
        raise MissingPartition(
            f"{store.uri(files.folder)}: there is no file {files.text} of partition {keys[-1]}", uri=files.text
        )
    if not values_by_path:
        raise MissingPartition(f"{store.uri(files.folder)}: there is no file {files.text}", uri=files.text)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        tables = pool.map(lambda item: _read(store, item[0], item[1], columns), values_by_path.items())
        return pa.concat_tables(tables)


def _existing_files(
    store: ObjectStore, files: FilePath, keys: Sequence[str] | None
) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The files that are there: path, and what the placeholders are in it."""
    exact = [files.exactly(key) for key in keys] if keys else [files.exactly(None)]
    paths = (
        (info.path for info in store.list(files.folder))
        if None in exact
        else (path for path in exact if path and store.exists(path))
    )
    for path in paths:
        values = files.values(path)
        if values is not None and (keys is None or values[PARTITION] in keys):
            yield path, values


def _read(store: ObjectStore, path: str, values: Mapping[str, str], columns: Sequence[str]) -> pa.Table:
    uri = store.uri(path)
    try:
        table = read_csv(store.get(path))
    except InvalidFrame as error:
        raise InvalidFrame(f"{uri}: {error}", uri=uri) from error
    own = set(table.column_names)
    for name in own.intersection(columns, values):  # a file may say by itself where it lies; it must say the same
        if other := [text for text in table.column(name).unique().to_pylist() if text != values[name]]:
            raise InvalidFrame(
                f"{uri}: {name} is {values[name]!r} in the path and {other[0]!r} in the file; rename the placeholder,"
                " or put the file where it belongs",
                uri=uri,
            )
    if missing := [name for name in columns if name not in values and name not in own]:
        raise InvalidFrame(f"{uri}: there is no column {missing}; the file has {table.column_names}", uri=uri)
    given = {name: pa.repeat(pa.scalar(values[name], pa.string()), table.num_rows) for name in values}
    return pa.table({name: given[name] if name in given else table.column(name) for name in columns})
