"""Credentials of the embedded S3 and of the web pages: made up once, kept readable by their owner only.

What belongs here: making, keeping and reading them. What does not: credentials of a store that is not ours; those
stay in the user's environment.
"""

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from data_platform.laptop.state import read_json, write_json


@dataclass(frozen=True)
class Credentials:
    """A key pair of an S3.

    Attributes:
        access_key: Its public half.
        secret_key: Its secret half, kept out of `repr`.
    """

    access_key: str
    secret_key: str = field(repr=False)

    @classmethod
    def generate(cls) -> "Credentials":
        """A new pair that nobody can guess."""
        return cls(f"dp{secrets.token_hex(9)}", secrets.token_urlsafe(30))

    @classmethod
    def read(cls, path: Path) -> "Credentials | None":
        """The pair kept in a file, None where there is none."""
        content = read_json(path)
        if not content.get("access_key") or not content.get("secret_key"):
            return None
        return cls(str(content["access_key"]), str(content["secret_key"]))

    @classmethod
    def kept_in(cls, path: Path) -> "Credentials":
        """The pair kept in a file, made and written there the first time."""
        credentials = cls.read(path)
        if credentials is None:
            credentials = cls.generate()
            write_json(path, {"access_key": credentials.access_key, "secret_key": credentials.secret_key})
        path.chmod(0o600)
        return credentials


def token_kept_in(path: Path) -> str:
    """The token of the web pages kept in a file, made and written there the first time."""
    token = str(read_json(path).get("token") or "")
    if not token:
        token = secrets.token_urlsafe(30)
        write_json(path, {"token": token})
    path.chmod(0o600)
    return token
