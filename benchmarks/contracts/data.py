"""The batch that is checked, and the 33 rules, in the words of each engine.

What belongs here: what is measured. What does not: measuring (``run``). Imports neither the platform nor pandera at the
top, since each engine runs in an interpreter of its own.
"""

from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import pyarrow as pa

STATUSES: Final = ("open", "paid", "shipped", "delivered", "returned", "cancelled")
EMAIL: Final = r"[a-z0-9.]+@[a-z]+\.[a-z]{2,3}"
FORMAT_EMAIL: Final = (
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*"
)
FIRST, LAST, RETAINED = "2020-01-01", "2030-01-01", "2016-01-01"
NEARLY: Final = 1e-6
"""How far from a whole number of cents a price may be in binary arithmetic."""

NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)

CONTRACT: Final = f"""
apiVersion: v3.1.0
kind: DataContract
id: benchmark
version: 1.0.0
status: active
schema:
  - name: orders
    quality:
      - {{metric: rowCount, mustBeBetween: [1, 1000000000]}}
    properties:
      - name: order_id
        required: true
        unique: true
        primaryKey: true
        primaryKeyPosition: 1
        logicalType: integer
        logicalTypeOptions: {{minimum: 0, maximum: 1000000000000}}
        quality: [{{metric: nullValues, mustBe: 0}}]
      - name: email
        required: true
        logicalType: string
        logicalTypeOptions: {{minLength: 5, maxLength: 60, format: email, pattern: '^{EMAIL}$'}}
        quality: [{{metric: missingValues, arguments: {{missingValues: ['', n/a]}}, mustBe: 0}}]
      - name: status
        required: true
        logicalType: string
        logicalTypeOptions: {{minLength: 1, maxLength: 20}}
        enum: [{", ".join(f"{{value: {one}}}" for one in STATUSES)}]
        quality:
          - metric: invalidValues
            arguments: {{validValues: [{", ".join(STATUSES)}]}}
            mustBeLessThan: 1
            unit: percent
          - {{metric: nullValues, mustBeLessThan: 1, unit: percent}}
      - name: price
        required: true
        logicalType: number
        logicalTypeOptions: {{minimum: 0, exclusiveMaximum: 10000, multipleOf: 0.01}}
        quality: [{{metric: nullValues, mustBeLessThan: 1, unit: percent}}]
      - name: quantity
        required: true
        logicalType: integer
        logicalTypeOptions: {{minimum: 1, maximum: 100, format: i16, multipleOf: 1}}
      - name: created
        required: true
        logicalType: timestamp
        logicalTypeOptions: {{minimum: '{FIRST}', exclusiveMaximum: '{LAST}'}}
slaProperties:
  - {{property: retention, value: 3653, unit: d, element: orders.created}}
"""

HAND_WRITTEN: Final = f"""
SELECT count(*),
  count(*) FILTER (WHERE order_id IS NULL), count(*) FILTER (WHERE order_id IS NULL),
  count(*) FILTER (WHERE order_id IS NULL), count(*) FILTER (WHERE order_id < 0),
  count(*) FILTER (WHERE order_id > 1000000000000),
  (SELECT count(*) FROM (SELECT order_id FROM orders GROUP BY order_id HAVING count(*) > 1)),
  count(*) FILTER (WHERE email IS NULL), count(*) FILTER (WHERE length(email) < 5),
  count(*) FILTER (WHERE length(email) > 60), count(*) FILTER (WHERE NOT regexp_full_match(email, '{EMAIL}')),
  count(*) FILTER (WHERE NOT regexp_full_match(email, '{FORMAT_EMAIL.replace("'", "''")}')),
  count(*) FILTER (WHERE email IN ('', 'n/a')),
  count(*) FILTER (WHERE status IS NULL), count(*) FILTER (WHERE status NOT IN {STATUSES}),
  count(*) FILTER (WHERE length(status) < 1), count(*) FILTER (WHERE length(status) > 20),
  100.0 * count(*) FILTER (WHERE status NOT IN {STATUSES}) / count(*),
  100.0 * count(*) FILTER (WHERE status IS NULL) / count(*),
  count(*) FILTER (WHERE price IS NULL), count(*) FILTER (WHERE price < 0 OR isnan(price)),
  count(*) FILTER (WHERE price >= 10000), count(*) FILTER (WHERE price <> round(price * 100) / 100),
  100.0 * count(*) FILTER (WHERE price IS NULL) / count(*),
  count(*) FILTER (WHERE quantity IS NULL), count(*) FILTER (WHERE quantity < 1),
  count(*) FILTER (WHERE quantity > 100), count(*) FILTER (WHERE quantity NOT BETWEEN -32768 AND 32767),
  count(*) FILTER (WHERE quantity % 1 <> 0),
  count(*) FILTER (WHERE created IS NULL), count(*) FILTER (WHERE created < TIMESTAMP '{FIRST}'),
  count(*) FILTER (WHERE created >= TIMESTAMP '{LAST}'), count(*) FILTER (WHERE created < TIMESTAMP '{RETAINED}')
FROM orders
"""


def batch(rows: int) -> pa.Table:
    """So many rows that keep every rule; the same on every call."""
    chance = np.random.default_rng(0)
    names = pa.array([f"customer.{number}@example.com" for number in range(100_000)])
    return pa.table(
        {
            "order_id": chance.permutation(rows).astype(np.int64),
            "email": names.take(pa.array(chance.integers(0, len(names), rows))),
            "status": pa.array(STATUSES).take(pa.array(chance.integers(0, len(STATUSES), rows))),
            "price": chance.integers(0, 999_999, rows) / 100,
            "quantity": chance.integers(1, 100, rows).astype(np.int32),
            "created": pa.array(
                np.datetime64("2025-01-01", "us") + chance.integers(0, 31 * 10**12, rows).astype("timedelta64[us]")
            ),
        }
    )


def pandera_schema(pa_module: Any, column_types: dict[str, Any], bound: Any, limits: list[Any]) -> Any:
    """The same rules in pandera's words, for its pandas or its Polars back end.

    Args:
        pa_module: ``pandera.pandas`` or ``pandera.polars``.
        column_types: Type of each column.
        bound: Makes the element-wise checks that pandera lacks: (column, kind) to check.
        limits: First and last instant, and the oldest that may be kept.
    """
    check, column = pa_module.Check, pa_module.Column
    first, last, retained = limits
    return pa_module.DataFrameSchema(
        {
            "order_id": column(column_types["order_id"], [check.ge(0), check.le(10**12)], unique=True),
            "email": column(
                column_types["email"],
                [
                    check.str_length(5, None),
                    check.str_length(None, 60),
                    check.str_matches(f"^{EMAIL}$"),
                    check.str_matches(f"^{FORMAT_EMAIL}$"),
                    check.notin(["", "n/a"]),
                ],
            ),
            "status": column(
                column_types["status"],
                [check.isin(STATUSES), check.str_length(1, None), check.str_length(None, 20), check.isin(STATUSES)],
            ),
            "price": column(column_types["price"], [check.ge(0), check.lt(10000), bound("price", "multiple")]),
            "quantity": column(
                column_types["quantity"],
                [check.ge(1), check.le(100), check.in_range(-32768, 32767), bound("quantity", "whole")],
            ),
            "created": column(column_types["created"], [check.ge(first), check.lt(last), check.ge(retained)]),
        }
    )
