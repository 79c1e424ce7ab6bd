"""Where a source is: an address without a secret, or the name of the environment variable that holds one.

What belongs here: telling the two apart, and getting the address. What does not: what is asked there.
"""

import os
import re
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from data_platform.ingestion.errors import PermanentSourceError
from data_platform.project import project_root
from data_platform.redaction import redact, remember

_VARIABLE: Final = re.compile(r"[A-Z][A-Z0-9_]*")
_HOLDS_SECRET: Final = re.compile(
    r"[?&;](?:[\w.-]*(?:password|passwd|pwd|secret|token|signature|sig|key|auth))=[^&;{]", re.IGNORECASE
)

_WEB: Final = frozenset({"http", "https"})


def is_variable(text: str) -> bool:
    """Whether a text is the name of an environment variable: capitals, digits and ``_``."""
    return _VARIABLE.fullmatch(text) is not None


def holds_secret(address: str) -> bool:
    """Whether an address has a password or a token in it, so that it may stand in no file."""
    if "://" not in address:
        return False
    scheme, _, rest = address.partition("://")
    authority, slash, path = rest.partition("/")
    userinfo, _, host = authority.rpartition("@")
    is_token = bool(userinfo) and scheme.lower() in _WEB  # a name alone is a token there
    bare = f"{scheme}://{host}{slash}{path}"
    return is_token or ":" in userinfo or bool(_HOLDS_SECRET.search(bare)) or redact(bare) != bare


def check_address(value: str) -> str:
    """The address, if it may stand in a file.

    Raises:
        ValueError: It has a password or token; says what to write, and never the secret.
    """
    if holds_secret(value):
        raise ValueError(
            "a password or token may stand in no file: write the name of an environment variable, such as "
            "url: ORDERS_URL, and set that variable to the whole address"
        )
    return value


def check_variable(value: str) -> str:
    """The name of a variable.

    Raises:
        ValueError: It is none; says what to write, and never the value, which may be a secret.
    """
    if not is_variable(value):
        raise ValueError(
            "write the name of the environment variable that holds it, in capitals, such as ORDERS_TOKEN, and set "
            "that variable; a secret may stand in no file"
        )
    return value


def address_of(url: str) -> str:
    """The address itself.

    Args:
        url: As ``defs.yaml`` has it: an address, a path below the project, or a variable's name.

    Raises:
        PermanentSourceError: The variable is not set; says which.
    """
    if not is_variable(url):
        return url
    return secret_of(url)


def secret_of(variable: str) -> str:
    """What a variable holds, which is known as a secret from now on where it has no address.

    Raises:
        PermanentSourceError: It is not set.
    """
    value = os.environ.get(variable, "").strip()
    if not value:
        raise PermanentSourceError(f"{variable} is not set: set that environment variable where the platform runs")
    if "://" not in value and not Path(value).exists():
        remember(value)
    return value


def local_path(address: str) -> Path:
    """A path of this machine; one that is not absolute is below the project."""
    path = Path(address.removeprefix("file://")).expanduser()
    return path if path.is_absolute() else project_root() / path


def scheme_of(address: str) -> str:
    """The scheme of an address, in small letters; empty of a path."""
    return urlsplit(address).scheme.lower() if "://" in address else ""
