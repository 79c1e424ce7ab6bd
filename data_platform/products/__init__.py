"""Data products: a folder with a contract and a transform becomes a table that keeps its contract.

What belongs here: reading a product's folder, its inputs, its transform, publishing, and the Dagster component and
asset around them. What does not: what a contract means (``contracts``), how tables are written (``storage``), any
domain. Importing this package imports nothing else, so that a command that only reads folders needs no Dagster:

- ``data_platform.products.folder.read_product`` reads a product's folder, or says all that is wrong with it;
- ``data_platform.products.publish.publish`` checks a batch and publishes it, or nothing;
- ``data_platform.products.testing.run`` runs a product in memory, for unit tests;
- ``data_platform.products.DataProduct`` is the component that ``defs.yaml`` names.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from data_platform.products.component import DataProduct

__all__ = ["DataProduct"]


def __getattr__(name: str) -> Any:
    if name != "DataProduct":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from data_platform.products.component import DataProduct  # noqa: PLC0415 - Dagster only where it is asked for

    return DataProduct


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
