"""The inputs of a product: which tables, which of their columns, which partitions; and whether it may read them.

What belongs here: the rules between products, on files alone. What does not: reading the tables (``inputs``).

A product reads products of any domain and, of its own domain, also what is no product. Another domain's product must
be one for others: not ``proposed`` or ``draft`` (it may still change at will), and not ``retired``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from data_platform.contracts.document import Document
from data_platform.contracts.errors import UnreadableContractError
from data_platform.contracts.findings import Finding, KeyPath, Position, Severity
from data_platform.contracts.model import Contract
from data_platform.contracts.references import CONTRACT_FILE
from data_platform.contracts.service_levels import sunset
from data_platform.contracts.suggest import NOTHING_ALIKE, closest, did_you_mean
from data_platform.lineage.errors import InvalidSelect
from data_platform.products.catalogue import columns_of, loaded, names_in, product_keys, speaks_of
from data_platform.products.defs_file import DEFS_FILE
from data_platform.products.file_paths import FilePath
from data_platform.products.imported import edited, is_imported
from data_platform.products.names import is_key, is_product_name
from data_platform.products.sources import Source
from data_platform.products.spec import InputSpec

_INVISIBLE: Final = ("proposed", "draft")


@dataclass(frozen=True)
class Input:
    """One input of a product.

    Attributes:
        name: The argument's name; in SQL the table's, ``domain.name``.
        key: ``domain/name``.
        columns: The columns that the transform gets. In SQL one that it only counts the rows of has its first.
        partitions: ``same`` partition, ``all`` of the table, or this partition and some days before it.
        lookback_days: How many days before, for ``lookback``.
        contract: The product's contract; ``None`` for an asset of the own domain that is no product.
        partitioned: Whether the input product is partitioned; ``None``: not known, as it is no product.
        triggers: Whether its change alone is a reason to make the product anew.
        files: Where its files are, where it is no table.
        complete: Whether every partition that there is has to be there.
        optional: Whether a partition that was never published is read as no rows; never a trigger.
    """

    name: str
    key: str
    columns: tuple[str, ...]
    partitions: Literal["same", "all", "lookback"]
    lookback_days: int
    contract: Contract | None
    partitioned: bool | None
    triggers: bool = True
    files: FilePath | None = None
    complete: bool = False
    optional: bool = False


@dataclass(frozen=True)
class Consumer:
    """The product whose inputs are read: its key and files.

    Attributes:
        key: ``domain/name``.
        domains: The folder of all domains.
        source: Its transform.
        specs: What ``defs.yaml`` says about its inputs.
        document: ``defs.yaml``, for lines.
        partitioned: Whether it is partitioned.
    """

    key: str
    domains: Path
    source: Source
    specs: Mapping[str, InputSpec]
    document: Document
    partitioned: bool

    @property
    def domain(self) -> str:
        """Its domain."""
        return self.key.partition("/")[0]

    def path(self, name: str, *rest: str) -> KeyPath:
        """Where ``defs.yaml`` speaks of an input."""
        return ("attributes", "inputs", name, *rest)

    def finding(self, name: str, message: str, fix: str, *rest: str, severity: Severity = Severity.ERROR) -> Finding:
        """A finding about an input, at its line in ``defs.yaml``, or in the transform where only that names it."""
        if name in self.specs or name not in self.source.names:
            return self.document.finding("input", severity, self.path(name, *rest), message, fix)
        position = self.source.names[name]
        return Finding("input", severity, str(self.source.file), position, (), message, fix)


def inputs_of(consumer: Consumer) -> tuple[tuple[Input, ...], list[Finding]]:
    """Find the inputs of a product.

    Returns:
        The inputs that could be understood, by name, and everything that was found.
    """
    findings: list[Finding] = list(_unmatched(consumer))
    resolved: dict[str, tuple[str, Contract | None]] = {}
    for name in consumer.source.names:
        if consumer.source.kind == "python" and name not in consumer.specs:
            continue
        key = consumer.specs.get(name, InputSpec()).asset or name.replace(".", "/")
        contract, problems = _contract(consumer, name, key)
        findings += problems
        if not any(finding.severity is Severity.ERROR for finding in problems):
            resolved[name] = (key, contract)
    if any(finding.severity is Severity.ERROR for finding in findings):
        return (), findings
    columns, problems = _columns(consumer, resolved)
    return tuple(_input(consumer, name, *resolved[name], columns[name]) for name in columns), [*findings, *problems]


def _unmatched(consumer: Consumer) -> Iterator[Finding]:
    """Inputs that only one of transform and ``defs.yaml`` knows."""
    source, specs = consumer.source, consumer.specs
    for name in specs.keys() - source.names.keys():
        message = f"the transform has no input {name!r}"
        yield consumer.finding(name, message, did_you_mean(name, source.names))
    if source.kind == "python":
        for name in source.names.keys() - specs.keys():
            message = f"the argument {name!r} of {source.function} has no input"
            fix = f"add it to {DEFS_FILE}: inputs: {{{name}: {{asset: domain/product_v1, columns: [...]}}}}"
            yield source.finding("input", source.names[name], message, fix)
    for name, spec in specs.items():
        if not consumer.partitioned and (spec.partitions == "same" or spec.lookback_days):
            message = "the product is not partitioned, so there is no partition to match"
            yield consumer.finding(name, message, "leave it out: the whole table is read", "partitions")
        if spec.partitions and spec.lookback_days:
            message = "both partitions and lookback_days are given"
            yield consumer.finding(name, message, "keep one of them", "lookback_days")
        if spec.optional and (spec.complete or spec.lookback_days or spec.files):
            message = "optional goes with neither complete, lookback_days nor files"
            yield consumer.finding(name, message, "keep one of them", "optional")
        if spec.complete and (spec.lookback_days or spec.partitions == "same"):
            message = "complete waits for all partitions, and not all of them are read"
            yield consumer.finding(name, message, "leave it out, or read all partitions", "complete")
        if spec.files:
            yield from _misplaced(consumer, name, spec, FilePath.parse(spec.files))


def _misplaced(consumer: Consumer, name: str, spec: InputSpec, files: FilePath) -> Iterator[Finding]:
    """What is wrong with where an input's files are."""
    if files.domain != consumer.domain:
        message = f"{spec.files!r} is in the folder of {files.domain}, whose files are private to it"
        yield consumer.finding(
            name, message, f"read files of {consumer.domain}, or a product of {files.domain}", "files"
        )
    if not files.partitioned and (spec.partitions == "same" or spec.lookback_days):
        message = f"{spec.files!r} has no {{partition}}, so there is no partition to match"
        yield consumer.finding(name, message, "write {partition} where its key is, or read all", "files")


def _contract(consumer: Consumer, name: str, key: str) -> tuple[Contract | None, list[Finding]]:
    """The contract of an input that is a product, and whether it may be read."""
    domain, _, asset = key.partition("/")
    if key == consumer.key or not is_key(key):
        message = "the product reads itself" if key == consumer.key else f"{key!r} names no asset"
        return None, [consumer.finding(name, message, "write the domain/name of another asset", "asset")]
    file = consumer.domains / domain / asset / CONTRACT_FILE
    if problems := _unreadable(consumer, name, key, file):
        return None, problems
    if file.is_file():
        try:
            return _usable(consumer, name, key, loaded(file, file.stat().st_mtime_ns))
        except UnreadableContractError as error:
            return None, list(error.findings)
    if domain == consumer.domain and not is_product_name(asset):
        return None, list(_private(consumer, name, asset))
    message = f"there is no product {key}"
    if domain != consumer.domain and (consumer.domains / domain).is_dir() and not is_product_name(asset):
        message = f"{key} is no product of {domain}, and what is not published is private to its domain"
    fix = did_you_mean(key, product_keys(consumer.domains))
    if is_product_name(asset):
        fix = made_elsewhere(key, fix)
    return None, [consumer.finding(name, message, fix, "asset")]


def _unreadable(consumer: Consumer, name: str, key: str, file: Path) -> list[Finding]:
    """What keeps a product's contract from being relied upon, by the files around it."""
    if file.is_file() and consumer.specs.get(name, InputSpec()).files:
        message = f"{key} is a product, and products are read as tables"
        return [consumer.finding(name, message, "leave files out", "files")]
    if is_imported(file.parent) and (message := edited(file.parent)):
        fix = f"data-platform use {key} writes it as it is registered"
        return [consumer.finding(name, message, fix, "asset")]
    return []


def made_elsewhere(key: str, fix: str) -> str:
    """What to do about a product that is not here, which another repository may make.

    Args:
        key: ``domain/name``.
        fix: What else may be done; ``remove it`` says that nothing here is called alike.
    """
    other = f"if another repository makes it: data-platform use {key}"
    return other if fix == NOTHING_ALIKE else f"{fix}; {other}"


def _usable(consumer: Consumer, name: str, key: str, contract: Contract) -> tuple[Contract | None, list[Finding]]:
    end = sunset(contract)
    to = f"move to {contract.custom.replaced_by}" if contract.custom.replaced_by else "ask its owner what replaces it"
    if contract.status in _INVISIBLE and key.partition("/")[0] != consumer.domain:
        message = f"{key} is {contract.status}, so other domains do not see it"
        return None, [consumer.finding(name, message, f"wait until {contract.owner} makes it active", "asset")]
    if contract.status == "retired" and contract.custom.retired_anyway:
        message = f"{key} is retired, so it stays as it was published last"
        return contract, [consumer.finding(name, message, to, "asset", severity=Severity.WARNING)]
    if contract.status == "retired":
        return None, [consumer.finding(name, f"{key} is retired", to, "asset")]
    if contract.status == "deprecated":
        message = f"{key} is deprecated" + (f", and ends on {end.date()}" if end else "")
        return contract, [consumer.finding(name, message, to, "asset", severity=Severity.WARNING)]
    return contract, []


def _private(consumer: Consumer, name: str, asset: str) -> Iterator[Finding]:
    """A doubt, not an error: an asset's name may be made by code."""
    folder = consumer.domains / consumer.domain
    if not speaks_of(folder, asset):
        known = names_in(folder)
        near = closest(asset, known)
        message = f"no Python file and no source of {consumer.domain} speaks of an asset {asset!r}"
        fix = f"did you mean '{near}'?" if near else "see that something makes it"
        yield consumer.finding(name, message, fix, "asset", severity=Severity.WARNING)


def _columns(
    consumer: Consumer, resolved: Mapping[str, tuple[str, Contract | None]]
) -> tuple[dict[str, tuple[str, ...]], list[Finding]]:
    findings: list[Finding] = []
    known: dict[str, list[str]] = {}
    for name, (key, contract) in resolved.items():
        declared = consumer.specs.get(name, InputSpec()).columns
        known[name] = columns_of(contract) if contract else list(declared or [])
        if declared is None and (contract is None or consumer.source.kind == "python"):
            message = f"nothing says which columns of {key} are read"
            findings.append(consumer.finding(name, message, f"add columns: [...] to the input {name} in {DEFS_FILE}"))
        for column in declared or []:
            if column not in known[name]:
                message = f"{key} has no column {column!r}"
                findings.append(consumer.finding(name, message, did_you_mean(column, known[name]), "columns"))
    if findings:
        return {}, findings
    if consumer.source.kind == "python":
        return {name: tuple(consumer.specs[name].columns or ()) for name in resolved}, findings
    return _read_by_query(consumer, known)


def _read_by_query(
    consumer: Consumer, known: Mapping[str, list[str]]
) -> tuple[dict[str, tuple[str, ...]], list[Finding]]:
    try:
        reading = consumer.source.reading({name: dict.fromkeys(columns) for name, columns in known.items()})
    except InvalidSelect as error:
        return {}, [
            consumer.source.finding("columns", Position(problem.line, problem.column), problem.message, problem.fix)
            for problem in error.problems
        ]
    read_in = {name: tuple(reading.columns.get(name, {})) for name in known}
    return {name: columns or tuple(known[name][:1]) for name, columns in read_in.items()}, []


def _input(consumer: Consumer, name: str, key: str, contract: Contract | None, columns: tuple[str, ...]) -> Input:
    spec = consumer.specs.get(name, InputSpec())
    files = FilePath.parse(spec.files) if spec.files else None
    partitioned = files.partitioned if files else None
    if contract is not None:
        partitioned = any(column.partitioned for column in contract.schemas[0].properties)
    default: Literal["same", "all"] = "same" if consumer.partitioned and partitioned is not False else "all"
    partitions = "lookback" if spec.lookback_days else spec.partitions or default
    back, told = spec.lookback_days or 0, (spec.triggers and not spec.optional, files, spec.complete, spec.optional)
    return Input(name, key, columns, partitions, back, contract, partitioned, *told)
