"""What a user may set about the logs, read from the environment once a process.

What belongs here: names, defaults, reading. What does not: secrets' values, which are read where they are used.
"""

import os
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

LANDING_VARIABLE: Final = "DATA_PLATFORM_LOGS_LANDING"
"""Where log files arrive, below the store."""

ZONE_VARIABLE: Final = "DATA_PLATFORM_LOGS_TIME_ZONE"
"""IANA zone in which a line has its date. Changing it makes every date anew."""

SETTLE_VARIABLE: Final = "DATA_PLATFORM_LOGS_SETTLE_SECONDS"
"""A file is read when it has not changed for so long, or when there is a `<file>.complete` beside it."""

REJECTED_VARIABLE: Final = "DATA_PLATFORM_LOGS_REJECTED_SHARE"
"""A date of which more than this share of the lines is unreadable is not published."""

_DEFAULTS: Final = {LANDING_VARIABLE: "logs/landing", ZONE_VARIABLE: "UTC"}


@dataclass(frozen=True, slots=True)
class LogSettings:
    """The settings.

    Attributes:
        landing: Path below the store, without slashes around it.
        zone: In which a line has its date.
        settle: How long a file must not have changed before it is read.
        rejected_share: The largest share of unreadable lines that a date may have, 0 to 1.
    """

    landing: str
    zone: ZoneInfo
    settle: timedelta
    rejected_share: float


def settings() -> LogSettings:
    """Read the environment.

    Raises:
        ValueError: A variable has a value that cannot be used; the message names it.
    """
    landing = (os.environ.get(LANDING_VARIABLE) or _DEFAULTS[LANDING_VARIABLE]).strip("/")
    if not landing or any(part in {"", ".", ".."} for part in landing.split("/")):
        raise ValueError(f"{LANDING_VARIABLE}={landing!r} is no path below the store; write one such as logs/landing")
    name = os.environ.get(ZONE_VARIABLE) or _DEFAULTS[ZONE_VARIABLE]
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"{ZONE_VARIABLE}={name!r} is no IANA time zone; write one such as Europe/Berlin") from None
    return LogSettings(
        landing,
        zone,
        timedelta(seconds=_number(SETTLE_VARIABLE, 10.0, 86_400.0)),
        _number(REJECTED_VARIABLE, 0.05, 1.0),
    )


def _number(name: str, default: float, largest: float) -> float:
    text = os.environ.get(name)
    try:
        value = float(text) if text else default
    except ValueError:
        value = -1.0
    if not 0 <= value <= largest:
        raise ValueError(f"{name}={text!r} is no number from 0 to {largest:g}")
    return value
