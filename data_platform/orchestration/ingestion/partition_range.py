"""Several partitions in one run, as Dagster is told of them.

What belongs here: the tags. What does not: which partitions.
"""


def range_tags(first: str, last: str) -> dict[str, str]:
    """The tags of a run over all partitions from one to another, in the order of the partitions, both included."""
    return {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
