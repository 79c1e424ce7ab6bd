"""What ``defs.yaml`` of a source says of columns, days, lateness and laptops: the parts of ``spec``.

What belongs here: one model a part, with its own bounds. What does not: what has to go together (``spec``).

Bounds are validators rather than pydantic's constraints, so that what is wrong is said in words of ours.
"""

import re
from datetime import time
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from data_platform.storage.errors import InvalidFrame
from data_platform.storage.formats.column_types import parse_type

MOST_DAYS: Final = 3660
MOST_LATE_DAYS: Final = 31

_TIME: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


class ColumnSpec(BaseModel):
    """One column of the raw table."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(
        description="As SQL, Arrow or Delta call it: string, int64, decimal(12, 2), date, timestamp (UTC) …"
    )
    source: str | None = Field(default=None, description="What the source calls it. Left out: the same name.")
    description: str = Field(default="", description="What it means.")
    optional: bool = Field(default=False, description="Whether a delivery may lack it; it is null then.")

    @model_validator(mode="before")
    @classmethod
    def _a_type_alone(cls, value: object) -> object:
        return {"type": value} if isinstance(value, str) else value

    @field_validator("type")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            parse_type(value)
        except InvalidFrame as error:
            raise ValueError(str(error)) from None
        return value


class PartitionSpec(BaseModel):
    """The day that a row belongs to: the UTC date of one of its columns."""

    model_config = ConfigDict(extra="forbid")

    column: str = Field(description="A column with dates or times, of the table, of its parent, or of the files.")
    parent: str | None = Field(
        default=None, description="The table that has the column, where a row belongs to the day of another row."
    )
    join: list[str] = Field(
        default_factory=list,
        description="The columns, called alike in both tables, that say which row of the parent it is.",
    )

    late_days: int = Field(
        default=0,
        description="Of files: how many days before its own a file may still have rows of. Each is of the day in "
        "column then, and one of any other day, or of none, of its file's day.",
    )

    @field_validator("late_days")
    @classmethod
    def _few_days(cls, value: int) -> int:
        if not 0 <= value <= MOST_LATE_DAYS:
            raise ValueError(f"write a number of days from 1 to {MOST_LATE_DAYS}")
        return value

    @model_validator(mode="after")
    def _both_or_neither(self) -> "PartitionSpec":
        if (self.parent is None) != (not self.join):
            raise ValueError("parent and join go together: parent: orders, join: [order_id]")
        return self


class LateSpec(BaseModel):
    """From when on a delivery that is not there is late, and asked for again."""

    model_config = ConfigDict(extra="forbid")

    due: str = Field(default="02:00", description="The time of day, UTC, from which on the newest delivery is there.")
    days_after: int = Field(
        default=1, description="How many days after a day its delivery is due; 0: on the very day. Only with days."
    )
    kept_days: int | None = Field(
        default=None,
        description="For how many days the source still has a delivery, and is asked for it. Left out: as "
        "restated_days, at least one.",
    )

    @field_validator("due")
    @classmethod
    def _a_time(cls, value: str) -> str:
        if not _TIME.fullmatch(value):
            raise ValueError('write a time of day in quotes, such as "02:15"; it is UTC')
        return value

    @field_validator("days_after", "kept_days")
    @classmethod
    def _some_days(cls, value: int | None) -> int | None:
        if value is not None and not 0 <= value <= MOST_DAYS:
            raise ValueError(f"write a number of days from 0 to {MOST_DAYS}")
        return value

    @property
    def at(self) -> time:
        """The time of day."""
        return time.fromisoformat(self.due)


class LaptopSpec(BaseModel):
    """What stands in for the source on a laptop, where its variable is not set."""

    model_config = ConfigDict(extra="forbid")

    simulator: str = Field(
        description="Of a database the file that the project's simulator keeps in the state folder; of files and a "
        "server the path below the simulator's address.",
        examples=["shop.sqlite", "/files"],
    )
    past_days: int = Field(default=0, description="How many past days a fresh laptop takes from it.")
