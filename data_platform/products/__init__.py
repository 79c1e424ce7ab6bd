"""Data products: a folder with a contract and a transform becomes a table that keeps its contract.

What belongs here: reading a product's folder, its inputs, its transform, and publishing. What does not: what a contract
means (``contracts``), how tables are written (``storage``), the product as a Dagster asset (``orchestration``), any
domain. Importing this package imports nothing else:

- ``data_platform.products.folder.read_product`` reads a product's folder, or says all that is wrong with it;
- ``data_platform.products.publish.publish`` checks a batch and publishes it, or nothing;
- ``data_platform.products.testing.run`` runs a product in memory, for unit tests.
"""


def __getattr__(name: str) -> object:
    if name == "DataProduct":  # an ImportError, which Dagster shows as it is
        raise ImportError("the component is data_platform.DataProduct now: write that as `type` in defs.yaml")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
