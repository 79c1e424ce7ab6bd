"""What parsing a log gives: the tables of events and of rejected lines, and the reasons for rejecting one.

What belongs here: columns, types, reasons. What does not: how they are read from a line.
"""

from enum import StrEnum
from typing import Final

import pyarrow as pa

EVENTS: Final = pa.schema(
    [
        pa.field("date", pa.date32(), nullable=False),
        pa.field("time", pa.timestamp("us", "UTC"), nullable=False),
        pa.field("client", pa.string(), nullable=False),
        pa.field("identity", pa.string()),
        pa.field("user", pa.string()),
        pa.field("method", pa.string()),
        pa.field("path", pa.string()),
        pa.field("query", pa.string()),
        pa.field("protocol", pa.string()),
        pa.field("status", pa.int16()),
        pa.field("bytes", pa.int64()),
        pa.field("referrer", pa.string()),
        pa.field("agent", pa.string()),
        pa.field("campaign", pa.string()),
        pa.field("bot", pa.bool_(), nullable=False),
        pa.field("extra", pa.string()),
        pa.field("file", pa.string(), nullable=False),
        pa.field("offset", pa.int64(), nullable=False),
    ]
)
"""An event per good line; `file` and `offset` identify it. `careful` says what each column holds."""

REJECTED: Final = pa.schema(
    [
        pa.field("file", pa.string(), nullable=False),
        pa.field("offset", pa.int64(), nullable=False),
        pa.field("line_number", pa.int64()),
        pa.field("raw", pa.binary(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
    ]
)
"""A row per line that is neither an event nor blank; `raw` is its first 64 KiB, without its line end."""

READ: Final = pa.schema([field for field in EVENTS if field.name not in {"campaign", "bot", "file", "offset"}])
"""What one line alone says: an event without what follows from its columns (campaign, bot) and from where it stood."""


class Reason(StrEnum):
    """Why a line is no event: the first thing, from its left, that is missing or wrong. There are no other reasons."""

    TOO_LONG = "longer than 1 MiB"
    NO_TIME = "no time"
    NO_CLIENT = "no client"
    NO_REQUEST = "no request"
    UNCLOSED_QUOTE = "unclosed quote"
    NO_STATUS = "no status"
    BAD_STATUS = "status is not a number of three digits"
    NO_SIZE = "no size"
    BAD_SIZE = "size is not a number"
    LARGE_SIZE = "size is too large"
