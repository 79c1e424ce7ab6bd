"""The store as a Dagster resource, configured by a URL and by dagster-aws' ``S3Resource``.

What belongs here: from Dagster configuration to an ``ObjectStore``. What does not: IO managers.

::

    Definitions(
        resources={
            "store": (store := ObjectStoreResource(url=EnvVar("DATA_PLATFORM_STORE"), s3=S3Resource(...))),
            "io_manager": DeltaIOManager(store=store),
            "csv_files": CsvIOManager(store=store),
        }
    )

In unit tests: ``ObjectStoreResource(url="memory://test")``.
"""

from dagster import ConfigurableResource
from dagster_aws.s3 import S3Resource
from pydantic import Field

from data_platform.storage.errors import NoCredentials
from data_platform.storage.objects.s3_options import S3Options
from data_platform.storage.objects.store import ObjectStore
from data_platform.storage.objects.url import StoreUrl


class ObjectStoreResource(ConfigurableResource):  # type: ignore[type-arg]
    """Where data rest.

    Of ``s3`` these count: ``aws_access_key_id``, ``aws_secret_access_key``, ``aws_session_token`` (without them: the
    environment, then the container's or instance's profile), ``profile_name`` (its credentials are fetched by boto3
    when the store is opened, and are not renewed before it is opened again, so in the next step), ``endpoint_url``,
    ``region_name``, ``verify``, ``use_unsigned_session``. Retries and time-outs are ``s3_options``', not boto3's.
    """

    url: str = Field(description="s3://bucket/prefix, file:///absolute/folder or memory://name")
    s3: S3Resource

    def __init__(self, **data: object) -> None:
        # Dagster 1.13 does not see the default of a nested resource.
        super().__init__(**{"s3": S3Resource(), **data})

    def open(self) -> ObjectStore:
        """Open the store; this makes no request to it.

        Raises:
            InvalidLocation: The URL is not accepted.
            NoCredentials: ``profile_name`` is set, and the profile has none.
        """
        url = StoreUrl.parse(self.url)
        return ObjectStore.open(url, s3_options(self.s3) if url.scheme == "s3" else None)

    def __repr__(self) -> str:
        return f"ObjectStoreResource(url={self.url!r})"

    __str__ = __repr__


def s3_options(s3: S3Resource) -> S3Options:
    """What a ``S3Resource`` says, for our clients.

    Raises:
        NoCredentials: ``profile_name`` is set, and the profile has none.
    """
    key, secret, token, region = s3.aws_access_key_id, s3.aws_secret_access_key, s3.aws_session_token, s3.region_name
    if s3.profile_name and not key:
        key, secret, token, of_profile = _profile(s3.profile_name)
        region = region or of_profile
    return S3Options(
        access_key_id=key or None,
        secret_access_key=secret or None,
        session_token=token or None,
        region=region or None,
        endpoint=s3.endpoint_url or None,
        verify_tls=s3.verify is not False,
        unsigned=s3.use_unsigned_session,
    )


def _profile(name: str) -> tuple[str, str, str | None, str | None]:
    import boto3  # type: ignore[import-untyped]  # noqa: PLC0415 - only needed for profiles
    from botocore.exceptions import BotoCoreError  # type: ignore[import-untyped]  # noqa: PLC0415 - comes with it

    msg = f"AWS profile {name!r} has no credentials: run `aws configure --profile {name}`, or `aws sso login`"
    try:
        session = boto3.Session(profile_name=name)
        credentials = session.get_credentials()
        if credentials is None:
            raise NoCredentials(msg)
        frozen = credentials.get_frozen_credentials()
    except BotoCoreError as error:
        raise NoCredentials(f"{msg} ({type(error).__name__})") from None
    return frozen.access_key, frozen.secret_key, frozen.token, session.region_name
