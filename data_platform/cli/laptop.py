"""Verbs for the platform on one machine: up, env, down.

What belongs here: their options. What does not: what they do (`data_platform.laptop`).
"""

from pathlib import Path
from typing import Annotated

import typer

from data_platform.cli.answers import RUNNING, Json, console, print_json, say
from data_platform.settings import PROJECT_ROOT, state_folder


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
    workspace: Annotated[Path, typer.Option(help="The code locations to load.")] = PROJECT_ROOT / "workspace.yaml",
    as_json: Json = False,
) -> None:
    """Start the S3, the simulator and Dagster, bring in the last day of every domain's sources, and serve until Ctrl-C.

    Products and logs follow by themselves within minutes, as their inputs come; each is told.
    """
    from data_platform.laptop.console import Narrator  # noqa: PLC0415 - see the package
    from data_platform.laptop.json_lines import JsonNarrator  # noqa: PLC0415
    from data_platform.laptop.up import Options  # noqa: PLC0415
    from data_platform.laptop.up import up as start  # noqa: PLC0415

    options = Options(state_folder(), workspace.expanduser().resolve(), materialize, exit_when_ready)
    raise typer.Exit(start(options, JsonNarrator() if as_json else Narrator(console())))


def env(as_json: Json = False) -> None:
    """Print the variables of the running stack, secrets included, for: eval "$(data-platform env)"."""
    from data_platform.laptop.environment import exports, variables  # noqa: PLC0415
    from data_platform.laptop.errors import LaptopError  # noqa: PLC0415

    try:
        if as_json:
            print_json(variables(state_folder()))
        else:
            say(exports(state_folder()))
    except LaptopError as error:
        say(str(error), err=True)
        raise typer.Exit(1) from None


def down(as_json: Json = False) -> None:
    """Stop the stack of this state folder from another shell, or end what is left of one that was killed."""
    from data_platform.laptop.up import down as stop  # noqa: PLC0415

    ended = stop(state_folder())
    if as_json:
        print_json({"ended": ended})
    else:
        from data_platform.contracts.suggest import counted  # noqa: PLC0415 - see the package

        say(f"Ended {counted(ended, 'process')}.")
