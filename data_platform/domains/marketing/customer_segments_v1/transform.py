"""Customers by how lately, how often and for how much they bought.

What belongs here: one pure function of frames, and its parts. What does not: reading, writing and checking, which are
the platform's. What the columns mean is in the contract.

Nothing depends on the clock or on the order of rows: the reference day is that of the newest order, so the same inputs
give the same segments on any day.
"""

import hashlib
from typing import Final

import polars as pl

_LOST: Final = ("cancelled", "refunded")


def customer_segments(customers: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """Score every customer, and name the segment.

    Args:
        customers: All customers: `customer_id`, `email`, `marketing_consent`.
        orders: All orders of all days: `day`, `order_id`, `customer_id`, `status`, `currency`, `total_amount`.

    Returns:
        A row a customer, as the contract has it, by `customer_id`. Orders of others than these customers are left out.
    """
    reference = orders.select(pl.col("day").max()).item()
    kept = orders.filter(pl.col("status").is_in(_LOST).not_())
    bought = kept.join(customers, on="customer_id", how="semi").sort("customer_id", "day", "order_id")
    return (
        customers.join(_scored(_figures(bought)), on="customer_id", how="left")
        .with_columns(
            reference_day=pl.lit(reference, pl.Date),
            recency_days=(pl.lit(reference, pl.Date) - pl.col("last_order_day")).dt.total_days(),
            orders=pl.col("orders").fill_null(0),
            segment=_segment(),
            email_sha256=pl.when("marketing_consent").then(_hashed("email")),
        )
        .drop("email")
        .sort("customer_id")
    )


def _figures(bought: pl.DataFrame) -> pl.DataFrame:
    """For each customer who bought, from orders with the newest last: when last, how often, and for how much."""
    in_newest_currency = pl.col("currency") == pl.col("currency").last()
    return bought.group_by("customer_id", maintain_order=True).agg(
        last_order_day=pl.col("day").last(),
        orders=pl.len().cast(pl.Int64),
        spent=pl.col("total_amount").filter(in_newest_currency).sum(),
        currency=pl.col("currency").last(),
    )


def _scored(figures: pl.DataFrame) -> pl.DataFrame:
    """With scores from 1 to 5; amounts are compared among those who pay in the same currency only."""
    return figures.with_columns(
        recency_score=_fifth("last_order_day"),
        frequency_score=_fifth("orders"),
        monetary_score=_fifth("spent").over("currency"),
    )


def _fifth(name: str) -> pl.Expr:
    """1 and one more for each fifth of the values that is smaller: equal values score alike."""
    smaller = pl.col(name).rank("min").cast(pl.Int64) - 1
    return 1 + smaller * 5 // pl.len().cast(pl.Int64)


def _segment() -> pl.Expr:
    """The first that fits."""
    recent, often, much = (pl.col(f"{name}_score") for name in ("recency", "frequency", "monetary"))
    high, middle, low = 4, 3, 2
    return (
        pl.when(recent.is_null())
        .then(pl.lit("no_orders"))
        .when((recent >= high) & (often >= high) & (much >= high))
        .then(pl.lit("champions"))
        .when((recent >= middle) & (often >= high))
        .then(pl.lit("loyal"))
        .when((recent >= high) & (pl.col("orders") == 1))
        .then(pl.lit("new"))
        .when((recent <= low) & ((often >= high) | (much >= high)))
        .then(pl.lit("at_risk"))
        .when(recent <= low)
        .then(pl.lit("lost"))
        .otherwise(pl.lit("regular"))
    )


def _hashed(name: str) -> pl.Expr:
    """SHA-256 of a text without spaces around it and in lower case, as ad platforms want addresses for audiences."""
    return pl.col(name).map_elements(
        lambda text: hashlib.sha256(text.strip().lower().encode()).hexdigest(), return_dtype=pl.String
    )
