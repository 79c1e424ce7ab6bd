"""Everything that can go wrong with the store, as one tree, and the one function that sorts foreign errors into it.

::

    StorageError                    anything below; also a failure that fits nowhere else
    ├── InvalidLocation             a URL or path that is not accepted (also a ValueError)
    ├── InvalidFrame                data that the format cannot hold (also a ValueError)
    ├── MissingObject               nothing there
    │   └── MissingPartition        ... of this partition
    ├── MissingTable                no Delta table there
    │   └── MissingVersion          ... or not this version of it, any more or yet
    ├── MissingBucket               the S3 bucket does not exist
    ├── WrongCredentials            the store refuses who we are
    │   ├── NoCredentials           none were found
    │   ├── UnknownAccessKey        no such access key
    │   ├── WrongSecret             the secret does not belong to the access key
    │   ├── ExpiredCredentials      a session that ended, or a clock that is off
    │   └── AccessDenied            known, but not allowed to do this
    ├── WrongRegion                 the bucket lives in another region
    ├── Unreachable                 no usable answer
    │   ├── UnknownHost             the endpoint's name does not resolve
    │   ├── NothingListening        the connection is refused
    │   └── NoAnswer                it takes longer than the time allowed
    ├── Conflict                    another writer was first
    └── Unverified                  written, but then not found as written

What belongs here: exceptions and their wording. What does not: retries (the clients do them, ``s3_options``).

No message holds a secret: messages are made of the URI, the endpoint and S3's error code, never of the text that the
store answered, and errors about credentials are raised without the original (S3 echoes session tokens).
"""
# ruff: noqa: N818 - the names say what is wrong, as in `except MissingTable`

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar, Final

from data_platform.settings import STORE_VARIABLE


class StorageError(Exception):
    """Anything that went wrong with the store.

    Attributes:
        uri: The object, table or store that it is about.
        permanent: Whether it stays until somebody changes something, so that trying again is of no use.
    """

    permanent: ClassVar[bool] = False

    def __init__(self, message: str, *, uri: str = "") -> None:
        super().__init__(message)
        self.uri = uri


class InvalidLocation(StorageError, ValueError):
    """A store URL, path or segment that is not accepted."""

    permanent = True


class InvalidFrame(StorageError, ValueError):
    """Data that the format cannot hold, or that does not fit what it is to be written to."""

    permanent = True


class MissingObject(StorageError):
    """There is no such object."""


class MissingPartition(MissingObject):
    """There is no data of this partition."""


class MissingTable(StorageError):
    """There is no Delta table at this place."""


class MissingVersion(MissingTable):
    """The table has no such version, or its data files are gone."""


class MissingBucket(StorageError):
    """The S3 bucket does not exist."""

    permanent = True


class WrongCredentials(StorageError):
    """The store refuses the credentials."""

    permanent = True


class NoCredentials(WrongCredentials):
    """No credentials were found: none configured, none in the environment, no instance profile."""


class UnknownAccessKey(WrongCredentials):
    """The store does not know the access key."""


class WrongSecret(WrongCredentials):
    """The secret does not belong to the access key."""


class ExpiredCredentials(WrongCredentials):
    """The session token is invalid or expired, or the clocks differ too much."""


class AccessDenied(WrongCredentials):
    """The credentials are good, but do not allow this."""


class WrongRegion(StorageError):
    """The bucket lives in another region, or the request was signed for another one."""

    permanent = True


class Unreachable(StorageError):
    """The store gave no usable answer."""


class UnknownHost(Unreachable):
    """The endpoint's host name does not resolve."""


class NothingListening(Unreachable):
    """The endpoint refuses connections."""


class NoAnswer(Unreachable):
    """The endpoint did not answer in time."""


class Conflict(StorageError):
    """Another writer was first: the object is there already, or the commit lost again and again."""


class Unverified(StorageError):
    """What was written is not there, or not as it was written."""


_KEYS = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or the keys of the S3 resource)"
_ENDPOINT = "the endpoint (AWS_ENDPOINT_URL, or endpoint_url of the S3 resource)"

_CODES: Final[dict[str, tuple[type[StorageError], str]]] = {
    "NoSuchBucket": (MissingBucket, f"the bucket does not exist: create it, or correct {STORE_VARIABLE}"),
    "InvalidAccessKeyId": (UnknownAccessKey, f"the store does not know this access key: correct {_KEYS}"),
    "InvalidClientTokenId": (UnknownAccessKey, f"the store does not know this access key: correct {_KEYS}"),
    "SignatureDoesNotMatch": (WrongSecret, f"the secret does not belong to the access key: correct {_KEYS}"),
    "ExpiredToken": (ExpiredCredentials, "the session has expired: log in again, then restart"),
    "InvalidToken": (ExpiredCredentials, "the session token is not valid: log in again, or unset AWS_SESSION_TOKEN"),
    "RequestTimeTooSkewed": (ExpiredCredentials, "this machine's clock is off: set it right"),
    "AccessDenied": (AccessDenied, "these credentials do not allow it: grant them access to the bucket and prefix"),
    "PermanentRedirect": (WrongRegion, "the bucket is in another region: set AWS_REGION to the bucket's"),
    "AuthorizationHeaderMalformed": (WrongRegion, "signed for the wrong region: set AWS_REGION to the bucket's"),
}
"""S3's error codes, https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html."""

_SYMPTOMS: Final[tuple[tuple[str, type[StorageError], str], ...]] = (
    (
        r"169\.254\.16|169\.254\.170|credentials? (?:provider|not)|profile provider",
        NoCredentials,
        f"no credentials were found: set {_KEYS}, or run with an instance profile",
    ),
    (r"redirect without LOCATION", WrongRegion, "the bucket is in another region: set AWS_REGION to the bucket's"),
    (
        r"dns error|failed to lookup address|Name or service not known|name resolution",
        UnknownHost,
        f"the host name of {{endpoint}} does not resolve: correct {_ENDPOINT}",
    ),
    (
        r"Connection ?Refused|os error 111",
        NothingListening,
        f"nothing listens at {{endpoint}}: start the store there, or correct {_ENDPOINT}",
    ),
    (
        r"TimedOut|timed out|deadline has elapsed",
        NoAnswer,
        f"{{endpoint}} did not answer in time: check that the store is up, the network, and {_ENDPOINT}",
    ),
    (r"certificate", Unreachable, f"the TLS certificate of {{endpoint}} is not accepted: correct {_ENDPOINT}"),
    (
        r"kind: Connect|tcp connect error|error sending request|connection (?:closed|reset)",
        Unreachable,
        f"{{endpoint}} cannot be reached: check that the store is up, the network, and {_ENDPOINT}",
    ),
    (r"5\d\d (?:Internal|Service|Bad Gateway|Gateway)", Unreachable, "{endpoint} failed: look at the store's own log"),
    (r"403 Forbidden|os error 13", AccessDenied, "access is refused: grant it to these credentials or this user"),
    (r"os error 28", StorageError, "no space is left on the device: free some, then run again"),
)

_BY_TYPE: Final[dict[str, tuple[type[StorageError], str]]] = {
    "TableNotFoundError": (MissingTable, "there is no table: materialize the asset that writes it first"),
    "FileNotFoundError": (MissingObject, "there is no such object: materialize the asset that writes it first"),
    "NotFoundError": (MissingObject, "there is no such object: materialize the asset that writes it first"),
    "AlreadyExistsError": (Conflict, "it exists already and was not replaced: delete it first if it is to be replaced"),
    "PreconditionError": (Conflict, "another writer changed it meanwhile: run again"),
    "CommitFailedError": (Conflict, "other writers committed first again and again: run again, with fewer at a time"),
    "SchemaMismatchError": (InvalidFrame, "the columns do not fit the table's: see the cause below"),
    "PermissionDeniedError": (AccessDenied, "access is refused: grant it to these credentials or this user"),
    "UnauthenticatedError": (WrongCredentials, f"the store refuses the credentials: correct {_KEYS}"),
}


def translate(error: BaseException, uri: str) -> StorageError:
    """The error of our tree that says the same as an error of obstore or deltalake.

    Args:
        error: What the client raised. deltalake raises plain ``OSError`` for most, so the text has to be read.
        uri: What the call was about; it starts the message.

    Returns:
        The error to raise; ``error`` itself where it is one of ours already.
    """
    if isinstance(error, StorageError):
        return error
    text = str(error)
    code = re.search(r"<Code>(\w+)</Code>", text)
    if code and code[1] in _CODES:
        kind, remedy = _CODES[code[1]]
        return kind(f"{uri}: {remedy}.", uri=uri)
    name = type(error).__name__
    reason = text.rsplit("\n\nDebug source", maxsplit=1)[-1]
    if name not in ("FileNotFoundError", "TableNotFoundError", "AlreadyExistsError", "CommitFailedError"):
        for pattern, kind, remedy in _SYMPTOMS:
            if re.search(pattern, reason):
                return kind(f"{uri}: {remedy.format(endpoint=_endpoint(text))}.", uri=uri)
    if name in _BY_TYPE:
        kind, remedy = _BY_TYPE[name]
        return kind(f"{uri}: {remedy}.", uri=uri)
    said = f"S3 says {code[1]}" if code else f"{name}, see the cause below"
    return StorageError(f"{uri}: the store failed ({said}).", uri=uri)


@contextmanager
def translated(uri: str) -> Iterator[None]:
    """Raise what happens inside as an error of our tree.

    Args:
        uri: What the calls inside are about.

    Raises:
        StorageError: In place of any other exception inside, which is its cause, but for ``WrongCredentials``.
    """
    try:
        yield
    except StorageError:
        raise
    except Exception as error:  # noqa: BLE001 - sorted by translate(), and raised again
        ours = translate(error, uri)
        raise ours from (None if isinstance(ours, WrongCredentials) else error)


def _endpoint(text: str) -> str:
    """The scheme, host and port that a client's error text names."""
    found = re.search(r"https?://[^/\s,?)\"]+", text)
    return found[0] if found else "the store"
