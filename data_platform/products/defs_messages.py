"""What is wrong with the attributes of a ``defs.yaml``, in words.

What belongs here: pydantic's errors as messages and fixes that a person understands. What does not: reading the file
(``defs_file``), and what the attributes mean (``spec``).
"""

import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from data_platform.contracts.findings import KeyPath, quoted
from data_platform.contracts.suggest import did_you_mean
from data_platform.redaction import redact

_OF_TYPE: Final[Mapping[str, str]] = {
    "string": "text",
    "bool": "true or false",
    "int": "a whole number",
    "list": "a list",
    "dict": "a mapping",
}

_SECRETS: Final = frozenset({"password", "token", "key_file"})
"""Attributes in which somebody may write a secret in the place of a variable's name."""


class DefsProblem(NamedTuple):
    """What is wrong with an attribute, and how to mend it."""

    path: KeyPath
    message: str
    fix: str


def explained(error: ValidationError, model: type[BaseModel]) -> Iterator[DefsProblem]:
    """Each of pydantic's errors, in words.

    Args:
        error: What it raised.
        model: What it was validated by, to know which keys there are.

    Yields:
        The attribute's path, below ``attributes``, what is wrong and what to write.
    """
    for detail in error.errors():
        path = _without_tags(tuple(detail["loc"]), model)
        yield DefsProblem(path, *_words(detail, tuple(detail["loc"]), model))


def _without_tags(path: KeyPath, model: type[BaseModel]) -> KeyPath:
    """The keys of a path as the file has them: pydantic names the chosen kind of a mapping as well."""
    return tuple(
        step for at, step in enumerate(path) if at == 0 or not _kinds(_annotation_at(model, path[:at])).get(str(step))
    )


def _words(detail: ErrorDetails, path: KeyPath, model: type[BaseModel]) -> tuple[str, str]:
    kind, value = detail["type"], quoted(detail["input"])
    if kind == "extra_forbidden":
        holder = _model_at(model, path[:-1])
        known = list(holder.model_fields) if holder is not None else []
        return f"the key {quoted(path[-1])} is not known here", did_you_mean(str(path[-1]), known)
    if kind == "missing":
        return f"the key {path[-1]} is missing", f"add {path[-1]}: …"
    if kind == "value_error":
        return f"{_without_secret(detail['input'], path)} cannot be read", str(detail["ctx"]["error"])
    if choice := _of_choice(detail, path, model):
        return choice
    if kind.startswith("model") and (wanted := _model_at(model, path)) is not None:
        return f"{value} is not a mapping", f"write a mapping with {', '.join(wanted.model_fields)}"
    name = _OF_TYPE.get(kind.split("_", 1)[0])
    return (f"{value} is not {name}", f"write {name}") if name else (f"{value} is refused", detail["msg"])


def _of_choice(detail: ErrorDetails, path: KeyPath, model: type[BaseModel]) -> tuple[str, str] | None:
    """The words where one of several values, or of several kinds of mappings, was to be chosen."""
    kind = detail["type"]
    if kind == "literal_error":
        allowed = [word.strip("' ") for word in detail["ctx"]["expected"].replace(" or ", ",").split(",")]
        return f"{quoted(detail['input'])} is none of its values", did_you_mean(str(detail["input"]), allowed)
    if kind == "union_tag_invalid":
        allowed = [word.strip("' ") for word in detail["ctx"]["expected_tags"].split(",")]
        return f"type is {quoted(detail['ctx']['tag'])}", did_you_mean(str(detail["ctx"]["tag"]), allowed)
    if kind == "union_tag_not_found":
        known = list(_kinds(_annotation_at(model, path)))
        return "the mapping does not say of what type it is", f"write type: {' or '.join(known)}"
    return None


def _without_secret(value: object, path: KeyPath) -> str:
    """A value for a message; somebody may have written a secret where a variable's name belongs."""
    if isinstance(value, str):
        return "what is there" if path[-1] in _SECRETS else quoted(redact(value))
    return quoted(value)


def _model_at(model: type[BaseModel], path: KeyPath) -> type[BaseModel] | None:
    """The model of the mapping at a path, or None where it is of none."""
    at = _annotation_at(model, path)
    return at if isinstance(at, type) and issubclass(at, BaseModel) else None


def _annotation_at(model: type[BaseModel], path: KeyPath) -> Any:
    """The type of what is at a path; None where nothing is."""
    at: Any = model
    for step in path:
        if isinstance(at, type) and issubclass(at, BaseModel):
            field = at.model_fields.get(str(step))
            at = None if field is None else _plain(field.annotation)
        elif kinds := _kinds(at):
            at = kinds.get(str(step))
        elif typing.get_origin(at) in {dict, list}:
            at = _plain(typing.get_args(at)[-1])
        else:
            return None
    return at


def _kinds(annotation: Any) -> dict[str, type[BaseModel]]:
    """The models between which a mapping's ``type`` chooses, by it; none where there is no such choice."""
    members = typing.get_args(annotation) if typing.get_origin(annotation) in {typing.Union, types.UnionType} else ()
    models = [member for member in members if isinstance(member, type) and issubclass(member, BaseModel)]
    if len(models) < len(members):
        return {}
    return {str(typing.get_args(member.model_fields["type"].annotation)[0]): member for member in models}


def _plain(annotation: Any) -> Any:
    """A type without ``| None``."""
    if typing.get_origin(annotation) in {typing.Union, types.UnionType} and not _kinds(annotation):
        return next(part for part in typing.get_args(annotation) if part is not type(None))
    return annotation
