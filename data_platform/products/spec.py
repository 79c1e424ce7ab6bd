"""What ``defs.yaml`` may say about a product, beside its contract.

What belongs here: the attributes, as ``dg check yaml`` and editors know them. What does not: Dagster, and what the
contract or the transform say already: the product's name, its partition column, and what a SQL query reads.

Bounds are validators rather than pydantic's constraints, which Dagster 1.13 does not take in a nested model.
"""

import re
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from data_platform.products.file_paths import FilePath

_SIZE: Final = re.compile(r"[1-9][0-9]*(MB|GB)")
_FUNCTION: Final = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
_MOST_DAYS: Final = 3660


class InputSpec(BaseModel):
    """One input of the transform."""

    model_config = ConfigDict(extra="forbid")

    asset: str | None = Field(
        default=None,
        description="`domain/product_vN`, or an asset of the product's own domain. May be left out for SQL, where the "
        "input's name is the table's.",
        examples=["sales/orders_v1"],
    )
    columns: list[str] | None = Field(
        default=None,
        description="The columns that the transform reads; it gets no others. For SQL they are parsed out of the query,"
        " and need to be given only for `SELECT *` over an asset that is no product.",
        examples=[["order_id", "total"]],
    )
    partitions: Literal["same", "all"] | None = Field(
        default=None,
        description="`same` (default where both are partitioned alike): the partition being made. `all`: the whole "
        "table.",
    )
    lookback_days: int | None = Field(
        default=None,
        description="The partition being made and this many days before it, as far as there are any.",
        json_schema_extra={"minimum": 1, "maximum": _MOST_DAYS},
    )
    files: str | None = Field(
        default=None,
        description="For an asset of the own domain that is files and no table: their path in the store, which ends in "
        "`.csv`. `{partition}` is the partition's key, and every other `{name}` is anything between two slashes; each "
        "is a text column of that name. The columns of the files are text too.",
        examples=["sales/price_lists/{list}/{partition}.csv"],
    )
    triggers: bool = Field(
        default=True,
        description="Whether a change of this input makes the product anew by itself. `false` for what is only looked "
        "up, such as a whole table of customers beside a day's orders: it is waited for, no more.",
    )

    complete: bool = Field(
        default=False,
        description="Whether to wait for every partition that there is, where all of them are read: a merge.",
    )

    restated_days: int | None = Field(
        default=None,
        description="For how many days back a change of this input changes partitions of the product. Left out: as far "
        "as the input itself says that it changes (its domain's `restated.yaml`, its contract, its own inputs); of one "
        "of which all partitions are read, and of one of which nothing is said, without bound.",
        json_schema_extra={"minimum": 0, "maximum": _MOST_DAYS},
    )

    optional: bool = Field(
        default=False,
        description="Whether a partition that was never published is read as one without rows. What is optional is "
        "looked up, as with `triggers: false`, and waited for only until any of its partitions is there; it may be "
        "partitioned by other keys than the product.",
    )

    @field_validator("lookback_days")
    @classmethod
    def _some_days(cls, value: int | None) -> int | None:
        return _days(value)

    @field_validator("restated_days")
    @classmethod
    def _no_less_than_none(cls, value: int | None) -> int | None:
        if value is not None and not 0 <= value <= _MOST_DAYS:
            raise ValueError(f"write a number of days from 0 to {_MOST_DAYS}")
        return value

    @field_validator("files")
    @classmethod
    def _a_path(cls, value: str | None) -> str | None:
        if value is not None:
            FilePath.parse(value)
        return value


_INSTEAD: Final = {
    "hourly": "write daily, and keep the hour as a column: a late hour makes its day anew",
    "weekly": "write daily and group by week in a product over it, or write dynamic, with keys such as 2026-W48",
    "monthly": "write daily and group by month in a product over it, or write dynamic, with keys such as 2026-11",
    "static": "write dynamic with a name: its keys are added in the UI or by a sensor, and stay",
    "multi": "write daily, and keep the second dimension as a column of the day's rows, or make one product of each",
}
"""What to write for the kinds of partitions that other tools have."""

_TIME_ZONES: Final = frozenset({"timezone", "time_zone", "tz", "hour_offset", "minute_offset"})


class PartitionsSpec(BaseModel):
    """How the product is partitioned; the column is the one that the contract marks `partitioned: true`."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["daily", "dynamic"] = Field(
        description="`daily`: UTC days from DATA_PLATFORM_START_DATE on. `dynamic`: keys that are added at run time."
    )
    includes_today: bool = Field(default=False, description="Whether the day that is not over yet is one of them.")
    name: str | None = Field(default=None, description="The name of the dynamic partitions; needed for `dynamic`.")

    @field_validator("type", mode="before")
    @classmethod
    def _known_elsewhere(cls, value: object) -> object:
        if isinstance(value, str) and (instead := _INSTEAD.get(value.lower())) is not None:
            raise ValueError(f"there are daily and dynamic partitions; {instead}")
        return value

    @model_validator(mode="before")
    @classmethod
    def _days_are_utc(cls, value: object) -> object:
        if isinstance(value, dict) and (keys := sorted(_TIME_ZONES & value.keys())):
            raise ValueError(
                f"days are those of UTC, so there is no {keys[0]}: take it out, and make the partition column the "
                "local day in the query, as in CAST(timezone('Europe/Berlin', at) AS DATE)"
            )
        return value


class PictureSpec(BaseModel):
    """What `picture.py` gets of the product's own published rows."""

    model_config = ConfigDict(extra="forbid")

    columns: list[str] = Field(description="The columns; none that is classified.", examples=[["day", "revenue"]])
    lookback_days: int | None = Field(
        default=None,
        description="This many days before the partition just made, as far as there are any. Left out: that partition "
        "alone, or the whole table of a product without partitions.",
        json_schema_extra={"minimum": 1, "maximum": _MOST_DAYS},
    )

    @field_validator("columns")
    @classmethod
    def _some_columns(cls, value: list[str]) -> list[str]:
        if not value or len(set(value)) < len(value):
            raise ValueError("name at least one column, and each once")
        return value

    @field_validator("lookback_days")
    @classmethod
    def _some_days(cls, value: int | None) -> int | None:
        return _days(value)


class ProductSpec(BaseModel):
    """The attributes of a data product."""

    model_config = ConfigDict(extra="forbid")

    inputs: dict[str, InputSpec] = Field(
        default_factory=dict,
        description="Inputs by the name of the transform's argument, or in SQL by the table's name, `domain.name`.",
    )
    partitions: PartitionsSpec | None = Field(default=None, description="Left out: the product is one whole table.")
    picture: PictureSpec | None = Field(
        default=None, description="What `picture.py` draws, for each materialization; needed where there is one."
    )
    automation: bool = Field(
        default=True, description="Whether the product is made anew by itself when its inputs change."
    )
    runner: str | None = Field(
        default=None,
        description="`module:function` of the own domain that makes the partitions of a run, where reading the inputs "
        "as tables would be too slow. It gets Dagster's context, the product and the store, and gives events; the "
        "transform stays the meaning of the product, and what tests run.",
        examples=["data_platform.domains.logs.running:run"],
    )
    checks: dict[str, str] = Field(
        default_factory=dict,
        description="Blocking checks that the runner answers beside the contract's rules: each one's promise by name.",
    )
    memory: str = Field(
        default="1GB",
        description="The most memory of DuckDB, for SQL and for checks; beyond it goes to disk.",
        json_schema_extra={"pattern": f"^{_SIZE.pattern}$"},
    )
    pool: str | None = Field(default=None, description="The concurrency pool of its runs.")

    @field_validator("runner")
    @classmethod
    def _a_function(cls, value: str | None) -> str | None:
        if value is not None and not _FUNCTION.fullmatch(value):
            raise ValueError("write module:function, such as data_platform.domains.logs.running:run")
        return value

    @field_validator("memory")
    @classmethod
    def _a_size(cls, value: str) -> str:
        if not _SIZE.fullmatch(value):
            raise ValueError("write a size such as 500MB or 2GB")
        return value


def _days(value: int | None) -> int | None:
    if value is not None and not 1 <= value <= _MOST_DAYS:
        raise ValueError(f"write a number of days from 1 to {_MOST_DAYS}")
    return value
