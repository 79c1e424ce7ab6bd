"""No secret leaves: whatever it is called, however it is written, wherever in a text it stands."""

import json
import logging
import os
import re
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from data_platform import redaction
from data_platform.redaction import (
    HIDDEN,
    RedactedError,
    RedactingFilter,
    redact,
    redact_known,
    redact_known_bytes,
    redact_known_values,
    redacted,
    shortened,
    shows_secret,
)

SECRET = "h-7/Q+w%z=9é"
"""Has what URLs, JSON and queries write otherwise."""

values = st.text(
    st.characters(codec="ascii", min_codepoint=33, exclude_characters="'\"\\<>,;&#)]}"), min_size=4, max_size=30
)


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOMEBODYS_API_TOKEN", SECRET)


SHOWN = [
    "https://somebody:{}@example.com/path?x=1",
    "could not reach postgresql+psycopg2://u:{}@db.example.com:5432/shop, sorry",
    "redis://:{}@cache",
    "https://{}@github.example.com/x",
    "http%3A%2F%2Fuser%3A{}%40host%2Fx",
    "http:\\/\\/user:{}@host\\/x",
    "postgresql://h/db?user=u&password={}&sslmode=require",
    "postgresql://h/db?sslpassword={}",
    "https://api.example.com/3/movie?api_key={}&page=2",
    "https://b.s3.amazonaws.com/k?X-Amz-Signature={}&X-Amz-Expires=60",
    "https://b.s3.amazonaws.com/k?X-Amz-Security-Token={}",
    "https://b.blob.example.net/k?sv=2024&sig={}",
    "password%3D{}%26x%3D1",
    "host=h user=u password={} dbname=d",
    "host=h password='{}' dbname=d",
    '{{"user": "u", "password": "{}"}}',
    "{{'api_key': '{}', 'page': 2}}",
    '{{\\"client_secret\\": \\"{}\\"}}',
    "Authorization: Bearer {}",
    "authorization: Basic {}",
    "(b'authorization', b'Bearer {}')",
    "X-Api-Key: {}",
    "AWS_SECRET_ACCESS_KEY={}",
    "aws_session_token={}",
    "access_token={}",
    "password: {}",
]


@pytest.mark.parametrize("text", SHOWN)
@given(value=values.filter(lambda text: not set(text) & set("/@?:%* ")))
def test_what_a_text_shows_to_be_a_secret_is_taken_out_and_the_rest_stays(text: str, value: str) -> None:
    assume(value not in text)  # it would be in the rest, which stays
    told = redact(text.format(value))
    assert value not in told.replace(text.format(""), "")
    assert HIDDEN in told
    assert redact(told) == told


@pytest.mark.parametrize(
    "text",
    [
        "s3://bucket/movies/tmdb_pages/popular/2026-11-22/020003_120042Z.json",
        "http://127.0.0.1:8333/data-platform/a@b",
        "partition_key=2026-11-22 primary_key=day max_tokens=5 design=3",
        "TMDB_API_TOKEN must be TMDb's API read access token (themoviedb.org, Settings, API)",
        "refusing to send a token without https",
        "Basic authentication is wanted, and a bearer token",
        "https://api.themoviedb.org/3/movie/popular?page=2: HTTP 401: code 7: Invalid API key: You must be…",
        "the secret does not belong to the access key: correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        "",
    ],
)
def test_what_is_no_secret_stays_as_it_is(text: str) -> None:
    assert redact(text) == text


def spellings(secret: str) -> list[str]:
    return [
        secret, quote(secret), quote(secret, safe=""), quote_plus(secret),
        re.sub("%..", lambda code: code[0].lower(), quote(secret, safe="")),
        json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1],
    ]  # fmt: skip


@pytest.mark.parametrize("spelt", spellings(SECRET))
def test_what_the_process_knows_is_taken_out_however_it_is_written(known: None, spelt: str) -> None:
    told = redact(f"before {spelt} after")
    assert told == f"before {HIDDEN} after"


@given(st.integers(6, len(SECRET) - 1), st.sampled_from(["", "…", "...", "'", '..."']))
def test_a_secret_that_was_cut_off_at_the_end_of_a_text_is_taken_out(length: int, end: str) -> None:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SOMEBODYS_API_TOKEN", SECRET)
        assert redact(f"before {SECRET[:length]}{end}") == f"before {HIDDEN}{end}"


def test_a_text_is_cut_after_it_was_redacted_never_before(known: None) -> None:
    for length in range(5, 40):
        assert not any(SECRET[:size] in shortened(f"key:\n {SECRET} and more", length) for size in range(4, 13))
    assert shortened("a\n  b", 10) == "a b"
    assert len(shortened("word " * 50, 20)) == 20


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("TMDB_API_TOKEN", "t0p-of-it", "t0p-of-it"),
        ("AWS_SECRET_ACCESS_KEY", "abc/def+ghi", "abc/def+ghi"),
        ("DAGSTER_POSTGRES_PASSWORD", "p0stgres", "p0stgres"),
        ("DATA_PLATFORM_LOGS_CLIENT_KEY", "0123456789abcdef", "0123456789abcdef"),
        ("SALES_DATABASE_URL", "postgresql://u:p%40ss-w0rd@h/d", "p@ss-w0rd"),
        ("SALES_DATABASE_URL", "postgresql://u:p@ss-w0rd@h/d", "p@ss-w0rd"),
        ("SALES_DATABASE_URL", "postgresql://h/d?user=u&password=qu3ry-pw", "qu3ry-pw"),
        ("SALES_DATABASE_URL", "postgresql://h/d?sslpassword=qu3ry-pw", "qu3ry-pw"),
        ("ADS_API_URL", "https://t0ken-only@ads.example.com/", "t0ken-only"),
        ("SOME_DSN", "host=h password='d5n pw' user=u", "d5n pw"),
        ("SOME_DSN", r"host=h password='it\'s s3cr3t x'", "it's s3cr3t x"),
        ("ADS_API_URL", "http://reader:s3cr3t-P%40ss%2Fword@h/", "cmVhZGVyOnMzY3IzdC1QQHNzL3dvcmQ="),
        ("TMDB_API_URL", "https://h/3?key=QWERTYqwerty123", "QWERTYqwerty123"),
        ("SALES_DATABASE_URL", "postgresql://h/d?user=u&sslpassword=pl9+uss;x", "pl9+uss;x"),
        ("SALES_DATABASE_URL", "mssql+pyodbc:///?odbc_connect=UID%3Du%3BPWD%3D%7Bsup%3Br3%7D", "sup;r3"),
        ("HTTPS_PROXY", "http://u:pr0xy-pw@proxy:3128", "pr0xy-pw"),
    ],
    ids=str.__len__,  # pytest puts ids into the environment
)
def test_secrets_of_the_environment_are_known_by_name_and_by_shape(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, secret: str
) -> None:
    assert secret in redact_known(f"it is {secret}!")
    monkeypatch.setenv(name, value)
    assert redact_known(f"it is {secret}!") == f"it is {HIDDEN}!"
    monkeypatch.delenv(name)
    assert secret in redact_known(f"it is {secret}!")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PWD", "/home/somebody"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/token"),
        ("SOME_TOKEN", "abc"),
        ("HOME", "/x/y"),
    ],
)
def test_variables_that_are_no_secrets_are_left_alone(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    assert redact_known(f"it is {value}") == f"it is {value}"


def test_a_password_that_is_a_word_is_found_by_itself_and_never_in_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_POSTGRES_PASSWORD", "postgres")
    monkeypatch.setenv("SOMEBODYS_PASSWORD", "metropolitan")
    assert redact_known("postgresql://h: no postgres there") == f"postgresql://h: no {HIDDEN} there"
    assert redact_known_values(["metropolitan postgres"]) == ["metropolitan postgres"]
    assert redact_known_bytes(b"metropolitan postgres") == b"metropolitan postgres"


def test_a_secret_from_elsewhere_can_be_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_remembered", set())
    redaction.remember("from-a-vault")
    redaction.remember("abc")
    assert redact("from-a-vault abc") == f"{HIDDEN} abc"


@given(st.recursive(st.none() | st.integers() | st.text() | st.just(SECRET), lambda inner: st.lists(inner, max_size=3)))
def test_plain_data_keep_everything_but_known_secrets(value: object) -> None:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SOMEBODYS_API_TOKEN", SECRET)
        told = redact_known_values(value)
        assert SECRET not in json.dumps(told, ensure_ascii=False)
        assert redact_known_values(told) == told
    assert redact_known_values({"a": [1, None, "password=x"]}) == {"a": [1, None, "password=x"]}


@given(st.binary(max_size=100))
def test_bytes_without_a_secret_stay_as_they_are_and_those_with_one_lose_it(data: bytes) -> None:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SOMEBODYS_API_TOKEN", "t0p-of-the-tests")
        assert redact_known_bytes(data) == data
        assert redact_known_bytes(data + b"t0p-of-the-tests" + data) == data + b"***" + data


@given(st.text(max_size=300))
def test_no_text_makes_redaction_fail_and_twice_is_as_once(text: str) -> None:
    assert redact(redact(text)) == redact(text)


def nested() -> Exception:
    try:
        try:
            raise ValueError(f"connect to https://u:{SECRET}@h failed")  # noqa: TRY301 - it is to be a cause
        except ValueError as error:
            raise RuntimeError("no films") from error
    except RuntimeError as error:
        return error


def test_an_error_shows_what_its_causes_say_and_is_told_without_it(known: None) -> None:
    assert shows_secret(nested())
    assert not shows_secret(RuntimeError("no films"))
    told = redacted(nested())
    assert isinstance(told, RedactedError)
    assert str(told) == f"RuntimeError: no films\ncaused by ValueError: connect to https://{HIDDEN}@h failed"


@pytest.mark.parametrize(
    "log",
    [
        lambda logger: logger.info("GET %s", f"https://h/?token={SECRET}"),
        lambda logger: logger.error("x", exc_info=nested()),
    ],
)
def test_a_logger_with_the_filter_tells_no_secret(
    known: None, caplog: pytest.LogCaptureFixture, log: Callable[[logging.Logger], None]
) -> None:
    logger = logging.getLogger("redaction.tests")
    logger.addFilter(RedactingFilter())
    with caplog.at_level(logging.DEBUG):
        log(logger)
    assert SECRET not in caplog.text
    assert HIDDEN in caplog.text
    assert os.environ["SOMEBODYS_API_TOKEN"] == SECRET
