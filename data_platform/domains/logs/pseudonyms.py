"""Clients under another name: the same client has the same one, and nobody without the key can tell whose it is.

What belongs here: the key and the names. What does not: which column they are for (``reading``).

A pseudonym is the keyed BLAKE2b hash (RFC 7693) of the address as it is logged, 16 bytes in hexadecimal.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Self

KEY_VARIABLE: Final = "DATA_PLATFORM_LOGS_CLIENT_KEY"
"""The key; where it is set, client addresses are published as pseudonyms. Changing it changes every name."""

_SHORTEST: Final = 16
_LONGEST: Final = 64
_SIZE: Final = 16


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """What clients are called.

    Attributes:
        key: The key; empty: clients are called what they are called.
    """

    key: bytes = field(default=b"", repr=False)

    @classmethod
    def from_environment(cls) -> Self:
        """Read the key.

        Raises:
            ValueError: It is too short to protect anybody, or too long.
        """
        key = os.environ.get(KEY_VARIABLE, "").encode()
        if key and not _SHORTEST <= len(key) <= _LONGEST:
            raise ValueError(
                f"{KEY_VARIABLE} must have {_SHORTEST} to {_LONGEST} bytes, such as `openssl rand -hex 24`"
            )
        return cls(key)

    @property
    def wanted(self) -> bool:
        """Whether clients are published under other names."""
        return bool(self.key)

    @property
    def mark(self) -> str:
        """Changes with the key, and does not give it away."""
        return hashlib.blake2b(b"mark", key=self.key, digest_size=4).hexdigest() if self.key else ""

    def of(self, clients: Sequence[str | None]) -> list[str | None]:
        """The names of clients."""
        return [
            None if client is None else hashlib.blake2b(client.encode(), key=self.key, digest_size=_SIZE).hexdigest()
            for client in clients
        ]
