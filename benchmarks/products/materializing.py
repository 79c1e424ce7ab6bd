"""One run of Dagster over many days, as ours and the plain way both have it.

What belongs here: that run and its CPU seconds. What does not: what is materialized.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import dagster as dg

from benchmarks.products.data import spent


def cpu_of_one_run(
    root: Path, assets: Sequence[dg.AssetsDefinition], resources: Mapping[str, object], keys: Sequence[str]
) -> float:
    """CPU seconds of materializing many partitions in one run.

    Args:
        root: The side's folder; the instance is in ``home``.
        assets: What is materialized.
        resources: What it needs.
        keys: The partitions, on end.

    Raises:
        RuntimeError: The run failed.
    """
    tags = {"dagster/asset_partition_range_start": keys[0], "dagster/asset_partition_range_end": keys[-1]}
    with dg.DagsterInstance.from_config(str(root / "home")) as instance:
        before = spent()
        result = dg.materialize(assets, instance=instance, resources=resources, tags=tags)
        cpu = spent() - before
    if not result.success:
        raise RuntimeError("the run failed")
    return cpu
