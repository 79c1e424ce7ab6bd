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

_OF_TYPE: Final[Mapping[str, str]] = {
    "string": "text",
    "bool": "true or false",
    "int": "a whole number",
    "list": "a list",
    "dict": "a mapping",
}


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
        path = tuple(detail["loc"])
        yield DefsProblem(path, *_words(detail, path, model))


def _words(detail: ErrorDetails, path: KeyPath, model: type[BaseModel]) -> tuple[str, str]:
    kind, value = detail["type"], quoted(detail["input"])
    if kind == "extra_forbidden":
        holder = _model_at(model, path[:-1])
        known = list(holder.model_fields) if holder is not None else []
        return f"the key {quoted(path[-1])} is not known here", did_you_mean(str(path[-1]), known)
    if kind == "missing":
        return f"the key {path[-1]} is missing", f"add {path[-1]}: …"
    if kind == "literal_error":
        allowed = [word.strip("' ") for word in detail["ctx"]["expected"].replace(" or ", ",").split(",")]
        return f"{value} is none of its values", did_you_mean(str(detail["input"]), allowed)
    if kind == "value_error":
        return f"{value} cannot be read", str(detail["ctx"]["error"])
    if kind.startswith("model") and (wanted := _model_at(model, path)) is not None:
        return f"{value} is not a mapping", f"write a mapping with {', '.join(wanted.model_fields)}"
    name = _OF_TYPE.get(kind.split("_", 1)[0])
    return (f"{value} is not {name}", f"write {name}") if name else (f"{value} is refused", detail["msg"])


def _model_at(model: type[BaseModel], path: KeyPath) -> type[BaseModel] | None:
    """The model of the mapping at a path, or None where it is of none."""
    at: Any = model
    for step in path:
        if isinstance(at, type) and issubclass(at, BaseModel):
            field = at.model_fields.get(str(step))
            at = None if field is None else _plain(field.annotation)
        elif typing.get_origin(at) in {dict, list}:
            at = _plain(typing.get_args(at)[-1])
        else:
            return None
    return at if isinstance(at, type) and issubclass(at, BaseModel) else None


def _plain(annotation: Any) -> Any:
    """A type without ``| None``."""
    if typing.get_origin(annotation) in {typing.Union, types.UnionType}:
        return next(part for part in typing.get_args(annotation) if part is not type(None))
    return annotation
