"""What a guard is told: which hosts, which user, which token.

What belongs here: these values, and reading them from the environment. What does not: what is done with them (`guard`).
"""

import hashlib
import hmac
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from data_platform.settings import ALLOWED_HOSTS_VARIABLE, WEB_ACCESS_VARIABLE, WEB_TOKEN_VARIABLE

_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
_HOST: Final = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:[0-9]{1,5})?", re.ASCII)
_LONG_ENOUGH: Final = 16


class AccessError(ValueError):
    """A setting of the guard that cannot be used; the message names the variable."""


@dataclass(frozen=True)
class Access:
    """Who may use what is served.

    Attributes:
        hosts: Names under which it is reached beside those of this machine itself.
        token: Opens it to whoever is not known to be its user; empty: nothing does. Kept out of `repr`.
        everybody_needs_the_token: Whether even its own user needs it.
        uid: The user whose processes need no token.
    """

    hosts: frozenset[str] = frozenset()
    token: str = field(default="", repr=False)
    everybody_needs_the_token: bool = False
    uid: int = field(default_factory=os.getuid)

    def __post_init__(self) -> None:
        for host in self.hosts:
            if host_name(host) != host:
                raise AccessError(
                    f"{ALLOWED_HOSTS_VARIABLE}: {host!r} is no host name; give names without port or path"
                )
        if self.token and len(self.token) < _LONG_ENOUGH:
            raise AccessError(f"{WEB_TOKEN_VARIABLE}: give at least {_LONG_ENOUGH} characters")
        if self.everybody_needs_the_token and not self.token:
            raise AccessError(f"{WEB_ACCESS_VARIABLE}=token needs a token in {WEB_TOKEN_VARIABLE}")

    def knows_host(self, header: str) -> bool:
        """Whether a request's header ``Host`` names this machine, or a host that was configured; whatever port."""
        return host_name(header) in self.hosts | _LOOPBACK

    def is_token(self, given: str) -> bool:
        """Whether this is the token; how long that takes says nothing about it."""
        return bool(self.token) and hmac.compare_digest(given.encode(), self.token.encode())

    @property
    def cookie(self) -> str:
        """What a browser keeps in place of the token, which it would show to every port of this host."""
        return hmac.new(self.token.encode(), b"cookie", hashlib.sha256).hexdigest()

    def is_cookie(self, given: str) -> bool:
        """Whether this is what was given to a browser in place of the token."""
        return bool(self.token) and hmac.compare_digest(given.encode(), self.cookie.encode())


def host_name(header: str) -> str:
    """The name in a header ``Host``, in lower case; empty where the header is malformed."""
    match = _HOST.fullmatch(header.lower())
    return match.group(1) if match else ""


def from_environment(environment: Mapping[str, str]) -> Access:
    """Read what a guard is told.

    Args:
        environment: ``os.environ`` or its like. Read are ``DATA_PLATFORM_ALLOWED_HOSTS`` (names, separated by commas),
            ``DATA_PLATFORM_WEB_ACCESS`` (``user``, the default, or ``token``) and ``DATA_PLATFORM_WEB_TOKEN``.

    Raises:
        AccessError: A value that cannot be used; the message names the variable.
    """
    mode = environment.get(WEB_ACCESS_VARIABLE, "").strip() or "user"
    if mode not in {"user", "token"}:
        raise AccessError(f"{WEB_ACCESS_VARIABLE}={mode!r} is neither 'user' nor 'token'")
    names = environment.get(ALLOWED_HOSTS_VARIABLE, "").split(",")
    hosts = frozenset(name.strip().lower() for name in names if name.strip())
    return Access(hosts, environment.get(WEB_TOKEN_VARIABLE, "").strip(), mode == "token")
