"""``defs.yaml`` read without Dagster: the same attributes that the component knows, with their lines.

What belongs here: reading and validating one file. What does not: what the attributes mean (``spec``,
``declared_inputs``), and words for what is wrong with them (``defs_messages``).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from data_platform.contracts.document import Document, FileKind
from data_platform.contracts.errors import UnreadableContractError
from data_platform.contracts.findings import Basis, Finding, Severity, quoted
from data_platform.contracts.source import read
from data_platform.contracts.suggest import did_you_mean
from data_platform.products.defs_messages import explained
from data_platform.products.errors import InvalidProductError
from data_platform.products.spec import ProductSpec

DEFS_FILE: Final = "defs.yaml"
COMPONENT: Final = "data_platform.DataProduct"
_KIND: Final = FileKind(
    "defs.yaml file", f"type: {COMPONENT}, attributes: …", "domains/sales/orders_v1/defs.yaml", Basis.POLICY
)
KEYS: Final = ("type", "attributes", "template_vars_module", "requirements", "post_processing")
"""What Dagster reads of a component's file; its own keys are passed over here."""


def read_defs(folder: Path) -> tuple[ProductSpec, Document]:
    """Read a product's ``defs.yaml``.

    Returns:
        The attributes, and the document that knows their lines.

    Raises:
        InvalidProductError: It is not there, not one YAML mapping, or has attributes that are not known.
    """
    try:
        document = read(folder / DEFS_FILE, kind=_KIND)
    except UnreadableContractError as error:
        raise InvalidProductError(error.findings) from None
    findings = list(_outside(document))
    try:
        spec = ProductSpec.model_validate(document.data.get("attributes") or {})
    except ValidationError as error:
        findings += [
            document.finding("defs", Severity.ERROR, ("attributes", *problem.path), problem.message, problem.fix)
            for problem in explained(error, ProductSpec)
        ]
        raise InvalidProductError(findings) from None
    if findings:
        raise InvalidProductError(findings)
    return spec, document


def _outside(document: Document) -> Iterator[Finding]:
    """What is wrong beside the attributes."""
    component = document.data.get("type")
    if component != COMPONENT:
        message = "the file does not say of what type it is" if component is None else f"type is {quoted(component)}"
        yield document.finding("defs", Severity.ERROR, ("type",), message, f"write type: {COMPONENT}")
    for key in document.data:
        if key not in KEYS:
            message, fix = f"the key {quoted(key)} is not known here", _at_top(key)
            yield document.finding("defs", Severity.ERROR, (key,), message, fix)


def _at_top(key: str) -> str:
    """A fix for an unknown key beside ``type``: often it is an attribute."""
    if key in ProductSpec.model_fields:
        return f"write {key} under attributes"
    return did_you_mean(key, KEYS)
