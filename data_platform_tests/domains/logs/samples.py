"""Logs as real servers leave them, made up: late lines, lines cut short, records torn by stray newlines.

The shapes are those of public samples (Elastic's `apache_logs`, NASA's of August 1995). Where these lie beside the
checkout, `REAL` names them too, and the tests try them as well.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from data_platform_tests.repository import PROJECT_ROOT

_BESIDE = PROJECT_ROOT.parent / "shared" / "data" / "logs"
_PAGES = ("/", "/film/603", "/genre/drama?page=2", "/images/poster-603.jpg", "/search?q=l%C3%A9on", "/~team/notes")
_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "-",
)


@dataclass(frozen=True)
class Sample:
    """A log and what has to come of it.

    Attributes:
        name: Of its file.
        data: Its bytes.
        good: How many of its lines are events.
        reasons: How many of the others are rejected, by reason.
    """

    name: str
    data: bytes
    good: int
    reasons: dict[str, int] = field(default_factory=dict)

    @property
    def bad(self) -> int:
        return sum(self.reasons.values())


def _time(moment: datetime) -> str:
    return f"{moment:%d/%b/%Y:%H:%M:%S %z}"


def combined(lines: int = 2_000) -> Sample:
    """Combined Log Format over four days, half of the lines earlier than the one before, the last one cut short."""
    chance, begin = random.Random(17), datetime(2026, 5, 17, 10, 5, tzinfo=UTC)
    made = []
    for number in range(lines):
        moment = begin + timedelta(seconds=172 * number - chance.choice((0, 3_600)))
        client = f"198.51.100.{chance.randrange(1, 255)}"
        referrer = chance.choice(("-", "http://shop.example/start", "https://www.google.com/search?q=films"))
        request = f'"GET {chance.choice(_PAGES)} HTTP/1.1" {chance.choice((200, 206, 304, 404))}'
        size = chance.choice(("-", str(chance.randrange(1, 200_000))))
        made.append(f'{client} - - [{_time(moment)}] {request} {size} "{referrer}" "{chance.choice(_AGENTS)}"')
    torn = f'198.51.100.7 - - [{_time(begin + timedelta(days=3))}] "GET /film/60'
    return Sample("combined.log", "\n".join([*made, torn]).encode(), lines, {"unclosed quote": 1})


def common(lines: int = 800) -> Sample:
    """Common Log Format with host names and a zone; every twentieth record is torn by a newline in its request."""
    chance, zone = random.Random(95), timezone(timedelta(hours=-4))
    begin = datetime(1995, 8, 1, 0, 0, 1, tzinfo=zone)
    made, torn = [], 0
    for number in range(lines):
        about = f"host{chance.randrange(90)}.dial.example.net - - [{_time(begin + timedelta(seconds=37 * number))}]"
        size = chance.choice(("0", "-", str(chance.randrange(100, 90_000))))
        if number % 20 == 7:
            torn += 1
            made += [f'{about} "GET /shuttle/miss', f'ions/sts-68/ HTTP/1.0" 200 {size}']
        else:
            made.append(
                f'{about} "GET /images/{chance.choice("abc")}-logo.gif HTTP/1.0" {chance.choice((200, 304))} {size}'
            )
    reasons = {"unclosed quote": torn, "no time": torn}
    return Sample("common.log", ("\n".join(made) + "\n").encode(), lines - torn, reasons)


MADE_UP = [combined(), common()]

_KNOWN: list[tuple[str, int, dict[str, int]]] = [
    ("apache_logs", 9_999, {"unclosed quote": 1}),
    (
        "nasa_aug95_sample.log",
        1_841,
        {
            "no time": 61,
            "unclosed quote": 23,
            "no request": 2,
            "no client": 2,
            "status is not a number of three digits": 1,
        },
    ),
]


def _real(folder: Path) -> list[Sample]:
    present = [known for known in _KNOWN if (folder / known[0]).exists()]
    return [Sample(name, (folder / name).read_bytes(), good, reasons) for name, good, reasons in present]


REAL = _real(_BESIDE)
