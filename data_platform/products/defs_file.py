"""``defs.yaml`` read without Dagster: the same attributes that the component knows, with their lines.

What belongs here: reading and validating one file. What does not: what the attributes mean (``spec``,
``declared_inputs``).
"""

from pathlib import Path
from typing import Final

from pydantic import ValidationError

from data_platform.contracts.document import Document
from data_platform.contracts.errors import UnreadableContractError
from data_platform.contracts.findings import KeyPath, Severity
from data_platform.contracts.source import read
from data_platform.products.errors import InvalidProductError
from data_platform.products.spec import ProductSpec

DEFS_FILE: Final = "defs.yaml"
COMPONENT: Final = "data_platform.DataProduct"


def read_defs(folder: Path) -> tuple[ProductSpec, Document]:
    """Read a product's ``defs.yaml``.

    Returns:
        The attributes, and the document that knows their lines.

    Raises:
        InvalidProductError: It is not there, not one YAML mapping, or has attributes that are not known.
    """
    try:
        document = read(folder / DEFS_FILE)
    except UnreadableContractError as error:
        raise InvalidProductError(error.findings) from None
    if document.data.get("type") != COMPONENT:
        message, fix = f"type is {document.data.get('type')!r}", f"write type: {COMPONENT}"
        raise InvalidProductError([document.finding("defs", Severity.ERROR, ("type",), message, fix)])
    try:
        return ProductSpec.model_validate(document.data.get("attributes") or {}), document
    except ValidationError as error:
        raise InvalidProductError(
            document.finding("defs", Severity.ERROR, _path(detail["loc"]), detail["msg"], "see the editor's schema")
            for detail in error.errors()
        ) from None


def _path(location: tuple[int | str, ...]) -> KeyPath:
    return ("attributes", *location)
