"""Keywords of JSON Schema that name the key in their error; jsonschema's own name it in prose only.

What belongs here: those keywords, and which of a schema's alternatives was meant. What does not: words for people
(`schema_messages`).
"""

from collections.abc import Iterator
from typing import Any

from jsonschema import ValidationError

from data_platform.contracts import schema as odcs


class Keywords:
    """The keywords, for one schema, through whose references they look.

    Args:
        root: The whole schema.
    """

    def __init__(self, root: dict[str, Any]) -> None:
        self._root = root

    def required(self, validator: Any, keys: list[str], instance: Any, _schema: Any) -> Iterator[ValidationError]:
        """``required``, once a key."""
        if validator.is_type(instance, "object"):
            yield from (ValidationError("", validator="required", instance=key) for key in keys if key not in instance)

    def by_logical_type(
        self, validator: Any, branches: dict[str, Any], instance: Any, _schema: Any
    ) -> Iterator[ValidationError]:
        """Our own keyword of `schema`: what a property of one logical type must meet as well."""
        yield from validator.descend(instance, self._branch(branches, instance))

    @staticmethod
    def _branch(branches: dict[str, Any], instance: Any) -> Any:
        chosen = instance.get("logicalType", odcs.UNTYPED) if isinstance(instance, dict) else None
        return branches.get(chosen, {}) if isinstance(chosen, str) else {}

    def additional_properties(
        self, validator: Any, allowed: Any, instance: Any, schema: Any
    ) -> Iterator[ValidationError]:
        """``additionalProperties``, once a key."""
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
                yield ValidationError("", validator="unknownKey", path=[key], instance=instance, validator_value=known)

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


def leaves(error: ValidationError) -> Iterator[ValidationError]:
    """The mistakes inside the one alternative that was meant; the error itself where none can be told.

    Args:
        error: What a validator gave.
    """
    alternatives: dict[Any, list[ValidationError]] = {}
    for inner in error.context or ():
        alternatives.setdefault(inner.relative_schema_path[0], []).append(inner)
    meant = [errors for errors in alternatives.values() if all(leaf.relative_path for leaf in errors)]
    if not meant:
        yield error
        return
    for inner in min(meant, key=len):
        yield from leaves(inner)
