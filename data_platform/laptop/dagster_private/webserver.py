"""Dagster's webserver behind our guard.

Run as ``python -m data_platform.laptop.dagster_private.webserver --port <port> <workspace.yaml>``. Dagster's own
command looks at neither Host nor Origin, runs mutations on GET, and answers every user of the machine.

What belongs here: building Dagster's application, and serving it behind the guard on the loopback address. What does
not: what the guard refuses (`data_platform.web`). Dagster's private modules are used in one function: where they have
moved, nothing is served, rather than something unguarded.
"""

import argparse
import os
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, NoReturn

import uvicorn
from starlette.types import ASGIApp

from data_platform.laptop.dagster_private import known
from data_platform.laptop.settings import HOST
from data_platform.web import Guard, PeerProtocol
from data_platform.web.access import AccessError, from_environment

GRAPHQL: Final = "/graphql"
_STOP_SECONDS: Final = 2
# What Dagster's own command gives: milliseconds for a statement, seconds and connections for a pool, milliseconds
# between two questions of the UI.
_STATEMENT_TIMEOUT, _POOL_RECYCLE, _POOL_OVERFLOW, _POLL = 15_000, 3_600, 20, 2_000


_LOOK_SECONDS: Final = 1.0


@contextmanager
def dagster_application(workspace: Path) -> Iterator[ASGIApp]:
    """Dagster's web application over a workspace and the instance of ``DAGSTER_HOME``.

    Args:
        workspace: The workspace file.

    Raises:
        ImportError: This version of Dagster has it elsewhere.
    """
    from dagster import DagsterInstance  # noqa: PLC0415 - the options are read without it
    from dagster._core.workspace.context import WorkspaceProcessContext  # noqa: PLC0415
    from dagster._core.workspace.load_target import WorkspaceFileTarget  # noqa: PLC0415
    from dagster_webserver.app import create_app_from_workspace_process_context  # noqa: PLC0415
    from dagster_webserver.version import __version__  # noqa: PLC0415

    if known():
        from data_platform.laptop.dagster_private.watching import watch_calmly  # noqa: PLC0415 - as above

        watch_calmly()
    with DagsterInstance.get() as instance:
        instance.optimize_for_webserver(_STATEMENT_TIMEOUT, _POOL_RECYCLE, _POOL_OVERFLOW)
        target = WorkspaceFileTarget(paths=[str(workspace)])
        with WorkspaceProcessContext(instance, target, version=__version__) as context:
            threading.Thread(target=_follow, args=(workspace, context), daemon=True).start()
            yield create_app_from_workspace_process_context(context, live_data_poll_rate=_POLL)


def _follow(workspace: Path, context: Any) -> NoReturn:
    """Load what a workspace file names whenever it has changed; its other locations are not loaded anew."""
    seen = workspace.stat().st_mtime_ns
    while True:
        time.sleep(_LOOK_SECONDS)
        try:
            changed = workspace.stat().st_mtime_ns
            if changed != seen:
                context.refresh_workspace()
                seen = changed
        except Exception:  # noqa: BLE001 - the next look tries again, and the log says why
            traceback.print_exc()


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        arguments: The command line without the program's name; None for that of the process.

    Raises:
        SystemExit: A setting of the guard cannot be used, or Dagster's application is not where this code looks.
    """
    parser = argparse.ArgumentParser(prog="python -m data_platform.laptop.dagster_private.webserver")
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args(arguments)
    with ExitStack() as stack:
        try:
            access = from_environment(os.environ)
            application = stack.enter_context(dagster_application(options.workspace))
        except AccessError as error:
            sys.exit(str(error))
        except ImportError as error:
            sys.exit(
                f"Dagster's web application is not where it was in 1.13.27 ({error}), and it is not served without the "
                "guard: install the versions of requirements/run.lock (`make setup`)."
            )
        uvicorn.run(
            Guard(application, access, graphql=(GRAPHQL,)),
            host=HOST,
            port=options.port,
            http=PeerProtocol,
            log_level="warning",
            lifespan="off",
            access_log=False,  # it would write the token
            server_header=False,
            timeout_graceful_shutdown=_STOP_SECONDS,
            proxy_headers=False,  # what a client says about itself is no reason to let it in
        )


if __name__ == "__main__":
    main()
