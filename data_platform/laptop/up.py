"""`data-platform up`: start the stack, fill it once, serve, stop.

What belongs here: the story from the first line to the last, and its exit code. What does not: how a part works
(`stack` and its parts) and how a line looks (`console`).
"""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from data_platform.laptop import first_run, seeds, stored
from data_platform.laptop.console import TMDB_NOTICE, Narrator
from data_platform.laptop.dagster_api import DagsterAPI
from data_platform.laptop.errors import AlreadyRunningError, LaptopError, NotReadyError, PartStoppedError
from data_platform.laptop.processes import is_same, kill, of_stack, tree
from data_platform.laptop.settings import DAGSTER_READY_SECONDS, FIRST_RUN_SECONDS, SEED_SECONDS, STOP_SECONDS
from data_platform.laptop.stack import Stack, end_leftovers, open_stack
from data_platform.laptop.state import StateFolder
from data_platform.settings import STORE_VARIABLE, TMDB_TOKEN_VARIABLE


class Interrupted(BaseException):
    """SIGINT, SIGTERM or SIGHUP came."""


@dataclass(frozen=True)
class Options:
    """What `up` is asked to do.

    Attributes:
        state: The state folder.
        workspace: The workspace file.
        materialize: Whether to run the tagged jobs once.
        exit_when_ready: Whether to stop when all this is done instead of serving.
    """

    state: Path
    workspace: Path
    materialize: bool = True
    exit_when_ready: bool = False


def up(options: Options, narrator: Narrator) -> int:
    """Start, fill once, serve and stop.

    Args:
        options: What is asked for.
        narrator: Told everything.

    Returns:
        The exit code: 0 when all went well or it was stopped by a signal, else 1.
    """
    state = StateFolder(options.state)
    state.create()
    try:
        with _signals(), state.lock(), ExitStack() as at_end:
            stack, notes = open_stack(options.state, options.workspace)
            at_end.callback(_stop, stack, narrator)
            for note in notes:
                narrator.warn(note)
            return _live(stack, options, narrator)
    except Interrupted:
        return 0
    except LaptopError as error:
        _explain(error, narrator)
        return 1


def down(root: Path) -> int:
    """Stop the stack of a state folder from another shell, or end what is left of one.

    Returns:
        How many processes were ended.
    """
    state = StateFolder(root)
    record = state.read_record()
    if record is None:
        return 0
    before = of_stack(record.stack_id)
    if is_same(record.pid, record.started) and state.is_locked():
        owner = tree(record.pid)[:1]
        for process in owner:
            process.terminate()
        deadline = time.monotonic() + 4 * STOP_SECONDS
        while is_same(record.pid, record.started) and time.monotonic() < deadline:
            time.sleep(0.1)
        kill(owner)
        before += owner
    end_leftovers(state)
    return len(before)


def _live(stack: Stack, options: Options, narrator: Narrator) -> int:
    begun = time.monotonic()
    well = _start(stack, narrator)
    narrator.addresses(_addresses(stack))
    if options.materialize:
        well = _materialize(stack, narrator) and well
    narrator.say(f"Ready after {time.monotonic() - begun:.0f} s.", "bold")
    if options.exit_when_ready:
        return 0 if well else 1
    narrator.say("Ctrl-C stops everything.")
    while True:
        _watch(stack, narrator)
        time.sleep(1)


def _start(stack: Stack, narrator: Narrator) -> bool:
    """Start every part and wait for each; False when a code location did not load."""
    if not stack.s3:
        with narrator.step("Looking at the store …", f"The store answers: {stack.store}"):
            stored.reach(stack.store)
    stack.write_record()
    stack.launch()
    if stack.s3:
        with narrator.step("Starting the S3 …", f"S3 stores objects at {stack.s3.endpoint}"):
            stack.s3.wait()
    if stack.simulator:
        with narrator.step("Starting the simulator …", f"Simulator answers at {stack.simulator.url}"):
            stack.simulator.wait()
    with DagsterAPI(stack.dagster.url) as api:
        with narrator.step("Starting Dagster, loading the code locations …", "Dagster's UI has loaded all locations"):
            stack.start_dagster()
            names = set(stack.workspace.modules)
            errors = api.wait_for_locations(names, DAGSTER_READY_SECONDS, stack.ensure_dagster_runs)
        with narrator.step("Waiting for Dagster's daemon …", "Schedules, sensors and the run queue are on"):
            api.wait_for_daemons(stack.begun, DAGSTER_READY_SECONDS, stack.ensure_dagster_runs)
        narrator.load_errors(errors)
        if left := api.cancel_runs_begun_before(stack.begun):
            narrator.warn(f"Marked {left} runs as cancelled that ended with an earlier stack.")
    return not errors


def _materialize(stack: Stack, narrator: Narrator) -> bool:
    well = _seed(stack, narrator) if stack.uses_simulator else True
    narrator.say("First materialization, over the API that the UI uses:")
    with DagsterAPI(stack.dagster.url) as api:
        runs = first_run.run_all(
            api,
            is_there=stored.looker(stack.store, stack.aws),
            listen=narrator.progress,
            seconds=FIRST_RUN_SECONDS,
            alive=lambda: _watch(stack, narrator),
        )
    narrator.results(runs, stack.dagster.url)
    return well and all(run.ok for run in runs)


def _seed(stack: Stack, narrator: Narrator) -> bool:
    domains = seeds.find(stack.workspace.modules)
    if not domains:
        return True
    begun = time.monotonic()
    failed = seeds.run(
        domains,
        environment=stack.environment,
        logs=stack.state.logs,
        seconds=SEED_SECONDS,
        alive=lambda: _watch(stack, narrator),
    )
    if failed:
        narrator.problem(f"✗ Preparing the domains from the simulator failed; see {failed.log}", failed.tail(5))
        return False
    narrator.done(f"Past days from the simulator for {', '.join(domains)}", time.monotonic() - begun)
    return True


def _watch(stack: Stack, narrator: Narrator) -> None:
    for name in stack.watch():
        narrator.warn(f"{name} had ended and was restarted; it answers again.")


def _addresses(stack: Stack) -> dict[str, str]:
    store = stack.store if stack.s3 else f"{stack.store} (yours, from {STORE_VARIABLE})"
    simulated = "the shop's simulator (set TMDB_API_TOKEN for TMDb)"
    source = f"TMDb. {TMDB_NOTICE}" if os.environ.get(TMDB_TOKEN_VARIABLE) else simulated
    folder = stack.state.root
    return {**stack.urls, "Store": store, "Movies from": source, "State": str(folder), "Logs": str(stack.state.logs)}


def _stop(stack: Stack, narrator: Narrator) -> None:
    """Stop everything; a second signal while this goes on kills everything."""
    try:
        narrator.say("Stopping …")
        stack.stop()
        narrator.say("Stopped; nothing is left running.")
    except Interrupted:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        stack.kill()
        narrator.say("Killed; nothing is left running.")


def _explain(error: LaptopError, narrator: Narrator) -> None:
    narrator.problem(f"✗ {error}")
    if isinstance(error, NotReadyError | PartStoppedError) and error.log:
        narrator.problem(f"  The end of {error.log}:", error.tail)
    if not isinstance(error, AlreadyRunningError):
        narrator.say("The platform is not running.")


@contextmanager
def _signals() -> Iterator[None]:
    def interrupt(_number: int, _frame: object) -> NoReturn:
        raise Interrupted

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
