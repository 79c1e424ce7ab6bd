"""Which error of obstore or deltalake is which of ours: the one place that reads what S3 and the two clients say.

What belongs here: S3's error codes, statuses and the clients' words, each with its class and what to do about it. What
does not: the classes (``errors``).

Both clients say the same in their own ways (tried with obstore 0.12 and deltalake 1.6). obstore says the sentence, and
then after ``Debug source:`` the whole chain of causes; what it was is now in the one, now in the other. deltalake
breaks the sentence at every colon into lines with arrows. So all of it is read, made one line, and without the
addresses and paths in it, which may hold any word.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Final

from data_platform.settings import STORE_VARIABLE
from data_platform.storage.errors import (
    AccessDenied,
    Busy,
    Conflict,
    ExpiredCredentials,
    InvalidFrame,
    InvalidLocation,
    KeyUnavailable,
    MissingBucket,
    MissingObject,
    MissingTable,
    NoAnswer,
    NoCredentials,
    NoSpace,
    NothingListening,
    Refused,
    StorageError,
    UnknownAccessKey,
    UnknownHost,
    Unreachable,
    Unsupported,
    WrongCredentials,
    WrongRegion,
    WrongSecret,
)

_KEYS = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or the keys of the S3 resource)"
_ENDPOINT = "the endpoint (AWS_ENDPOINT_URL, or endpoint_url of the S3 resource)"
_REGION = "set AWS_REGION to the bucket's{region}, and the endpoint with it where one is set"
_LOGIN = "log in again, then restart"
_KEY = "the bucket's encryption key cannot be used: have it enabled, and its use granted to these credentials"
_FULL = "the store is full: free some space there, or enlarge it, then run again"
_QUOTA = "a quota is used up: delete what is not needed, or have the quota raised, then run again"
_BUSY = "the store asks for fewer requests (it is retried): run fewer things at a time, or give it more capacity"
_MD5 = (
    "the bucket demands a Content-MD5 with every write, which our clients do not send: use a bucket without Object"
    " Lock's default retention"
)
_CONDITIONAL = (
    "the store cannot do what it was asked for: it needs S3's conditional writes (If-None-Match, If-Match): use"
    " a store, or a version of it, that has them"
)

Verdict = tuple[type[StorageError], str]

_CODES: Final[dict[str, Verdict]] = {
    "NoSuchBucket": (MissingBucket, f"the bucket does not exist: create it, or correct {STORE_VARIABLE}"),
    "InvalidBucketName": (MissingBucket, f"that is no bucket's name to this store: correct {STORE_VARIABLE}"),
    "NoSuchKey": (MissingObject, "there is no such object: materialize the asset that writes it first"),
    "InvalidAccessKeyId": (UnknownAccessKey, f"the store does not know this access key: correct {_KEYS}"),
    "InvalidClientTokenId": (UnknownAccessKey, f"the store does not know this access key: correct {_KEYS}"),
    "UnrecognizedClientException": (UnknownAccessKey, f"the store does not know this access key: correct {_KEYS}"),
    "SignatureDoesNotMatch": (WrongSecret, f"the secret does not belong to the access key: correct {_KEYS}"),
    "ExpiredToken": (ExpiredCredentials, f"the session has expired: {_LOGIN}"),
    "ExpiredTokenException": (ExpiredCredentials, f"the session has expired: {_LOGIN}"),
    "TokenRefreshRequired": (ExpiredCredentials, f"the session has expired: {_LOGIN}"),
    "InvalidToken": (ExpiredCredentials, "the session token is not valid: log in again, or unset AWS_SESSION_TOKEN"),
    "RequestTimeTooSkewed": (ExpiredCredentials, "this machine's clock is off: set it right"),
    "AccessDenied": (AccessDenied, "these credentials do not allow it: grant them access to the bucket and prefix"),
    "AllAccessDisabled": (AccessDenied, "the store has disabled all access to the bucket: ask whoever runs it"),
    "AccountProblem": (AccessDenied, "the store has a problem with the account: ask whoever pays for it"),
    "InvalidObjectState": (Refused, "the object is archived: have it restored, and its storage class left alone"),
    "MethodNotAllowed": (Refused, "the store allows no such request on this bucket: is it read-only, or a version?"),
    "PermanentRedirect": (WrongRegion, f"the bucket is in another region: {_REGION}"),
    "TemporaryRedirect": (WrongRegion, f"the bucket is in another region: {_REGION}"),
    "AuthorizationHeaderMalformed": (WrongRegion, f"signed for the wrong region: {_REGION}"),
    "IllegalLocationConstraintException": (WrongRegion, f"the bucket is in another region: {_REGION}"),
    "IncorrectEndpoint": (WrongRegion, f"the bucket is at another endpoint: {_REGION}"),
    "QuotaExceeded": (NoSpace, _QUOTA),
    "ServiceQuotaExceededException": (NoSpace, _QUOTA),
    "XMinioAdminBucketQuotaExceeded": (NoSpace, _QUOTA),
    "XMinioStorageFull": (NoSpace, _FULL),
    "StorageFull": (NoSpace, _FULL),
    "InsufficientStorage": (NoSpace, _FULL),
    "InsufficientCapacity": (NoSpace, _FULL),
    "EntityTooLarge": (NoSpace, "the object is larger than the store takes: write smaller partitions"),
    "NotImplemented": (Unsupported, _CONDITIONAL),
    "MissingContentMD5": (Unsupported, _MD5),
    "SlowDown": (Busy, _BUSY),
    "SlowDownRead": (Busy, _BUSY),
    "SlowDownWrite": (Busy, _BUSY),
    "TooManyRequests": (Busy, _BUSY),
    "TooManyRequestsException": (Busy, _BUSY),
    "Throttling": (Busy, _BUSY),
    "ThrottlingException": (Busy, _BUSY),
    "RequestLimitExceeded": (Busy, _BUSY),
    "ServiceUnavailable": (Busy, _BUSY),
    "RequestTimeout": (NoAnswer, "the store did not get the request in time: check the network between here and it"),
    "InternalError": (Unreachable, "{endpoint} failed: look at the store's own log"),
    "OperationAborted": (Conflict, "another request on the same thing is going on: run again"),
    "ConditionalRequestConflict": (Conflict, "another writer was there in the same moment: run again"),
    "BadDigest": (Unreachable, "what arrived is not what was sent: check the network and any proxy, then run again"),
    "KeyTooLongError": (InvalidLocation, "the path is longer than S3 allows, 1024 bytes: shorten it"),
}
"""S3's error codes, https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, MinIO's (XMinio…,
https://github.com/minio/minio/blob/master/cmd/api-errors.go) and Ceph's (QuotaExceeded, https://docs.ceph.com/en/latest/radosgw/)."""

_SYMPTOMS: Final[tuple[tuple[str, Verdict], ...]] = (
    (
        r"redirect without LOCATION|BareRedirect|another region",
        (WrongRegion, f"the bucket is in another region: {_REGION}"),
    ),
    (
        r"dns error|failed to lookup address|Name or service not known|name resolution",
        (UnknownHost, f"the host name of {{endpoint}} does not resolve: correct {_ENDPOINT}"),
    ),
    (
        r"Connection ?Refused|os error 111",
        (NothingListening, f"nothing listens at {{endpoint}}: start the store there, or correct {_ENDPOINT}"),
    ),
    (
        r"TimedOut|timed out|deadline has elapsed",
        (NoAnswer, f"{{endpoint}} did not answer in time: check that the store is up, the network, and {_ENDPOINT}"),
    ),
    (r"certificate", (Unreachable, f"the TLS certificate of {{endpoint}} is not accepted: correct {_ENDPOINT}")),
    (
        r"kind: Connect|tcp connect error|error sending request|connection (?:closed|reset)",
        (Unreachable, f"{{endpoint}} cannot be reached: check that the store is up, the network, and {_ENDPOINT}"),
    ),
    (r"os error 13\b", (AccessDenied, "access is refused: grant it to these credentials or this user")),
    (r"os error 28\b|os error 122\b", (NoSpace, "no space is left on the device: free some, then run again")),
)

_STATUSES: Final[dict[int, Verdict]] = {
    301: (WrongRegion, f"the bucket is in another region: {_REGION}"),
    307: (WrongRegion, f"the bucket is in another region: {_REGION}"),
    308: (WrongRegion, f"the bucket is in another region: {_REGION}"),
    401: (WrongCredentials, f"the store refuses the credentials: correct {_KEYS}"),
    403: (AccessDenied, "access is refused: grant it to these credentials or this user"),
    408: (NoAnswer, "the store did not get the request in time: check the network between here and it"),
    412: (Conflict, "another writer changed it meanwhile: run again"),
    413: (NoSpace, "the object is larger than the store, or a proxy before it, takes: write smaller partitions"),
    429: (Busy, _BUSY),
    501: (Unsupported, _CONDITIONAL),
    507: (NoSpace, _FULL),
}

_BY_TYPE: Final[dict[str, Verdict]] = {
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
_CERTAIN: Final = ("FileNotFoundError", "TableNotFoundError", "AlreadyExistsError", "CommitFailedError")

_ARROW: Final = re.compile(r"\s*(?:\x1b\[\d*m)*↳(?:\x1b\[\d*m)*\s*")
_PLACES: Final = re.compile(
    r"https?://[^\s\"',)]+|(?:for|at) path \S+|path: \"[^\"]*\"|Object at location \S+|file: \S+|\"/[^\"]*\""
)
_CODE: Final = re.compile(r"<Code>\s*([\w.:-]+)\s*</Code>|\"[Cc]ode\"\s*:\s*\"([\w.:-]+)\"")
_STATUS: Final = re.compile(
    r"status(?: code)?:? (\d{3})\b"
    r"|\b([345]\d\d) (?:Moved|Temporary|Permanent|Bad|Unauthorized|Forbidden|Not|Method|Request|Conflict|Precondition"
    r"|Payload|Content|Too|Internal|Service|Gateway|Insufficient)\b"
)
_METADATA_SERVER: Final = re.compile(
    r"https?://169\.254\.(?:169\.254|170\.)|credentials? (?:provider|not)|profile provider"
)
_BUCKETS_REGION: Final = re.compile(
    r"expecting \\?'([a-z0-9-]+)|<Region>([a-z0-9-]+)</Region>|is in (?:region )?'([a-z0-9-]+)'"
)
_DEMANDS_MD5: Final = re.compile(r"Content-MD5", re.IGNORECASE)


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
    text = _ARROW.sub(": ", str(error))
    match = _CODE.search(text)
    code = next(filter(None, match.groups()), "") if match else ""
    kind, remedy = _verdict(type(error).__name__, code, text)
    region = _BUCKETS_REGION.search(text)
    message = remedy.format(
        endpoint=_endpoint(text), region=f", {next(filter(None, region.groups()))}" if region else ""
    )
    return kind(f"{uri}: {message}{f' (S3 says {code})' if code and code not in message else ''}.", uri=uri)


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


def _verdict(name: str, code: str, text: str) -> Verdict:
    """What it is: by S3's code, else by the client's class, the status and the words, the surest first."""
    words = _PLACES.sub("", text)
    match = _STATUS.search(words)
    status = int(match[1] or match[2]) if match else 0
    known = (
        _by_code(code, text)
        or (_BY_TYPE[name] if name in _CERTAIN else None)
        or _STATUSES.get(status)
        or (None if status else _by_words(text, words))  # where there was an answer, its words are not the client's
        or _BY_TYPE.get(name)
    )
    if known:
        return known
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unreachable, "{endpoint} failed: look at the store's own log"
    if status >= HTTPStatus.BAD_REQUEST:
        return Refused, f"the store refuses it with HTTP {status}: look the code up in the store's documentation"
    return StorageError, f"the store failed ({f'S3 says {code}' if code else f'{name}, see the cause below'})"


def _by_code(code: str, text: str) -> Verdict | None:
    if code.startswith("KMS."):
        return KeyUnavailable, _KEY
    if code and code not in _CODES and _DEMANDS_MD5.search(text):
        return Unsupported, _MD5
    return _CODES.get(code)


def _by_words(text: str, words: str) -> Verdict | None:
    if _METADATA_SERVER.search(text):
        return NoCredentials, f"no credentials were found: set {_KEYS}, or run with an instance profile"
    return next((verdict for pattern, verdict in _SYMPTOMS if re.search(pattern, words)), None)


def _endpoint(text: str) -> str:
    """The scheme, host and port that a client's error text names."""
    match = re.search(r"https?://[^/\s,?)\"]+", text)
    return match[0].replace("{", "").replace("}", "") if match else "the store"
