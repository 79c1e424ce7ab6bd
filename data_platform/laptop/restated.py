"""Telling the running platform that rows of an asset are others now, though no run made them.

What belongs here: reporting materializations, as "Report materialization events" in the UI does, so that automation
makes consumers anew. What does not: what changed the rows (``mesh.life.rolling_back``,
``mesh.life.repartitioning``).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from data_platform.laptop import graphql
from data_platform.laptop.asset_runs import find
from data_platform.laptop.dagster_api import DagsterAPI
from data_platform.laptop.errors import DagsterAPIError, LaptopError
from data_platform.laptop.state import StateFolder

_AT_ONCE: Final = 100
"""Partitions in one request: each is an event that is written while the request waits."""


def report(root: Path, store: str, key: str, partitions: Sequence[str], description: str) -> list[str]:
    """Report that an asset was materialized, to the platform that runs on a state folder.

    Args:
        root: The state folder.
        store: The URL of the store that the rows are in.
        key: The asset, ``domain/name``.
        partitions: Its partitions; none of an asset without.
        description: What happened, for the asset's page.

    Returns:
        The partitions that Dagster does not know, so that they were not reported.

    Raises:
        LaptopError: No platform runs there, or one on another store; it has not loaded the asset, or not as one with
            (or without) partitions; it refuses. Some partitions may have been reported.
    """
    with DagsterAPI.of_running(root) as api:
        record = StateFolder(root).read_record()
        if record is not None and record.store.rstrip("/") != store.rstrip("/"):
            raise LaptopError(f"the platform that runs here is on another store, {record.store}")
        asset = find(api, key)
        if bool(asset.partitions) != bool(partitions):
            has = "partitions" if asset.partitions else "no partitions"
            raise LaptopError(f"the running platform knows {key} with {has}: reload its code location first")
        known = set(asset.partitions)
        told = [part for part in partitions if part in known]
        if partitions:
            for start in range(0, len(told), _AT_ONCE):
                _report(api, asset.path, told[start : start + _AT_ONCE], description)
        else:
            _report(api, asset.path, None, description)
    return [part for part in partitions if part not in known]


def _report(api: DagsterAPI, path: list[str], partitions: list[str] | None, description: str) -> None:
    event = {
        "eventType": "ASSET_MATERIALIZATION",
        "assetKey": {"path": path},
        "partitionKeys": partitions,
        "description": description,
    }
    answer = api.ask(graphql.REPORT, event=event)["reportRunlessAssetEvents"]
    if answer["__typename"] != "ReportRunlessAssetEventsSuccess":
        raise DagsterAPIError(f"{answer['__typename']}: {answer.get('message') or ''}".rstrip(": "))
