"""What ``defs.yaml`` of a source may say, all of it.

What belongs here: the attributes, as ``dg check yaml`` and editors know them, and what does not go together. What does
not: where a source is (``where``), columns and days (``parts``), the file with its lines (``products.source_file``),
and reading a source.
"""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from data_platform.ingestion.sources.addresses import holds_secret
from data_platform.ingestion.sources.parts import ColumnSpec, LaptopSpec, LateSpec, PartitionSpec
from data_platform.ingestion.sources.where import FilesWhere, HttpWhere, RestWhere, SqlWhere, address_problems

ADDED: Final = ("_source", "_taken_at")
"""Columns that ingestion adds, so that no source's column can be called so."""

DAY: Final = "day"
"""... and the one that it adds where there are days."""

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


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
        default=None,
        description="Of a table: what makes it one of UTC days. Files have {day} in their address; with late_days here "
        "each of their rows is of the day that it says.",
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
    def late_days(self) -> int:
        """How many days before its own a file may have rows of."""
        return 0 if self.partition is None else self.partition.late_days

    @property
    def kept_days(self) -> int:
        """For how many days the source is asked for a day."""
        kept = self.late.kept_days if self.late.kept_days is not None else self.restated_days
        return max(kept or 0, 1)

    def problems(self) -> list[tuple[tuple[str, ...], str, str]]:
        """What does not go together: the attribute's path, what is wrong, and what to write."""
        checks = (_days, _names, _of_tables, _secrets, _pool)
        return [*address_problems(self.source), *(problem for check in checks for problem in check(self))]

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
    problems += [
        (("key",), f"the key has {name} twice", "write it once")
        for name, times in Counter(spec.key).items()
        if times > 1
    ]
    small = Counter(name.lower() for name in spec.columns)
    problems += [
        (("columns", name), "another column differs from it by small and capital letters alone", "call it otherwise")
        for name in spec.columns
        if small[name.lower()] > 1 and name != name.lower()
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
        if not spec.late_days:
            return []
        what, fix = "a table's row is of its day whenever it comes", "take it out: late_days is of files"
        return [(("partition", "late_days"), what, fix)]
    problems: list[_Problem] = []
    if spec.cursor is not None:
        fix = "take it out: files are known by their marks, and what did not move is not read"
        problems.append((("cursor",), "only a table has a cursor", fix))
    return problems + _of_late_rows(spec)


def _of_late_rows(spec: SourceSpec) -> list[_Problem]:
    partition, source = spec.partition, spec.source
    if partition is None:
        return []
    if not isinstance(source, FilesWhere) or not partition.late_days or partition.parent is not None:
        what = "only a table has its days in a column, and files whose rows come late"
        fix = (
            "take it out, and write {day} in the address where the date is, such as orders_{day}.csv; files that have "
        )
        return [(("partition",), what, f"{fix}rows of past days too: partition: {{column: event_time, late_days: 3}}")]
    if not source.daily:
        what, fix = (
            "late rows are of files with a date",
            "write {day} in the address where it is, as in events_{day}.csv",
        )
        return [(("partition", "late_days"), what, fix)]
    if source.removed == "gone":
        what = "rows of a past day are taken of what was landed, whether its file is still there or not"
        return [(("source", "removed"), what, "take it out")]
    return []


def _secrets(spec: SourceSpec) -> list[_Problem]:
    if holds_secret(f"https://host/{getattr(spec.source, 'path', '')}"):
        fix = "put the whole address into the variable of url, and leave path out; a bearer token goes into token"
        return [(("source", "path"), "a password or token may stand in no file", fix)]
    return []


def _pool(spec: SourceSpec) -> list[_Problem]:
    if spec.pool is None or re.fullmatch(r"[\w-]+", spec.pool, re.ASCII):
        return []
    return [(("pool",), "a pool has letters, digits, _ and - in its name", "write pool: acme_shop")]


def attributes_of(spec: SourceSpec) -> dict[str, Any]:
    """The attributes as ``defs.yaml`` has them: without defaults, and types alone where that is all."""
    said = spec.model_dump(exclude_defaults=True)
    said["source"] = {"type": spec.source.type, **said["source"]}
    columns = {
        name: column["type"] if list(column) == ["type"] else column for name, column in said.pop("columns").items()
    }
    return {**said, "columns": columns}
