"""Running a product's transform, whatever it is written in.

What belongs here: the calls, for one partition and for many. What does not: the two ways (``sql_transform``,
``python_transform``).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

import pyarrow as pa

from data_platform.contracts.checks.duckdb.session import Limits
from data_platform.products.errors import TransformError
from data_platform.products.folder import Product
from data_platform.products.schema import cast
from data_platform.settings import query_seconds


class Transform(Protocol):
    """A product's transform, ready to be run for one partition after the other."""

    def run(self, inputs: Mapping[str, Any], partition: str | None) -> pa.Table:
        """Make one batch.

        Args:
            inputs: The product's inputs by name, with the declared columns: Arrow tables, for SQL anything with an
                Arrow stream.
            partition: The key of the partition being made.

        Raises:
            TransformError: It failed; with file and line.
        """

    def run_together(
        self, inputs: Mapping[str, Mapping[str, Any]], read_by: Mapping[str, str | None]
    ) -> Mapping[str, pa.Table] | None:
        """Make the batches of many partitions at once, where that gives what it gives for each by itself.

        Args:
            inputs: For each partition the product's inputs, as ``run`` takes them.
            read_by: By which column each input is read partition by partition; ``None``: otherwise.
        """


@contextmanager
def opened(product: Product, limits: Limits | None = None) -> Iterator[Transform]:
    """Open a product's transform for as long as the block lasts; what it gives is not yet in the contract's types.

    Args:
        product: The product.
        limits: What DuckDB may use; ``None``: what ``limits_of`` says.
    """
    if product.source.kind == "sql":
        from data_platform.products.sql_transform import SqlTransform  # noqa: PLC0415 - one of the two is needed

        with SqlTransform.opened(product, limits or limits_of(product)) as query:
            yield query
    else:
        from data_platform.products.python_transform import PythonTransform  # noqa: PLC0415 - one of the two is needed

        yield PythonTransform(product)


def run_all(
    product: Product, transform: Transform, inputs: Mapping[str, Mapping[str, Any]], read_by: Mapping[str, str | None]
) -> Iterator[tuple[str, pa.Table | TransformError]]:
    """Make the batches of many partitions, at once where that gives the same.

    Args:
        product: The product.
        transform: Its transform.
        inputs: For each partition the product's inputs.
        read_by: By which column each input is read partition by partition; ``None``: otherwise.

    Yields:
        Each partition with its batch, in the contract's types as far as they fit without loss; or why there is none.
    """
    together = transform.run_together(inputs, read_by) if len(inputs) > 1 else None
    for partition, loaded in inputs.items():
        try:
            batch = together[partition] if together is not None else transform.run(loaded, partition)
        except TransformError as error:
            yield partition, error
        else:
            yield partition, cast(batch, product.schema.properties)


def run_transform(
    product: Product, inputs: Mapping[str, object], partition: str | None = None, *, limits: Limits | None = None
) -> pa.Table:
    """Run a product's transform once.

    Args:
        product: The product.
        inputs: Its inputs by name.
        partition: The key of the partition being made.
        limits: What DuckDB may use; ``None``: what ``limits_of`` says.

    Returns:
        The batch, in the contract's types as far as they fit without loss; it is not checked yet.

    Raises:
        TransformError: It failed; with file and line.
    """
    with opened(product, limits) as transform:
        return cast(transform.run(inputs, partition), product.schema.properties)


def limits_of(product: Product) -> Limits:
    """What DuckDB may use for a product."""
    return Limits(memory=product.spec.memory, seconds=query_seconds())
