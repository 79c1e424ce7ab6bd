"""One try at making a batch, or a group of them: when it began, what was published then, and what it read.

What belongs here: what is noted before the inputs of batches are read, so that their age is known when published.
What does not: which of two batches is newer (``storage.delta.order``), and publishing (``publish``).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import uuid4

import pyarrow as pa

from data_platform.contracts.registry.heads import NamedHead, named_before
from data_platform.products.folder import Product
from data_platform.storage.delta import open_table
from data_platform.storage.delta.evolution import table_schema
from data_platform.storage.delta.fence import Origin
from data_platform.storage.delta.order import Batch, label, published
from data_platform.storage.errors import MissingTable
from data_platform.storage.formats.spool import Spool
from data_platform.storage.objects.store import ObjectStore


@dataclass(frozen=True)
class Attempt:
    """A try at making a batch, or a group of them.

    Attributes:
        mark: Its own name: another try of the same run is another one.
        begun: When it began, UTC.
        seen: What was published of each partition, or the table, when it began, see ``storage.delta.order``.
        named: The registered version that the table named when it began.
        read: The tables that it read, filled by ``inputs.Inputs``.
        columns: The table's columns when it began; ``None``: there was no table.
        version: And its version.
        origin: The run that it is of.
    """

    mark: str
    begun: datetime
    seen: Mapping[str, int | None]
    named: NamedHead | None
    read: dict[str, tuple[str, int]] = field(default_factory=dict)
    columns: pa.Schema | None = None
    version: int | None = None
    origin: Origin = field(default_factory=Origin)

    @classmethod
    def begin(
        cls, store: ObjectStore, product: Product, *partitions: str | None, origin: Origin | None = None
    ) -> "Attempt":
        """Begin to make batches; to be called before anything is read.

        Args:
            store: Where products are.
            product: The product.
            partitions: The partitions that are to be made; ``None`` for a product without.
            origin: The run, and since when it goes on; ``None``: nobody knows.

        Raises:
            StorageError: The store failed.
        """
        begun, names = datetime.now(UTC), [label_of(product, partition) for partition in partitions]
        try:
            table = open_table(store, product.key)
        except MissingTable:
            return cls(uuid4().hex, begun, dict.fromkeys(names), None, origin=origin or Origin())
        return cls(
            uuid4().hex,
            begun,
            published(table, names),
            named_before(store, product.key, table.version()),
            columns=table_schema(table),
            version=table.version(),
            origin=origin or Origin(),
        )

    def batch(self, run_id: str, *partitions: str | None) -> Batch:
        """A batch that this try made, as to its age: of one partition, or of several that are committed together."""
        name = f"{run_id}/{partitions[0]}" if len(partitions) == 1 and partitions[0] else run_id
        origin = replace(self.origin, runs=tuple(dict.fromkeys((run_id, *self.origin.runs))))
        return Batch(f"{name}/{self.mark}", self.begun, self.read, self.seen, self.version, origin)


def label_of(product: Product, partition: str | None) -> str:
    """What the rows are called that a batch replaces."""
    return label({product.partition_column: partition} if product.partition_column and partition else None)


def mark_of(rows: pa.Table | Spool) -> str:
    """A name for rows of which nobody knows how they were made: of what is in them, to recognise the same ones."""
    digest = hashlib.sha256()
    with pa.ipc.new_stream(_Hashed(digest), rows.schema) as writer:
        for batch in rows.combine_chunks().to_batches() if isinstance(rows, pa.Table) else rows.batches():
            writer.write_batch(batch)
    return digest.hexdigest()


class _Hashed:
    """A file that keeps nothing but the digest of what is written."""

    closed = False

    def __init__(self, digest: "hashlib._Hash") -> None:
        self._digest = digest

    def write(self, data: bytes) -> int:
        self._digest.update(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """Nothing is open."""
