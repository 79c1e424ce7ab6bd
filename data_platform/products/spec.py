"""What ``defs.yaml`` may say about a product, beside its contract.

What belongs here: the attributes, as ``dg check yaml`` and editors know them. What does not: Dagster, and what the
contract or the transform say already: the product's name, its partition column, and what a SQL query reads.

Bounds are validators rather than pydantic's constraints, which Dagster 1.13 does not take in a nested model.
"""

import re
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

_SIZE: Final = re.compile(r"[1-9][0-9]*(MB|GB)")
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

    triggers: bool = Field(
        default=True,
        description="Whether a change of this input makes the product anew by itself. `false` for what is only looked "
        "up, such as a whole table of customers beside a day's orders: it is waited for, no more.",
    )

    @field_validator("lookback_days")
    @classmethod
    def _some_days(cls, value: int | None) -> int | None:
        if value is not None and not 1 <= value <= _MOST_DAYS:
            raise ValueError(f"write a number of days from 1 to {_MOST_DAYS}")
        return value


class PartitionsSpec(BaseModel):
    """How the product is partitioned; the column is the one that the contract marks `partitioned: true`."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["daily", "dynamic"] = Field(
        description="`daily`: UTC days from DATA_PLATFORM_START_DATE on. `dynamic`: keys that are added at run time."
    )
    includes_today: bool = Field(default=False, description="Whether the day that is not over yet is one of them.")
    name: str | None = Field(default=None, description="The name of the dynamic partitions; needed for `dynamic`.")


class ProductSpec(BaseModel):
    """The attributes of a data product."""

    model_config = ConfigDict(extra="forbid")

    inputs: dict[str, InputSpec] = Field(
        default_factory=dict,
        description="Inputs by the name of the transform's argument, or in SQL by the table's name, `domain.name`.",
    )
    partitions: PartitionsSpec | None = Field(default=None, description="Left out: the product is one whole table.")
    automation: bool = Field(
        default=True, description="Whether the product is made anew by itself when its inputs change."
    )
    memory: str = Field(
        default="1GB",
        description="The most memory of DuckDB, for SQL and for checks; beyond it goes to disk.",
        json_schema_extra={"pattern": f"^{_SIZE.pattern}$"},
    )
    pool: str | None = Field(default=None, description="The concurrency pool of its runs.")

    @field_validator("memory")
    @classmethod
    def _a_size(cls, value: str) -> str:
        if not _SIZE.fullmatch(value):
            raise ValueError("write a size such as 500MB or 2GB")
        return value
