"""What a forked process becomes: one run of Dagster, as ``dagster api execute_run`` makes it.

What belongs here: the request for a run and its execution in a process that was just forked. What does not: who forks
(`forked_runs`).
"""

import gc
import json
import os
import signal
import socket
import sys
import traceback
from typing import Final, NoReturn

from dagster import DagsterInstance, DagsterRunStatus, Definitions
from dagster._core.events import EngineEventData
from dagster._core.instance import InstanceRef
from dagster._grpc.impl import core_execute_run
from dagster._serdes import deserialize_value, serialize_value
from dagster._utils.hosted_user_process import recon_job_from_origin
from dagster._utils.interrupts import capture_interrupts
from dagster.components.core import load_defs

from data_platform.laptop.forked_runs import STARTED

_NOT_BEGUN: Final = frozenset({DagsterRunStatus.NOT_STARTED, DagsterRunStatus.STARTING})


def request(run_id: str, instance: DagsterInstance) -> str:
    """What a run's process must be told.

    Args:
        run_id: The run.
        instance: Has its books.
    """
    return json.dumps({"run": run_id, "instance": serialize_value(instance.get_ref())})


def become(text: str, asked: socket.socket) -> NoReturn:
    """Execute a run, then end the process. Call in a forked child only.

    A run that has begun already is left alone: who asked may have asked twice.

    Args:
        text: What `request` made.
        asked: Is answered when the run's process is in Dagster's books, or why it cannot be.
    """
    code = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if "numpy" in sys.modules:  # forked, its generator would give every run the same numbers
            sys.modules["numpy"].random.seed()
        _execute(text, asked)
        code = 0
    except BaseException:  # noqa: BLE001 - whoever asked learns of it; a run that has begun has it in its books
        traceback.print_exc()
        _answer(asked, traceback.format_exc(limit=-1))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _execute(text: str, asked: socket.socket) -> None:
    told = json.loads(text)
    ref = deserialize_value(told["instance"], InstanceRef)
    with capture_interrupts(), DagsterInstance.from_ref(ref) as instance:
        run = instance.get_run_by_id(told["run"])
        if run is None or run.job_code_origin is None or run.status not in _NOT_BEGUN:
            _answer(asked, STARTED)
            return
        pid = os.getpid()
        in_process = EngineEventData.in_process(pid)
        instance.report_engine_event(f"Started process for run (pid: {pid}).", run, in_process)
        _answer(asked, STARTED)
        job = recon_job_from_origin(run.job_code_origin)
        _load_lightly()
        try:
            for _ in core_execute_run(job, run, instance, inject_env_vars=True):
                gc.enable()  # the location is loaded by the first event
        finally:
            instance.report_engine_event(f"Process for run exited (pid: {pid}).", run)


def _load_lightly() -> None:
    """Leave out of loading a location what no run needs: a third of its CPU.

    That is the JSON schema of all components that are installed, for the UI's reference, and looking for garbage among
    what is only being made.
    """
    load_defs.get_library_json_enriched_defs = lambda tree: Definitions(component_tree=tree)
    gc.disable()


def _answer(asked: socket.socket, text: str) -> None:
    try:
        asked.sendall(text.encode())
        asked.close()
    except OSError:  # who asked is gone, or was answered before
        return
