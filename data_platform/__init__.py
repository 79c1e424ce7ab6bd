"""A data mesh on Dagster: domains own pipelines and publish data products.

``DataProduct`` is the component that a product's ``defs.yaml`` names. Nothing is imported before it is asked for, so
that a light part (the command line, the object store) starts without the heavy ones.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from data_platform.orchestration.products.component import DataProduct

__all__ = ["DataProduct"]


def __getattr__(name: str) -> Any:
    if name != "DataProduct":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from data_platform.orchestration.products.component import DataProduct  # noqa: PLC0415 - Dagster where it is asked for

    return DataProduct


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
