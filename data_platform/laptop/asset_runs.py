"""Runs of assets that somebody asks for by name: launched over the UI's API, followed, and told in one sentence.

What belongs here: one run from its launch to its end. What does not: many partitions, or assets, in as many runs as it
takes (`backfills`), the jobs of a first run (`first_run`), and printing.
"""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from data_platform.contracts.suggest import did_you_mean
from data_platform.laptop import graphql
from data_platform.laptop.dagster_api import DagsterAPI
from data_platform.laptop.dagster_values import error_text
from data_platform.laptop.errors import LaptopError
from data_platform.products.imported import is_imported
from data_platform.project import domains_folder

_ENDED: Final = {"SUCCESS", "FAILURE", "CANCELED"}
_BEFORE_OTHERS: Final = "10"
"""Somebody waits for it: it goes before the runs that the platform asks for by itself."""
_TOLD: Final = {
    "QUEUED": "  queued: it goes next, when a run of those that go on has ended; it goes without you too (Ctrl-C)",
    "STARTED": "  started",
}
_CLASS: Final = re.compile(r"^(?:[A-Za-z_]\w*\.)+[A-Za-z_]\w*: ")
_LOOK_SECONDS: Final = 0.5
_LOAD_SECONDS: Final = 60.0
_SHOWN: Final = 5


@dataclass(frozen=True)
class Asset:
    """An asset that can be materialized.

    Attributes:
        key: ``domain/name``.
        location: The code location that has it.
        repository: And the repository in it.
        partitions: Its partitions, oldest first; empty when it has none.
        many_in_one: Whether one run may make several of them.
    """

    key: str
    location: str
    repository: str
    partitions: tuple[str, ...]
    many_in_one: bool

    @property
    def path(self) -> list[str]:
        """The key as Dagster has it."""
        return self.key.split("/")


@dataclass
class Outcome:
    """What came of a run or a backfill.

    Attributes:
        ok: Whether everything that was asked for is there.
        message: The one sentence that matters.
        url: Where the UI shows it.
        problems: What failed, a sentence each; without a cause of its own none.
    """

    ok: bool
    message: str
    url: str
    problems: list[str] = field(default_factory=list)


def find(
    api: DagsterAPI, key: str, tell: Callable[[str], None] = lambda _: None, *, wait: float = _LOAD_SECONDS
) -> Asset:
    """An asset by its key; one that was written a moment ago is waited for, as the platform loads it within seconds.

    Args:
        api: The running platform.
        key: ``domain/name``.
        tell: Is told once that it is waited for.
        wait: Longest wait, in seconds.

    Raises:
        LaptopError: There is none; the message names the likely one, or the code location that does not answer.
    """
    until, told = time.monotonic() + wait, False
    while True:
        try:
            return _find(api, key)
        except _NotLoadedError:
            if time.monotonic() > until:
                raise
            if not told:
                tell(f"  {key} is new: waiting until the platform has loaded it")
            told = True
            time.sleep(_LOOK_SECONDS)


class _NotLoadedError(LaptopError):
    """The running platform has not loaded it yet."""


def _find(api: DagsterAPI, key: str) -> Asset:
    by_key = api.materializable()
    if key not in by_key:
        dead = api.locations()
        domain = key.partition("/")[0]
        for name, why in {**dead.errors, **dead.unreachable}.items():
            if name == domain:
                raise LaptopError(f"The code location {name}, which has {key}, is not loaded: {why}")
        domains = domains_folder()
        if is_imported(domains / key):
            raise LaptopError(f"{key} is made in another repository, by its own platform; here it is followed")
        domain_is_late = (domains / domain).is_dir() and domain not in dead.loaded
        if (domains / key).is_dir() or domain_is_late:
            raise _NotLoadedError(
                f"the running platform has not loaded {key} yet: what is new is served within seconds; if it is not, "
                f"its terminal and {api.url}/locations say why"
            )
        raise LaptopError(f"There is no asset {key}: {did_you_mean(key, by_key)}")
    node = by_key[key]
    keys = api.ask(graphql.PARTITION_KEYS, key={"path": key.split("/")})["assetNodeOrError"]["partitionKeys"]
    policy = (node["backfillPolicy"] or {}).get("policyType")
    return Asset(
        key,
        node["repository"]["location"]["name"],
        node["repository"]["name"],
        tuple(keys) if node["isPartitioned"] else (),
        policy == "SINGLE_RUN",
    )


def chosen(asset: Asset, partition: str = "", span: str = "") -> list[str]:
    """The partitions that somebody asks for.

    Args:
        asset: The asset.
        partition: One of them; empty: the newest.
        span: Or the first and the last of several, as ``2026-11-01..2026-11-07``.

    Returns:
        Their keys, oldest first; empty when the asset has no partitions.

    Raises:
        LaptopError: It has no such partition; the message says which there are.
    """
    if not asset.partitions:
        if partition or span:
            raise LaptopError(f"{asset.key} has no partitions: leave --partition and --range out.")
        return []
    if span:
        first, dots, last = span.partition("..")
        if not dots:
            raise LaptopError(f"{span!r} is no range: write the first and the last, as in 2026-11-01..2026-11-07.")
        begin, end = _index(asset, first.strip()), _index(asset, last.strip())
        if begin > end:
            raise LaptopError(f"{span!r} is no range: {first} comes after {last}.")
        return list(asset.partitions[begin : end + 1])
    return [asset.partitions[_index(asset, partition) if partition else -1]]


def run(api: DagsterAPI, asset: Asset, partitions: Sequence[str], tell: Callable[[str], None]) -> Outcome:
    """Make an asset, or some partitions of it that one run may make, and wait for the end.

    Args:
        api: The webserver's API.
        asset: What to make.
        partitions: Which; none for an asset without.
        tell: Told what goes on, a line each.

    Raises:
        DagsterAPIError: Dagster refuses to launch it.
    """
    tags = {**_tags(partitions), "dagster/priority": _BEFORE_OTHERS}
    params = {
        "selector": {
            "repositoryLocationName": asset.location,
            "repositoryName": asset.repository,
            "pipelineName": "__ASSET_JOB",
            "assetSelection": [{"path": asset.path}],
            "assetCheckSelection": None,
        },
        "mode": "default",
        "runConfigData": "{}",
        "executionMetadata": {"tags": [{"key": name, "value": value} for name, value in tags.items()]},
    }
    run_id = api.launch_run(params)
    url, of = f"{api.url}/runs/{run_id}", spoken(partitions)
    tell(f"run {run_id[:8]}, {asset.key}{of.rstrip(',')}: {url}")
    status, problems = follow(api, run_id, tell)
    if status == "SUCCESS":
        return Outcome(True, f"{asset.key}{of} {'is' if len(partitions) <= 1 else 'are'} made.", url)
    reason = problems[0] if problems else f"the run was {status.lower()}"
    return Outcome(False, f"{asset.key}{of} was not made: {reason}", url, problems)


def follow(api: DagsterAPI, run_id: str, tell: Callable[[str], None] = lambda _: None) -> tuple[str, list[str]]:
    """Wait for the end of a run.

    Returns:
        Dagster's word for how it ended, and why it failed: a sentence for each step that did.
    """
    cursor, status = None, ""
    problems: list[str] = []
    while True:
        page = api.run(run_id, cursor)
        cursor = page.cursor
        for event in page.events:
            kind = event["__typename"]
            # The run's own failure says no more than that a step failed.
            if kind == "ExecutionStepFailureEvent" or (kind == "RunFailureEvent" and not problems):
                problems.append(reason(event))
            elif kind == "MaterializationEvent" and event.get("assetKey"):
                partitions = [event["partition"]] if event.get("partition") else []
                tell(f"  materialized {'/'.join(event['assetKey']['path'])}{spoken(partitions)}")
        if page.status != status and not page.more:
            status = page.status
            if status in _TOLD:
                tell(_TOLD[status])
        if status in _ENDED:
            return status, problems
        time.sleep(0 if page.more else _LOOK_SECONDS)


def spoken(partitions: Sequence[str]) -> str:
    """Partitions in words, after a key: `` of 2026-11-22``, ``: 7 partitions, 2026-11-16 to 2026-11-22,``."""
    match list(partitions):
        case []:
            return ""
        case [key]:
            return f" of {key}"
        case keys:
            return f": {len(keys)} partitions, {keys[0]} to {keys[-1]},"


def reason(event: dict[str, Any]) -> str:
    """The sentence that matters in a failed step's event: of the innermost error, without the name of its class."""
    text = error_text(event.get("error")) or str(event.get("message") or "")
    last = text.splitlines()[-1] if text else ""
    return _CLASS.sub("", last)


def _index(asset: Asset, key: str) -> int:
    try:
        return asset.partitions.index(key)
    except ValueError:
        first, last = asset.partitions[0], asset.partitions[-1]
        near = did_you_mean(key, asset.partitions) if len(asset.partitions) <= _SHOWN else ""
        there_are = f"there are {len(asset.partitions)}, from {first} to {last}. {near}".rstrip()
        raise LaptopError(f"{asset.key} has no partition {key!r}: {there_are}") from None


def _tags(partitions: Sequence[str]) -> dict[str, str]:
    if not partitions:
        return {}
    if len(partitions) == 1:
        return {"dagster/partition": partitions[0]}
    return {
        "dagster/asset_partition_range_start": partitions[0],
        "dagster/asset_partition_range_end": partitions[-1],
    }
