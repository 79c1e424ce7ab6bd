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
    ├── KeyUnavailable              the bucket's encryption key cannot be used
    ├── NoSpace                     the store, a quota or the disk is full
    ├── Unsupported                 the store cannot, or will not, do what is needed
    ├── Refused                     the store says no, for a reason that is not known here
    ├── Unreachable                 no usable answer
    │   ├── UnknownHost             the endpoint's name does not resolve
    │   ├── NothingListening        the connection is refused
    │   ├── NoAnswer                it takes longer than the time allowed
    │   └── Busy                    it asks for fewer requests
    ├── Conflict                    another writer was first
    └── Unverified                  written, but then not found as written

What belongs here: the exceptions. What does not: which foreign error is which (``error_texts``), and retries (the
clients do them, ``s3_options``).

No message holds a secret: messages are made of the URI, the endpoint and S3's error code, never of the text that the
store answered, and are redacted as they are made; errors about credentials are raised without the original (S3 echoes
session tokens).
"""
# ruff: noqa: N818 - the names say what is wrong, as in `except MissingTable`

from typing import ClassVar

from data_platform.redaction import redact


class StorageError(Exception):
    """Anything that went wrong with the store.

    Attributes:
        uri: The object, table or store that it is about.
        permanent: Whether it stays until somebody changes something, so that trying again is of no use.
    """

    permanent: ClassVar[bool] = False

    def __init__(self, message: str, *, uri: str = "") -> None:
        super().__init__(redact(message))
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


class KeyUnavailable(StorageError):
    """The key that the bucket is encrypted with is disabled, deleted, or may not be used."""

    permanent = True


class NoSpace(StorageError):
    """The store, a quota or the disk is full, or the object is larger than may be."""

    permanent = True


class Unsupported(StorageError):
    """The store cannot do what is needed, or demands what its clients do not send."""

    permanent = True


class Refused(StorageError):
    """The store refuses the request, for a reason that is not known here; the message has its code."""

    permanent = True


class Unreachable(StorageError):
    """The store gave no usable answer."""


class UnknownHost(Unreachable):
    """The endpoint's host name does not resolve."""


class NothingListening(Unreachable):
    """The endpoint refuses connections."""


class NoAnswer(Unreachable):
    """The endpoint did not answer in time."""


class Busy(Unreachable):
    """The store asks for fewer requests."""


class Conflict(StorageError):
    """Another writer was first: the object is there already, or the commit lost again and again."""


class Unverified(StorageError):
    """What was written is not there, or not as it was written."""
