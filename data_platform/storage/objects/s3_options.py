"""How to talk to S3: who we are, where it is, how long to wait; spelled out for obstore and for deltalake.

What belongs here: the one place where options become those of the two clients, which must behave alike. What does
not: where the values come from (``orchestration.resources``).
"""

import os
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from data_platform.loopback import store_proxy_settings

CONNECT_SECONDS: Final = 3
READ_SECONDS: Final = 30
REQUEST_SECONDS: Final = 900
RETRIES: Final = 5
RETRY_SECONDS: Final = 12
_FIRST_BACKOFF_MS: Final = 100
_LAST_BACKOFF_MS: Final = 2000


@dataclass(frozen=True)
class S3Options:
    """Who we are and where S3 is. What is ``None`` comes from the environment, then from the instance's profile.

    Attributes:
        access_key_id: Access key; ``None``: ``AWS_ACCESS_KEY_ID``, web identity, container or instance profile.
        secret_access_key: Its secret; no part of ``repr``.
        session_token: Session token of temporary credentials; no part of ``repr``.
        region: Region; ``None``: ``AWS_REGION``, ``AWS_DEFAULT_REGION``, else ``us-east-1``.
        endpoint: URL of an S3-compatible store; ``None``: ``AWS_ENDPOINT_URL_S3``, ``AWS_ENDPOINT_URL``, else AWS.
        verify_tls: Whether the endpoint's certificate has to be a good one.
        unsigned: Whether to send requests without a signature, for public buckets.
    """

    access_key_id: str | None = None
    secret_access_key: str | None = field(default=None, repr=False)
    session_token: str | None = field(default=None, repr=False)
    region: str | None = None
    endpoint: str | None = None
    verify_tls: bool = True
    unsigned: bool = False

    def config(self) -> dict[str, object]:
        """The part that both clients call by the same names (deltalake with ``aws_`` before them)."""
        environ = os.environ
        values = {
            "access_key_id": self.access_key_id,
            "secret_access_key": self.secret_access_key,
            "session_token": self.session_token,
            "region": self.region or environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or "us-east-1",
            "endpoint": self._endpoint(),
            "skip_signature": "true" if self.unsigned else None,
            "conditional_put": "etag",
        }
        return {name: value for name, value in values.items() if value is not None}

    def client(self, *, bulk: bool) -> dict[str, object]:
        """The ``client_options`` of obstore.

        Args:
            bulk: For uploads of many megabytes. A read time-out counts from the request's first byte *sent*, so a
                slow line would never get a large object through; such requests have only the long overall limit.
        """
        options: dict[str, object] = {
            "allow_http": (self._endpoint() or "").startswith("http://"),
            "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
            "timeout": timedelta(seconds=REQUEST_SECONDS),
        }
        if not bulk:
            options["read_timeout"] = timedelta(seconds=READ_SECONDS)
        if not self.verify_tls:
            options["allow_invalid_certificates"] = True
        return options | store_proxy_settings(self._endpoint())

    def retries(self) -> dict[str, object]:
        """The ``retry_config`` of obstore: what cannot be reached is reported within about 15 seconds."""
        return {
            "max_retries": RETRIES,
            "retry_timeout": timedelta(seconds=RETRY_SECONDS),
            "backoff": {
                "init_backoff": timedelta(milliseconds=_FIRST_BACKOFF_MS),
                "max_backoff": timedelta(milliseconds=_LAST_BACKOFF_MS),
                "base": 2,
            },
        }

    def delta_options(self) -> dict[str, str]:
        """The ``storage_options`` of deltalake: the same, as text. They hold the secret: never log them."""
        options = {f"aws_{name}": str(value) for name, value in self.config().items()}
        options |= {
            "allow_http": "true" if (self._endpoint() or "").startswith("http://") else "false",
            "connect_timeout": f"{CONNECT_SECONDS}s",
            "read_timeout": f"{READ_SECONDS}s",
            "timeout": f"{REQUEST_SECONDS}s",
            "max_retries": str(RETRIES),
            "retry_timeout": f"{RETRY_SECONDS}s",
            "backoff_config.init_backoff": f"{_FIRST_BACKOFF_MS}ms",
            "backoff_config.max_backoff": f"{_LAST_BACKOFF_MS}ms",
            "backoff_config.base": "2",
        }
        if not self.verify_tls:
            options["allow_invalid_certificates"] = "true"
        return options | store_proxy_settings(self._endpoint())

    def _endpoint(self) -> str | None:
        environ = os.environ
        return self.endpoint or environ.get("AWS_ENDPOINT_URL_S3") or environ.get("AWS_ENDPOINT_URL") or None
