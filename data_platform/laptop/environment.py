"""The environment of the stack's processes, and the part of it that other shells can use.

What belongs here: which variables are set, taken out or passed on. What does not: the values' own making.
"""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from data_platform.laptop.credentials import Credentials
from data_platform.laptop.errors import LaptopError
from data_platform.laptop.settings import REGION, STACK_VARIABLE
from data_platform.laptop.state import StateFolder
from data_platform.project import project_root
from data_platform.settings import (
    PROJECT_VARIABLE,
    SIMULATOR_VARIABLE,
    STATE_VARIABLE,
    STORE_VARIABLE,
    WEB_TOKEN_VARIABLE,
)

# With the first, every process compiles everything again: five locations took 60 s instead of 17 to load. The others
# would send our requests for the embedded S3 elsewhere, or sign them with somebody's own keys. The token of the web
# pages is told to those who serve them, and to no run.
_NEVER_INHERITED: Final = ("PYTHONDONTWRITEBYTECODE", WEB_TOKEN_VARIABLE)
_OF_ANOTHER_S3: Final = ("AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ENDPOINT_URL_S3")
# How many events of a run over many partitions Dagster stores at once (see `event_log`); 0, its default: one. Meanwhile
# other runs wait to write theirs, for about 50 ms at this size.
_EVENT_BATCHES: Final = {"DAGSTER_EVENT_BATCH_SIZE": "100"}
# How long Dagster waits for a code server's answer: its 60 s are too short where the machine is busy.
_PATIENT: Final = {"DAGSTER_GRPC_TIMEOUT_SECONDS": "300"}


def for_parts(state: StateFolder, stack_id: str, additions: Mapping[str, str]) -> dict[str, str]:
    """All of the environment of a part.

    Args:
        state: The stack's state folder.
        stack_id: Marks its processes.
        additions: The store, the S3 and the simulator.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _NEVER_INHERITED}
    if "AWS_ENDPOINT_URL" in additions:
        for name in _OF_ANOTHER_S3:
            environment.pop(name, None)
        environment["AWS_DEFAULT_REGION"] = REGION
    return {
        **environment,
        "PYTHONUNBUFFERED": "1",
        PROJECT_VARIABLE: str(project_root()),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(project_root()), os.environ.get("PYTHONPATH", "")])),
        "DAGSTER_HOME": str(state.dagster_home),
        "DAGSTER_DISABLE_TELEMETRY": "yes",
        "DO_NOT_TRACK": "1",
        **_EVENT_BATCHES,
        **_PATIENT,
        STATE_VARIABLE: str(state.root),
        STACK_VARIABLE: stack_id,
        **additions,
    }


def variables(root: Path) -> dict[str, str]:
    """The variables by which another process uses the stack that runs, or ran last, on a state folder.

    Args:
        root: The state folder.

    Returns:
        Values by name, the embedded store's secret among them.

    Raises:
        LaptopError: No stack ever ran on it.
    """
    state = StateFolder(root)
    record = state.read_record()
    if record is None:
        raise LaptopError(f"No stack has run on {root} yet. Start one with `make run`.")
    values = {STATE_VARIABLE: str(root), STORE_VARIABLE: record.store, "DAGSTER_HOME": str(state.dagster_home)}
    values |= _EVENT_BATCHES
    credentials = Credentials.read(state.credentials)
    if record.embedded_store and credentials is not None:
        values |= {
            "AWS_ENDPOINT_URL": record.urls["S3 endpoint"],
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": credentials.access_key,
            "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
            "AWS_ALLOW_HTTP": "true",  # what deltalake and Polars ask for before they talk to this machine's own S3
        }
    if "Simulator" in record.urls:
        values[SIMULATOR_VARIABLE] = record.urls["Simulator"]
    return values


def why_stale(root: Path) -> str:
    """What does not answer now of what the variables name; empty: the stack of the state folder runs.

    Raises:
        LaptopError: The stack is not running, and its store was part of it.
    """
    if StateFolder(root).is_locked():
        return ""
    record, fix = StateFolder(root).read_record(), "Start it: `make run`."
    if record is not None and record.embedded_store:
        raise LaptopError(f"The stack of {root} is not running, and its store is part of it. {fix}")
    return f"The stack of {root} is not running: the store is named, but nothing runs on it here. {fix}"


def exports(root: Path) -> str:
    """The same as lines for `eval`.

    Raises:
        LaptopError: No stack ever ran on it.
    """
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables(root).items())


def adopt(root: Path) -> str:
    """Make this process use the store of the stack that runs on a state folder.

    Returns:
        The store's URL.

    Raises:
        LaptopError: No stack ever ran on it, or it has stopped and its store with it.
    """
    values, record = variables(root), StateFolder(root).read_record()
    if record is not None and record.embedded_store:
        why_stale(root)
        for name in _OF_ANOTHER_S3:
            os.environ.pop(name, None)
    os.environ.update({name: value for name, value in values.items() if name.startswith("AWS_")})
    return values[STORE_VARIABLE]
