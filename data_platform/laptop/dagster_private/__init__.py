"""Every private API of Dagster that the platform uses, in one folder.

What belongs in this package: what reaches into Dagster where it promises nothing. What does not: everything that its
public API can do. Nothing is imported here.

Another minor version of Dagster may have moved what is used. Then each part falls back to Dagster's own, which is
slower or knows less, and is right: ``event_log`` (with ``engines``) and ``run_launcher`` are not put into the instance,
so that nothing is forked for runs (``forked_run``), ``code_server`` becomes ``dagster api grpc``, and ``daemon`` (with
``prompt`` and ``watching``) is ``dagster-daemon``. The one exception is ``webserver``: nothing is served without its
guard.
"""

from importlib.metadata import version
from typing import Final

TRIED: Final = "1.13"
"""The minor version of Dagster whose private parts are known."""


def known() -> bool:
    """Whether the installed Dagster is of that version."""
    return version("dagster").split(".")[:2] == TRIED.split(".")
