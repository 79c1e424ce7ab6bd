"""Verbs for the platform on one machine: up, env, down.

What belongs here: their options. What does not: what they do (`data_platform.laptop`).
"""

from pathlib import Path
from typing import Annotated

import typer

from data_platform.cli.answers import RUNNING, Json, console, print_json, say
from data_platform.cli.deferred import deferred
from data_platform.laptop.errors import LaptopError
from data_platform.project import state_folder

with deferred():
    from data_platform.contracts import suggest
    from data_platform.laptop import console as laptop_console
    from data_platform.laptop import environment, json_lines
    from data_platform.laptop import up as laptop_up


def register(app: typer.Typer) -> None:
    """Add these verbs to the command."""
    app.command(rich_help_panel=RUNNING)(up)
    app.command(rich_help_panel=RUNNING)(env)
    app.command(rich_help_panel=RUNNING)(down)


def up(
    materialize: Annotated[
        bool, typer.Option(help="Run the jobs tagged data_platform/first_run once before serving.")
    ] = True,
    exit_when_ready: Annotated[
        bool, typer.Option("--exit-when-ready", help="Stop when everything has answered; exit code 0 if all is well.")
    ] = False,
    workspace: Annotated[
        Path | None,
        typer.Option(help="The code locations to load.", show_default="the project's domains, as they come"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Start the S3, the simulator and Dagster, bring in the last day of every domain's sources, and serve until Ctrl-C.

    Products and logs follow by themselves within minutes, as their inputs come; each is told.
    """
    file = workspace.expanduser().resolve() if workspace else None
    options = laptop_up.Options(state_folder(), file, materialize, exit_when_ready)
    raise typer.Exit(
        laptop_up.up(options, json_lines.JsonNarrator() if as_json else laptop_console.Narrator(console()))
    )


def env(as_json: Json = False) -> None:
    """Print the variables of the running stack, secrets included, for: eval "$(data-platform env)".

    Exit codes: 0 the stack runs; 1 it does not: where its store is part of it nothing is printed, else a warning.
    """
    try:
        stale = environment.why_stale(state_folder())
        if as_json:
            print_json(environment.variables(state_folder()))
        else:
            say(environment.exports(state_folder()))
    except LaptopError as error:
        say(str(error), err=True)
        raise typer.Exit(1) from None
    if stale:
        say(f"warning: {stale}", err=True)
        raise typer.Exit(1)


def down(as_json: Json = False) -> None:
    """Stop the stack of this state folder from another shell, or end what is left of one that was killed."""
    ended = laptop_up.down(state_folder())
    if as_json:
        print_json({"ended": ended})
    else:
        say(f"Ended {suggest.counted(ended, 'process')}.")
