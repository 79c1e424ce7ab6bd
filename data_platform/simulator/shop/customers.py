"""The shop's customers: who they are, since when, and when something about them changes.

What belongs here: a customer's facts by number. What does not: what they order (``orders.py``).

Customers are numbered from 1; `A_DAY` new ones sign up every day since `OPENING`, so a number says when.
"""

import random
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

from data_platform.simulator.chance import generator
from data_platform.simulator.shop.places import COUNTRIES, FIRST_NAMES, SURNAMES, filled

OPENING: Final = date(2025, 1, 1)
"""The day on which the shop took its first order."""

A_DAY: Final = 8

_LONGEST_UNTIL_A_CHANGE: Final = 400


@dataclass(frozen=True, slots=True)
class Address:
    """Where something is sent."""

    street: str
    postcode: str
    city: str
    country: str


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer at one moment, as the customer typed it: spaces, cases and country names included.

    Attributes:
        since: When the customer signed up, UTC.
        changed: When the facts changed last, UTC; equal to `since` until they do.
        currency: What the customer pays in, ISO 4217.
    """

    number: int
    name: str
    email: str
    telephone: str | None
    address: Address
    consents: bool
    since: datetime
    changed: datetime
    currency: str


def count_until(day: date) -> int:
    """How many customers had signed up at the end of a day."""
    return max(0, ((day - OPENING).days + 1) * A_DAY)


def customer(seed: int, number: int, moment: datetime) -> Customer:
    """A customer as of a moment, which is not before the customer signed up."""
    return [state for state in states(seed, number) if state.changed <= moment][-1]


@lru_cache(maxsize=32_768)
def states(seed: int, number: int) -> tuple[Customer, ...]:
    """Everything that a customer ever was, the oldest first; most never change."""
    chance = generator(seed, "customer", number)
    code = chance.choices(list(COUNTRIES), [country.share for country in COUNTRIES.values()])[0]
    first, last = chance.choice(FIRST_NAMES), chance.choice(SURNAMES)
    second = timedelta(seconds=(86_400 // A_DAY) * ((number - 1) % A_DAY) + chance.randrange(86_400 // A_DAY))
    since = datetime.combine(OPENING, time(), UTC) + timedelta(days=(number - 1) // A_DAY) + second
    begun = Customer(
        number=number,
        name=_as_typed(f"{first} {last}", chance),
        email=_email(first, last, number, chance),
        telephone=None if chance.random() < 0.2 else filled(COUNTRIES[code].telephone, chance),  # noqa: PLR2004
        address=_address(code, chance),
        consents=chance.random() < 0.6,  # noqa: PLR2004 - a share
        since=since,
        changed=since,
        currency=COUNTRIES[code].currency,
    )
    history = [begun]
    for share, change in ((0.12, "address"), (0.05, "email"), (0.08, "consents")):
        happens, days = chance.random() < share, chance.random() * _LONGEST_UNTIL_A_CHANGE
        if happens:
            history.append(
                _changed(history[-1], change, history[-1].changed + timedelta(seconds=int(days * 86_400)), chance)
            )
    return tuple(history)


def _changed(before: Customer, what: str, moment: datetime, chance: random.Random) -> Customer:
    if what == "address":
        code = next(code for code, c in COUNTRIES.items() if before.address.country.upper() in (code, c.name.upper()))
        return replace(before, changed=moment, address=_address(code, chance))
    if what == "email":
        return replace(before, changed=moment, email=before.email.strip().lower().replace("@", ".new@"))
    return replace(before, changed=moment, consents=not before.consents)


def _address(code: str, chance: random.Random) -> Address:
    country = COUNTRIES[code]
    city, start = chance.choice(country.cities)
    written = chance.choices((code, code.lower(), country.name), (90, 5, 5))[0]
    street = chance.choice(country.streets).format(number=chance.randint(1, 140))
    return Address(street, start + filled(country.postcode, chance), city, written)


def _email(first: str, last: str, number: int, chance: random.Random) -> str:
    plain = "".join(letter for letter in f"{first}.{last}".lower() if letter.isascii() and letter not in " '")
    address = f"{plain}.{number}@example.{chance.choice(('com', 'org', 'net'))}"
    return address.upper() if chance.random() < 0.03 else address  # noqa: PLR2004 - a share


def _as_typed(name: str, chance: random.Random) -> str:
    how = chance.random()
    if how < 0.03:  # noqa: PLR2004 - a share
        return f" {name}  "
    return name.upper() if how < 0.05 else name  # noqa: PLR2004 - a share
