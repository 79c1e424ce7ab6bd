"""JSON from somebody else's server, read strictly: what is no JSON by RFC 8259 is refused with what came instead.

What belongs here: from bytes to plain values. What does not: what the values mean.

Refused are also: an object with one name twice, of which readers would see one or the other; NaN, infinities and
numbers that only a double rounded to infinity can hold, which cannot be stored as JSON again; and nesting that no
reader survives.
"""

import json
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from data_platform.ingestion.errors import MalformedError, TransientSourceError
from data_platform.redaction import shortened

if TYPE_CHECKING:  # reading what was landed needs no client
    from data_platform.ingestion.fetching import Answer

_MOST_SHOWN: Final = 60
_DEEPEST: Final = 100


def read_json_answer(answer: "Answer") -> Any:
    """The value in an answer.

    Args:
        answer: Of status 200 to 299.

    Raises:
        TransientSourceError: It is no JSON: a proxy's page, or a body cut short. Names the URL, and what came.
    """
    try:
        return _value(answer.body)
    except ValueError as error:
        problem = shortened(str(error), 2 * _MOST_SHOWN)
    raise TransientSourceError(
        f"{answer.url}: HTTP {answer.status} whose body is not JSON: {problem}; what came: {answer.start}"
    )


def read_json(data: bytes, name: str) -> Any:
    """The value in a document that was landed.

    Args:
        data: The document.
        name: For errors.

    Raises:
        MalformedError: It is no JSON, or half of it.
    """
    try:
        return _value(data)
    except ValueError as error:
        raise MalformedError(f"{name} is no JSON: {shortened(str(error), 2 * _MOST_SHOWN)}") from None


def _value(data: bytes) -> Any:
    try:
        value = json.loads(data, object_pairs_hook=_object, parse_constant=_refused, parse_float=_finite)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if _is_deeper(value, _DEEPEST):
        raise ValueError(f"it is nested more than {_DEEPEST} deep")
    return value


def _is_deeper(value: object, depth: int) -> bool:
    level = [value]
    while level and depth:
        depth -= 1
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return bool(level)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        twice = next(_repeated(pairs))
        raise ValueError(f"the name {twice[:_MOST_SHOWN]!r} occurs twice in one object")
    return members


def _repeated(pairs: list[tuple[str, object]]) -> Iterator[str]:
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            yield name
        seen.add(name)


class WrittenNumber(float):
    """A number that knows with which digits it was written: ``1.10``, and more of them than a float holds."""

    text: str

    def __str__(self) -> str:
        return self.text


def _finite(text: str) -> WrittenNumber:
    number = WrittenNumber(text)
    number.text = text
    if not math.isfinite(number):
        raise ValueError(f"{text[:_MOST_SHOWN]} is larger than any number")
    return number


def _refused(name: str) -> Any:
    raise ValueError(f"{name} is no number in JSON")
