"""S3 for those who cannot wait: one attempt, and an answer or an error within seconds.

What belongs here: the time limits of a glance at the store. What does not: everything else of ``s3_options``.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from data_platform.storage.objects.s3_options import S3Options

CONNECT_SECONDS: Final = 0.5
REQUEST_SECONDS: Final = 2.0


@dataclass(frozen=True)
class FailFastS3Options(S3Options):
    """As ``S3Options``; of ``ObjectStore``'s own requests each is made once and takes at most two seconds."""

    def client(self, *, bulk: bool) -> dict[str, object]:
        """The ``client_options`` of obstore."""
        limits = {"connect_timeout": CONNECT_SECONDS, "timeout": REQUEST_SECONDS, "read_timeout": REQUEST_SECONDS}
        return super().client(bulk=bulk) | {name: timedelta(seconds=value) for name, value in limits.items()}

    def retries(self) -> dict[str, object]:
        """The ``retry_config`` of obstore."""
        return super().retries() | {"max_retries": 0, "retry_timeout": timedelta(seconds=REQUEST_SECONDS)}
