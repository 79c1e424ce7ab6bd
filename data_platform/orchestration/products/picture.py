"""Drawing a product's picture of what was published, for the page of its materialization.

What belongs here: reading the rows, calling the function, and what becomes of what it gave. What does not: what the
folder says of the picture (``products.picture``), publishing.

A picture is an extra: whatever goes wrong with it, the publication stands and the run goes on with a warning.
"""

import base64
from collections.abc import Callable
from typing import Final

import dagster as dg
import pyarrow as pa

from data_platform.markdown import escaped
from data_platform.products.errors import ProductError
from data_platform.products.folder import Product
from data_platform.products.inputs import days_until
from data_platform.products.picture import Picture
from data_platform.products.python_module import imported
from data_platform.storage.delta import missing_partitions, open_table, read_table
from data_platform.storage.delta.schema import Partition
from data_platform.storage.formats.frames import from_arrow
from data_platform.storage.objects.store import ObjectStore

MOST_BYTES: Final = 300_000
"""The largest PNG that is shown: it is kept with every materialization."""

_PNG: Final = b"\x89PNG\r\n\x1a\n"


def picture_metadata(
    store: ObjectStore, product: Product, partition: str | None, warn: Callable[[str], None]
) -> dict[str, object]:
    """The picture of what readers see now, as metadata of the materialization.

    Args:
        store: Where products are.
        product: The product.
        partition: The partition that was published last; ``None`` for a product without partitions.
        warn: Is told why there is no picture, where one should be.

    Returns:
        One entry, by the name of the function; none where the product has no picture or it failed.
    """
    picture = product.picture
    if picture is None:
        return {}
    try:
        png = draw(product, picture, published_rows(store, product, picture, partition))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the picture's trouble alone
        warn(f"{product.key}: there is no picture: {type(error).__name__}: {error}")
        return {}
    encoded = base64.b64encode(png).decode("ascii")
    alt = escaped(picture.function.replace("_", " "))
    return {picture.function: dg.MetadataValue.md(f"![{alt}](data:image/png;base64,{encoded})")}


def draw(product: Product, picture: Picture, rows: pa.Table) -> bytes:
    """Call a product's function for its picture.

    Args:
        product: The product.
        picture: Its picture.
        rows: Published rows, the declared columns.

    Returns:
        The PNG.

    Raises:
        ProductError: The function gave something else than a PNG, or a large one.
        Exception: Whatever the function raises.
    """
    module = imported(picture.file, f"{product.domain}_{product.name}")
    png = getattr(module, picture.function)(from_arrow(rows))
    if not isinstance(png, bytes) or not png.startswith(_PNG):
        raise ProductError(f"{picture.file}: {picture.function} gave {type(png).__name__}, and no PNG")
    if len(png) > MOST_BYTES:
        raise ProductError(f"{picture.file}: the PNG has {len(png):,} bytes; at most {MOST_BYTES:,} are shown")
    return png


def published_rows(store: ObjectStore, product: Product, picture: Picture, partition: str | None) -> pa.Table:
    """The rows that a picture is of: the partition and the days before it as far as there are any, or all.

    Raises:
        StorageError: The store failed.
    """
    parts: list[Partition] | None = None
    table = open_table(store, product.key)
    columns = [column.column for column in product.schema.partition_key]
    if partition is not None and len(columns) == 1 and table.metadata().partition_columns == columns:
        keys = days_until(partition, picture.lookback_days) if picture.lookback_days else [partition]
        wanted: list[Partition] = [{columns[0]: key} for key in keys]
        missing = missing_partitions(table, wanted)
        parts = [part for part in wanted if part not in missing]
    return read_table(store, product.key, columns=list(picture.columns), partitions=parts)
