"""Verbs that make something on the running platform: run, backfill, restate.

What belongs here: their options and endings. What does not: launching and following (`data_platform.laptop`).

Both end with the one sentence that matters, on standard output where all went well, else on standard error. Exit codes:
0 made; 1 not made; 2 it could not be asked for.
"""

from collections import Counter
from collections.abc import Callable, Iterator
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
from data_platform.contracts.suggest import counted
from data_platform.laptop.errors import LaptopError
from data_platform.project import state_folder

with deferred():
    from data_platform.cli import stores
    from data_platform.laptop import asset_runs, dagster_api
    from data_platform.mesh.files import checkout, lookup
    from data_platform.products import outdated

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


def restate(
    product: Asset,
    since: Annotated[str, typer.Option("--since", help="Only from this partition on, such as 2026-11-01.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say which, and make nothing.")] = False,
    domains: Domains = DOMAINS,
    json: Json = False,
) -> None:
    """Make those partitions of a product anew that were made by another contract or transform than it has now.

    Each publication says by which contract and which files it was made. What reads the product follows by itself, as
    after any publication. A partition of which nobody knows by what it was made, since the log of that time was cleaned
    up, is among them.

    Exit codes: 0 made, or none is behind; 1 not all were made; 2 it could not be found out or asked for.
    """
    with error_boundary():
        chosen, store = lookup.product_of(checkout.Checkout(domains), product), stores.open_store()
        late = outdated.outdated(store, chosen, since)
        by = Counter(part.made_by for part in late)
        of = f"{counted(len(late), 'partition')} of {chosen.key}" if chosen.partitions else chosen.key
        why = ", ".join(f"{number} by {made}" if chosen.partitions else f"by {made}" for made, number in by.items())
    if not late or dry_run:
        if json:
            print_json({"product": chosen.key, "behind": [vars(part) | {"made_by": part.made_by} for part in late]})
        else:
            say(f"{of} would be made anew: made {why}." if late else f"Nothing of {chosen.key} is behind.")
        return
    teller = _teller(json=json)
    teller(f"{of}: made {why}")
    with _running() as api:
        target = asset_runs.find(api, chosen.key)
        keys = [part.partition for part in late if part.partition is not None]
        make = asset_runs.backfill if len(keys) > 1 else asset_runs.run
        outcome = make(api, target, keys, teller)
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
