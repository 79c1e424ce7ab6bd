"""From the first process to a platform that is ready, and the locations that come later.

What belongs here: the order of it, what is told meanwhile, and what a late location still gets. What does not: how a
part works (`stack` and its parts), how a line looks (`console`), and the story around it (`up`).
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from data_platform.contracts.suggest import counted
from data_platform.laptop import first_run, seeds, server_status, space, stored
from data_platform.laptop.console import Narrator
from data_platform.laptop.dagster_api import DagsterAPI
from data_platform.laptop.dagster_values import Locations
from data_platform.laptop.flow import Flow
from data_platform.laptop.processes import Service
from data_platform.laptop.reloading import Reloading
from data_platform.laptop.stack import Stack
from data_platform.laptop.waiting import Patience, until
from data_platform.project import START_HERE, current
from data_platform.settings import SIMULATE_VARIABLE

_LOOK_SECONDS: Final = 2.0
_HOPELESS_DEATHS: Final = 3
_LONGEST_RELOAD: Final = 300.0  # seconds


@dataclass
class Opening:
    """One opening of a stack.

    Attributes:
        stack: The stack, nothing of it started.
        narrator: Told everything.
        materialize: Whether the tagged jobs are run once.
        well: Whether all went well so far.
        late: The locations that are not served yet.
        flow: What comes by itself once it is open.
    """

    stack: Stack
    narrator: Narrator
    materialize: bool
    well: bool = field(default=True, init=False)
    late: set[str] = field(default_factory=set, init=False)
    flow: Flow = field(default_factory=Flow, init=False)
    _seeds: Service | None = field(default=None, init=False)
    _seeds_begun: float = field(default=0.0, init=False)
    _looked: float = field(default=0.0, init=False)
    _short: bool = field(default=False, init=False)
    _reloading: Reloading = field(init=False)

    def __post_init__(self) -> None:
        stack = self.stack
        self._reloading = Reloading(lambda: DagsterAPI(stack.dagster.url, stack.access.token, _LONGEST_RELOAD))

    def start(self) -> None:
        """Start every part and wait for each, and for the code locations for as long as they come further.

        Raises:
            LaptopError: A part ended, or a store of the user's own does not answer.
        """
        stack, narrator = self.stack, self.narrator
        self._reloading.look(stack.workspace)
        if not stack.s3:
            with narrator.step("Looking at the store …", f"The store answers: {stack.store}"):
                stored.reach(stack.store)
        stack.write_record()
        stack.launch()
        if stack.s3:
            with narrator.step("Starting the S3 …", f"S3 stores objects at {stack.s3.endpoint}"):
                stack.s3.wait(narrator.warn)
        with self._api(stack.ensure_dagster_runs) as api:
            with narrator.step("Starting Dagster, loading the code locations …", "Dagster's UI answers"):
                stack.dagster.start(narrator.warn)
                self._take_in(self._wait_for_locations(api))
            if stack.simulator:
                # Late: what it invents takes as long as what Dagster imports.
                with narrator.step("Waiting for the simulator …", f"Simulator answers at {stack.simulator.url}"):
                    stack.simulator.wait(narrator.warn)
            with narrator.step("Waiting for Dagster's daemon …", "Schedules, sensors and the run queue are on"):
                until(
                    lambda: not api.silent_daemons(stack.begun),
                    lambda: f"no heartbeat yet from {', '.join(api.silent_daemons(stack.begun))}",
                    alive=stack.ensure_dagster_runs,
                    tell=narrator.warn,
                    pause=0.2,
                )
        if left := server_status.left_runs(stack.dagster.sockets):
            narrator.warn(f"{counted(left, 'run')} ended with an earlier stack; Dagster sees to them again.")

    def fill(self) -> None:
        """Run what is tagged for a first run, where that is asked for; the simulator's past days begin to follow."""
        if not self.materialize:
            return
        missing = self.stack.missing_sources
        if missing and not self.stack.uses_simulator:
            self.narrator.warn(
                f"Not set: {', '.join(source.variable for source in missing)}. What comes from there stays empty."
                + (
                    f" With {SIMULATE_VARIABLE}=yes the simulator fills {self.stack.store} with invented data."
                    if current().simulator
                    else ""
                )
            )
        if set(self.stack.workspace.modules) == {START_HERE}:
            self.narrator.say("There is no domain yet. In this folder, in another terminal:")
            self.narrator.say(
                "  data-platform new acme/orders_v1 --from orders.csv    # or --sql, --python; --help says more"
            )
            url = f"{self.stack.dagster.url}/assets/{START_HERE}"
            self.narrator.say(f"A new domain is served here within seconds. The steps after that: {url}")
            return
        self.narrator.say("First materialization, over the API that the UI uses:")
        self._materialize(None)
        if self.stack.uses_simulator:
            self._begin_seeds()

    def watch(self) -> None:
        """Look at everything once: restart what ended, take in locations that come late, tell of a disk that fills."""
        self._tell_of_parts()
        self._tell_of_seeds()
        self._tell_of_space()
        self._tell_of_flow()
        self._follow_domains()
        self._follow_changes()
        if self.late and time.monotonic() - self._looked >= _LOOK_SECONDS and self.stack.dagster.webserver.ready():
            self._looked = time.monotonic()
            with self._api(self._tell_of_parts) as api:
                came = self._take_in(api.locations())
            if came:
                self.narrator.say(f"Served now: {', '.join(sorted(came))}.")
                if self.materialize:
                    self._materialize(came)

    def _follow_changes(self) -> None:
        self._reloading.look(self.stack.workspace)
        if reloaded := self._reloading.go_on(self.late):
            if reloaded.served:
                self.narrator.say(f"Files changed; served anew: {', '.join(sorted(reloaded.served))}.")
            self.narrator.load_errors(dict(reloaded.errors))

    def _follow_domains(self) -> None:
        new, gone = self.stack.follow_domains()
        if new:
            self.narrator.say(f"New: {', '.join(sorted(new))}; served in a moment.")
        if gone:
            self.narrator.say(f"Gone, and served no more: {', '.join(sorted(gone))}.")
        self.late = (self.late | new) - gone

    @property
    def may_still_come(self) -> bool:
        """Whether past days still come, or a late location whose server has not died too often to wait for it."""
        return self._may_come(self.late) or self._seeds is not None

    def _may_come(self, names: Iterable[str]) -> bool:
        """Whether the server of one of these locations has not died too often to wait for it."""
        servers = self.stack.dagster.servers
        return any(name not in servers or servers[name].deaths < _HOPELESS_DEATHS for name in names)

    def close(self) -> None:
        """End what this has begun; the next opening begins it again."""
        if self._seeds:
            self._seeds.stop()
        self._reloading.close()

    @property
    def but_for(self) -> str:
        """What is missing, as the end of a sentence; empty when nothing is."""
        return f", but for {', '.join(sorted(self.late))} (served as soon as it answers)" if self.late else ""

    def _api(self, alive: Callable[[], None]) -> DagsterAPI:
        return DagsterAPI(self.stack.dagster.url, self.stack.access.token, alive=alive)

    def _wait_for_locations(self, api: DagsterAPI) -> Locations:
        """What the webserver knows once every location is there or has an error.

        Those that are there do not wait for others of which for long nothing came further; where none is, nobody does.
        """
        seen = Locations()
        patience = Patience(lambda: (seen, self.stack.dagster.servers))

        def settled() -> bool:
            nonlocal seen
            seen = api.locations()
            if seen.pending or not seen.unreachable:
                return not seen.pending
            somebody_waits = bool(seen.loaded or seen.errors) or not self._may_come(seen.unreachable)
            return patience.spent and somebody_waits

        until(
            settled,
            lambda: f"not loaded yet: {', '.join(sorted(set(self.stack.workspace.modules) - seen.loaded))}",
            alive=self.stack.ensure_dagster_runs,
            tell=self.narrator.warn,
            pause=0.5,
        )
        return seen

    def _take_in(self, seen: Locations) -> set[str]:
        """Take in what the webserver knows: tell errors once, and say who is late.

        Returns:
            Those that were late and are loaded now.
        """
        first = not self._looked
        errors = {name: text for name, text in seen.errors.items() if first or name in self.late}
        self.narrator.load_errors(errors)
        came = self.late & seen.loaded
        # A domain that is new may not be known to the webserver yet: it is late, and not gone.
        unknown = self.late - seen.loaded - seen.errors.keys() - seen.unreachable.keys()
        late = set(seen.unreachable) | (unknown & set(self.stack.workspace.modules))
        servers = self.stack.dagster.servers
        for name in sorted(late - self.late):
            why = servers[name].cause if name in servers and servers[name].cause else "its server has not answered yet"
            self.narrator.warn(
                f"Code location {name} is not served yet ({why}); it will be as soon as it answers."
                f" Log: {self.stack.dagster.code_servers.service.log}"
            )
        self.late, self._looked = late, time.monotonic()
        self.well = self.well and not errors
        return came

    def _materialize(self, locations: set[str] | None) -> None:
        stack, narrator = self.stack, self.narrator
        with self._api(self._tell_of_parts) as api:
            runs = first_run.run_all(
                api,
                locations,
                without=() if stack.uses_simulator else [source.variable for source in stack.missing_sources],
                is_there=stored.existence_check(stack.store, stack.aws),
                listen=narrator.progress,
                alive=self._tell_of_parts,
            )
        if not runs and self.late:
            narrator.say("None yet: what is to be made first is known when its code location is served.")
        elif runs or locations is None:
            narrator.results(runs, stack.dagster.url)
        self.well = self.well and all(run.ok for run in runs)

    def _begin_seeds(self) -> None:
        domains = seeds.find(self.stack.workspace.modules)
        if domains:
            self._seeds_begun = time.monotonic()
            self._seeds = seeds.start(domains, environment=self.stack.environment, logs=self.stack.state.logs)
            self.narrator.say(f"Past days from the simulator for {', '.join(domains)} follow; see {self._seeds.log}.")

    def _tell_of_seeds(self) -> None:
        """Say once what became of the past days."""
        if self._seeds is None or self._seeds.running:
            return
        if self._seeds.exit_code == 0:
            self.narrator.done("Past days from the simulator", time.monotonic() - self._seeds_begun)
        else:
            log, tail = self._seeds.log, self._seeds.tail(5)
            self.narrator.problem(f"✗ Taking past days from the simulator failed; see {log}", tail)
            self.well = False
        self._seeds = None

    def _tell_of_space(self) -> None:
        """Say once that too little space is left, and once that there is enough again."""
        shortage = space.shortage(self.stack.state.root)
        if shortage and not self._short:
            self.narrator.problem(f"✗ {shortage} Runs wait in the queue until then.")
        elif self._short and not shortage:
            self.narrator.say("There is enough space again; the queue goes on.")
        self._short = bool(shortage)

    def _tell_of_flow(self) -> None:
        """Tell which assets got data since the last look, where a first materialization was asked for."""
        if not self.materialize or not self.flow.due or not self.stack.dagster.webserver.ready():
            return
        with self._api(self._tell_of_parts) as api:
            for line in self.flow.look(api, more_to_come=bool(self.late)):
                self.narrator.say(line)

    def _tell_of_parts(self) -> None:
        for line in self.stack.watch():
            self.narrator.warn(line)
