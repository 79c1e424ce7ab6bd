"""The component that ``defs.yaml`` of a product names.

What belongs here: from a folder to definitions, for Dagster's loader. What does not: what is in the folder
(``folder``), the asset (``asset``).
"""

import warnings
from typing import Final

import dagster as dg
from pydantic import BaseModel

from data_platform.contracts.findings import Severity
from data_platform.mesh.checking.transforms import transform_findings
from data_platform.orchestration.products.asset import product_definitions
from data_platform.products.errors import InvalidProductError
from data_platform.products.folder import read_product
from data_platform.products.registered import standing_of
from data_platform.products.spec import ProductSpec


class DoubtfulProductWarning(UserWarning):
    """A product reads what is going to end, or its transform may not keep the contract; said at every load."""


_TOLD_AT_LOAD: Final = frozenset({"input", "transform"})


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
        findings = transform_findings(product, call_functions=False)
        if errors := [finding for finding in findings if finding.severity is Severity.ERROR]:
            raise InvalidProductError(errors)
        for warning in (*product.warnings, *findings):
            if warning.rule in _TOLD_AT_LOAD:
                warnings.warn(str(warning), DoubtfulProductWarning, stacklevel=1)
        return product_definitions(product, standing_of(product))
