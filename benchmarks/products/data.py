"""What every side of the benchmark has: some orders a day, the promise, and how its costs are told.

What belongs here: what is the same for all. What does not: how a side makes and checks it.
"""

import resource
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

import numpy as np
import pyarrow as pa

ROWS: Final = 100
FIRST: Final = date(2021, 1, 1)
COUNTRIES: Final = ("DE", "FR", "XX")

COLUMNS: Final = """\
      - {name: day, logicalType: date, required: true, partitioned: true, partitionKeyPosition: 1, description: Day.}
      - {name: order_id, logicalType: integer, primaryKey: true, required: true, description: Number.}
      - {name: customer, logicalType: string, required: true, description: Who., logicalTypeOptions: {maxLength: 20}}
      - {name: amount, logicalType: number, required: true, description: Paid., logicalTypeOptions: {minimum: 0}}
      - name: country
        logicalType: string
        description: Where.
        quality: [{type: library, metric: invalidValues, arguments: {validValues: [DE, FR, XX]}, mustBe: 0}]
"""
CONTRACT: Final = f"""\
apiVersion: v3.1.0
kind: DataContract
id: urn:sales:orders
name: orders_v1
version: 1.0.0
status: active
domain: sales
dataProduct: orders_v1
description: {{purpose: To be measured., usage: A benchmark., limitations: Made up.}}
team: {{name: sales-team}}
schema:
  - name: orders
    physicalType: table
    description: An order each.
    properties:
{COLUMNS}customProperties:
  - {{property: dataPlatform.publishMode, value: replace_partition}}
"""
DEFS: Final = """\
type: data_platform.DataProduct
attributes:
  partitions: {type: daily}
  inputs: {sales.raw_orders: {columns: [day, order_id, customer, amount, country]}}
"""
QUERY: Final = "SELECT day, order_id, customer, amount, country FROM sales.raw_orders WHERE amount > 0\n"


def days(count: int) -> list[date]:
    """So many days on end."""
    return [FIRST + timedelta(number) for number in range(count)]


def orders(day: date) -> pa.Table:
    """The orders of a day, always the same."""
    random = np.random.default_rng(day.toordinal())
    return pa.table(
        {
            "day": pa.array([day] * ROWS, pa.date32()),
            "order_id": np.arange(ROWS),
            "customer": [f"customer {number}" for number in range(ROWS)],
            "amount": random.random(ROWS) + 0.1,
            "country": random.choice(COUNTRIES, ROWS),
        }
    )


def spent(who: int = resource.RUSAGE_SELF) -> float:
    """CPU seconds so far of this process, or of its children that have ended."""
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def tell(cpu: float, read: Callable[[], int], count: int) -> None:
    """Print the CPU seconds of making so many days, then the seconds of reading them all.

    Args:
        cpu: The CPU seconds.
        read: Reads them; how many rows they have.
        count: How many days.

    Raises:
        RuntimeError: There are not as many rows as there should be.
    """
    begun = time.perf_counter()
    rows = read()
    seconds = time.perf_counter() - begun
    if rows != count * ROWS:
        raise RuntimeError(f"{rows} rows of {count * ROWS}")
    print(cpu, seconds)
