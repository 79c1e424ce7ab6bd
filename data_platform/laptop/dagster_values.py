"""What Dagster's API is asked about and answers, as plain values.

What belongs here: the values, and reading them out of GraphQL's answers. What does not: asking (`dagster_api`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

AssetPath = tuple[str, ...]


@dataclass(frozen=True)
class Job:
    """A job of one code location."""

    location: str
    repository: str
    name: str
    source: str = ""
    """The variable that names its source, where the job says so."""

    @property
    def selector(self) -> dict[str, str]:
        """How GraphQL names it."""
        return {
            "repositoryLocationName": self.location,
            "repositoryName": self.repository,
            "pipelineName": self.name,
        }


@dataclass(frozen=True)
class JobPlan:
    """What a run of a job is about.

    Attributes:
        job: The job.
        partition: Its newest partition, None when it has no partitions.
        assets: What it materializes; True for those that have partitions.
    """

    job: Job
    partition: str | None
    assets: dict[AssetPath, bool]


@dataclass
class Materialization:
    """The newest materialization of an asset.

    Attributes:
        asset: The asset.
        partition: Its partition, if any.
        run_id: The run that made it, empty when it was never made.
        uri: Where it lies.
        rows: How many rows it has.
        checks: The outcome of each of its checks that was evaluated: True passed, False failed.
    """

    asset: AssetPath
    partition: str | None = None
    run_id: str = ""
    uri: str = ""
    rows: int | None = None
    checks: dict[str, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class RunPage:
    """What is new about a run."""

    status: str
    cursor: str | None
    events: list[dict[str, Any]]
    more: bool


LONGEST_LINE, MOST_LINES = 500, 4
"""What is shown of an error on the terminal."""

_CAUSED_BY: Final = "\nThe above exception was caused by the following exception:\n"
"""How Dagster writes a chain as one text. A server whose code did not load answers so, without ``causes``, when it is
asked for the code anyway."""


def error_text(error: dict[str, Any] | None) -> str:
    """The message of an error and of what caused it, innermost last: of each the first line, of no use beyond that.

    The whole of it, with its stack, is in the run's log.
    """
    if not error:
        return ""
    messages = [error.get("message", ""), *(cause.get("message", "") for cause in error.get("causes") or [])]
    chain = [part for message in messages for part in message.split(_CAUSED_BY)]
    lines = [part.strip().splitlines()[0] for part in chain if part.strip()]
    return "\n".join(line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]} …" for line in lines[:MOST_LINES])


_UNREACHABLE: Final = "DagsterUserCodeUnreachableError"


@dataclass(frozen=True)
class Locations:
    """What the webserver knows of its code locations.

    Attributes:
        loaded: Names of those that are there.
        errors: Of those whose code did not load: why. They stay so until somebody changes the code.
        unreachable: Of those whose server does not answer: why. They come by themselves when it does.
        pending: Whether some are not looked at yet.
    """

    loaded: frozenset[str] = frozenset()
    errors: Mapping[str, str] = field(default_factory=dict)
    unreachable: Mapping[str, str] = field(default_factory=dict)
    pending: bool = True


def locations(entries: list[dict[str, Any]]) -> Locations:
    """The state of each code location."""
    loaded, errors, unreachable, pending = set(), {}, {}, False
    for entry in entries:
        answer = entry["locationOrLoadError"] or {}
        if entry["loadStatus"] != "LOADED":
            pending = True
        elif answer.get("__typename") != "PythonError":
            loaded.add(entry["name"])
        elif answer.get("className") == _UNREACHABLE:
            unreachable[entry["name"]] = error_text(answer)
        else:
            errors[entry["name"]] = error_text(answer)
    return Locations(frozenset(loaded), errors, unreachable, pending)


def read_materialization(node: dict[str, Any]) -> Materialization:
    """What an asset's node says of its newest materialization."""
    materialization = Materialization(tuple(node["assetKey"]["path"]))
    for event in node["assetMaterializations"][:1]:
        materialization.partition, materialization.run_id = event["partition"], event["runId"]
        for entry in event["metadataEntries"]:
            if entry["label"] in {"uri", "dagster/uri"}:
                materialization.uri = entry.get("text") or entry.get("url") or entry.get("path") or ""
            elif entry["label"] in {"dagster/row_count", "dagster/partition_row_count", "rows"}:
                materialization.rows = entry.get("intValue")
    for check in (node["assetChecksOrError"] or {}).get("checks", []):
        execution = check["executionForLatestMaterialization"]
        if execution and execution["runId"] == materialization.run_id and execution["status"] != "SKIPPED":
            materialization.checks[check["name"]] = execution["status"] == "SUCCEEDED"
    return materialization
