"""A product as an ordinary input of other assets, and as an output whose type Dagster shows.

What belongs here: the Dagster type made from the contract, and the IO manager that reads what was published. What does
not: publishing: the table is committed before Dagster sees an output.
"""

from typing import Any, Final

import dagster as dg

from data_platform.markdown import code, escaped
from data_platform.orchestration.io import DeltaIOManager
from data_platform.orchestration.io.frame_types import frame_type
from data_platform.orchestration.resources import ObjectStoreResource
from data_platform.products.folder import Product
from data_platform.products.masking import masked
from data_platform.products.writes import Rows
from data_platform.storage.formats.frames import from_arrow

PUBLISHED: Final = "published_products"
"""The key of the IO manager; each product brings it along."""

_SHOWN: Final = 5


class _Published(dg.IOManager):
    """Reads the tables of products; what a product's step gives out is a glance at them, and is not stored."""

    def __init__(self, store: ObjectStoreResource) -> None:
        self._tables = DeltaIOManager(store=store)

    def handle_output(self, context: dg.OutputContext, obj: object) -> None:
        """Nothing: it is published already."""

    def load_input(self, context: dg.InputContext) -> Any:
        """The product's table, or the partitions of it that the input asks for, as the input's annotation says."""
        return self._tables.load_input(context)


@dg.io_manager(required_resource_keys={"store"})
def published_products(context: dg.InitResourceContext) -> _Published:
    """The IO manager of all products."""
    return _Published(context.resources.store)


def type_of(product: Product) -> dg.DagsterType:
    """The type of pandas frames with the contract's columns."""
    name = "".join(part.capitalize() for part in f"{product.domain}_{product.name}".split("_"))
    return frame_type(name, _described(product), [column.column for column in product.schema.properties])


def first_rows(product: Product, batch: Rows) -> Any:
    """The first rows of a batch as pandas, without the values of classified columns."""
    return from_arrow(masked(product, batch.slice(0, _SHOWN)))


def _described(product: Product) -> str:
    lines = [f"- {code(column.column)}: {escaped(column.description or '')}" for column in product.schema.properties]
    return "\n".join([escaped(product.schema.description or product.key), "", *lines])
