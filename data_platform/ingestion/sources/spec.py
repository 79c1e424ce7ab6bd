"""What ``defs.yaml`` of a source may say, all of it.

What belongs here: the attributes, as ``dg check yaml`` and editors know them, and what is wrong with their values. What
does not: where a source is (``where``), the file with its lines (``products.source_file``), and reading a source.

Bounds are validators rather than pydantic's constraints, so that what is wrong is said in words of ours.
"""

import re
from collections.abc import Mapping
from datetime import time
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from data_platform.ingestion.sources.addresses import holds_secret
from data_platform.ingestion.sources.where import FilesWhere, HttpWhere, RestWhere, SqlWhere
from data_platform.storage.errors import InvalidFrame
from data_platform.storage.formats.column_types import parse_type

MOST_DAYS: Final = 3660
ADDED: Final = ("_source", "_taken_at")
"""Columns that ingestion adds, so that no source's column can be called so."""

DAY: Final = "day"
"""... and the one that it adds where there are days."""

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
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

    column: str = Field(description="A column with dates or times, of the table or of its parent.")
    parent: str | None = Field(
        default=None, description="The table that has the column, where a row belongs to the day of another row."
    )
    join: list[str] = Field(
        default_factory=list,
        description="The columns, called alike in both tables, that say which row of the parent it is.",
    )

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


class SourceSpec(BaseModel):
    """The attributes of a source."""

    model_config = ConfigDict(extra="forbid")

    source: Annotated[SqlWhere | FilesWhere | HttpWhere | RestWhere, Field(discriminator="type")] = Field(
        description="Where the rows are: a table of a database, files, a file by HTTP, or the pages of an API."
    )
    columns: dict[str, ColumnSpec] = Field(
        description="The columns of the raw table by name: a type, or type, source and description."
    )
    key: list[str] = Field(default_factory=list, description="The columns that tell rows apart; checked.")
    cursor: str | None = Field(
        default=None,
        description="Of a table: the column that every change of a row raises, such as updated_at. With it, what did "
        "not move is not read. Left out: rows are read to see whether they moved.",
    )
    partition: PartitionSpec | None = Field(
        default=None, description="Of a table: what makes it one of UTC days. Files have {day} in their address."
    )
    restated_days: int | None = Field(
        default=None,
        description="For how many days after its day the source may still change a day; needed where there are days. "
        "Products look back as far.",
    )
    late: LateSpec = Field(default_factory=LateSpec, description="When a delivery is late.")
    empty: Literal["refused", "allowed"] = Field(
        default="refused", description="What a delivery without a row means: a mistake, or that there was nothing."
    )
    least_rows: int | None = Field(
        default=None, description="A delivery of fewer rows is refused; of each day, where there are days."
    )
    leave_out: list[str] = Field(
        default_factory=list,
        description="Columns of the source that are neither read nor told as new, such as personal data.",
    )
    taken_with: str | None = Field(
        default=None,
        description="Another source of the domain, in whose run and at whose time it is taken.",
        examples=["raw_orders"],
    )
    landing: str | None = Field(
        default=None,
        description="The folder below <store>/<domain>/landing, where it is not the source's name without raw_.",
    )
    pool: str | None = Field(default=None, description="The concurrency pool. Left out: one for each address.")
    laptop: LaptopSpec | None = Field(default=None, description="What stands in for it on a laptop.")

    @field_validator("columns")
    @classmethod
    def _some_columns(cls, value: Mapping[str, ColumnSpec]) -> Mapping[str, ColumnSpec]:
        if not value:
            raise ValueError("name at least one column, with its type: order_id: int64")
        for name in value:
            if name in ADDED or not _NAME.fullmatch(name):
                raise ValueError(
                    f"{name!r} can be no column: write letters, digits and _, and none of {', '.join(ADDED)}; what the "
                    "source calls it goes under source"
                )
        return value

    @field_validator("landing")
    @classmethod
    def _one_folder(cls, value: str | None) -> str | None:
        if value is not None and not _NAME.fullmatch(value):
            raise ValueError("write one folder's name of letters, digits and _")
        return value

    @field_validator("restated_days", "least_rows")
    @classmethod
    def _no_less_than_none(cls, value: int | None) -> int | None:
        if value is not None and value < 0:
            raise ValueError("write a whole number from 0")
        return value

    @property
    def daily(self) -> bool:
        """Whether it has a delivery a day."""
        return self.partition is not None or getattr(self.source, "daily", False)

    @property
    def reader(self) -> str | None:
        """What reads a format of one's own: ``module.function``."""
        return getattr(self.source, "reader", None)

    @property
    def kept_days(self) -> int:
        """For how many days the source is asked for a day."""
        kept = self.late.kept_days if self.late.kept_days is not None else self.restated_days
        return max(kept or 0, 1)

    def problems(self) -> list[tuple[tuple[str, ...], str, str]]:
        """What does not go together: the attribute's path, what is wrong, and what to write."""
        return [problem for check in (_days, _names, _of_tables, _secrets) for problem in check(self)]

    def source_name(self, column: str) -> str:
        """What the source calls a column."""
        return self.columns[column].source or column


_Problem = tuple[tuple[str, ...], str, str]


def _days(spec: SourceSpec) -> list[_Problem]:
    if spec.daily and spec.restated_days is None:
        what = "nothing says for how many days the source may change a day"
        return [(("restated_days",), what, "add restated_days: 30, or as many as it is; 0 where a day never changes")]
    if not spec.daily and spec.restated_days is not None:
        what = "without days nothing is restated by day: the whole is taken again whenever it moved"
        fix = "take restated_days out, or add partition: with the column that has the day, or {day} in the address"
        return [(("restated_days",), what, fix)]
    return []


def _names(spec: SourceSpec) -> list[_Problem]:
    known = ", ".join(spec.columns)
    problems: list[_Problem] = []
    if spec.daily and DAY in spec.columns:
        what, fix = "the partition is called so", f"call it otherwise, as in source_{DAY}: {{type: …, source: {DAY}}}"
        problems.append((("columns", DAY), what, fix))
    problems += [
        (("key",), f"the key's {name} is none of the columns", f"write one of {known}, or add it to columns")
        for name in spec.key
        if name not in spec.columns
    ]
    if spec.cursor is not None and spec.cursor not in spec.columns:
        problems.append((("cursor",), f"{spec.cursor} is none of the columns", f"write one of {known}"))
    both = sorted({spec.source_name(name) for name in spec.columns} & set(spec.leave_out))
    problems += [
        (("leave_out",), f"{name} is left out and is one of the columns too", "take it out of one of them")
        for name in both
    ]
    return problems


def _of_tables(spec: SourceSpec) -> list[_Problem]:
    if isinstance(spec.source, SqlWhere):
        return []
    problems: list[_Problem] = []
    if spec.partition is not None:
        fix = "take it out, and write {day} in the address where the date is, such as orders_{day}.csv"
        problems.append((("partition",), "only a table has its days in a column", fix))
    if spec.cursor is not None:
        fix = "take it out: files are known by their marks, and what did not move is not read"
        problems.append((("cursor",), "only a table has a cursor", fix))
    return problems


def _secrets(spec: SourceSpec) -> list[_Problem]:
    if holds_secret(f"https://host/{getattr(spec.source, 'path', '')}"):
        fix = "put the whole address into the variable of url, and leave path out; a bearer token goes into token"
        return [(("source", "path"), "a password or token may stand in no file", fix)]
    return []


def attributes_of(spec: SourceSpec) -> dict[str, Any]:
    """The attributes as ``defs.yaml`` has them: without defaults, and types alone where that is all."""
    said = spec.model_dump(exclude_defaults=True)
    said["source"] = {"type": spec.source.type, **said["source"]}
    columns = {
        name: column["type"] if list(column) == ["type"] else column for name, column in said.pop("columns").items()
    }
    return {**said, "columns": columns}
