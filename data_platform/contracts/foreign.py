"""Documents that are no data contract of ODCS, known for what they are.

What belongs here: which keys tell another kind of file, what it is, and what to do with it. What does not: reading any
of them (``exchange`` reads dbt and JSON Schema).
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from data_platform.contracts.document import Document
from data_platform.contracts.findings import Basis, Finding, KeyPath, Severity, quoted
from data_platform.contracts.suggest import closest

_Keys = Mapping[str, Any]
_Kind = tuple[Callable[[_Keys], bool], KeyPath, str, str]

_PORTS: Final = "give the contract that an output port names by its contractId"


def _says(key: str, words: str) -> Callable[[_Keys], bool]:
    return lambda data: isinstance(data.get(key), str) and words in data[key]


_KINDS: Final[tuple[_Kind, ...]] = (
    (
        lambda data: data.get("kind") == "DataProduct",
        ("kind",),
        "this is a data product of the Open Data Product Standard (ODPS, by Bitol), and no contract",
        _PORTS,
    ),
    (
        lambda data: _says("schema", "opendataproducts.org")(data) or ("product" in data and "kind" not in data),
        ("product",),
        "this is a data product of the Open Data Product Specification (ODPS, by the Linux Foundation), no contract",
        "give the contract that it names under product.contract, as a file of its own",
    ),
    (
        lambda data: "dataContractSpecification" in data,
        ("dataContractSpecification",),
        "this is a contract of the Data Contract Specification, which ODCS replaced",
        "convert it: datacontract export --format odcs",
    ),
    (
        lambda data: data.get("type") == "data_platform.DataProduct",
        ("type",),
        "this is a product's defs.yaml, and no contract",
        "give the contract.odcs.yaml beside it, or the product's folder",
    ),
    (
        lambda data: bool(data.keys() & {"models", "sources"}) and "kind" not in data,
        ("models",),
        "this is a dbt file of models or sources, and no contract",
        "make a contract of it: data-platform import dbt",
    ),
    (
        lambda data: _says("$schema", "json-schema.org")(data) and "kind" not in data,
        ("$schema",),
        "this is a JSON Schema, and no contract",
        "make a contract of it: data-platform import json-schema",
    ),
)


def foreign(document: Document) -> Finding | None:
    """What a document is instead of a contract of ODCS, as the one finding that there is to tell of it.

    Args:
        document: Any YAML mapping.

    Returns:
        An error ``not-a-contract``, or None where it is, or tries to be, a contract.
    """
    for is_kind, path, message, fix in _KINDS:
        if is_kind(document.data):
            return document.finding("not-a-contract", Severity.ERROR, path, message, fix, Basis.STANDARD)
    kind = document.data.get("kind")
    if isinstance(kind, str) and not closest(kind, ["DataContract"]) and "schema" not in document.data:
        message = f"this is a file of kind {quoted(kind)}, and no contract"
        fix = "give a contract, which has kind: DataContract"
        return document.finding("not-a-contract", Severity.ERROR, ("kind",), message, fix, Basis.STANDARD)
    return None
