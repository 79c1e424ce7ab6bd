"""The rules that hold between a product's folder, its contract and its ``defs.yaml``.

What belongs here: what the three must agree about: names, versions, partitions, the way of publishing. What does not:
each of them by itself (``contracts.lint``, ``defs_file``), and inputs (``declared_inputs``).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from data_platform.contracts.document import Document
from data_platform.contracts.elements import Property
from data_platform.contracts.findings import Finding, KeyPath, Severity
from data_platform.contracts.model import Contract
from data_platform.contracts.properties import PREFIX, PublishMode
from data_platform.products.names import major_of
from data_platform.products.spec import ProductSpec

_PARTITION_TYPES: Final = ("string", "date")


def disagreements(folder: Path, contract: Contract, spec: ProductSpec, defs: Document) -> Iterator[Finding]:
    """Find what the folder's name, the contract and ``defs.yaml`` do not agree about.

    Args:
        folder: The product's folder.
        contract: Its contract.
        spec: Its attributes.
        defs: ``defs.yaml``, for lines.
    """
    major, domain = major_of(folder.name), folder.parent.name
    if major is None:
        yield product_error(
            contract, ("dataProduct",), f"the folder {folder.name!r} has no version", "name it such as orders_v1"
        )
    elif contract.version and contract.version.major != major:
        message = f"version {contract.version} is in the folder {folder.name}"
        yield product_error(
            contract, ("version",), message, f"move it to a sibling folder that ends in _v{contract.version.major}"
        )
    if contract.domain != domain:
        yield product_error(
            contract, ("domain",), f"domain {contract.domain!r} is in the folder {domain}", f"write {domain}"
        )
    if contract.data_product != folder.name:
        message = f"dataProduct {contract.data_product!r} is in the folder {folder.name}"
        yield product_error(contract, ("dataProduct",), message, f"write dataProduct: {folder.name}")
    if len(contract.schemas) != 1:
        message = f"the contract has {len(contract.schemas)} tables"
        yield product_error(contract, ("schema",), message, "a product is one table; make a product of each")
    else:
        yield from _partitioning(contract, spec, defs)
        yield from _running(domain, spec, defs)
        yield from _weak_keys(contract)


def _running(domain: str, spec: ProductSpec, defs: Document) -> Iterator[Finding]:
    """A runner is code of the own domain, and the only thing that can answer checks of its own."""
    if spec.runner is None and spec.checks:
        message = "nothing answers these checks"
        fix = "promise it in the contract, or name the runner that does"
        yield defs.finding("defs", Severity.ERROR, ("attributes", "checks"), message, fix)
    if spec.runner is not None and f".domains.{domain}." not in f".{spec.runner}":
        message = f"the runner {spec.runner} is not of {domain}"
        yield defs.finding("defs", Severity.ERROR, ("attributes", "runner"), message, f"name a function of {domain}")


def _partitioning(contract: Contract, spec: ProductSpec, defs: Document) -> Iterator[Finding]:
    columns, mode = contract.schemas[0].partition_key, contract.custom.publish_mode
    at_mode = ("customProperties",)
    if mode is PublishMode.UPSERT and not contract.schemas[0].primary_key:
        yield product_error(contract, at_mode, "upsert needs a primary key", "mark its columns primaryKey: true")
    if spec.partitions is None:
        if mode is PublishMode.REPLACE_PARTITION:
            message = "publishMode is replace_partition, but defs.yaml has no partitions"
            yield product_error(
                contract, at_mode, message, "add partitions: {type: daily} to defs.yaml, or write replace"
            )
        return
    if spec.partitions.type == "dynamic" and not spec.partitions.name:
        message = "dynamic partitions need a name"
        yield defs.finding("defs", Severity.ERROR, ("attributes", "partitions"), message, "add name: <name>")
    if mode is PublishMode.REPLACE:
        message = "publishMode replace would throw away all other partitions"
        fix = f"add {PREFIX}publishMode: replace_partition (or upsert, append) to customProperties"
        yield product_error(contract, at_mode, message, fix)
    if mode is PublishMode.APPEND and not contract.schemas[0].primary_key:
        message = "a partition that is made again would be appended again, and nothing tells its rows from those before"
        fix = f"mark the columns of a primary key, or write {PREFIX}publishMode: replace_partition"
        yield product_error(contract, at_mode, message, fix)
    if mode is PublishMode.REPLACE_PARTITION and not _fit(columns):
        message = f"partitioned: true is at {[column.column for column in columns]}"
        path = ("schema", 0, "properties")
        fix = "mark one, of logicalType date or string: the one that holds the partition's key"
        fix += "; a second dimension is a column of its rows, or a product of its own" if len(columns) > 1 else ""
        yield product_error(contract, path, message, fix)


def _weak_keys(contract: Contract) -> Iterator[Finding]:
    """A doubt about a primary key that is only looked at within each partition."""
    table = contract.schemas[0]
    keys, parts = {column.name for column in table.primary_key}, {column.name for column in table.partition_key}
    if contract.custom.publish_mode is PublishMode.REPLACE_PARTITION and keys and not parts <= keys:
        message = "the primary key lacks the partition column, so it is unique within each partition only"
        path = ("schema", 0, "properties")
        fix = "add the partition column to the key, or publish by upsert"
        yield contract.document.finding("primary-key", Severity.WARNING, path, message, fix)


def _fit(columns: tuple[Property, ...]) -> bool:
    return len(columns) == 1 and columns[0].logical_type in _PARTITION_TYPES


def product_error(contract: Contract, path: KeyPath, message: str, fix: str) -> Finding:
    """An error at an element of the contract."""
    return contract.document.finding("product", Severity.ERROR, path, message, fix)
