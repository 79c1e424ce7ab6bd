"""A product's folder, read from its files alone: contract, transform, inputs, partitions.

What belongs here: putting the parts together, and the rules that hold between folder, contract and ``defs.yaml``. What
does not: Dagster, and running anything.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from data_platform.contracts.checks.compiling import classified_columns, compile_checks
from data_platform.contracts.checks.model import TableChecks
from data_platform.contracts.elements import SchemaObject
from data_platform.contracts.errors import UnreadableContractError
from data_platform.contracts.findings import Finding, Severity
from data_platform.contracts.lint import findings_of
from data_platform.contracts.model import Contract
from data_platform.contracts.properties import PublishMode
from data_platform.contracts.reading import contract as contract_of
from data_platform.contracts.references import CONTRACT_FILE
from data_platform.contracts.source import read
from data_platform.products.agreement import disagreements, product_error
from data_platform.products.catalogue import loaded
from data_platform.products.declared_inputs import Consumer, Input, inputs_of
from data_platform.products.defs_file import DEFS_FILE, read_defs
from data_platform.products.errors import InvalidProductError
from data_platform.products.names import is_key
from data_platform.products.picture import Picture, read_picture
from data_platform.products.sources import Source, read_source
from data_platform.products.spec import PartitionsSpec, ProductSpec

_Part = TypeVar("_Part")


@dataclass(frozen=True)
class Product:
    """A data product as its folder describes it.

    Attributes:
        folder: Its folder.
        contract: Its contract.
        source: Its transform, as written.
        spec: What ``defs.yaml`` says.
        inputs: What the transform reads.
        warnings: What is doubtful: deprecated inputs, weak points of the contract.
        picture: What is drawn of it, if anything.
    """

    folder: Path
    contract: Contract
    source: Source
    spec: ProductSpec
    inputs: tuple[Input, ...]
    warnings: tuple[Finding, ...]
    picture: Picture | None = None

    @property
    def domain(self) -> str:
        """Its domain."""
        return self.folder.parent.name

    @property
    def name(self) -> str:
        """Its name, with the major version: ``orders_v1``."""
        return self.folder.name

    @property
    def key(self) -> str:
        """``domain/name``: the asset's key, and the table's path in the store."""
        return f"{self.domain}/{self.name}"

    @property
    def schema(self) -> SchemaObject:
        """The one table of the contract."""
        return self.contract.schemas[0]

    @property
    def partitions(self) -> PartitionsSpec | None:
        """How it is partitioned, if it is."""
        return self.spec.partitions

    @property
    def partition_column(self) -> str | None:
        """The column that holds the partition's key."""
        return self.schema.partition_key[0].column if self.partitions else None

    @property
    def publish_mode(self) -> PublishMode:
        """How a batch becomes part of the table."""
        return self.contract.custom.publish_mode

    @property
    def primary_key(self) -> tuple[str, ...]:
        """The columns of the primary key."""
        return tuple(column.column for column in self.schema.primary_key)

    @cached_property
    def checks(self) -> TableChecks:
        """The contract's rules as checks."""
        return compile_checks(self.contract, resolver=Contracts(self.folder.parent.parent))

    @cached_property
    def classified(self) -> frozenset[str]:
        """Columns whose values are not shown."""
        return classified_columns(self.schema)

    @property
    def code_version(self) -> str:
        """Changes whenever the transform, the contract, ``defs.yaml`` or the picture do."""
        files = [self.source.file, self.folder / CONTRACT_FILE, self.folder / DEFS_FILE]
        if self.picture is not None:
            files.append(self.picture.file)
        return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:16]


class Contracts:
    """The contracts of all products, for references from one to another."""

    def __init__(self, domains: Path) -> None:
        self._domains = domains

    def lookup(self, product: str) -> Contract | None:
        """The contract of a product such as ``sales/orders_v1``, or None where there is no such product."""
        file = self._domains / product / CONTRACT_FILE
        try:
            return loaded(file, file.stat().st_mtime_ns) if is_key(product) else None
        except (OSError, UnreadableContractError):
            return None


def read_product(folder: Path) -> Product:
    """Read a product's folder.

    Args:
        folder: ``…/<domain>/<name>_v<N>``, with ``contract.odcs.yaml``, ``defs.yaml`` and one transform.

    Returns:
        The product, without any error; its warnings are in it.

    Raises:
        InvalidProductError: Something is wrong with it; everything that is, with file and line.
    """
    folder = folder.resolve()
    findings: list[Finding] = []
    contract = _gathered(lambda: _contract(folder, findings), findings)
    defs = _gathered(lambda: read_defs(folder), findings)
    source = _gathered(lambda: read_source(folder), findings)
    if contract is not None and defs is not None:
        findings += disagreements(folder, contract, *defs)
    picture: Picture | None = None
    if defs is not None:
        picture, problems = read_picture(folder, *defs, contract)
        findings += problems
    inputs: tuple[Input, ...] = ()
    if defs is not None and source is not None:
        spec, document = defs
        key = f"{folder.parent.name}/{folder.name}"
        consumer = Consumer(key, folder.parent.parent, source, spec.inputs, document, spec.partitions is not None)
        inputs, problems = inputs_of(consumer)
        findings += problems
    if any(finding.severity is Severity.ERROR for finding in findings) or not (contract and defs and source):
        raise InvalidProductError(findings)
    warnings = tuple(finding for finding in findings if finding.severity is Severity.WARNING)
    product = Product(folder, contract, source, defs[0], inputs, warnings, picture)
    if contract.status == "retired" and not contract.custom.retired_anyway and (consumers := consumers_of(product)):
        message = f"{product.key} is retired, but {', '.join(consumers)} still read it"
        raise InvalidProductError(
            [product_error(contract, ("status",), message, "keep it deprecated until they have moved")]
        )
    return product


def consumers_of(product: Product) -> list[str]:
    """The products, of any domain, that read a product, as far as their folders can be read."""
    domains = product.folder.parent.parent
    folders = [file.parent for file in sorted(domains.glob(f"*/*/{DEFS_FILE}")) if file.parent != product.folder]
    return [f"{folder.parent.name}/{folder.name}" for folder in folders if product.key in _named_in(folder)]


def _named_in(folder: Path) -> set[str]:
    try:
        spec, _ = read_defs(folder)
        names = set(read_source(folder).names)
    except InvalidProductError:
        return set()
    given = {name: spec.inputs[name].asset for name in names & spec.inputs.keys()}
    return {given.get(name) or name.replace(".", "/") for name in names}


def _gathered(read_part: Callable[[], _Part], findings: list[Finding]) -> _Part | None:
    try:
        return read_part()
    except InvalidProductError as error:
        findings += error.findings
        return None


def _contract(folder: Path, collected: list[Finding]) -> Contract:
    try:
        document = read(folder / CONTRACT_FILE)
    except UnreadableContractError as error:
        raise InvalidProductError(error.findings) from None
    contract = contract_of(document)
    findings = findings_of(document, contract, Contracts(folder.parent.parent))
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise InvalidProductError(findings)
    collected += [finding for finding in findings if finding.severity is Severity.WARNING]
    return contract
