"""Verbs that make something on the running platform: run, backfill.

What belongs here: their options and endings. What does not: launching and following (`data_platform.laptop`).

Both end with the one sentence that matters, on standard output where all went well, else on standard error. Exit codes:
0 made; 1 not made; 2 it could not be asked for.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from data_platform.cli.answers import COULD_NOT, MAKING, NO, Json, print_json, say
from data_platform.cli.completion import products
from data_platform.settings import state_folder

if TYPE_CHECKING:
    from data_platform.laptop.asset_runs import Outcome
    from data_platform.laptop.dagster_api import DagsterAPI

Asset = Annotated[str, typer.Argument(help="Such as sales/orders_v1; raw assets too.", autocompletion=products)]
Span = Annotated[str, typer.Option("--range", help="The first and the last partition: 2026-11-01..2026-11-07.")]


def register(app: typer.Typer) -> None:
    """Add these verbs to the command."""
    app.command(rich_help_panel=MAKING)(run)
    app.command(rich_help_panel=MAKING)(backfill)


def run(
    asset: Asset,
    partition: Annotated[
        str, typer.Option("--partition", help="Such as 2026-11-22; the newest, if none is given.")
    ] = "",
    span: Span = "",
    json: Json = False,
) -> None:
    """Make a product or another asset on the running platform, follow the run, and say what came of it."""
    with _running() as api:
        from data_platform.laptop import asset_runs  # noqa: PLC0415 - see the package

        found = asset_runs.find(api, asset.strip("/").replace(".", "/", 1))
        partitions = asset_runs.chosen(found, partition, span)
        make = asset_runs.run if found.many_in_one or len(partitions) <= 1 else asset_runs.backfill
        outcome = make(api, found, partitions, _teller(json=json))
    _end(outcome, json=json)


def backfill(
    asset: Asset,
    span: Span = "",
    json: Json = False,
) -> None:
    """Make many partitions of an asset on the running platform, all of them if no range is given, and follow them."""
    with _running() as api:
        from data_platform.laptop import asset_runs  # noqa: PLC0415 - see the package
        from data_platform.laptop.errors import LaptopError  # noqa: PLC0415

        found = asset_runs.find(api, asset.strip("/").replace(".", "/", 1))
        if not found.partitions:
            raise LaptopError(f"{found.key} has no partitions: data-platform run {found.key}")
        partitions = asset_runs.chosen(found, span=span) if span else list(found.partitions)
        outcome = asset_runs.backfill(api, found, partitions, _teller(json=json))
    _end(outcome, json=json)


@contextmanager
def _running() -> "Iterator[DagsterAPI]":
    """The API of the platform that runs on the state folder, what goes wrong with it is told."""
    from data_platform.laptop.dagster_api import DagsterAPI  # noqa: PLC0415 - see the package
    from data_platform.laptop.errors import LaptopError  # noqa: PLC0415

    try:
        with DagsterAPI.of_running(state_folder()) as api:
            yield api
    except LaptopError as error:
        say(f"error: {error}", err=True)
        raise typer.Exit(COULD_NOT) from None


def _teller(*, json: bool) -> Callable[[str], None]:
    return lambda line: say(line, err=json)


def _end(outcome: "Outcome", *, json: bool) -> None:
    if json:
        print_json(vars(outcome))
    else:
        say(outcome.said, err=not outcome.ok)
    if not outcome.ok:
        raise typer.Exit(NO)
