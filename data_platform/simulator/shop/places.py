"""Where the shop's customers live: countries with invented streets, and telephone numbers kept for fiction.

What belongs here: vocabulary by country. What does not: who lives where (``customers.py``).
Numbers: +1 xxx 555 01xx (NANPA), +44 20 7946 0xxx (Ofcom), +49 30 23125 xxx (Bundesnetzagentur), +33 1 99 00 xx xx
(Arcep), +46 8 465 004 xx (PTS).
"""

import random
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Country:
    """What an address of a country looks like.

    Attributes:
        name: Its English name, which some customers have where others have the code.
        share: Of the customers, in parts of all shares.
        currency: ISO 4217.
        cities: Each with the first characters of its postcodes.
        streets: Patterns; ``{number}`` is the house.
        postcode: What follows the first characters; ``#`` is a digit, ``@`` a letter.
        telephone: The same way.
    """

    name: str
    share: int
    currency: str
    cities: tuple[tuple[str, str], ...]
    streets: tuple[str, ...]
    postcode: str
    telephone: str


COUNTRIES: Final[dict[str, Country]] = {
    "DE": Country(
        *("Germany", 30, "EUR"),
        (("München", "80"), ("Köln", "50"), ("Berlin", "10"), ("Düsseldorf", "40"), ("Gießen", "35")),
        ("Lichtspielstraße {number}", "Am Filmgarten {number}", "Hinter den Gärten {number}", "Kinoplatz {number}"),
        *("###", "+49 30 23125 ###"),
    ),
    "FR": Country(
        *("France", 20, "EUR"),
        (("Besançon", "25"), ("Orléans", "45"), ("Nîmes", "30"), ("Lyon", "69")),
        ("{number} rue du Cinématographe", "{number} allée des Projecteurs", "{number} impasse de l'Été"),
        *("###", "+33 1 99 00 ## ##"),
    ),
    "GB": Country(
        *("United Kingdom", 20, "GBP"),
        (("Leeds", "LS"), ("Bristol", "BS"), ("Norwich", "NR"), ("York", "YO")),
        ("{number} Matinee Lane", "{number} Celluloid Road", "Flat 2, {number} Balcony Row"),
        *("## #@@", "+44 20 7946 0###"),
    ),
    "US": Country(
        *("United States", 20, "USD"),
        (("Springfield", "00"), ("Franklin", "00"), ("Clinton", "00")),
        ("{number} Drive-In Ave", "{number} Reel St, Apt 4", "{number} Popcorn Blvd"),
        *("###", "+1 202 555 01##"),
    ),
    "SE": Country(
        *("Sweden", 10, "SEK"),
        (("Malmö", "21"), ("Umeå", "90"), ("Västerås", "72")),
        ("Biografgatan {number}", "Filmvägen {number}"),
        *("# ##", "+46 8 465 004 ##"),
    ),
}
"""By ISO 3166 code."""

FIRST_NAMES: Final = (
    *("Anna", "Björn", "Chloé", "David", "Émile", "Fatima", "Grace", "Håkan", "Ines", "Jürgen", "Karin", "Liam"),
    *("Mia", "Noah", "Océane", "Priya", "Quentin", "Rosa", "Søren", "Thérèse", "Ulrike", "Victor", "Wei", "Zoë"),
)
SURNAMES: Final = (
    *("Ackermann", "Bäcker", "Castle", "Dubois", "Ekström", "Fielding", "Grüner", "Holloway", "Iversen", "Jansson"),
    *("Köhler", "Lefèvre", "Moreau", "Nyström", "O'Leary", "Pfeiffer", "Quinn", "Rößler", "Smith", "Tanner"),
    *("Underhill", "Voß", "Whitaker", "Young", "Zimmermann", "de la Cour"),
)


def filled(pattern: str, chance: random.Random) -> str:
    """A pattern with every ``#`` a digit and every ``@`` a capital letter."""
    kinds = {"#": "0123456789", "@": "ABDEFGHJLNPQRSTUWXYZ"}
    return "".join(chance.choice(kinds[mark]) if mark in kinds else mark for mark in pattern)
