"""Bytes of a log as text, losslessly.

What belongs here: what becomes of bytes that are not UTF-8, of NUL and of escapes. What does not: where a field ends.
"""


def text(raw: bytes) -> str:
    r"""The text that bytes are. A byte that is not of valid UTF-8, and NUL, becomes `\xhh`, as servers do."""
    return raw.decode("utf-8", "backslashreplace").replace("\0", r"\x00")


def unescaped(quoted: bytes) -> str:
    r"""The text between two quotes: `\"` and `\\` are unescaped; other escapes (`\n`, `\x16`) stay as they stand."""
    if b"\\" in quoted:
        quoted = b"\\".join(part.replace(rb"\"", b'"') for part in quoted.split(rb"\\"))
    return text(quoted)
