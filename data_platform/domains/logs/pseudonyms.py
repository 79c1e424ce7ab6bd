"""Clients under another name: the same client has the same one, and nobody without the key can tell whose it is.

What belongs here: the key and the names, of clients and of addresses within texts. What does not: which columns they
are for (``reading``).

A pseudonym is the keyed BLAKE2b hash (RFC 7693) of the address as it is logged, 16 bytes in hexadecimal.
"""

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Self

from data_platform.domains.logs.weblog.who import is_address

KEY_VARIABLE: Final = "DATA_PLATFORM_LOGS_CLIENT_KEY"
"""The key; where it is set, client addresses are published as pseudonyms. Changing it changes every name."""

MAY_HAVE_ADDRESS: Final = r"[0-9]\.[0-9]{1,3}\.[0-9]|:[0-9A-Fa-f]*:"
"""What a text has, by RE2, that has an address in it; others need not be looked at."""

_ADDRESS: Final = re.compile(r"(?<![0-9A-Za-z.:])[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*[0-9A-Fa-f:](?![0-9A-Za-z])")
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
        return [None if client is None else self._name(client) for client in clients]

    def in_texts(self, texts: Sequence[str | None]) -> list[str | None]:
        """Texts with the names of the addresses that are in them in their places."""
        return [None if text is None else _ADDRESS.sub(self._named, text) for text in texts]

    def without(self, text: str | None, client: str) -> str | None:
        """A text with a client's name in the place of the client's address; of a host name it stays as it is."""
        if text is None or client not in text or not is_address(client.encode()):
            return text
        return text.replace(client, self._name(client))

    def _named(self, match: re.Match[str]) -> str:
        word = match[0]
        address, port = word, ""
        if word.count(":") == 1:  # of IPv4, with a port behind it
            address, colon, digits = word.partition(":")
            port = colon + digits
        return self._name(address) + port if is_address(address.encode()) else word

    def _name(self, client: str) -> str:
        return hashlib.blake2b(client.encode(), key=self.key, digest_size=_SIZE).hexdigest()
