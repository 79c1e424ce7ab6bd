"""Who asks: the address, the browser and the server that somebody's requests come from and go to.

What belongs here: the visitor behind a customer's number, and strangers. What does not: what they ask for
(``journeys``, ``bots``).
"""

import ipaddress
import random
from dataclasses import dataclass
from typing import Final

from data_platform.simulator.chance import generator
from data_platform.simulator.shop.campaigns import DEVICES, MARKETS
from data_platform.simulator.shop.places import COUNTRIES

SERVERS: Final = 3

_FIRST_ADDRESS: Final = int(ipaddress.IPv4Address("198.18.0.0"))
_ADDRESSES_A_MARKET: Final = 1 << 14
_IPV6_SHARE: Final = 0.18
_RETURNING_SHARE: Final = 0.35
_HTTP2_SHARE: Final = 0.7

_WEBKIT: Final = "AppleWebKit/537.36 (KHTML, like Gecko)"
_SAFARI: Final = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
_AGENTS: Final = {
    "mobile": (
        f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) {_SAFARI} Version/18.6 Mobile/15E148 Safari/604.1",
        f"Mozilla/5.0 (Linux; Android 10; K) {_WEBKIT} Chrome/142.0.0.0 Mobile Safari/537.36",
        f"Mozilla/5.0 (Linux; Android 10; K) {_WEBKIT} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
        "Mozilla/5.0 (Android 15; Mobile; rv:144.0) Gecko/144.0 Firefox/144.0",
    ),
    "desktop": (
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/142.0.0.0 Safari/537.36",
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
        f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_WEBKIT} Chrome/141.0.0.0 Safari/537.36",
        f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_SAFARI} Version/18.6 Safari/605.1.15",
        "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
        'Mozilla/5.0 (X11; Linux x86_64) "Living Room" Gecko/20100101 Firefox/128.0',
    ),
}
_SHARES: Final = {"mobile": (46, 38, 10, 6), "desktop": (44, 16, 17, 12, 10, 1)}
_MARKET_SHARES: Final = tuple(COUNTRIES[market].share for market in MARKETS)
_CODES: Final = {text.upper(): code for code, country in COUNTRIES.items() for text in (code, country.name)}


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever sends requests.

    Attributes:
        client: IPv4 or IPv6 address.
        agent: What it says that it is, as sent.
        server: The one of the `SERVERS` that answers it, from 0.
        protocol: Of its requests.
        returning: Whether its browser has the shop's static files already.
    """

    client: str
    agent: str
    server: int
    protocol: str = "HTTP/1.1"
    returning: bool = False


def customer(seed: int, number: int, country: str) -> Visitor:
    """A customer's browser: the same one, from the same address, on every visit.

    Args:
        seed: The shop's seed.
        number: The customer's number.
        country: Where the customer lives, as typed: a code or an English name.
    """
    chance = generator(seed, "browser of", number)
    return _visitor(chance, _CODES[country.strip().upper()], chance.choice(DEVICES))


def stranger(chance: random.Random, market: str | None = None, device: str | None = None) -> Visitor:
    """Somebody of a market, with a device; whichever where it is None."""
    market = market or chance.choices(MARKETS, _MARKET_SHARES)[0]
    return _visitor(chance, market, device or chance.choice(DEVICES))


def machine(chance: random.Random, agent: str, *, host: int | None = None) -> Visitor:
    """A program somewhere, with an address outside of every market; one and the same for the same `host`."""
    place = chance.randrange(_ADDRESSES_A_MARKET) if host is None else host
    return Visitor(_ipv4(len(MARKETS), place), agent, chance.randrange(SERVERS))


def _visitor(chance: random.Random, market: str, device: str) -> Visitor:
    place = MARKETS.index(market)
    draws = [chance.random() for _ in range(3)]
    client = _ipv6(place, chance) if draws[0] < _IPV6_SHARE else _ipv4(place, chance.randrange(_ADDRESSES_A_MARKET))
    agent = chance.choices(_AGENTS[device], _SHARES[device])[0]
    protocol = "HTTP/2.0" if draws[1] < _HTTP2_SHARE else "HTTP/1.1"
    return Visitor(client, agent, chance.randrange(SERVERS), protocol, draws[2] < _RETURNING_SHARE)


def _ipv4(block: int, place: int) -> str:
    number = _FIRST_ADDRESS + block * _ADDRESSES_A_MARKET + place
    return f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def _ipv6(block: int, chance: random.Random) -> str:
    words = [chance.getrandbits(16) for _ in range(3)]
    return f"2001:db8:{block + 1:x}:{words[0]:x}::{words[1]:x}:{words[2]:x}"
