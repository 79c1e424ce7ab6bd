"""Rows that were put into the store and are not published yet, as a dataset to check.

What belongs here: reading one staged file. What does not: staging and committing (``storage.delta.partition_writer``).
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import obstore
import pyarrow as pa
import pyarrow.dataset

from data_platform.domains.logs.reading import DATE, SCHEMA
from data_platform.storage.delta.partition_writer import Staged
from data_platform.storage.error_texts import translated
from data_platform.storage.objects.store import ObjectStore

_CHUNK: Final = 8 << 20


@contextmanager
def staged_rows(store: ObjectStore, staged: Staged) -> Iterator[pyarrow.dataset.Dataset]:
    """The rows of a partition, with its column, read piece by piece from a copy on disk.

    Raises:
        StorageError: The store failed.
    """
    if staged.file is None:
        yield pyarrow.dataset.dataset(SCHEMA.empty_table())
        return
    with tempfile.TemporaryDirectory(prefix="data_platform-") as folder:
        # Below a folder of this name, Arrow gives every row the partition, which Delta's files do not have.
        copy = Path(folder, f"{DATE}={staged.partition}", "rows.parquet")
        copy.parent.mkdir()
        with copy.open("wb") as file, translated(store.uri(staged.path)):
            for chunk in obstore.get(store.native, staged.path).stream(min_chunk_size=_CHUNK):
                file.write(chunk)
        layout = pyarrow.dataset.partitioning(pa.schema([(DATE, pa.string())]), flavor="hive")
        yield pyarrow.dataset.dataset(folder, format="parquet", partitioning=layout)
