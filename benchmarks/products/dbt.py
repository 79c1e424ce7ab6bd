"""dbt's way: an incremental model with the microbatch strategy over all days in DuckDB, and ten tests.

Run as ``python -m benchmarks.products.dbt <dates> <folder>`` with the command ``dbt`` (dbt-core 1.11, dbt-duckdb) in
``BENCH_DBT``; prints the CPU seconds of ``dbt build`` less those of a build of one day, then a whole read's.
"""

import os
import resource
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import duckdb
import pyarrow as pa

from benchmarks.products.data import FIRST, days, orders, spent, tell

PROJECT = "name: shop\nversion: '1.0'\nprofile: shop\nmodel-paths: [models]\n"
PROFILE = "shop: {{target: it, outputs: {{it: {{type: duckdb, path: '{file}', threads: 1}}}}}}\n"
MODEL = """\
{{{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='day', batch_size='day',
           begin='{first}') }}}}
select day, order_id, customer, amount, country from {{{{ source('raw', 'orders') }}}} where amount > 0
"""
SOURCES = """\
sources:
  - name: raw
    schema: main
    tables: [{name: orders, identifier: raw_orders, config: {event_time: day}}]
models:
  - name: orders
    columns:
      - {name: day, data_tests: [not_null]}
      - {name: order_id, data_tests: [not_null]}
      - {name: customer, data_tests: [not_null]}
      - {name: amount, data_tests: [not_null]}
      - name: country
        data_tests: [{accepted_values: {arguments: {values: [DE, FR, XX]}}}]
"""
TESTS = {
    "order_id_is_unique": "select day, order_id from {{ ref('orders') }} group by all having count(*) > 1",
    "customer_is_short": "select * from {{ ref('orders') }} where length(customer) > 20",
    "amount_is_positive": "select * from {{ ref('orders') }} where amount < 0",
    "there_are_rows": "select 1 where (select count(*) from {{ ref('orders') }}) = 0",
    "day_is_no_future": "select * from {{ ref('orders') }} where day > current_date",
}


def main(count: int, root: Path) -> None:
    """Build so many days, then read them all."""
    cost = build(count, root / "all") - build(1, root / "first")

    def read() -> int:
        with duckdb.connect(str(root / "all" / "shop.duckdb"), read_only=True) as connection:
            return connection.execute("select * from orders").to_arrow_table().num_rows

    tell(cost, read, count)


def build(count: int, root: Path) -> float:
    """CPU seconds of a build of a fresh project."""
    for folder in ("models", "tests"):
        (root / folder).mkdir(parents=True)
    file = root / "shop.duckdb"
    (root / "dbt_project.yml").write_text(PROJECT)
    (root / "profiles.yml").write_text(PROFILE.format(file=file))
    (root / "models" / "orders.sql").write_text(MODEL.format(first=FIRST))
    (root / "models" / "sources.yml").write_text(SOURCES)
    for name, query in TESTS.items():
        (root / "tests" / f"{name}.sql").write_text(query)
    raw = pa.concat_tables(map(orders, days(count)))
    with duckdb.connect(str(file)) as connection:
        connection.register("raw", raw)
        connection.execute("create table raw_orders as from raw")
    before = spent(resource.RUSAGE_CHILDREN)
    until = FIRST + timedelta(count)
    window = ["--event-time-start", str(FIRST), "--event-time-end", str(until)]
    command = [os.environ["BENCH_DBT"], "build", "--project-dir", str(root), "--profiles-dir", str(root), *window]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stdout[-2000:])
    return spent(resource.RUSAGE_CHILDREN) - before


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
