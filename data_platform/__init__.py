"""A data mesh on Dagster: domains own pipelines and publish data products.

What a project may import, and what stays from release to release (``docs/api.md``): the names here, those of
``data_platform.contracts``, ``data_platform.testing``, and the attributes of ``data_platform.locations`` and
``data_platform.definitions`` by which Dagster loads domains. Everything else is the platform's own affair.

- ``DataProduct`` and ``Source`` are the components that ``defs.yaml`` of a product and of a source name.
- ``raw_asset`` makes an asset that takes raw data in, ``source_failures`` tells its failures, ``read_rows`` reads a
  file of rows, and ``project_root`` is where files of the project are.
- ``FileRows`` is what the reader of a format of one's own may give: rows, problems and comments.

Nothing is imported before it is asked for, so that a light part (the command line, the object store) starts without the
heavy ones.
"""

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from data_platform.ingestion.sources.own_format import FileRows
    from data_platform.ingestion.table_files import read_rows
    from data_platform.orchestration.ingestion.assets import raw_asset, source_failures
    from data_platform.orchestration.ingestion.source import Source
    from data_platform.orchestration.products.component import DataProduct
    from data_platform.project import project_root

__all__ = ["DataProduct", "FileRows", "Source", "project_root", "raw_asset", "read_rows", "source_failures"]

_PUBLIC: Final = {
    "DataProduct": "orchestration.products.component",
    "FileRows": "ingestion.sources.own_format",
    "Source": "orchestration.ingestion.source",
    "project_root": "project",
    "raw_asset": "orchestration.ingestion.assets",
    "read_rows": "ingestion.table_files",
    "source_failures": "orchestration.ingestion.assets",
}


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_PUBLIC[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
