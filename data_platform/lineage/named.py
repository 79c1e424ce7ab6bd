"""Which products a query names, without parsing it: a thousand queries in the time that parsing takes for ten.

What belongs here: names as tokens of the text. What does not: what is done with them (``reading``). The answer is the
parser's, or none: whatever could mean something else than it looks like is left to the parser.
"""

import re
from collections.abc import Container
from typing import Final

_SKIPPED: Final = re.compile(r"--[^\n]*|'(?:[^']|'')*'")
"""A comment to the end of the line; a text."""

_ODD: Final = ("/*", "$$", '""', "`", "\\", "[[", '&"')
_PREFIXED: Final = re.compile(r"\b[exbnu]&?'", re.IGNORECASE)
_TAGGED: Final = re.compile(r"\$\w+\$")
_SPACED: Final = re.compile(r"\s\.")

_NAME: Final = re.compile(r'(\.\s*)?(?<![\w"])("?)([a-z_]\w*)\2\.\s*("?)([a-z_]\w*)\4(?![\w"])')


def products_named(sql: str, known: Container[str]) -> frozenset[str] | None:
    """The products that a query names, of those that are known.

    Args:
        sql: The text.
        known: The products, ``domain.name`` in lower case.

    Returns:
        Those that it names, in lower case; ``None`` where only the parser can tell: odd quoting, or a domain's name
        that is also an alias.
    """
    if _is_tricky(sql):
        return None
    text = _SKIPPED.sub(" ", sql).lower()
    if "'" in text or _SPACED.search(text):
        return None
    mentions = [(domain, f"{domain}.{name}", after) for after, _, domain, _, name in _NAME.findall(text)]
    named = frozenset(name for _, name, _ in mentions if name in known)
    if any(after and name in known for _, name, after in mentions):
        return None
    domains = [domain for domain, *_ in mentions]
    for domain in {name.partition(".")[0] for name in named}:
        # Most often the word stands nowhere else, and counting is much cheaper than looking closer.
        if text.count(domain) != domains.count(domain) and _stands_alone(domain, text):
            return None
    return named


def _is_tricky(sql: str) -> bool:
    """Whether there may be comments that nest, texts and names with escapes, or quotes of other dialects."""
    return bool(
        any(token in sql for token in _ODD)
        or ("'" in sql and _PREFIXED.search(sql))
        or (sql.count("$") > 1 and _TAGGED.search(sql))
    )


def _stands_alone(word: str, text: str) -> bool:
    """Whether a word is in a text other than before a dot."""
    return re.search(rf'\b{word}\b(?!"?\s*\.)', text) is not None
