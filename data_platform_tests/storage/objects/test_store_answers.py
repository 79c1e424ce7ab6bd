"""What a store refuses, through the real obstore and deltalake: the right class, whether it may pass, and what to
do."""

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_platform.storage import delta, errors
from data_platform.storage.error_texts import translate
from data_platform.storage.objects import s3_options
from data_platform.storage.objects.s3_options import S3Options
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.answering import Reply, Server, answering, forwarded
from data_platform_tests.s3 import S3Server

SECRET = "top5ecret-0f-tests"
PATH = "certificates timed out/os error 28"
"""A path that reads like some other failure."""

CALLS: dict[str, Callable[[ObjectStore], Any]] = {
    "get": lambda store: store.get(PATH),
    "put": lambda store: store.put(PATH, b"x", if_absent=True),
    "list": lambda store: list(store.list("a/b")),
    "read a table": lambda store: delta.read_table(store, "a/b"),
    "write a table": lambda store: delta.replace_table(store, "a/b", pa.table({"a": [1]})),
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with answering(lambda _: Reply()) as server:
        yield server


@pytest.fixture
def store(server: Server, monkeypatch: pytest.MonkeyPatch) -> ObjectStore:
    monkeypatch.setattr(s3_options, "RETRIES", 0)
    options = S3Options(access_key_id="AKTEST", secret_access_key=SECRET, endpoint=server.url)
    return ObjectStore.open("s3://films-of-tests/p", options)


def s3_error(code: str, message: str = "In the store's words", status: int = 400, **headers: str) -> Reply:
    echoed = f"<StringToSign>AWS4 {SECRET}</StringToSign>"
    body = f'<?xml version="1.0"?>\n<Error><Code>{code}</Code><Message>{message}</Message>{echoed}</Error>'
    return Reply(body.encode(), status, headers | {"Content-Type": "application/xml"})


WRONG_REGION = "the authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'"
REFUSALS: dict[str, tuple[Reply, type[errors.StorageError], str]] = {
    "301 without a location": (
        s3_error("PermanentRedirect", status=301),
        errors.WrongRegion,
        "the bucket is in another region: set AWS_REGION to the bucket's",
    ),
    "another region, named": (
        s3_error("AuthorizationHeaderMalformed", WRONG_REGION),
        errors.WrongRegion,
        "set AWS_REGION to the bucket's, eu-west-1",
    ),
    "a key that is disabled": (
        s3_error("KMS.DisabledException", "arn:aws:kms:… is disabled"),
        errors.KeyUnavailable,
        r"encryption key cannot be used.*KMS\.DisabledException",
    ),
    "a key that nobody heard of": (
        s3_error("KMS.NotFoundException"),
        errors.KeyUnavailable,
        r"encryption key cannot be used.*KMS\.NotFoundException",
    ),
    "a quota": (s3_error("QuotaExceeded", status=403), errors.NoSpace, "a quota is used up.*QuotaExceeded"),
    "MinIO's quota": (s3_error("XMinioAdminBucketQuotaExceeded"), errors.NoSpace, "a quota is used up"),
    "MinIO's disk": (s3_error("XMinioStorageFull", status=507), errors.NoSpace, "the store is full"),
    "507 by itself": (Reply(b"", 507), errors.NoSpace, "the store is full: free some space"),
    "too large": (s3_error("EntityTooLarge"), errors.NoSpace, "write smaller partitions"),
    "too large for a proxy": (Reply(b"<html>413</html>", 413), errors.NoSpace, "write smaller partitions"),
    "no conditional writes": (s3_error("NotImplemented", status=501), errors.Unsupported, "If-None-Match"),
    "501 by itself": (Reply(b"", 501), errors.Unsupported, "If-None-Match"),
    "a demanded Content-MD5": (
        s3_error("InvalidRequest", "Missing required header for this request: Content-MD5"),
        errors.Unsupported,
        "the bucket demands a Content-MD5",
    ),
    "another word for it": (s3_error("MissingContentMD5"), errors.Unsupported, "the bucket demands a Content-MD5"),
    "slower, please": (s3_error("SlowDown", status=503), errors.Busy, "asks for fewer requests"),
    "429 by itself": (Reply(b"", 429), errors.Busy, "asks for fewer requests"),
    "an archived object": (s3_error("InvalidObjectState", status=403), errors.Refused, "have it restored"),
    "a code of tomorrow": (
        s3_error("Quantum.Entangled-2", status=400),
        errors.Refused,
        r"HTTP 400.*\(S3 says Quantum\.Entangled-2\)",
    ),
    "a code of tomorrow, in JSON": (
        Reply(b'{"code": "NoMoreMonday", "message": "no"}', 409),
        errors.StorageError,
        "NoMoreMonday|another writer|other writers|exists already",
    ),
    "a proxy's 403": (Reply(b"<html>Forbidden</html>", 403), errors.AccessDenied, "access is refused"),
    "an empty 500": (
        Reply(b"", 500),
        errors.Unreachable,
        r"http://127\.0\.0\.1:\d+ failed: look at the store's own log",
    ),
}
TRANSIENT = (errors.Unreachable, errors.Conflict)


@pytest.mark.parametrize("call", list(CALLS))
@pytest.mark.parametrize("what", list(REFUSALS))
def test_each_refusal_says_what_to_do_and_whether_it_may_pass(
    server: Server, store: ObjectStore, what: str, call: str
) -> None:
    reply, kind, said = REFUSALS[what]
    server.answer = lambda _: reply
    with pytest.raises(kind, match=said) as caught:
        CALLS[call](store)
    assert str(caught.value).startswith("s3://films-of-tests/p/")
    if kind is not errors.StorageError:
        assert type(caught.value) is kind
        assert caught.value.permanent == (not issubclass(kind, TRANSIENT))
    assert SECRET not in str(caught.value)


def test_a_path_that_reads_like_a_failure_is_none(server: Server, store: ObjectStore) -> None:
    server.answer = lambda _: Reply(b"", 404)
    with pytest.raises(errors.MissingObject):
        store.get(PATH)


@pytest.mark.slow
@given(st.text(max_size=200))
def test_no_text_of_a_client_makes_telling_it_fail(text: str) -> None:
    ours = translate(OSError(text), "s3://b/k")
    assert str(ours).startswith("s3://b/k: ")


def test_a_store_on_this_machine_is_never_asked_through_a_proxy(
    s3_store: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering(lambda _: Reply(b"", 502)) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, proxy.url)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        options = S3Options(
            access_key_id=s3_store.access_key, secret_access_key=s3_store.secret_key, endpoint=s3_store.endpoint
        )
        store = ObjectStore.open(s3_store.fresh_url(), options)
        store.put("a", b"x")
        delta.replace_table(store, "t", pa.table({"a": [1]}))
        assert delta.read_table(store, "t").num_rows == 1
        assert proxy.asked == []


def test_a_store_that_asks_for_fewer_requests_is_retried_by_the_clients(
    s3_store: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = 0

    def answer(asked: Any) -> Reply:
        nonlocal refused
        refused += 1
        if refused <= 3:
            return s3_error("SlowDown", status=503)
        return forwarded(asked, "127.0.0.1", int(s3_store.endpoint.rpartition(":")[2]))

    with answering(answer) as proxy:
        options = S3Options(
            access_key_id=s3_store.access_key, secret_access_key=s3_store.secret_key, endpoint=proxy.url
        )
        store = ObjectStore.open(s3_store.fresh_url(), options)
        store.put("a", b"x", if_absent=True)
        assert store.get("a") == b"x"
        assert refused > 3
