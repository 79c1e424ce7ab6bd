"""Running a product's transform, whatever it is written in.

What belongs here: the one call. What does not: the two ways (``sql_transform``, ``python_transform``).
"""

from collections.abc import Mapping

import pyarrow as pa

from data_platform.contracts.checks.duckdb.session import Limits
from data_platform.products.folder import Product
from data_platform.products.schema import cast
from data_platform.settings import query_seconds


def run_transform(product: Product, inputs: Mapping[str, object], partition: str | None = None) -> pa.Table:
    """Run a product's transform.

    Args:
        product: The product.
        inputs: Its inputs by name, with the declared columns: Arrow tables, for SQL anything with an Arrow stream.
        partition: The key of the partition being made.

    Returns:
        The batch, in the contract's types as far as they fit without loss; it is not checked yet.

    Raises:
        TransformError: It failed; with file and line.
    """
    if product.source.kind == "sql":
        from data_platform.products.sql_transform import run_sql  # noqa: PLC0415 - one of the two is needed

        batch = run_sql(product, inputs, partition, limits_of(product))
    else:
        from data_platform.products.python_transform import run_python  # noqa: PLC0415 - one of the two is needed

        batch = run_python(product, inputs, partition)
    return cast(batch, product.schema.properties)


def limits_of(product: Product) -> Limits:
    """What DuckDB may use for a product."""
    return Limits(memory=product.spec.memory, seconds=query_seconds())
