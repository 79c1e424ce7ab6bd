"""Backfills that somebody asks for: partitions of one asset or of several, launched over the UI's API and followed.

What belongs here: one backfill from its launch to its end. What does not: single runs (`asset_runs`), and printing.

Of several assets Dagster makes the ones that others read first, partition by partition, and does not make what reads a
partition that failed. Automation leaves alone what a backfill is going to make.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from data_platform.contracts.suggest import counted
from data_platform.laptop import graphql
from data_platform.laptop.asset_runs import Asset, Outcome, follow
from data_platform.laptop.dagster_api import DagsterAPI
from data_platform.laptop.dagster_values import error_text
from data_platform.laptop.errors import DagsterAPIError, LaptopError
from data_platform.products.stretches import stretches

_LOOK_SECONDS: Final = 2.0
_SHOWN: Final = 5
_GOING_ON: Final = {"REQUESTED", "CANCELING", "FAILING"}
_DONE: Final = {"COMPLETED", "COMPLETED_SUCCESS"}


def backfill(api: DagsterAPI, asset: Asset, partitions: Sequence[str], tell: Callable[[str], None]) -> Outcome:
    """Make many partitions of an asset, in as many runs as its policy asks for, and wait for the end.

    Arguments and errors are those of `asset_runs.run`.
    """
    return backfill_of_several(api, [(asset, partitions)], tell)


def backfill_of_several(
    api: DagsterAPI, wanted: Sequence[tuple[Asset, Sequence[str]]], tell: Callable[[str], None]
) -> Outcome:
    """Make partitions of several assets as one backfill, what others read first, and wait for the end.

    Args:
        api: The webserver's API.
        wanted: The assets, each with the partitions to make, in the asset's order; none of one without partitions.
        tell: Told what goes on, a line each.

    Raises:
        DagsterAPIError: Dagster refuses to launch it.
        LaptopError: An asset does not know a partition.
    """
    params = [_selector(asset, partitions) for asset, partitions in wanted]
    answer = api.ask(graphql.BACKFILL, partitionsByAssets=params)["launchPartitionBackfill"]
    if answer["__typename"] != "LaunchBackfillSuccess":
        raise DagsterAPIError(f"{answer['__typename']}: {answer.get('message') or ''}".rstrip(": "))
    backfill_id, number = answer["backfillId"], sum(len(partitions) or 1 for _, partitions in wanted)
    names = ", ".join(asset.key for asset, _ in wanted)
    tell(f"backfill {backfill_id} of {counted(number, 'partition')} of {names}: {api.url}/runs/b/{backfill_id}")
    return _followed(api, backfill_id, names, number, tell)


def _followed(api: DagsterAPI, backfill_id: str, names: str, number: int, tell: Callable[[str], None]) -> Outcome:
    url, told = f"{api.url}/runs/b/{backfill_id}", 0
    while True:
        seen = api.ask(graphql.BACKFILL_STATUS, id=backfill_id)["partitionBackfillOrError"]
        statuses = (seen.get("assetBackfillData") or {}).get("assetBackfillStatuses", [])
        materialized = sum(
            int(status.get("numPartitionsMaterialized") or bool(status.get("materialized"))) for status in statuses
        )
        failed = sum(int(status.get("numPartitionsFailed") or bool(status.get("failed"))) for status in statuses)
        if materialized + failed > told:
            tell(f"  {materialized} of {number} made{f', {failed} failed' if failed else ''}")
        told = materialized + failed
        if seen["status"] not in _GOING_ON:
            break
        time.sleep(_LOOK_SECONDS)
    if seen["status"] in _DONE and materialized == number:
        return Outcome(True, f"{names}: all {materialized} partitions are made.", url)
    problems = _failures(api, backfill_id) or [error_text(seen.get("error"))]
    why = next(filter(None, problems), f"the backfill is {seen['status'].lower()}")
    return Outcome(False, f"{names}: {materialized} of {number} partitions are made: {why}", url, problems)


def _selector(asset: Asset, partitions: Sequence[str]) -> dict[str, Any]:
    if unknown := sorted(set(partitions) - set(asset.partitions)):
        raise LaptopError(
            f"{asset.key} has no partition {unknown[0]}: the running platform knows {asset.partitions[-1:]}"
        )
    ranges = [{"start": first, "end": last} for first, last in stretches(asset.partitions, set(partitions))]
    return {"assetKey": {"path": asset.path}, "partitions": {"ranges": ranges} if ranges else None}


def _failures(api: DagsterAPI, backfill_id: str) -> list[str]:
    """Why runs of a backfill failed: of each the sentence that matters, each sentence once."""
    runs = api.ask(graphql.FAILED_RUNS, tags=[{"key": "dagster/backfill", "value": backfill_id}])
    sentences: dict[str, None] = {}
    for failed in runs["runsOrError"].get("results", [])[:_SHOWN]:
        _, problems = follow(api, failed["runId"])
        sentences |= dict.fromkeys(problems)
    return list(sentences)
