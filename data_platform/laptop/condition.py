"""How the platform on this machine is, beyond what the store says: code locations and last runs.

What belongs here: asking the running platform, and saying it. What does not: how products are (`mesh.overview.health`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from data_platform.laptop import graphql
from data_platform.laptop.asset_runs import follow
from data_platform.laptop.dagster_api import DagsterAPI
from data_platform.products.names import is_of

_MOST_SHOWN: Final = 10
_STOPPED: Final = "it was stopped, as all runs are that the platform's end meets; Dagster runs those again"


@dataclass(frozen=True)
class FailedRun:
    """The last run of an asset, which failed.

    Attributes:
        asset: Its key.
        run_id: The run.
        url: Where the UI shows it.
        reason: Why, in a sentence; empty for one of many, which are not all looked into.
    """

    asset: str
    run_id: str
    url: str
    reason: str


@dataclass(frozen=True)
class Condition:
    """How the platform is.

    Attributes:
        dead: Code locations that are not loaded, and why.
        failed: Assets whose last run failed.
        why_not: Why nothing could be found out; empty: it could.
        told: Assets whose failed runs ``lines`` leaves out.
    """

    dead: Mapping[str, str] = field(default_factory=dict)
    failed: Sequence[FailedRun] = ()
    why_not: str = ""
    told: frozenset[str] = frozenset()

    @property
    def well(self) -> bool:
        """Whether nothing is known to be wrong."""
        return not self.dead and not self.failed

    def but_for(self, products: Sequence[str]) -> "Condition":
        """The same where the failed runs of products are told elsewhere."""
        return replace(self, told=frozenset(products))

    def lines(self) -> Iterator[str]:
        """It in words."""
        if self.why_not:
            yield f"Runs and code locations were not looked at: {self.why_not}"
        for name, why in self.dead.items():
            yield f"Code location {name} is not loaded: {why}"
        for run in self.failed:
            if run.asset not in self.told:
                yield f"The newest run of {run.asset} failed: {run.reason or run.run_id} ({run.url})"

    def as_json(self) -> dict[str, object]:
        """It as plain data."""
        return {
            "code_locations": dict(self.dead),
            "failed_runs": [vars(run) for run in self.failed],
            "platform": self.why_not or "looked at",
        }


def condition_here(root: Path, keys: Sequence[str] | None = None, domain: str = "") -> Condition:
    """How the platform of a state folder is.

    Args:
        root: The state folder.
        keys: Only runs of these assets; None: of all.
        domain: Only code locations and assets of this domain; empty: of all.

    Raises:
        LaptopError: No platform runs there, or it does not answer.
    """
    with DagsterAPI.of_running(root) as api:
        seen = api.locations()
        wanted = [key for key in api.materializable() if (keys is None or key in keys) and is_of(key, domain)]
        latest = api.latest(graphql.LATEST_RUNS, wanted)
        runs = {key: info["latestRun"] for key, info in sorted(latest.items())}
        failed = {key: run["runId"] for key, run in runs.items() if run and run["status"] == "FAILURE"}
        reasons = {run_id: _reason(api, run_id) for run_id in list(dict.fromkeys(failed.values()))[:_MOST_SHOWN]}
    dead = {name: why for name, why in {**seen.errors, **seen.unreachable}.items() if not domain or name == domain}
    return Condition(
        dead,
        [FailedRun(key, run_id, f"{api.url}/runs/{run_id}", reasons.get(run_id, "")) for key, run_id in failed.items()],
    )


def _reason(api: DagsterAPI, run_id: str) -> str:
    reason = next(iter(follow(api, run_id)[1]), "")
    return _STOPPED if "DagsterExecutionInterruptedError" in reason else reason
