"""The platform's way: one run over all days of a product with its contract.

Run as ``python -m benchmarks.products.ours <dates> <folder>``; prints its CPU seconds, then those of a whole read.
"""

import sys
from pathlib import Path

import pyarrow as pa

from benchmarks.products.data import CONTRACT, DEFS, QUERY, days, orders, tell
from benchmarks.products.materializing import cpu_of_one_run
from data_platform.laptop.dagster_private.event_log import BatchedSqliteEventLogStorage
from data_platform.orchestration.products.asset import product_definitions
from data_platform.orchestration.resources import ObjectStoreResource
from data_platform.products.folder import read_product
from data_platform.products.registered import standing_of
from data_platform.storage import delta
from data_platform.storage.objects.store import ObjectStore

SETTINGS = f"""\
event_log_storage:
  module: {BatchedSqliteEventLogStorage.__module__}
  class: {BatchedSqliteEventLogStorage.__name__}
  config: {{home: {{env: DAGSTER_HOME}}}}
telemetry: {{enabled: false}}
"""


def main(count: int, root: Path) -> None:
    """Publish so many days in one run, then read them all."""
    folder = root / "domains" / "sales" / "orders_v1"
    folder.mkdir(parents=True)
    for name, text in (("contract.odcs.yaml", CONTRACT), ("defs.yaml", DEFS), ("transform.sql", QUERY)):
        (folder / name).write_text(text)
    store = ObjectStore.open(f"file://{root}/store")
    keys = [day.isoformat() for day in days(count)]
    raw = pa.concat_tables(map(orders, days(count)))
    delta.replace_partitions(store, "sales/raw_orders", raw, [{"day": key} for key in keys])
    product = read_product(folder)
    definitions = product_definitions(product, standing_of(product))
    (root / "home" / "dagster.yaml").write_text(SETTINGS)
    resources = {"store": ObjectStoreResource(url=f"file://{root}/store")}
    cpu = cpu_of_one_run(root, list(definitions.assets or ()), resources, keys)
    tell(cpu, lambda: delta.read_table(store, "sales/orders_v1").num_rows, count)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
