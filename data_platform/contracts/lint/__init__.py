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
- `older`: what changed since ODCS 3.0

Beside the rules' own ids, findings carry ``unreadable`` (`document`), ``not-a-contract`` (`foreign`), and
``json-schema``, ``unknown-key`` and ``unsupported-api-version`` (`validate`).

Each rule, and so each finding, is the standard's or this platform's policy (`findings.Basis`). What the JSON Schema
refuses is the standard's, also where a rule of policy says it in plainer words.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from data_platform.contracts.document import Document
from data_platform.contracts.errors import UnreadableContractError
from data_platform.contracts.findings import Basis, Finding, KeyPath, Severity, in_order
from data_platform.contracts.foreign import foreign
from data_platform.contracts.lint import (
    documentation,
    fundamentals,
    keys,
    names,
    older,
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
    *older.RULES,
)

_OF_ITS_FORM: Final = frozenset({"rule-operator", "unknown-metric", "unknown-rule-type", "rule-query"})
"""Rules on the form of a quality rule, which the JSON Schema judges as a whole."""


def lint(
    source: Source, resolver: Resolver | None = None, *, file: str | None = None, standard: bool = False
) -> list[Finding]:
    """Everything that is wrong or doubtful in a contract, by line. Never raises on a contract, however broken.

    Args:
        source: A path, or the text itself (see `data_platform.contracts.source`).
        resolver: Knows other products' contracts. Without it, references to them are checked for syntax only.
        file: The name that findings carry; by default the path.
        standard: Whether to judge by the standard alone, and leave out what is this platform's policy.
    """
    try:
        document = read(source, file=file)
    except UnreadableContractError as error:
        return list(error.findings)
    return [
        finding
        for finding in findings_of(document, contract_of(document), resolver)
        if not standard or finding.basis is Basis.STANDARD
    ]


def findings_of(document: Document, contract: Contract, resolver: Resolver | None = None) -> list[Finding]:
    """The same for a document that was read already, and the contract made from it."""
    from data_platform.contracts.validate import validate  # noqa: PLC0415 - jsonschema is loaded when it is needed

    other = foreign(document)
    if other is not None:
        return [other]
    subject = Subject(contract, resolver)
    ours = [finding for rule in RULES for finding in rule.findings(subject)]
    return in_order(_once(validate(document), ours))


def _once(schema_findings: Iterable[Finding], ours: Iterable[Finding]) -> Iterator[Finding]:
    """Both, without what the JSON Schema says of the same element as our own rules, which say it in plainer words.

    Of a quality rule it says as a whole that its operators fit no form, where our rules name the operator.
    """
    ours = list(ours)
    errors = [finding for finding in ours if finding.severity is Severity.ERROR]
    paths_by_element: dict[KeyPath, list[KeyPath]] = {}
    for finding in errors:
        paths_by_element.setdefault(finding.path, []).append(finding.path)
        if "quality" in finding.path and finding.rule in _OF_ITS_FORM:
            paths_by_element.setdefault(_quality_rule(finding.path), []).append(finding.path)
    without_metric = {_quality_rule(finding.path) for finding in ours if _lacks_metric(finding)}
    refused: set[KeyPath] = set()
    for finding in schema_findings:
        if _quality_rule(finding.path) in without_metric:
            continue  # what it may say depends on what it is
        if finding.path not in paths_by_element:
            yield finding
        elif finding.severity is Severity.ERROR:
            refused.update(paths_by_element[finding.path])
    for finding in ours:
        yield replace(finding, basis=Basis.STANDARD) if finding.path in refused else finding


def _quality_rule(path: KeyPath) -> KeyPath:
    """The quality rule that an element is in; the path itself, where it is in none."""
    return path[: path.index("quality") + 2] if "quality" in path else path


def _lacks_metric(finding: Finding) -> bool:
    return (finding.rule == "unknown-metric" and finding.path[-1:] != ("metric",)) or finding.path[-1:] == ("rule",)
