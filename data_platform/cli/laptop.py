"""Verbs for the platform on one machine: up, env, down.

What belongs here: their options. What does not: what they do (`data_platform.laptop`).
"""

from pathlib import Path
from typing import Annotated

import typer

from data_platform.settings import PROJECT_ROOT, state_folder


def register(app: typer.Typer) -> None:
    """Add these verbs to the command."""
    app.command()(up)
    app.command()(env)
    app.command()(down)


def up(
    materialize: Annotated[
        bool, typer.Option(help="Run the jobs tagged data_platform/first_run once before serving.")
    ] = True,
    exit_when_ready: Annotated[
        bool, typer.Option("--exit-when-ready", help="Stop when everything has answered; exit code 0 if all is well.")
    ] = False,
    workspace: Annotated[Path, typer.Option(help="The code locations to load.")] = PROJECT_ROOT / "workspace.yaml",
) -> None:
    """Start the S3, the simulator and Dagster, materialize every domain once, and serve until Ctrl-C."""
    from rich.console import Console  # noqa: PLC0415 - see the package

    from data_platform.laptop.console import Narrator  # noqa: PLC0415
    from data_platform.laptop.up import Options  # noqa: PLC0415
    from data_platform.laptop.up import up as start  # noqa: PLC0415

    options = Options(state_folder(), workspace.expanduser().resolve(), materialize, exit_when_ready)
    console = Console()
    if not console.is_terminal:
        console.width = 200  # a log has no width: its lines must not be broken in the middle of a URL
    raise typer.Exit(start(options, Narrator(console)))


def env() -> None:
    """Print the variables of the running stack, secrets included, for: eval "$(data-platform env)"."""
    from data_platform.laptop.environment import exports  # noqa: PLC0415
    from data_platform.laptop.errors import LaptopError  # noqa: PLC0415

    try:
        typer.echo(exports(state_folder()))
    except LaptopError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


def down() -> None:
    """Stop the stack of this state folder from another shell, or end what is left of one that was killed."""
    from data_platform.laptop.up import down as stop  # noqa: PLC0415

    typer.echo(f"Ended {stop(state_folder())} processes.")
