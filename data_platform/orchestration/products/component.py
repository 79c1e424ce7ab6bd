"""The component that ``defs.yaml`` of a product names.

What belongs here: from a folder to definitions, for Dagster's loader. What does not: what is in the folder
(``folder``), the asset (``asset``).
"""

import warnings

import dagster as dg
from pydantic import BaseModel

from data_platform.orchestration.products.asset import product_definitions
from data_platform.products.folder import read_product
from data_platform.products.registered import standing_of
from data_platform.products.spec import ProductSpec


class DoubtfulInputWarning(UserWarning):
    """A product reads what is going to end, or may not be there; said at every load."""


class DataProduct(dg.Component, ProductSpec, dg.Resolvable):
    """A data product: `contract.odcs.yaml`, `transform.sql` or `transform.py`, published only if it keeps the contract.

    The folder is `domains/<domain>/<name>_v<N>`. What the attributes leave out is in the contract (the product's name,
    version, owner, columns, rules, partition column, publish mode) or in the transform (what a query reads).
    """

    @classmethod
    def get_model_cls(cls) -> type[BaseModel]:
        """The attributes as they are; Dagster's own model takes templates too, and says less of a mistake."""
        return ProductSpec

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The product's asset and checks.

        The attributes are read again from the file, so that what holds without Dagster (lineage, impact, tests) holds
        here; they are plain values, and no templates.

        Raises:
            InvalidProductError: Something is wrong with the folder; everything that is, with file and line.
        """
        product = read_product(context.path)
        for warning in product.warnings:
            if warning.rule == "input":
                warnings.warn(str(warning), DoubtfulInputWarning, stacklevel=1)
        return product_definitions(product, standing_of(product))
