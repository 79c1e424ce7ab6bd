"""Secrets taken out of any text that leaves the process: errors, metadata, logs, stored pages, the console.

What belongs here: what a secret looks like, and which secrets this process knows. What does not: who says what (every
error of ours comes here by itself, see ``storage.errors`` and ``ingestion.errors``).

Two nets. What a text *shows* to be a secret: the user and password of a URL, the value of ``password=``, ``token=``,
``X-Amz-Signature=`` and their like in queries, DSNs (libpq, https://www.postgresql.org/docs/current/libpq-connect.html)
and JSON, an authorization header. And what this process *knows* to be one: the values of environment variables that are
named like secrets, the credentials in URLs there, and what was `remembered`; each also percent-encoded, escaped for
JSON, and cut off at the end of a text. Cut a text after redaction, never before: use `shortened`.
"""

import base64
import functools
import html
import json
import logging
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, quote_plus, unquote, unquote_plus, urlsplit

HIDDEN: Final = "***"

_WORDS: Final = (
    r"pass(?:word|wd|phrase|code)?|pwd|secret|token|api[_-]?key|access[_-]?key(?:[_-]?id)?|private[_-]?key"
    r"|client[_-]?key|account[_-]?key|shared[_-]?key|credentials?|signature|sig|authorization|jwt"
)
_NAME: Final = rf"(?:[\w.\-]*[._\-])?(?:[a-z]*(?:password|passwd|secret|token|accesskeyid|signature)|{_WORDS})"
_SEPARATOR: Final = r"(?:=|%3D)"

_USERINFO: Final = re.compile(
    r"(?P<before>(?:[a-z][a-z0-9+.\-]*:)?(?:\\?/){2})"
    r"(?:[^\s/?#\"'<>\\]*@|[^\s:/?#@\"'<>]*:(?!\d{1,5}(?:[/?#]|$))[^\s@\"'<>]*@)",
    re.IGNORECASE,
)
_ENCODED_USERINFO: Final = re.compile(r"(?P<before>%3A(?:%2F){2})(?:(?!%2F|%40)[^\s\"'<>&])*(?:%40)", re.IGNORECASE)
_HEADER: Final = re.compile(
    r"(?P<before>\b(?:authorization|x-api-key|x-amz-security-token|cookie)"
    r"(?:[\"']\s*[:,]|\s*[:=])\s*(?:b(?=[\"'])|[(\[])*[\"']?)"
    r"(?:(?:bearer|basic|digest|token|aws4-[\w-]+)\s+)?[^\s\"',;}\])]+",
    re.IGNORECASE,
)
_LABELLED: Final = re.compile(
    r"(?P<before>\b[\w\-]*(?:password|passwd|passphrase|secret_access_key|api_key|access_token)\s*:\s+)[^\s,;]+",
    re.IGNORECASE,
)
_SCHEME: Final = re.compile(
    r"(?P<before>\b(?i:bearer|basic)\s+)(?=[a-z~+/-]*[0-9A-Z_=.])[A-Za-z0-9._~+/-]{6,}=*"  # not "basic authentication"
)
_ASSIGNED: Final = re.compile(
    rf"(?P<before>(?<![a-z0-9]){_NAME}\s?{_SEPARATOR}\s?)(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|(?!%26)[^\s&;#,\"'<>)\]}}]+?"
    r"(?=%26|[\s&;#,\"'<>)\]}]|$))",
    re.IGNORECASE,
)
_QUOTED: Final = re.compile(
    rf"(?P<before>\\?[\"']{_NAME}\\?[\"']\s*:\s*)(?:\\?\"(?:[^\"\\]|\\[^\"])*\\?\"|'(?:[^'\\]|\\.)*'|[^\s,}}\]\"'\\]+)",
    re.IGNORECASE,
)
_JWT: Final = re.compile(r"\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?")

_SECRET_VARIABLE: Final = re.compile(
    r"TOKEN|SECRET|PASSW|PASSPHRASE|PASSCODE|_PW$|_PWD$|^PGPASS|CREDENTIAL|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY"
    r"|(?:CLIENT|ACCOUNT|SIGNING|READ|SHARED|ENCRYPTION|MASTER)_?KEY|_SAS$|SIGNATURE|JWT|_KEY$",
    re.IGNORECASE,
)
_NO_SECRET_VARIABLE: Final = re.compile(r"_(?:FILE|PATH|DIR|URI|PROVIDER|EXPIRATION|ENDPOINT|ID)$|^PWD$", re.IGNORECASE)
_SECRET_PARAMETER: Final = re.compile(_NAME, re.IGNORECASE)
_SHORTEST: Final = 4
"""A shorter value is no secret worth the harm of taking it out of every text."""

_KEYS: Final = frozenset({"key", "auth", "code"})
_KEY_LENGTH: Final = 8
"""Parameters of our own addresses that mostly are keys, when their value is no shorter."""

_IN_DATA: Final = 12
"""A shorter value, or one of letters alone, may be a word of other people's, which what is kept must not lose."""

_SHORTEST_CUT: Final = 6
_remembered: set[str] = set()


def remember(secret: str) -> None:
    """Know a secret that is in no environment variable; from now on it is taken out of every text."""
    if len(secret) >= _SHORTEST:
        _remembered.add(secret)


def redact(text: str) -> str:
    """A text without secrets.

    Args:
        text: Anything that is to leave the process.

    Returns:
        The same, with ``***`` for each secret. Redacting twice changes nothing more.
    """
    text = redact_known(text)
    for pattern in (_HEADER, _SCHEME, _QUOTED, _ASSIGNED, _LABELLED):
        text = pattern.sub(rf"\g<before>{HIDDEN}", text)
    for pattern, at in ((_USERINFO, "@"), (_ENCODED_USERINFO, "%40")):
        text = pattern.sub(rf"\g<before>{HIDDEN}{at}", text)
    return _JWT.sub(HIDDEN, text)


def redact_known(text: str) -> str:
    """A text without the secrets that this process knows; what merely looks like one stays as it is."""
    known = _known()
    if known.any is None:
        return text
    text = known.any.sub(HIDDEN, text)
    body = text.rstrip("….\"' ")
    for secret in known.spellings:
        at = body.rfind(secret[:_SHORTEST_CUT])
        if at >= 0 and secret.startswith(body[at:]) and len(secret) > _SHORTEST_CUT:
            return body[:at] + HIDDEN + text[len(body) :]
    return text


def redact_known_values(value: object) -> Any:
    """Plain data that are to be kept, keys included, without the secrets that this process knows.

    Data are other people's words: only secrets that no word can be are taken out of them, see `_IN_DATA`.
    """
    pattern = _known().in_data  # once: there may be thousands of texts

    def without(value: object) -> Any:
        if isinstance(value, str):
            return pattern.sub(HIDDEN, value) if pattern else value
        if isinstance(value, dict):
            return {without(name): without(item) for name, item in value.items()}
        if isinstance(value, list):
            return [without(item) for item in value]
        return value

    return without(value)


def shortened(text: str, length: int) -> str:
    """The start of a text on one line, redacted before it is cut."""
    line = " ".join(redact(text).split())
    return line if len(line) <= length else f"{line[: length - 1]}…"


class RedactingFilter(logging.Filter):
    """Takes secrets out of every record of the logger or handler that has it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let the record pass, redacted; its arguments are part of its message afterwards."""
        message = record.getMessage()
        record.msg, record.args = redact(message), None
        if record.exc_info and record.exc_info[1] is not None and not record.exc_text:
            record.exc_text = redact(logging.Formatter().formatException(record.exc_info))
        return True


def chain_of(error: BaseException) -> Iterator[BaseException]:
    """An error, its causes and what it was raised in the handling of, each once."""
    seen: set[int] = set()
    left: list[BaseException | None] = [error]
    while left:
        current = left.pop()
        if current is not None and id(current) not in seen:
            seen.add(id(current))
            yield current
            left += [current.__cause__, current.__context__]


def shows_secret(error: BaseException) -> bool:
    """Whether the text of an error, or of one that it came from, holds a secret."""
    return any(redact(text) != text for link in chain_of(error) for text in (str(link), repr(link)))


class RedactedError(Exception):
    """Stands for a library's error whose text held a secret; says the same without it."""


def redacted(error: BaseException) -> RedactedError:
    """What stands for an error and all that it came from."""
    lines = [f"{type(link).__name__}: {redact(str(link))}" for link in chain_of(error)]
    return RedactedError("\ncaused by ".join(dict.fromkeys(lines)))


def redact_known_bytes(data: bytes) -> bytes:
    """The bytes of a text that is to be kept, as `redact_known_values` has it; any other bytes as they are."""
    pattern = _known().in_data
    text = data.decode("utf-8", "surrogateescape")
    if pattern is None or not pattern.search(text):
        return data
    return pattern.sub(HIDDEN, text).encode("utf-8", "surrogateescape")


@dataclass(frozen=True)
class _Known:
    """What this process knows: a pattern for messages, one for data, and every spelling, the longest first."""

    any: re.Pattern[str] | None
    in_data: re.Pattern[str] | None
    spellings: tuple[str, ...]


def _known() -> _Known:
    return _compiled(frozenset(os.environ.items()), frozenset(_remembered))


@functools.lru_cache(maxsize=4)
def _compiled(environment: frozenset[tuple[str, str]], remembered: frozenset[str]) -> _Known:
    secrets = set(remembered)
    for name, value in environment:
        secrets.update(_of_variable(name, value))
    spelt = {spelling for secret in secrets for spelling in _spellings(secret) if len(spelling) >= _SHORTEST}
    longest_first = tuple(sorted(spelt, key=len, reverse=True))
    in_data = [spelling for spelling in longest_first if len(spelling) >= _IN_DATA and not spelling.isalpha()]
    return _Known(_any_of(longest_first), _any_of(in_data), longest_first)


def _any_of(spellings: Sequence[str]) -> re.Pattern[str] | None:
    """Finds any of them; one that could be a word only where it stands by itself: not `postgres` in `postgresql`."""
    texts = [
        rf"(?<![A-Za-z0-9]){re.escape(spelling)}(?![A-Za-z0-9])"
        if spelling.isalnum() and len(spelling) < _IN_DATA
        else re.escape(spelling)
        for spelling in spellings
    ]
    return re.compile("|".join(texts)) if texts else None


def _of_variable(name: str, value: str) -> Iterator[str]:
    if _SECRET_VARIABLE.search(name) and not _NO_SECRET_VARIABLE.search(name) and "://" not in value:
        yield value.strip()
        yield value
    if "://" in value:
        yield from _of_url(value)
    else:
        yield from _of_dsn(value)


def _of_dsn(text: str) -> Iterator[str]:
    """Of pairs such as ``host=h password=p``: libpq's, and ODBC's, which puts what it likes into braces."""
    for match in re.finditer(rf"{_NAME}\s*=\s*('(?:[^'\\]|\\.)*'|\{{(?:[^}}]|}}}})*\}}|[^\s;&]+)", text, re.IGNORECASE):
        value = match[1].strip("'")
        yield value
        yield re.sub(r"\\(.)", r"\1", value)
        if value.startswith("{"):
            yield value[1:-1].replace("}}", "}")


def _of_url(url: str) -> Iterator[str]:
    before_path = re.sub(r"^[^:]*://", "", url)
    userinfo = re.match(r"(?:[^/?#]*@|[^:/?#@]*:[^@]*@)", before_path)
    if userinfo:
        user, _, password = userinfo[0][:-1].partition(":")
        yield from {password, unquote(password)} if password else {user, unquote(user)}
        for pair in {f"{user}:{password}", f"{unquote(user)}:{unquote(password)}"}:
            yield base64.b64encode(pair.encode("utf-8", "surrogateescape")).decode()  # RFC 7617
    try:
        query = urlsplit(url).query
    except ValueError:
        return
    for pair in query.split("&"):
        name, value = (unquote_plus(part) for part in pair.partition("=")[::2])
        if _SECRET_PARAMETER.fullmatch(name) or (name.lower() in _KEYS and len(value) >= _KEY_LENGTH):
            yield from {value, unquote(pair.partition("=")[2])}  # some servers read a plus sign as it is
        yield from _of_dsn(value)


def _spellings(secret: str) -> set[str]:
    """A secret as URLs, JSON and Python's ``repr`` write it."""
    quoted = {quote(secret), quote(secret, safe=""), quote_plus(secret)}
    lower = {re.sub(r"%[0-9A-F]{2}", lambda code: code[0].lower(), spelling) for spelling in quoted}
    escaped = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}
    slashed = {spelling.replace("/", "\\/") for spelling in escaped}
    return (
        {secret}
        | quoted
        | lower
        | escaped
        | slashed
        | {quote(spelling, safe="") for spelling in quoted}
        | {html.escape(secret)}
    )
