"""The verb ``promise``: what a product's history allows to be promised.

What belongs here: its options and output. What does not: what it does (``mesh.promise``).
"""

from typing import Annotated

import typer

from data_platform.cli.answers import AUTHORING, DOMAINS, Domains, Json, error_boundary, print_json, say
from data_platform.cli.completion import products
from data_platform.cli.deferred import deferred

with deferred():
    from data_platform.cli import stores
    from data_platform.mesh.promise import promising


def register(app: typer.Typer) -> None:
    """Add this verb to the command."""
    app.command(rich_help_panel=AUTHORING)(promise)


def promise(
    product: Annotated[str, typer.Argument(help="domain/name_vN.", autocompletion=products)],
    batches: Annotated[
        int, typer.Option("--batches", min=1, max=1000, help="How many partitions or versions to look at, the newest.")
    ] = 60,
    write: Annotated[bool, typer.Option("--write", help="Write what is proposed into the contract.")] = False,
    as_json: Json = False,
    domains: Domains = DOMAINS,
) -> None:
    """Propose tighter rules, confirmed guesses and service levels from what was published, as a diff of the contract.

    What a person wrote is never loosened, changed or removed.
    """
    with error_boundary():
        store = stores.open_store(impatient=True)
        outcome = promising.promise(domains, product, store, batches=batches, write=write)
    if as_json:
        print_json(outcome.to_dict())
        return
    for proposal in outcome.proposals:
        say(str(proposal))
    for note in outcome.notes:
        say(f"note: {note}")
    if not outcome.proposals:
        say(f"{outcome.product}: nothing is proposed, of {outcome.batches} batches")
    elif outcome.written:
        say(f"written: {outcome.file}; read it, and raise the contract's version (data-platform ci says by how much)")
    else:
        say(f"\n{outcome.diff()}", nl=False)
        say(f"\nwith --write it is written into {outcome.file}")
