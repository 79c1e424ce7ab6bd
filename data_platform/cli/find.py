"""Verbs for finding products and seeing how they are: list, show, status.

What belongs here: their options. What does not: gathering (`data_platform.mesh`), and the look of it (`find_output`).
"""

from typing import Annotated

import typer

from data_platform.cli.answers import DOMAINS, FINDING, NO, Domains, Json, error_boundary, print_json, say
from data_platform.cli.completion import products
from data_platform.cli.deferred import deferred
from data_platform.laptop.errors import LaptopError
from data_platform.project import state_folder

with deferred():
    from data_platform.cli import find_output, stores
    from data_platform.contracts.registry import events, versions
    from data_platform.laptop import condition
    from data_platform.mesh.files import checkout as files_checkout
    from data_platform.mesh.files import lookup
    from data_platform.mesh.overview import health, imports
    from data_platform.mesh.overview import products as overview_products
    from data_platform.mesh.overview import remarks as overview_remarks
    from data_platform.products import folder, names
    from data_platform.products import repository as products_repository

Domain = Annotated[str, typer.Option("--domain", help="Only products of this domain.")]


def register(app: typer.Typer) -> None:
    """Add these verbs to the command."""
    app.command("list", rich_help_panel=FINDING)(list_products)
    app.command(rich_help_panel=FINDING)(show)
    app.command(rich_help_panel=FINDING)(status)


def list_products(
    domain: Domain = "",
    owner: Annotated[str, typer.Option("--owner", help="Only products of this owner.")] = "",
    having: Annotated[
        str, typer.Option("--status", help="Only proposed, draft, active, deprecated, retired or unreadable ones.")
    ] = "",
    domains: Domains = DOMAINS,
    json: Json = False,
) -> None:
    """List the products: version, status, owner, whether registered, how many consumers."""
    with error_boundary():
        checkout = files_checkout.Checkout(domains)
        listing, why_not = stores.looked_up(lambda store: overview_products.listing(checkout, store))
        chosen = overview_products.selected(listing.rows, domain=domain, owner=owner, status=having)
    if json:
        looked = {"registry": why_not or "looked at", "unread": listing.unread}
        print_json({"products": find_output.rows_json(chosen), **looked})
        return
    find_output.print_rows(chosen, why_not, listing.unread)


def show(
    product: Annotated[str, typer.Argument(help="Such as sales/orders_v1.", autocompletion=products)],
    domains: Domains = DOMAINS,
    json: Json = False,
) -> None:
    """Show a product: contract, columns, rules, inputs, consumers, registered versions, subscriptions, its end."""
    with error_boundary():
        checkout = files_checkout.Checkout(domains)
        portrait, why_not = stores.looked_up(lambda store: overview_products.portrait(checkout, store, product))
    if json:
        print_json({**find_output.portrait_json(portrait), "registry": why_not or "looked at"})
        return
    find_output.print_portrait(portrait, why_not)


def status(
    products: Annotated[
        list[str] | None,
        typer.Argument(help="Such as sales/orders_v1; all, if none is given.", autocompletion=products),
    ] = None,
    domain: Domain = "",
    domains: Domains = DOMAINS,
    json: Json = False,
) -> None:
    """Say how products are: last publication, rejected batches, freshness, and on this machine failed runs.

    The store says most of it. Where the platform runs on this machine, it is asked for assets whose last run failed and
    for code locations that are not loaded.

    A product whose newest run failed is not well, though readers have its last good version.

    Exit codes: 0 all are well; 1 something is wrong with one; 2 it could not be found out.
    """
    with error_boundary():
        checkout = files_checkout.Checkout(domains)
        store, chosen = stores.open_store(), _chosen(checkout, products or [], domain)
        healths = health.health_of_all(store, chosen)
        broken = (
            {} if products else {key: error for key, error in checkout.problems.items() if names.is_of(key, domain)}
        )
        here = _condition([product.key for product in chosen] if products else None, domain)
        healths = [_with_runs(health, here) for health in healths]
        here = here.but_for([health.product for health in healths])
        asked = [product.key for product in chosen] if products or domain else None
        registered, happened = versions.newest(store, products=asked), events.events_of_all(store, asked)
        repository = products_repository.repository_of(checkout.domains)
        remarks = tuple(overview_remarks.remarks_on(chosen, store, registered, happened, repository))
        if asked is None:
            behind = overview_remarks.left_behind(checkout.keys, registered, happened, repository)
            remarks = (*remarks, *behind)
        outdated = () if products or domain else imports.outdated_imports(checkout, store, registered)
    if json:
        told = {"imported": [vars(entry) for entry in outdated]} if outdated else {}
        told |= {"registry": [vars(remark) for remark in remarks]} if remarks else {}
        print_json({**find_output.health_json(healths, broken, store.url), **here.as_json(), **told})
    else:
        find_output.print_health(healths, broken, store.url, remarks, has_runs=not here.why_not)
        for entry in (*outdated, *(remark for remark in remarks if remark.code == overview_remarks.NO_FOLDER)):
            say(str(entry))
        for line in here.lines():
            say(line)
    edited = any(entry.wrong for entry in outdated)
    if broken or edited or not all(health.healthy for health in healths) or not here.well:
        raise typer.Exit(NO)


def _with_runs(known: "health.Health", here: "condition.Condition") -> "health.Health":
    for run in here.failed:
        if run.asset == known.product:
            known = health.with_failed_run(known, run.run_id, run.reason, run.url)
    return known


def _condition(keys: list[str] | None, domain: str) -> "condition.Condition":
    try:
        return condition.condition_here(state_folder(), keys, domain)
    except LaptopError as error:
        return condition.Condition(why_not=str(error))


def _chosen(checkout: "files_checkout.Checkout", products: list[str], domain: str) -> "list[folder.Product]":
    if products:
        return [lookup.product_of(checkout, name) for name in products]
    overview_products.known_domain(checkout.keys, domain)
    return [product for key, product in checkout.products.items() if names.is_of(key, domain)]
