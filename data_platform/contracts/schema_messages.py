"""What the JSON Schema refuses, in words: what is wrong and how to mend it.

What belongs here: words for each keyword that failed. What does not: running the schema (`validate`), and what words of
other tools stand for (`other_words`).
"""

from collections.abc import Mapping
from typing import Any, Final, cast

from jsonschema import ValidationError

from data_platform.contracts import schema as odcs
from data_platform.contracts.findings import quoted
from data_platform.contracts.other_words import meant
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
_EXAMPLES: Final = {
    "map": "{key: {logicalType: string}, value: {logicalType: string}}",
    "kind": "DataContract",
    "version": "1.0.0",
    "apiVersion": "v3.1.0",
    "engine": "the tool that runs it, such as soda",
    "implementation": "what that tool runs",
}
_OTHER: Final = (
    "{value} fits none of the forms that the standard allows here",
    "see https://bitol-io.github.io/open-data-contract-standard/ on this section",
)
_ALLOWED_VALUES: Final = (
    "write `enum` no more, but a quality rule: {metric: invalidValues, arguments: {validValues: […]}, mustBe: 0}; or "
    "set apiVersion: v3.2.0 and write each value as {value: …}"
)


def explained(error: ValidationError, version: str) -> tuple[str, str]:
    """What is wrong and how to mend it.

    Args:
        error: A mistake, from `schema_keywords.leaves`.
        version: The ``apiVersion`` that it was held against.

    Returns:
        A message and a fix.
    """
    if error.validator == "unknownKey":
        return _unknown_key(error, version)
    wanted: Any = error.validator_value
    value = quoted(error.instance)
    if error.validator == "type":
        kinds = [wanted] if isinstance(wanted, str) else wanted
        names = " or ".join(_TYPE_NAMES[kind] for kind in kinds)
        return f"{value} is not {names}", _of_type(error, kinds, names)
    if error.validator == "enum":
        return f"{value} is none of the allowed values", did_you_mean(str(error.instance), map(str, wanted))
    if error.validator == "required" and error.instance in _EXAMPLES:
        return f"the key {value} is missing", f"add {error.instance}: {_EXAMPLES[str(error.instance)]}"
    message, fix = _PHRASES.get(str(error.validator), _OTHER)
    return message.format(value=value), fix.format(value=error.instance, wanted=wanted)


def _of_type(error: ValidationError, kinds: list[str], names: str) -> str:
    path = list(error.absolute_path)
    if path[-2:-1] == ["enum"]:
        return f"write it as {{value: {error.instance}}}"
    hint = " (put it in quotes)" if "string" in kinds and isinstance(error.instance, int | float) else ""
    return f"write {names}" + hint


def _unknown_key(error: ValidationError, version: str) -> tuple[str, str]:
    key = str(error.absolute_path[-1])
    holder = cast("Mapping[str, Any]", error.instance)
    known: Any = error.validator_value
    if version != odcs.NEWEST and key in odcs.known_in_newest():
        fix = _ALLOWED_VALUES if key == "enum" else "set apiVersion: v3.2.0, or remove the key"
        return f"the key '{key}' came with ODCS 3.2", fix
    return f"the key {quoted(key)} is not known here", meant(key, holder, known) or did_you_mean(key, known)
