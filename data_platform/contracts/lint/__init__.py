"""Lint of contracts: everything that the standard's JSON Schema lets pass and that would go wrong later.

What belongs here: running all rules and gathering what they find. What does not: the rules, which are in the modules
named below, one small function each.

- `fundamentals`: identity, version, status, owner, our own custom properties
- `names`: names that collide or are unsafe
- `types`, `options`: logical and physical types, and the options that narrow them
- `keys`, `relationships`: primary keys and foreign keys
- `quality`, `quality_values`: rules that could not be evaluated
- `service_levels`: promises on missing columns or in unknown units
- `documentation`: descriptions, classification
- `yaml_traps`: values that another YAML parser would read otherwise

Beside the rules' own ids, findings carry ``unreadable`` (`document`), and ``json-schema``, ``unknown-key`` and
``unsupported-api-version`` (`validate`).
"""

from collections.abc import Iterable, Iterator
from typing import Final

from data_platform.contracts.document import Document
from data_platform.contracts.errors import UnreadableContractError
from data_platform.contracts.findings import Finding, KeyPath, Severity, in_order
from data_platform.contracts.lint import (
    documentation,
    fundamentals,
    keys,
    names,
    options,
    quality,
    quality_values,
    relationships,
    service_levels,
    types,
    yaml_traps,
)
from data_platform.contracts.lint.rule import Rule, Subject
from data_platform.contracts.model import Contract
from data_platform.contracts.reading import contract as contract_of
from data_platform.contracts.references import Resolver
from data_platform.contracts.source import Source, read

RULES: Final[tuple[Rule, ...]] = (
    *fundamentals.RULES,
    *names.RULES,
    *types.RULES,
    *options.RULES,
    *keys.RULES,
    *relationships.RULES,
    *quality.RULES,
    *quality_values.RULES,
    *service_levels.RULES,
    *documentation.RULES,
    *yaml_traps.RULES,
)


def lint(source: Source, resolver: Resolver | None = None, *, file: str | None = None) -> list[Finding]:
    """Everything that is wrong or doubtful in a contract, by line. Never raises on a contract, however broken.

    Args:
        source: A path, or the text itself (see `data_platform.contracts.source`).
        resolver: Knows other products' contracts. Without it, references to them are checked for syntax only.
        file: The name that findings carry; by default the path.
    """
    try:
        document = read(source, file=file)
    except UnreadableContractError as error:
        return list(error.findings)
    return findings_of(document, contract_of(document), resolver)


def findings_of(document: Document, contract: Contract, resolver: Resolver | None = None) -> list[Finding]:
    """The same for a document that was read already, and the contract made from it."""
    from data_platform.contracts.validate import validate  # noqa: PLC0415 - jsonschema is loaded when it is needed

    subject = Subject(contract, resolver)
    ours = [finding for rule in RULES for finding in rule.findings(subject)]
    return in_order([*ours, *_not_said_better(validate(document), ours)])


def _not_said_better(schema_findings: Iterable[Finding], ours: Iterable[Finding]) -> Iterator[Finding]:
    """What the JSON Schema says, without what our own rules say of the same element in plainer words."""
    paths = {finding.path for finding in ours if finding.severity is Severity.ERROR}
    rule_paths = {path[: path.index("quality") + 2] for path in paths if "quality" in path}
    for finding in schema_findings:
        if finding.path not in paths and _quality_rule(finding.path) not in rule_paths:
            yield finding


def _quality_rule(path: KeyPath) -> KeyPath | None:
    return path[: path.index("quality") + 2] if "quality" in path else None
