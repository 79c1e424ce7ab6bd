"""An answer before it is sent: status, headers and body as bytes, so that a fault can still cut or replace it.

What belongs here: the value and its JSON encoding, which is stable byte for byte. What does not: sending it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

JSON_TYPE: Final = "application/json;charset=utf-8"
"""TMDb writes it without a space."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, complete."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_json(cls, content: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Self:
        """Encode a JSON answer: UTF-8, no spaces, keys in the order given."""
        body = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        return cls(status, body, {"Content-Type": JSON_TYPE, **(headers or {})})
