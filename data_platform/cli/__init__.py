"""The `data-platform` command: one file a group of verbs.

What belongs here: arguments, options and their help. What does not: logic, which lives outside `cli`, and any import
that makes `--help` slow: a verb's file imports what it needs by `cli.deferred`.
"""

from typing import Annotated

import typer

from data_platform.cli import (
    author,
    ci,
    compare,
    data,
    exchange,
    find,
    laptop,
    lineage,
    mending,
    preview,
    project,
    promise,
    registry,
    running,
)
from data_platform.cli.deferred import deferred

with deferred():
    from importlib import metadata

app = typer.Typer(
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_show_locals=False,  # they would print credentials
)


def _say_version(value: bool) -> None:
    if value:
        typer.echo(f"data-platform {metadata.version('dagster-data-mesh')}")
        raise typer.Exit


@app.callback()
def _command(
    _version: Annotated[
        bool, typer.Option("--version", help="Say which version this is.", callback=_say_version, is_eager=True)
    ] = False,
) -> None:
    """The data platform: a data mesh on Dagster."""


project.register(app)
laptop.register(app)
running.register(app)
mending.register(app)
find.register(app)
data.register(app)
registry.register(app)
compare.register(app)
lineage.register(app)
author.register(app)
promise.register(app)
exchange.register(app)
preview.register(app)
ci.register(app)
