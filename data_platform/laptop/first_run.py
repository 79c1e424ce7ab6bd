"""The first materialization: every job tagged for it is run once, over the API that the UI uses.

What belongs here: which jobs still need a run, following their runs, and what came of them. What does not: any
domain by name, and how it is shown (`console`).
"""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, Final

from data_platform.laptop.dagster_api import DagsterAPI
from data_platform.laptop.dagster_values import AssetPath, JobPlan, Materialization, error_text
from data_platform.laptop.errors import DagsterAPIError

_LOOK_SECONDS: Final = 1.0
_ENDED: Final = {"SUCCESS", "FAILURE", "CANCELED"}


@dataclass
class FirstRun:
    """One job's run, while it goes on and after.

    Attributes:
        plan: What is run.
        run_id: Empty when nothing had to be run or it could not be launched.
        status: Dagster's word for it, or `SKIPPED`.
        materializations: What there is afterwards.
        problems: Why it failed: the step, if any, and the message.
    """

    plan: JobPlan
    run_id: str = ""
    status: str = "NOT_STARTED"
    materializations: list[Materialization] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    cursor: str | None = None

    @property
    def ok(self) -> bool:
        """Whether everything is there now."""
        return self.status in {"SUCCESS", "SKIPPED"}

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.status in _ENDED or self.status == "SKIPPED"


Listener = Callable[[FirstRun, AssetPath | None], None]
"""Called with a run when its status has changed, and with an asset when that was materialized."""


def run_all(
    api: DagsterAPI,
    locations: set[str] | None = None,
    *,
    without: Collection[str] = (),
    is_there: Callable[[Materialization], bool],
    listen: Listener,
    alive: Callable[[], None] = lambda: None,
) -> list[FirstRun]:
    """Run every tagged job whose newest partition is not there yet, all at once, and follow them to their end.

    Args:
        api: The webserver's API.
        locations: Only jobs of these; None for those of all.
        without: Sources that are not there, by their variables: their jobs are left out.
        is_there: Whether what a materialization claims is really in the store.
        listen: Told about progress.
        alive: Called between two looks; raises to give up.

    Returns:
        One for each tagged job.
    """
    wanted = [job for job in api.first_run_jobs() if locations is None or job.location in locations]
    jobs = [job for job in wanted if job.source not in without]
    runs = [_begin(api, api.plan(job), is_there, listen) for job in jobs]
    while pending := [run for run in runs if not run.ended]:
        alive()
        for run in pending:
            _poll(api, run, listen)
        time.sleep(_LOOK_SECONDS)
    for run in runs:
        run.materializations = api.newest_materializations(run.plan.assets, run.plan.partition)
    return runs


def _begin(api: DagsterAPI, plan: JobPlan, is_there: Callable[[Materialization], bool], listen: Listener) -> FirstRun:
    run = FirstRun(plan)
    materializations = api.newest_materializations(plan.assets, plan.partition)
    if materializations and all(
        materialization.run_id and is_there(materialization) for materialization in materializations
    ):
        run.status = "SKIPPED"
    else:
        try:
            run.run_id = api.launch(plan)
            run.status = "QUEUED"
        except DagsterAPIError as error:
            run.status = "FAILURE"
            run.problems.append(("", str(error)))
    listen(run, None)
    return run


def _poll(api: DagsterAPI, run: FirstRun, listen: Listener) -> None:
    more = True
    while more:
        page = api.run(run.run_id, run.cursor)
        run.cursor, more = page.cursor, page.more
        for event in page.events:
            _handle_event(event, run, listen)
    if page.status != run.status:
        run.status = page.status
        listen(run, None)


def _handle_event(event: dict[str, Any], run: FirstRun, listen: Listener) -> None:
    kind = event["__typename"]
    if kind == "MaterializationEvent" and event.get("assetKey"):
        listen(run, tuple(event["assetKey"]["path"]))
    elif kind == "ExecutionStepFailureEvent":
        run.problems.append((event.get("stepKey") or "", error_text(event.get("error")) or event.get("message", "")))
    elif kind == "RunFailureEvent" and not run.problems:
        run.problems.append(("", error_text(event.get("error")) or event.get("message", "")))
