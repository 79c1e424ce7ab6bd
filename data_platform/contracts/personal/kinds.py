"""Single kinds of personal values: what a text has to look like to be one.

What belongs here: one predicate a kind. What does not: how many of a column's values have to be (``judging``).

Numbers with check digits are judged by python-stdnum, by the rules of whoever issues them; a random number passes one
of them at most one time in eight, so a column of other numbers does not pass as a whole.
"""

import importlib
import ipaddress
import re
from functools import cache
from typing import Any, Final

from data_platform.contracts.personal.words import FIRST_NAMES

_MAIL: Final = re.compile(r"[^\s@<>(),;:\"\[\]]+@[^\s@<>(),;:\"\[\]]+\.[^\W\d_]{2,}")
_IBAN: Final = re.compile(r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{2,4}){3,8}\b")
_PHONE: Final = re.compile(r"(?:\+|00|0|\()[0-9][0-9()\s./-]{4,20}[0-9]")
_DATE: Final = re.compile(r"[0-9]{1,4}[-./][0-9]{1,2}[-./][0-9]{1,4}")
_SSN: Final = re.compile(r"[0-9]{3}-[0-9]{2}-[0-9]{4}")
_NINO: Final = re.compile(r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?: ?[0-9]{2}){3} ?[A-D]")
_STREET: Final = re.compile(
    r"\b[0-9]+[a-z]?,? (?:[\w.'-]+ ){1,4}(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|court|way|boulevard|"
    r"blvd|square|place|terrace|close)\b|"
    r"\w(?:straße|strasse|str\.|weg|gasse|allee|platz|ufer|straat|laan|gatan|gade|vej) ?[0-9]+|"
    r"\b[0-9]+,? ?(?:bis|ter)?,? (?:rue|avenue|boulevard|chemin|impasse|allée|place|quai) |"
    r"\b(?:via|viale|piazza|corso|calle|avenida|plaza|rua|ulica|ul\.|ulitsa) [^,0-9]{2,40},? ?(?:n\.?|nº|no\.)? ?"
    r"[0-9]+",
    re.IGNORECASE,
)
_TITLES: Final = frozenset(
    {"dr", "prof", "mr", "mrs", "ms", "miss", "herr", "frau", "mme", "mlle", "sr", "sra", "jr", "ii"}
)
_SPLIT: Final = re.compile("[\\s.,'`\u2018\u2019-]+")
_NUMBERED: Final = re.compile(r"[\s,(#-]+[0-9]+\)?$")
"""What tells two of the same name apart."""
_MOST_WORDS: Final = 5
_LONGEST_NAME: Final = 60
_ISSUERS: Final = (
    "at.vnr", "be.nn", "bg.egn", "br.cpf", "ch.ssn", "cn.ric", "cz.rc", "de.idnr", "dk.cpr", "ee.ik", "es.dni",
    "es.nie", "fi.hetu", "fr.nir", "gb.nhs", "gr.amka", "hr.oib", "in_.aadhaar", "is_.kennitala",
    "it.codicefiscale", "kr.rrn", "lt.asmens", "mx.curp", "nl.bsn", "no.fodselsnummer", "pl.pesel", "ro.cnp",
    "se.personnummer", "si.emso", "tr.tckimlik",
)  # fmt: skip
"""Modules of python-stdnum for numbers that stand for one person."""


def has_mail(text: str) -> bool:
    """Whether an e-mail address is in it, by its shape (RFC 5322 allows more than anybody has)."""
    return "@" in text and _MAIL.search(text) is not None


def has_iban(text: str) -> bool:
    """Whether an IBAN with the right check digits is in it (ISO 13616)."""
    return any(_stdnum("iban").is_valid(match[0]) for match in _IBAN.finditer(text.upper()))


def is_phone(text: str) -> bool:
    """Whether it is a telephone number as people write it: with a plus, a leading zero or brackets; and no date."""
    digits = sum(character.isdigit() for character in text)
    plain = text.strip()
    marked = plain.startswith("+") or not plain.isdigit()
    return marked and 7 <= digits <= 15 and bool(_PHONE.fullmatch(plain)) and not _DATE.fullmatch(plain)  # noqa: PLR2004


def is_ip(text: str) -> bool:
    """Whether it is an IPv4 or IPv6 address, whole."""
    if text.count(".") != 3 and ":" not in text:  # noqa: PLR2004 - four parts; a mere number would do for ipaddress
        return False
    try:
        ipaddress.ip_address(text.strip())
    except ValueError:
        return False
    return True


def is_card(text: str) -> bool:
    """Whether it is a payment card's number: 13 to 19 digits with Luhn's check digit (ISO/IEC 7812)."""
    digits = re.sub(r"[ -]", "", text.strip())
    right = digits.isdecimal() and 13 <= len(digits) <= 19 and digits[0] in "23456"  # noqa: PLR2004
    return right and bool(_stdnum("luhn").is_valid(digits))


def is_national_id(text: str) -> tuple[str, ...]:
    """The issuers by whose rules it is a number of a person; a column is of one kind if all of it is of one issuer."""
    plain = text.strip()
    if not 8 <= len(plain) <= 24 or sum(character.isdigit() for character in plain) < 5:  # noqa: PLR2004
        return ()
    issuers = [name for name in _ISSUERS if _stdnum(name).is_valid(plain)]
    if _SSN.fullmatch(plain) and _stdnum("us.ssn").is_valid(plain):
        issuers.append("us.ssn")
    return (*issuers, *(["gb.nino"] if _NINO.fullmatch(plain.upper()) else []))


def has_street(text: str) -> bool:
    """Whether a street with a house number is in it, as several languages write it."""
    return any(character.isdigit() for character in text) and _STREET.search(text) is not None


def is_like_a_name(text: str) -> bool:
    """Whether it could be what a person is called: one to five words of letters, with capitals where there are any."""
    plain = _NUMBERED.sub("", text.strip())
    if (
        not plain
        or len(plain) > _LONGEST_NAME
        or any(character.isdigit() or character in "_/@:;!?%&+=<>()[]{}" for character in plain)
    ):
        return False
    words = [word for word in _SPLIT.split(plain) if word and word.lower() not in _TITLES]
    if not 1 <= len(words) <= _MOST_WORDS or not all(_is_letters(word) for word in words):
        return False
    lower = [word for word in words if word[0].islower()]
    # All in small letters: two words or more (``ann smith``). Else small ones are particles (``van der Berg``).
    return len(words) > 1 if len(lower) == len(words) else all(len(word) <= 3 for word in lower)  # noqa: PLR2004


def has_first_name(text: str) -> bool:
    """Whether one of its words is a common first name."""
    return any(word in FIRST_NAMES for word in _SPLIT.split(text.strip().lower()))


def looks_like_a_person(text: str) -> bool:
    """Whether it stands for one person whatever it is the name of: an address, a number, a first and last name."""
    whole = is_like_a_name(text) and words_in(text) > 1 and has_first_name(text)
    return has_mail(text) or has_iban(text) or is_phone(text) or is_ip(text) or whole


def words_in(text: str) -> int:
    """How many words it has."""
    return len([word for word in _SPLIT.split(text.strip()) if word])


def _is_letters(word: str) -> bool:
    return all(character.isalpha() or not character.isascii() for character in word)


@cache
def _stdnum(name: str) -> Any:
    return importlib.import_module(f"stdnum.{name}")
