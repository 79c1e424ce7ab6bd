"""A client of the GraphQL API of Dagster's webserver: the one that the UI itself uses.

What belongs here: asking and waiting, with answers as plain values. What does not: what to launch and why
(`first_run`), and the documents (`graphql`).
"""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final, Self

import httpx

from data_platform.laptop import graphql
from data_platform.laptop.credentials import token_kept_in
from data_platform.laptop.dagster_values import (
    AssetPath,
    Job,
    JobPlan,
    Locations,
    Materialization,
    RunPage,
    read_materialization,
)
from data_platform.laptop.dagster_values import locations as read_locations
from data_platform.laptop.errors import DagsterAPIError
from data_platform.laptop.settings import FIRST_RUN_TAG, SOURCE_TAG
from data_platform.laptop.state import StateFolder

_PAUSE_SECONDS: Final = 0.2


class DagsterAPI:
    """The API of one webserver. Use as a context manager.

    Attributes:
        url: Of the webserver.
    """

    def __init__(
        self, url: str, token: str = "", seconds: float = 30.0, alive: Callable[[], None] | None = None
    ) -> None:
        """Nothing is asked yet.

        Args:
            url: Of the webserver.
            token: Of the webserver; a process of its own user needs none where the kernel says whose it is.
            seconds: How long one answer may take.
            alive: Called when a query has no answer, before it is asked again; raises to give up. None: nothing is
                asked twice.
        """
        self.url = url
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        # No proxy: the address is this machine's, whatever the environment says about proxies.
        self._client = httpx.Client(base_url=url, headers=headers, timeout=seconds, trust_env=False)
        self._alive = alive

    @classmethod
    def of_running(cls, root: Path) -> Self:
        """The API of the platform that runs on a state folder.

        Raises:
            LaptopError: None does.
        """
        state = StateFolder(root)
        return cls(state.running().urls["Dagster UI"], token_kept_in(state.web_token))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def ask(self, document: str, **variables: object) -> dict[str, Any]:
        """Send one document.

        A query is asked again while the webserver is not there or does not answer; a mutation is sent once, and waited
        for as long as its connection holds, for nobody knows what became of one that had no answer.

        Returns:
            The field `data` of the answer.

        Raises:
            DagsterAPIError: There is no answer, or one with errors.
        """
        content = {"query": document, "variables": variables}
        once = self._alive is None or document.lstrip().startswith("mutation")
        while True:
            try:
                timeout = None if once and self._alive else httpx.USE_CLIENT_DEFAULT
                response = self._client.post("/graphql", json=content, timeout=timeout)
                return _data(response)
            except (httpx.TransportError, ValueError) as error:
                if once or self._alive is None:
                    raise DagsterAPIError(f"The webserver does not answer: {error}") from error
                self._alive()
                time.sleep(_PAUSE_SECONDS)

    def locations(self) -> Locations:
        """What the webserver knows of its code locations; all of it pending while it has no workspace yet."""
        entries = self.ask(graphql.LOCATIONS)["workspaceOrError"].get("locationEntries", [])
        return read_locations(entries) if entries else Locations()

    def reload(self, location: str) -> None:
        """Have a code location's code loaded anew, and wait until it is, or is seen not to load.

        Raises:
            DagsterAPIError: Dagster does not do it.
        """
        answer = self.ask(graphql.RELOAD, name=location)["reloadRepositoryLocation"]
        if answer["__typename"] != "WorkspaceLocationEntry":
            raise DagsterAPIError(f"{answer['__typename']}: {answer.get('message') or ''}")

    def materializable(self) -> dict[str, dict[str, Any]]:
        """What GraphQL says of each asset that can be materialized, by its key, ``domain/name``."""
        nodes = self.ask(graphql.MATERIALIZABLE)["assetNodes"]
        return {"/".join(node["assetKey"]["path"]): node for node in nodes if node["isMaterializable"]}

    def latest(self, document: str, keys: Iterable[str]) -> dict[str, dict[str, Any]]:
        """What is latest of assets, by their keys.

        Args:
            document: `graphql.LATEST_RUNS` or `graphql.LATEST_MATERIALIZATIONS`.
            keys: The assets.
        """
        paths = [{"path": key.split("/")} for key in keys]
        infos = self.ask(document, keys=paths)["assetsLatestInfo"] if paths else []
        return {"/".join(info["assetKey"]["path"]): info for info in infos}

    def silent_daemons(self, since: float) -> list[str]:
        """The daemons that this instance needs and that are not healthy.

        Args:
            since: Older heartbeats, in seconds since 1970, are those of an earlier stack.
        """
        statuses = self.ask(graphql.DAEMONS)["instance"]["daemonHealth"]["allDaemonStatuses"]
        return [
            status["daemonType"]
            for status in statuses
            if status["required"] and not (status["healthy"] and (status["lastHeartbeatTime"] or 0) >= since)
        ]

    def first_run_jobs(self) -> list[Job]:
        """The jobs of every location that are tagged to be run once at the start."""
        nodes = self.ask(graphql.JOBS)["repositoriesOrError"].get("nodes", [])
        jobs = []
        for node in nodes:
            for job in node["pipelines"]:
                tags = {tag["key"]: tag["value"] for tag in [*job["tags"], *job["runTags"]]}
                if tags.get(FIRST_RUN_TAG) == "true":
                    jobs.append(Job(node["location"]["name"], node["name"], job["name"], tags.get(SOURCE_TAG, "")))
        return jobs

    def plan(self, job: Job) -> JobPlan:
        """The newest partition of a job, and its assets."""
        answer = self.ask(graphql.JOB, selector=job.selector)
        if answer["pipelineOrError"]["__typename"] != "Pipeline":
            raise DagsterAPIError(f"Job {job.name} of {job.location} is gone.")
        keys = answer["pipelineOrError"]["partitionKeysOrError"]["partitionKeys"]
        assets = {
            tuple(node["assetKey"]["path"]): bool(node["isPartitioned"])
            for node in answer["assetNodes"]
            if node["isMaterializable"]
        }
        return JobPlan(job, keys[0] if keys else None, assets)

    def launch(self, plan: JobPlan) -> str:
        """Launch a run as the UI would: with its partition's own tags and configuration.

        Returns:
            The id of the run.

        Raises:
            DagsterAPIError: Dagster refuses to launch it.
        """
        job, tags, config = plan.job, [], "{}"
        if plan.partition is not None:
            answer = self.ask(graphql.PARTITION, selector=job.selector, partition=plan.partition)
            partition = answer["pipelineOrError"]["partition"]
            tags = partition["tagsOrError"]["results"]
            config = partition["runConfigOrError"]["yaml"]
        return self.launch_run(
            {
                "selector": job.selector,
                "mode": "default",
                "runConfigData": config or "{}",
                "executionMetadata": {"tags": tags},
            }
        )

    def launch_run(self, params: dict[str, Any]) -> str:
        """Launch a run.

        Args:
            params: GraphQL's `ExecutionParams`.

        Returns:
            The id of the run.

        Raises:
            DagsterAPIError: Dagster refuses to launch it.
        """
        launched = self.ask(graphql.LAUNCH, params=params)["launchRun"]
        if launched["__typename"] != "LaunchRunSuccess":
            messages = [launched.get("message") or "", *(error["message"] for error in launched.get("errors", []))]
            raise DagsterAPIError(f"{launched['__typename']}: {' '.join(filter(None, messages))}")
        return str(launched["run"]["runId"])

    def run(self, run_id: str, cursor: str | None) -> RunPage:
        """The status of a run and its events since a cursor."""
        run = self.ask(graphql.RUN, id=run_id, after=cursor)["runOrError"]
        if run["__typename"] != "Run":
            raise DagsterAPIError(f"Run {run_id} is gone.")
        page = run["eventConnection"]
        return RunPage(run["status"], page["cursor"], page["events"], page["hasMore"])

    def newest_materializations(self, assets: dict[AssetPath, bool], partition: str | None) -> list[Materialization]:
        """The newest materialization of each asset: of this partition, where the asset has partitions."""
        materializations = []
        for partitioned in (True, False):
            keys = [{"path": list(asset)} for asset, has in assets.items() if has is partitioned]
            if keys:
                partitions = [partition] if partitioned and partition else None
                answer = self.ask(graphql.ASSETS, keys=keys, partitions=partitions)
                materializations += [read_materialization(node) for node in answer["assetNodes"]]
        return sorted(materializations, key=lambda materialization: materialization.asset)


def _data(response: httpx.Response) -> dict[str, object]:
    answer = response.json()
    if answer.get("errors"):
        raise DagsterAPIError("; ".join(str(error.get("message")) for error in answer["errors"]))
    data: dict[str, object] = answer["data"]
    return data
