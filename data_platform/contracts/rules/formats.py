"""The named formats of ODCS, as patterns and as ranges.

What belongs here: what a format means. What does not: how it is tested (``kinds.formatted``).

Sources: e-mail as the HTML standard's ``input type=email`` has it (RFC 5322 allows far more than any mail server);
URI RFC 3986 (a scheme and allowed characters); UUID RFC 9562; IPv4 dotted quads without leading zeros; IPv6 RFC 4291
2.2; host name RFC 1123; ``byte`` RFC 4648 section 4. Patterns are RE2, matched against the whole text.
Date patterns: https://docs.oracle.com/javase/8/docs/api/java/time/format/DateTimeFormatter.html
"""

import re
from dataclasses import dataclass
from typing import Final

_HEX: Final = "[0-9A-Fa-f]"
_BYTE: Final = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IPV4: Final = rf"(?:{_BYTE}\.){{3}}{_BYTE}"
_H16: Final = f"{_HEX}{{1,4}}"
_LS32: Final = f"(?:{_H16}:{_H16}|{_IPV4})"
_IPV6: Final = "|".join(
    [
        f"(?:{_H16}:){{6}}{_LS32}",
        f"::(?:{_H16}:){{5}}{_LS32}",
        f"(?:{_H16})?::(?:{_H16}:){{4}}{_LS32}",
        *(f"(?:(?:{_H16}:){{0,{n}}}{_H16})?::(?:{_H16}:){{{3 - n}}}{_LS32}" for n in (1, 2)),
        f"(?:(?:{_H16}:){{0,3}}{_H16})?::{_LS32}",
        f"(?:(?:{_H16}:){{0,4}}{_H16})?::{_LS32}",
        f"(?:(?:{_H16}:){{0,5}}{_H16})?::{_H16}",
        f"(?:(?:{_H16}:){{0,6}}{_H16})?::",
    ]
)
_LABEL: Final = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
TEXT_PATTERNS: Final = {
    "email": rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})*",
    "uri": r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+",
    "uuid": f"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}",
    "ipv4": _IPV4,
    "ipv6": f"(?:{_IPV6})",
    "hostname": rf"{_LABEL}(?:\.{_LABEL})*",
    "byte": "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?",
}
"""What the whole text must match."""

MAX_LENGTHS: Final = {"hostname": 253}

ANNOTATIONS: Final = frozenset({"password", "binary"})
"""Formats that say how a text is meant, and exclude no value."""

FLOATS: Final = {"f32": 3.4028234663852886e38, "f64": None}
"""The largest finite value of the width; ``None``: whatever a column can hold."""

_TOKENS: Final = {
    "yyyy": ("[0-9]{4}", "%Y"), "uuuu": ("[0-9]{4}", "%Y"), "yy": ("[0-9]{2}", "%y"), "MM": ("[0-9]{2}", "%m"),
    "M": ("[0-9]{1,2}", "%m"), "dd": ("[0-9]{2}", "%d"), "d": ("[0-9]{1,2}", "%d"), "HH": ("[0-9]{2}", "%H"),
    "H": ("[0-9]{1,2}", "%H"), "hh": ("[0-9]{2}", "%I"), "mm": ("[0-9]{2}", "%M"), "ss": ("[0-9]{2}", "%S"),
    "SSS": ("[0-9]{3}", "%g"), "SSSSSS": ("[0-9]{6}", "%f"), "a": ("(?:AM|PM)", "%p"),
    "XXX": ("(?:Z|[+-][0-9]{2}:[0-9]{2})", "%z"), "Z": ("[+-][0-9]{4}", "%z"),
}  # fmt: skip
_PIECE: Final = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+")


@dataclass(frozen=True)
class DateFormat:
    """A date format: what the text must look like, and how to read it.

    Attributes:
        pattern: RE2, for the whole text.
        strptime: The format for DuckDB's ``strptime``, which tells the 30th of February from a date.
    """

    pattern: str
    strptime: str


def integer_range(name: str) -> tuple[int, int] | None:
    """Least and greatest value of ``i8`` to ``i128`` and ``u8`` to ``u128``; ``None`` for anything else."""
    match = re.fullmatch("([iu])(8|16|32|64|128)", name)
    if match is None:
        return None
    bits = int(match[2])
    return (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if match[1] == "i" else (0, 2**bits - 1)


def date_format(text: str) -> DateFormat | None:
    """Read a pattern of Java's ``DateTimeFormatter``; ``None`` where a part of it is not known here."""
    pattern, strptime, position = "", "", 0
    for piece in _PIECE.finditer(text):
        if piece.start() != position:
            return None
        position = piece.end()
        quoted = piece[1]
        if quoted is None and piece[2]:
            if piece[0] not in _TOKENS:
                return None
            pattern, strptime = pattern + _TOKENS[piece[0]][0], strptime + _TOKENS[piece[0]][1]
            continue
        literal = piece[0] if quoted is None else quoted.replace("''", "'") or "'"
        pattern, strptime = pattern + re.escape(literal), strptime + literal.replace("%", "%%")
    return DateFormat(pattern, strptime) if position == len(text) and "%" in strptime else None
