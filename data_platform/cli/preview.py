"""The verb ``preview``: what a product would be, if it were made now.

What belongs here: its options, colours and exit codes. What does not: finding the answer and its forms
(``mesh.preview``).
"""

from typing import Annotated

import typer

from data_platform.cli.answers import (
    COULD_NOT,
    DOMAINS,
    MERGING,
    NO,
    Domains,
    Json,
    console,
    error_boundary,
    print_json,
    say,
)
from data_platform.cli.completion import products
from data_platform.cli.deferred import deferred

with deferred():
    from data_platform.cli import stores
    from data_platform.mesh.files import checkout, lookup
    from data_platform.mesh.preview import as_json as preview_as_json
    from data_platform.mesh.preview import as_text as preview_as_text
    from data_platform.mesh.preview import choosing, model, previewing


def register(app: typer.Typer) -> None:
    """Add this verb to the command."""
    app.command(rich_help_panel=MERGING)(preview)


def preview(
    product: Annotated[
        str,
        typer.Argument(
            help="Such as sales/orders_v1.",
            show_default="all whose newest partitions were made otherwise than they would be now",
            autocompletion=products,
        ),
    ] = "",
    partition: Annotated[str, typer.Option("--partition", help="Only this partition, such as 2026-11-22.")] = "",
    last: Annotated[
        int | None,
        typer.Option("--last", min=1, max=1000, help="So many of the newest partitions.", show_default="3"),
    ] = None,
    domains: Domains = DOMAINS,
    json: Json = False,
) -> None:
    """Make a product on published inputs, and say which rows and columns would differ; nobody else sees it.

    The rows are made on this machine's disk, never in the store, and are gone afterwards. They are held against the
    product's contract, compared with what is published, by the primary key where there is one, and given to the
    products of this repository that read it, whose contracts are held against what they make. Values of columns that
    are classified, were, or are made of such are masked. A key that may only read is enough.

    Exit codes: 0 nothing is broken, whatever differs; 1 a contract is, the product's or a consumer's; 2 it could not be
    found out.
    """
    if partition and not product:
        raise typer.BadParameter("--partition is about one product: name it")
    if partition and last is not None:
        raise typer.BadParameter("--partition and --last exclude each other")
    with error_boundary():
        newest = last or previewing.LAST
        mesh, store = checkout.Checkout(domains), stores.open_store()
        chosen = lookup.product_of(mesh, product) if product else None
        if chosen is not None and partition and chosen.partitions is None:
            raise typer.BadParameter(f"{chosen.key} is one whole table: leave --partition out")
        keys = [chosen.key] if chosen is not None else choosing.changed(mesh, store, newest)
        answer = previewing.previews(mesh, store, keys, partition=partition or None, last=newest)
    if json:
        print_json(preview_as_json.as_json(answer))
    else:
        _show(answer)
    if answer.breaks or answer.is_unknown:
        raise typer.Exit(NO if answer.breaks else COULD_NOT)


def _show(answer: "model.Previews") -> None:
    if not answer.products:
        say("Nothing to preview: what is published was made by the contracts and transforms of this checkout.")
    shown = console()
    for is_broken, line in preview_as_text.as_text(answer):
        shown.print(line, style="red" if is_broken else None, markup=False, soft_wrap=True)
