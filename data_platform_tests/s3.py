"""A real S3 for tests: the platform's own SeaweedFS, one a test session, behind the fixture `s3_store`."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.config import Config

from data_platform.laptop.seaweedfs import SeaweedFS


@dataclass(frozen=True)
class S3Server:
    """A running S3 with one bucket, and a client that is not ours to look at it."""

    server: SeaweedFS

    @property
    def endpoint(self) -> str:
        return self.server.endpoint

    @property
    def access_key(self) -> str:
        return self.server.access_key

    @property
    def secret_key(self) -> str:
        return self.server.secret_key

    @property
    def region(self) -> str:
        return self.server.region

    @property
    def bucket(self) -> str:
        return self.server.bucket

    @property
    def environment(self) -> dict[str, str]:
        return self.server.environment

    @property
    def url(self) -> str:
        return f"s3://{self.bucket}"

    def fresh_url(self) -> str:
        """The store URL of a prefix that nothing was written to."""
        return f"{self.url}/{secrets.token_hex(6)}"

    def fresh_bucket(self) -> str:
        """Create a bucket and return its name."""
        name = f"tests-{secrets.token_hex(6)}"
        self.client().create_bucket(Bucket=name)
        return name

    def client(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            region_name=self.region,
            config=Config(connect_timeout=2, read_timeout=5, retries={"max_attempts": 1}),
        )


@pytest.fixture(scope="session")
def s3_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A real S3 for the whole session, on loopback, with credentials of its own."""
    with SeaweedFS(tmp_path_factory.mktemp("seaweedfs") / "data", bucket="tests") as server:
        yield S3Server(server)
