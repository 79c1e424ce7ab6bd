"""Verbs that make something on the running platform: run, backfill, restate.

What belongs here: their options and endings. What does not: launching and following (`data_platform.laptop`).

Each ends with the one sentence that matters, on standard output where all went well, else on standard error. Exit
codes: 0 made; 1 not made; 2 it could not be asked for.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer

from data_platform.cli.answers import (
    COULD_NOT,
    DOMAINS,
    MAKING,
    NO,
    Domains,
    Json,
    error_boundary,
    print_json,
    say,
)
from data_platform.cli.completion import products
from data_platform.cli.deferred import deferred
from data_platform.laptop.errors import LaptopError
from data_platform.project import state_folder

with deferred():
    from data_platform.cli import stores
    from data_platform.laptop import asset_runs, backfills, dagster_api
    from data_platform.mesh.files import checkout
    from data_platform.mesh.overview import restating
    from data_platform.products import folder, outdated

Asset = Annotated[str, typer.Argument(help="Such as sales/orders_v1; raw assets too.", autocompletion=products)]
Span = Annotated[str, typer.Option("--range", help="The first and the last partition: 2026-11-01..2026-11-07.")]


def register(app: typer.Typer) -> None:
    """Add these verbs to the command."""
    app.command(rich_help_panel=MAKING)(run)
    app.command(rich_help_panel=MAKING)(backfill)
    app.command(rich_help_panel=MAKING)(restate)


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
        target = asset_runs.find(api, asset.strip("/").replace(".", "/", 1), _teller(json=json))
        partitions = asset_runs.chosen(target, partition, span)
        make = asset_runs.run if target.many_in_one or len(partitions) <= 1 else backfills.backfill
        outcome = make(api, target, partitions, _teller(json=json))
    _end(outcome, json=json)


def backfill(
    asset: Asset,
    span: Span = "",
    json: Json = False,
) -> None:
    """Make many partitions of an asset on the running platform, all of them if no range is given, and follow them."""
    with _running() as api:
        target = asset_runs.find(api, asset.strip("/").replace(".", "/", 1), _teller(json=json))
        if not target.partitions:
            raise LaptopError(f"{target.key} has no partitions: data-platform run {target.key}")
        partitions = asset_runs.chosen(target, span=span) if span else list(target.partitions)
        outcome = backfills.backfill(api, target, partitions, _teller(json=json))
    _end(outcome, json=json)


def restate(
    chosen: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PRODUCT]...",
            help="Such as sales/orders_v1; all that are published, if none is given.",
            autocompletion=products,
        ),
    ] = None,
    since: Annotated[str, typer.Option("--since", help="Only from this partition on, such as 2026-11-01.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say which, and make nothing.")] = False,
    domains: Domains = DOMAINS,
    json: Json = False,
) -> None:
    """Make those partitions of products anew that were made by another contract or transform than there is now.

    Each publication says by which contract and which files it was made. Those of several products are made as one
    backfill, a producer's before its consumers'. What reads them follows by itself, as after any publication. A
    partition of which nobody knows by what it was made, since the log of that time was cleaned up, is among them.

    Exit codes: 0 made, or none is behind; 1 not all were made; 2 it could not be found out or asked for.
    """
    with error_boundary():
        read, store = checkout.Checkout(domains), stores.open_store()
        late = restating.outdated_of(store, read, chosen or [], since)
    wanted = [(product, parts) for product, parts in late if parts]
    if dry_run or not wanted:
        if json:
            print_json({"products": [_late_json(product, parts) for product, parts in late]})
        elif wanted:
            for product, parts in wanted:
                say(f"{restating.spoken(product, parts, 'would be made anew')}.")
        else:
            say(f"Nothing of {', '.join(chosen) if chosen else 'any product'} is behind.")
        return
    teller = _teller(json=json)
    for product, parts in wanted:
        teller(restating.spoken(product, parts, "to be made anew"))
    with _running() as api:
        todo = [
            (asset_runs.find(api, product.key), [part.partition for part in parts if part.partition is not None])
            for product, parts in wanted
        ]
        (target, keys), *others = todo
        if others or len(keys) > 1:
            outcome = backfills.backfill_of_several(api, todo, teller)
        else:
            outcome = asset_runs.run(api, target, keys, teller)
    _end(outcome, json=json)


def _late_json(product: "folder.Product", parts: "Sequence[outdated.Outdated]") -> dict[str, object]:
    return {"product": product.key, "behind": [vars(part) | {"made_by": part.made_by} for part in parts]}


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
