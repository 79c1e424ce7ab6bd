"""Personal data judged by names and values: what is, what is not, and what chance does."""

import random
import string
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_platform.contracts.personal.judging import judged, judged_columns
from data_platform.contracts.personal.kinds import has_iban, is_card, is_ip, is_like_a_name, is_phone
from data_platform.contracts.personal.words import sounds_like_people, sounds_personal

CHANCE = random.Random(11)
PERSONAL: dict[str, tuple[str, list[Any], str]] = {
    "mail in a text": ("note", ["call ann@example.org", "none", "ok"], "e-mail"),
    "iban": ("account", ["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432"], "IBAN"),
    "phone": ("reach", ["+49 30 1234567", "030/1234-567", "(555) 123-4567"], "telephone"),
    "ip": ("source", ["10.1.2.3", "fe80::1"], "IP"),
    "card": ("paid_with", ["4111 1111 1111 1111", "5500005555555559"], "cards"),
    "street": ("place", ["12 Main Street, Springfield", "Hauptstraße 5", "8 rue de la Paix"], "postal"),
    "social security": ("ref", ["123-45-6789", "223-45-6789", "321-54-9876"], "numbers of persons"),
    "dni": ("ref", ["54362315K", "00000000T", "12345678Z"], "numbers of persons"),
    "pesel": ("ref", ["44051401359", "02070803628", "49040501580"], "numbers of persons"),
    "names": ("x", ["Ann Smith", "Peter Meyer", "Maria Rossi", "Kuno Unbekannt"], "names"),
    "surnames of a role": ("manager", ["Meyer", "Schmidt", "van der Berg"], "names"),
    "another alphabet": ("patient", ["王小明", "Иван Петров"], "names"),
    "small letters": ("buyer", ["ann smith", "bob meyer"], "names"),
    "surname first": ("employee", ["SMITH, ANN", "O'BRIEN, SAM", "Dr. Meyer, Eva"], "names"),
    "born": ("born", ["1980-01-02", "1990-03-04"], "birth"),
    "in JSON": ("payload", ['{"user": {"nom": "Jean Dupont"}}', '{"user": null}'], "names"),
    "in lists": ("people", [[{"email": "a@example.org"}], []], "e-mail"),
    "as keys": ("by_person", [{"a@example.org": 1}], "e-mail"),
}
ORDINARY: dict[str, tuple[str, list[Any]]] = {
    "codes": ("sku", ["CMP-0001", "CMP-0002"]),
    "countries": ("country", ["DE", "FR"]),
    "statuses": ("status", ["open", "closed"]),
    "cities": ("city", ["New York", "Paris", "Lyon"]),
    "films": ("title", ["The Matrix", "Blue Velvet", "Up", "Alien"]),
    "things with a name": ("product_name", ["Blue Widget", "Red Widget"]),
    "dates": ("day", ["2026-11-01", "01-02-2026"]),
    "numbers": ("order", [4711, 4712]),
    "versions": ("version", ["1.2.3", "1.2.4"]),
    "ids of people": ("customer_id", ["C1", "C2"]),
    "kinds of people": ("customer_type", ["Retail", "Wholesale"]),
    "release dates": ("released", ["1950-01-01", "1970-05-05", "1999-01-01"]),
    "booleans": ("manager", [True, False]),
    "nothing": ("email", [None, None]),
}  # fmt: skip


@pytest.mark.parametrize("case", PERSONAL)
def test_what_looks_personal_is_judged_so_with_what_it_is(case: str) -> None:
    name, values, kind = PERSONAL[case]
    assert kind in judged({name: values, "id": [1, 2]}).get(name, "nothing")


@pytest.mark.parametrize("case", ORDINARY)
def test_ordinary_values_are_not(case: str) -> None:
    name, values = ORDINARY[case]
    assert judged({name: values}) == {}


def test_dates_long_ago_and_far_apart_are_birthdays_beside_names_only() -> None:
    days = [date(1950, 1, 1), date(1990, 1, 1), date(1970, 5, 5)]
    assert judged({"since": days}) == {}
    assert judged({"since": days, "patient": ["Ann", "Bob", "Eva"]})["since"] == "dates of birth"


def test_a_table_of_arrow_is_judged_by_its_first_rows() -> None:
    table = pa.table({"who": [{"email": "a@b.org"}], "raw": [b"\xff"], "n": [1]})
    assert judged_columns(table) == {"who": "e-mail addresses"}


@pytest.mark.parametrize("length", [8, 9, 10, 11, 12, 13, 15, 16])
def test_numbers_by_chance_are_no_numbers_of_persons_and_no_cards(length: int) -> None:
    values = ["".join(CHANCE.choices(string.digits, k=length)) for _ in range(60)]
    assert judged({"reference": values}) == {}


@given(st.from_regex(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,20}", fullmatch=True))
def test_an_iban_with_one_digit_changed_is_none(text: str) -> None:
    if has_iban(text):
        digit = str((int(text[2]) + 1) % 10)
        assert not has_iban(text[:2] + digit + text[3:])


@given(st.text(max_size=40))
def test_no_text_breaks_a_judgement(text: str) -> None:
    for test in (has_iban, is_phone, is_ip, is_card, is_like_a_name):
        assert test(text) in {True, False}
    assert isinstance(judged({text: [text, [text], {text: text}]}), dict)


@given(st.lists(st.sampled_from(["Ann", "Bob", "Meyer", "Li", "O'Brien", "Ann-Marie"]), min_size=1, max_size=2))
def test_words_of_letters_with_capitals_are_like_a_name_and_with_signs_are_not(words: list[str]) -> None:
    assert is_like_a_name(" ".join(words))
    assert not is_like_a_name("_".join([*words, "x"]))
    assert not is_like_a_name(" ".join(words) + "!")


def test_names_of_columns_tell_by_themselves_or_with_their_values() -> None:
    assert all(map(sounds_personal, ("contactEmail", "ip", "date_of_birth", "Nachname", "telefono")))
    assert not any(map(sounds_personal, ("customer", "shipping", "zipper", "total")))
    assert all(map(sounds_like_people, ("buyer", "Team Manager", "customers", "nom", "name", "customer_name")))
    assert not any(map(sounds_like_people, ("product_name", "total", "campaign")))
