"""A client of the GraphQL API of Dagster's webserver: the one that the UI itself uses.

What belongs here: asking and waiting, with answers as plain values. What does not: what to launch and why
(`first_run`), and the documents (`graphql`).
"""

import time
from collections.abc import Callable
from typing import Any, Self

import httpx

from data_platform.laptop import graphql
from data_platform.laptop.dagster_values import AssetPath, Job, JobPlan, Made, RunPage, load_errors
from data_platform.laptop.dagster_values import made as read_made
from data_platform.laptop.errors import DagsterAPIError
from data_platform.laptop.settings import FIRST_RUN_TAG


class DagsterAPI:
    """The API of one webserver. Use as a context manager."""

    def __init__(self, url: str, seconds: float = 30.0) -> None:
        """Nothing is asked yet.

        Args:
            url: Of the webserver.
            seconds: How long one answer may take.
        """
        # No proxy: the address is this machine's, whatever the environment says about proxies.
        self._client = httpx.Client(base_url=url, timeout=seconds, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def ask(self, document: str, **variables: object) -> dict[str, Any]:
        """Send one document.

        Returns:
            The field `data` of the answer.

        Raises:
            DagsterAPIError: There is no answer, or one with errors.
        """
        try:
            response = self._client.post("/graphql", json={"query": document, "variables": variables})
            answer = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise DagsterAPIError(f"The webserver does not answer: {error}") from error
        if answer.get("errors"):
            raise DagsterAPIError("; ".join(str(error.get("message")) for error in answer["errors"]))
        data: dict[str, Any] = answer["data"]
        return data

    def wait_for_locations(
        self, names: set[str], seconds: float, alive: Callable[[], None] = lambda: None
    ) -> dict[str, str]:
        """Wait until every location is loaded, or has failed to.

        Args:
            names: The locations that must be there.
            seconds: How long to wait.
            alive: Called between two tries; raises to give up.

        Returns:
            The error of each location that did not load.

        Raises:
            DagsterAPIError: A location is neither loaded nor failed in time.
        """
        deadline, last = time.monotonic() + seconds, "no answer yet"
        while time.monotonic() < deadline:
            alive()
            try:
                entries = self.ask(graphql.LOCATIONS)["workspaceOrError"].get("locationEntries", [])
                pending = names - {entry["name"] for entry in entries if entry["loadStatus"] == "LOADED"}
                if not pending:
                    return load_errors(entries)
                last = f"still loading: {', '.join(sorted(pending))}"
            except DagsterAPIError as error:
                last = str(error)
            time.sleep(0.2)
        raise DagsterAPIError(f"The code locations were not loaded in {seconds:.0f} s ({last}).")

    def wait_for_daemons(self, since: float, seconds: float, alive: Callable[[], None] = lambda: None) -> None:
        """Wait until every daemon that this instance needs is healthy.

        Args:
            since: Older heartbeats, in seconds since 1970, are those of an earlier stack.
            seconds: How long to wait.
            alive: Called between two tries; raises to give up.

        Raises:
            DagsterAPIError: One has no heartbeat in time.
        """
        deadline, silent = time.monotonic() + seconds, ["all of them"]
        while time.monotonic() < deadline:
            alive()
            statuses = self.ask(graphql.DAEMONS)["instance"]["daemonHealth"]["allDaemonStatuses"]
            silent = [
                each["daemonType"]
                for each in statuses
                if each["required"] and not (each["healthy"] and (each["lastHeartbeatTime"] or 0) >= since)
            ]
            if not silent:
                return
            time.sleep(0.2)
        raise DagsterAPIError(f"No heartbeat in {seconds:.0f} s from: {', '.join(silent)}.")

    def first_run_jobs(self) -> list[Job]:
        """The jobs of every location that are tagged to be run once at the start."""
        nodes = self.ask(graphql.JOBS)["repositoriesOrError"].get("nodes", [])
        return [
            Job(node["location"]["name"], node["name"], job["name"])
            for node in nodes
            for job in node["pipelines"]
            if {"key": FIRST_RUN_TAG, "value": "true"} in [*job["tags"], *job["runTags"]]
        ]

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
        launched = self.ask(
            graphql.LAUNCH,
            params={
                "selector": job.selector,
                "mode": "default",
                "runConfigData": config or "{}",
                "executionMetadata": {"tags": tags},
            },
        )["launchRun"]
        if launched["__typename"] != "LaunchRunSuccess":
            messages = [launched.get("message") or "", *(each["message"] for each in launched.get("errors", []))]
            raise DagsterAPIError(f"{launched['__typename']}: {' '.join(filter(None, messages))}")
        return str(launched["run"]["runId"])

    def run(self, run_id: str, cursor: str | None) -> RunPage:
        """The status of a run and its events since a cursor."""
        run = self.ask(graphql.RUN, id=run_id, after=cursor)["runOrError"]
        if run["__typename"] != "Run":
            raise DagsterAPIError(f"Run {run_id} is gone.")
        page = run["eventConnection"]
        return RunPage(run["status"], page["cursor"], page["events"], page["hasMore"])

    def made(self, assets: dict[AssetPath, bool], partition: str | None) -> list[Made]:
        """The newest materialization of each asset: of this partition, where the asset has partitions."""
        found = []
        for partitioned in (True, False):
            keys = [{"path": list(asset)} for asset, has in assets.items() if has is partitioned]
            if keys:
                partitions = [partition] if partitioned and partition else None
                answer = self.ask(graphql.ASSETS, keys=keys, partitions=partitions)
                found += [read_made(node) for node in answer["assetNodes"]]
        return sorted(found, key=lambda each: each.asset)

    def cancel_runs_begun_before(self, moment: float) -> int:
        """Mark as cancelled what an earlier stack left unfinished: nothing works on it any more.

        Args:
            moment: Seconds since 1970; runs begun later are left alone.

        Returns:
            How many there were.
        """
        runs = self.ask(graphql.UNFINISHED_RUNS, before=moment)["runsOrError"].get("results", [])
        # One that waited in the queue may have been created earlier and be run right now.
        left = [run["runId"] for run in runs if run["startTime"] is None or run["startTime"] < moment]
        if left:
            self.ask(graphql.TERMINATE, ids=left, policy="MARK_AS_CANCELED_IMMEDIATELY")
        return len(left)
