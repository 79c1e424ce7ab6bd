"""Verbs that make something on the running platform: run, backfill.

What belongs here: their options and endings. What does not: launching and following (`data_platform.laptop`).

Both end with the one sentence that matters, on standard output where all went well, else on standard error. Exit codes:
0 made; 1 not made; 2 it could not be asked for.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from data_platform.cli.answers import COULD_NOT, MAKING, NO, Json, print_json, say
from data_platform.cli.completion import products
from data_platform.cli.deferred import deferred
from data_platform.laptop.errors import LaptopError
from data_platform.project import state_folder

with deferred():
    from data_platform.laptop import asset_runs, dagster_api

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
        target = asset_runs.find(api, asset.strip("/").replace(".", "/", 1))
        partitions = asset_runs.chosen(target, partition, span)
        make = asset_runs.run if target.many_in_one or len(partitions) <= 1 else asset_runs.backfill
        outcome = make(api, target, partitions, _teller(json=json))
    _end(outcome, json=json)


def backfill(
    asset: Asset,
    span: Span = "",
    json: Json = False,
) -> None:
    """Make many partitions of an asset on the running platform, all of them if no range is given, and follow them."""
    with _running() as api:
        target = asset_runs.find(api, asset.strip("/").replace(".", "/", 1))
        if not target.partitions:
            raise LaptopError(f"{target.key} has no partitions: data-platform run {target.key}")
        partitions = asset_runs.chosen(target, span=span) if span else list(target.partitions)
        outcome = asset_runs.backfill(api, target, partitions, _teller(json=json))
    _end(outcome, json=json)


@contextmanager
def _running() -> "Iterator[dagster_api.DagsterAPI]":
    """The API of the platform that runs on the state folder, what goes wrong with it is told."""
    try:
        with dagster_api.DagsterAPI.of_running(state_folder()) as api:
            yield api
    except LaptopError as error:
        say(f"error: {error}", err=True)
        raise typer.Exit(COULD_NOT) from None


def _teller(*, json: bool) -> Callable[[str], None]:
    return lambda line: say(line, err=json)


def _end(outcome: "asset_runs.Outcome", *, json: bool) -> None:
    if json:
        print_json(vars(outcome))
    else:
        say(outcome.message, err=not outcome.ok)
    if not outcome.ok:
        raise typer.Exit(NO)
