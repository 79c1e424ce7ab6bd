"""A contract against the standard's JSON Schema, each mistake with its line and how to mend it.

What belongs here: running the schema, and turning what it says into findings. What does not: its keywords
(`schema_keywords`), words (`schema_messages`), and anything that the schema does not say (`lint`).
"""

import functools
from collections.abc import Callable, Iterator
from typing import Any, Final

from jsonschema import Draft201909Validator, ValidationError, validators
from jsonschema.protocols import Validator

from data_platform.contracts import older
from data_platform.contracts import schema as odcs
from data_platform.contracts.document import Document
from data_platform.contracts.findings import Basis, Finding, Severity, quoted
from data_platform.contracts.schema_keywords import Keywords, leaves
from data_platform.contracts.schema_messages import explained

CHANGED: Final = "changed-in-3-1"
"""The rule of what 3.1 reads otherwise than 3.0, for contracts of 3.0."""

_NEXT: Final = odcs.VERSIONS[0]


def validate(document: Document) -> list[Finding]:
    """Validate a document by the JSON Schema of its own ``apiVersion``, or the newest where that is not read.

    Args:
        document: A contract's document.

    Returns:
        Findings with rule ``json-schema``, ``unknown-key`` or ``unsupported-api-version``, all of them errors; and for
        a contract of 3.0 warnings ``changed-in-3-1``: what 3.1 refuses, though 3.0 allowed it.
    """
    version = document.data.get("apiVersion")
    is_read = isinstance(version, str) and version in {*odcs.VERSIONS, *older.VERSIONS}
    findings = list(_findings(document, str(version) if is_read else odcs.NEWEST))
    if older.is_older(version):
        known = {(finding.path, finding.message) for finding in findings}
        findings += [
            _as_change(document, later)
            for later in _findings(document, _NEXT)
            if (later.path, later.message) not in known
        ]
    return findings if is_read else [*findings, _version_finding(document)]


def _findings(document: Document, version: str) -> Iterator[Finding]:
    for top in _validator(version).iter_errors(document.data):
        for error in leaves(top):
            if tuple(error.absolute_path) != ("apiVersion",):
                yield _finding(document, error, version)


def _finding(document: Document, error: ValidationError, version: str) -> Finding:
    rule = "unknown-key" if error.validator == "unknownKey" else "json-schema"
    message, fix = explained(error, version)
    missing = (str(error.instance),) if error.validator == "required" else ()
    return document.finding(rule, Severity.ERROR, (*error.absolute_path, *missing), message, fix, Basis.STANDARD)


def _as_change(document: Document, finding: Finding) -> Finding:
    """What 3.1 says of a contract of 3.0, which may stay as it is until it moves."""
    message = f"3.1 refuses what 3.0 allowed: {finding.message}"
    return document.finding(CHANGED, Severity.WARNING, finding.path, message, finding.fix, Basis.STANDARD)


def _version_finding(document: Document) -> Finding:
    version = document.data.get("apiVersion")
    read = f"{older.VERSIONS[0]} to {odcs.NEWEST}"
    if isinstance(version, str) and version.startswith("v2."):
        message = f"apiVersion {quoted(version)} is older than what is read: {read}"
        fix = "set apiVersion: v3.1.0; the other findings say what else differs"
    else:
        message = f"apiVersion {quoted(version)} is none of what is read: {read}"
        fix = "write apiVersion: v3.1.0"
    return document.finding("unsupported-api-version", Severity.ERROR, ("apiVersion",), message, fix, Basis.STANDARD)


@functools.cache
def _validator(version: str) -> Validator:
    schema = odcs.json_schema(version)
    keywords = Keywords(schema)
    extend: Callable[..., Any] = validators.extend
    extended = extend(
        Draft201909Validator,
        {
            "additionalProperties": keywords.additional_properties,
            "unevaluatedProperties": keywords.unevaluated_properties,
            "required": keywords.required,
            odcs.BY_LOGICAL_TYPE: keywords.by_logical_type,
        },
    )
    validator: Validator = extended(schema)
    return validator
