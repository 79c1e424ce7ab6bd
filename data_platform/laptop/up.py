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
from typing import Final, NoReturn

from data_platform.laptop import space
from data_platform.laptop.console import Narrator
from data_platform.laptop.errors import AlreadyRunningError, LaptopError, NotReadyError
from data_platform.laptop.opening import Opening
from data_platform.laptop.processes import is_same, kill, of_stack, tree
from data_platform.laptop.settings import STOP_SECONDS
from data_platform.laptop.stack import Stack, end_leftovers, open_stack
from data_platform.laptop.state import StateFolder
from data_platform.project import current
from data_platform.settings import STORE_VARIABLE

_LOOK_SECONDS: Final = 1.0


class Interrupted(BaseException):
    """SIGINT, SIGTERM or SIGHUP came."""


@dataclass(frozen=True)
class Options:
    """What `up` is asked to do.

    Attributes:
        state: The state folder.
        workspace: The workspace file; None: the domains of the project, as they come.
        materialize: Whether to run the tagged jobs once.
        exit_when_ready: Whether to stop when all this is done instead of serving.
    """

    state: Path
    workspace: Path | None = None
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
    try:
        state.create()
        with _signals(), state.lock(), ExitStack() as at_end:
            space.require(state.root)
            stack, notes = open_stack(options.state, options.workspace)
            at_end.callback(_stop, stack, narrator)
            for note in notes:
                narrator.warn(note)
            opening = Opening(stack, narrator, materialize=options.materialize)
            at_end.callback(opening.close)
            return _live(opening, options)
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


def _live(opening: Opening, options: Options) -> int:
    begun, narrator = time.monotonic(), opening.narrator
    opening.start()
    narrator.addresses(_addresses(opening.stack))
    opening.fill()
    narrator.say(f"Ready after {time.monotonic() - begun:.0f} s{opening.but_for}.", "bold")
    if options.exit_when_ready:
        while opening.may_still_come:
            opening.watch()
            time.sleep(_LOOK_SECONDS)
        return 0 if opening.well else 1
    narrator.say("Ctrl-C stops everything.")
    while True:
        opening.watch()
        time.sleep(_LOOK_SECONDS)


def _addresses(stack: Stack) -> dict[str, str]:
    store = f"{stack.store} (yours, from {STORE_VARIABLE})" if os.environ.get(STORE_VARIABLE) else stack.store
    folder = stack.state.root
    urls = dict(stack.urls)
    if stack.asks_for_the_token:
        urls["Dagster UI"] += f"/?token={stack.access.token}"
    others = f"add ?token=… to the address, from {stack.state.web_token}"
    more = {"Store": store, **_sources(stack), "State": str(folder), "Logs": str(stack.state.logs)}
    return {**urls, **more, "Other users": others}


def _sources(stack: Stack) -> dict[str, str]:
    """Where raw data come from; nothing, of a project that says nothing of its sources."""
    missing = stack.missing_sources
    lines = [f"{source.name}. {source.notice}".rstrip(" .") for source in current().sources if source not in missing]
    if missing:
        named = ", ".join(f"{source.name} ({source.variable})" for source in missing)
        instead = "the simulator" if stack.uses_simulator else "nothing"
        lines.append(f"{instead} in the place of {named}, which are not set")
    return {"Sources": "; ".join(lines)} if lines else {}


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
    if isinstance(error, NotReadyError) and error.log:
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
