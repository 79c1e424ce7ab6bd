"""A contract against the standard's JSON Schema, each mistake with its line and how to mend it.

What belongs here: running the schema, and turning what it says into findings that a person understands. What does not:
anything that the schema does not say (`lint`).
"""

import functools
from collections.abc import Callable, Iterator
from typing import Any, Final

from jsonschema import Draft201909Validator, ValidationError, validators
from jsonschema.protocols import Validator

from data_platform.contracts import schema as odcs
from data_platform.contracts.document import Document
from data_platform.contracts.findings import Finding, KeyPath, Severity, quoted
from data_platform.contracts.suggest import did_you_mean

_TYPE_NAMES: Final = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
}


_PHRASES: Final = {
    "required": ("the key {value} is missing", "add {value}: …"),
    "pattern": ("{value} does not have the form that the standard demands", "match the pattern {wanted}"),
    "minItems": ("the list has too few entries", "write at least {wanted}"),
    "maxItems": ("the list has too many entries", "write at most {wanted}"),
    "uniqueItems": ("the list has an entry twice", "remove one of the two"),
    "minimum": ("{value} is too small", "write {wanted} or more"),
    "exclusiveMinimum": ("{value} is too small", "write more than {wanted}"),
    "not": ("a relationship of a property has a `from`", "remove `from`: the property is the source"),
}
_OTHER: Final = (
    "{value} fits none of the forms that the standard allows here",
    "see https://bitol-io.github.io/open-data-contract-standard/ on this section",
)


def validate(document: Document) -> list[Finding]:
    """Validate a document by the JSON Schema of its own ``apiVersion``, or the newest where that is not read.

    Args:
        document: A contract's document.

    Returns:
        Findings with rule ``json-schema``, ``unknown-key`` or ``unsupported-api-version``, all of them errors.
    """
    version = document.data.get("apiVersion")
    known = version if isinstance(version, str) and version in odcs.VERSIONS else odcs.NEWEST
    errors = _validator(known).iter_errors(document.data)
    findings = [_finding(document, error) for top in errors for error in _leaves(top)]
    return [finding for finding in findings if finding.path != ("apiVersion",)] + list(_version_findings(document))


def _version_findings(document: Document) -> Iterator[Finding]:
    version = document.data.get("apiVersion")
    if version in odcs.VERSIONS:
        return
    read = " and ".join(odcs.VERSIONS)
    if isinstance(version, str) and version.startswith(("v3.0", "v2.")):
        message = f"apiVersion {quoted(version)} is older than what is read: {read}"
        fix = (
            "set apiVersion: v3.1.0; write `team` as a mapping with `members`, and in `quality` write `metric` "
            "instead of `rule`; the other findings say what else differs"
        )
    else:
        message = f"apiVersion {quoted(version)} is none of what is read: {read}"
        fix = "write apiVersion: v3.1.0"
    yield document.finding("unsupported-api-version", Severity.ERROR, ("apiVersion",), message, fix)


@functools.cache
def _validator(version: str) -> Validator:
    schema = odcs.json_schema(version)
    keywords = _Keywords(schema)
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


class _Keywords:
    """The keywords that name the key in their error; jsonschema's own name it in prose only."""

    def __init__(self, root: dict[str, Any]) -> None:
        self._root = root

    def required(self, validator: Any, keys: list[str], instance: Any, _schema: Any) -> Iterator[ValidationError]:
        if validator.is_type(instance, "object"):
            yield from (ValidationError("", validator="required", instance=key) for key in keys if key not in instance)

    def by_logical_type(
        self, validator: Any, branches: dict[str, Any], instance: Any, _schema: Any
    ) -> Iterator[ValidationError]:
        yield from validator.descend(instance, self._branch(branches, instance))

    @staticmethod
    def _branch(branches: dict[str, Any], instance: Any) -> Any:
        chosen = instance.get("logicalType") if isinstance(instance, dict) else None
        return branches.get(chosen, {}) if isinstance(chosen, str) else {}

    def additional_properties(
        self, validator: Any, allowed: Any, instance: Any, schema: Any
    ) -> Iterator[ValidationError]:
        if allowed is False and validator.is_type(instance, "object"):
            yield from self._unknown(instance, set(schema.get("properties", ())))

    def unevaluated_properties(
        self, validator: Any, allowed: Any, instance: Any, schema: Any
    ) -> Iterator[ValidationError]:
        """Unlike the draft's keyword, a mistake inside a key does not make the key itself unknown."""
        if allowed is False and validator.is_type(instance, "object"):
            yield from self._unknown(instance, self._described(validator, schema, instance))

    def _unknown(self, instance: dict[str, Any], known: set[str]) -> Iterator[ValidationError]:
        for key in instance:
            if key not in known:
                yield ValidationError("", validator="unknownKey", path=[key], instance=key, validator_value=known)

    def _described(self, validator: Any, schema: dict[str, Any], instance: Any) -> set[str]:
        """The keys that a schema speaks of for this instance: through references and the branches that hold."""
        known = set(schema.get("properties", ()))
        branches = [*schema.get("allOf", ()), *schema.get("oneOf", ()), *schema.get("anyOf", ())]
        if odcs.BY_LOGICAL_TYPE in schema:
            branches.append(self._branch(schema[odcs.BY_LOGICAL_TYPE], instance))
        if "$ref" in schema:
            branches.append(self._referenced(schema["$ref"]))
        if "if" in schema and "then" in schema and validator.evolve(schema=schema["if"]).is_valid(instance):
            branches.append(schema["then"])
        return known.union(*(self._described(validator, branch, instance) for branch in branches))

    def _referenced(self, reference: str) -> dict[str, Any]:
        schema = self._root
        for part in reference.removeprefix("#/").split("/"):
            schema = schema[part]
        return schema


def _leaves(error: ValidationError) -> Iterator[ValidationError]:
    """The mistakes inside the one alternative that was meant; the error itself where none can be told."""
    alternatives: dict[Any, list[ValidationError]] = {}
    for inner in error.context or ():
        alternatives.setdefault(inner.relative_schema_path[0], []).append(inner)
    meant = [errors for errors in alternatives.values() if all(leaf.relative_path for leaf in errors)]
    if not meant:
        yield error
        return
    for inner in min(meant, key=len):
        yield from _leaves(inner)


def _finding(document: Document, error: ValidationError) -> Finding:
    path: KeyPath = tuple(error.absolute_path)
    rule = "unknown-key" if error.validator == "unknownKey" else "json-schema"
    newest = document.data.get("apiVersion") == odcs.NEWEST
    message, fix = _unknown_key(error, newest) if rule == "unknown-key" else _explained(error)
    return document.finding(rule, Severity.ERROR, path, message, fix)


def _explained(error: ValidationError) -> tuple[str, str]:
    """What is wrong and how to mend it, by the keyword that failed."""
    wanted: Any = error.validator_value
    value = quoted(error.instance)
    if error.validator == "type":
        kinds = [wanted] if isinstance(wanted, str) else wanted
        names = " or ".join(_TYPE_NAMES[kind] for kind in kinds)
        return f"{value} is not {names}", f"write {names}" + _quote_hint(error.instance, kinds)
    if error.validator == "enum":
        return f"{value} is none of the allowed values", did_you_mean(str(error.instance), map(str, wanted))
    message, fix = _PHRASES.get(str(error.validator), _OTHER)
    return message.format(value=value), fix.format(value=error.instance, wanted=wanted)


def _unknown_key(error: ValidationError, newest: bool) -> tuple[str, str]:
    key = str(error.instance)
    known: Any = error.validator_value
    if not newest and key in odcs.known_in_newest():
        return f"the key '{key}' came with ODCS 3.2", "set apiVersion: v3.2.0, or remove the key"
    return f"the key {quoted(key)} is not known here", did_you_mean(key, known)


def _quote_hint(instance: object, kinds: list[str]) -> str:
    return " (put it in quotes)" if "string" in kinds and isinstance(instance, int | float) else ""
