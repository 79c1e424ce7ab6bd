"""The environment variables that set the platform up, each named once, and their defaults.

What belongs here: names, defaults and the reading of plain values. What does not: secrets (they are read where they
are used, from the environment), and anything that opens a file or a connection.
"""

import os
from datetime import date
from typing import Final

from data_platform.confined.memory import size_of

STATE_VARIABLE: Final = "DATA_PLATFORM_STATE"
"""Folder of everything that the laptop keeps: the embedded S3's data, Dagster's storage, generated credentials."""

STORE_VARIABLE: Final = "DATA_PLATFORM_STORE"
"""Store URL: ``s3://bucket/prefix``, ``file:///folder`` or ``memory://name``."""

SIMULATOR_VARIABLE: Final = "DATA_PLATFORM_SIMULATOR_URL"
"""Base URL of the project's simulator, used for every source that has no address or credentials of its own."""

SIMULATE_VARIABLE: Final = "DATA_PLATFORM_SIMULATE"
"""``yes``: the simulator is used for sources that are not set even where the store is one of the user's own."""

SIMULATOR_TOKEN_VARIABLE: Final = "DATA_PLATFORM_SIMULATOR_TOKEN"  # noqa: S105 - a name
"""The token that the simulator asks for; it opens nothing but invented data."""

SIMULATOR_TOKEN: Final = "simulator-token"  # noqa: S105 - guards nothing
"""The simulator's token where the variable is not set."""

DOMAINS_VARIABLE: Final = "DATA_PLATFORM_DOMAINS"
"""The folder of all domains that the commands read, where it is not the project's."""

PROJECT_VARIABLE: Final = "DATA_PLATFORM_PROJECT"
"""The project's folder, where it is not the one that a command runs in; see `project`."""

ALLOWED_HOSTS_VARIABLE: Final = "DATA_PLATFORM_ALLOWED_HOSTS"
"""Names, separated by commas, under which our web pages are reached beside those of this machine itself."""

WEB_ACCESS_VARIABLE: Final = "DATA_PLATFORM_WEB_ACCESS"
"""``user``: our web pages want the token of all but their user's own processes; ``token``: of everybody."""

WEB_TOKEN_VARIABLE: Final = "DATA_PLATFORM_WEB_TOKEN"  # noqa: S105 - the name of the variable, not a token
"""The token of our web pages. Where it is not set, the laptop makes one and keeps it in the state folder."""

START_DATE_VARIABLE: Final = "DATA_PLATFORM_START_DATE"
"""First day of the daily partitions, as ``YYYY-MM-DD``."""

COMMAND_MEMORY_VARIABLE: Final = "DATA_PLATFORM_COMMAND_MEMORY"
"""The most memory of a command of `data-platform`, as DuckDB writes sizes."""

RUN_MEMORY_VARIABLE: Final = "DATA_PLATFORM_RUN_MEMORY"
"""The most memory that a product's step may take on top of what its process has; not set: as much as there is."""

QUERY_SECONDS_VARIABLE: Final = "DATA_PLATFORM_QUERY_SECONDS"
"""The longest that one query of a product, or of a rule, may run."""


def command_memory() -> int:
    """The most memory of a command, in bytes: ``$DATA_PLATFORM_COMMAND_MEMORY``, else 3 GB.

    Raises:
        ValueError: The variable is set and is no size.
    """
    return _size(COMMAND_MEMORY_VARIABLE, "3GB") or 0


def run_memory() -> int | None:
    """The most memory of a product's step, in bytes: ``$DATA_PLATFORM_RUN_MEMORY``, else none.

    Raises:
        ValueError: The variable is set and is no size.
    """
    return _size(RUN_MEMORY_VARIABLE, "")


def query_seconds() -> float:
    """The longest that one query may run: ``$DATA_PLATFORM_QUERY_SECONDS``, else 600.

    Raises:
        ValueError: The variable is set and is no positive number.
    """
    text = os.environ.get(QUERY_SECONDS_VARIABLE) or "600"
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise ValueError(f"{QUERY_SECONDS_VARIABLE}={text!r} is no number of seconds; write one such as 600")
    return seconds


def _size(variable: str, default: str) -> int | None:
    text = os.environ.get(variable) or default
    try:
        return size_of(text) if text else None
    except ValueError as error:
        raise ValueError(f"{variable}: {error}") from None


def start_date() -> date:
    """First day of the daily partitions, UTC: ``$DATA_PLATFORM_START_DATE``, else 2026-11-01.

    Raises:
        ValueError: The variable is set and is no date.
    """
    text = os.environ.get(START_DATE_VARIABLE) or "2026-11-01"
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{START_DATE_VARIABLE}={text!r} is no date; write it as YYYY-MM-DD") from None
