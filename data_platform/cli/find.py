"""Verbs for finding products and seeing how they are: list, show, status.

What belongs here: their options. What does not: gathering (`data_platform.mesh`), and the look of it (`find_output`).
"""

from typing import TYPE_CHECKING, Annotated

import typer

from data_platform.cli.answers import DOMAINS, FINDING, NO, Domains, Json, print_json, say, told
from data_platform.cli.completion import products
from data_platform.settings import state_folder

if TYPE_CHECKING:
    from data_platform.laptop.condition import Condition
    from data_platform.mesh.files.checkout import Checkout
    from data_platform.products.folder import Product

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
    with told():
        from data_platform.cli import find_output as output  # noqa: PLC0415 - see the package
        from data_platform.cli.stores import looked_up  # noqa: PLC0415
        from data_platform.mesh.files.checkout import Checkout  # noqa: PLC0415
        from data_platform.mesh.overview.products import rows, selected  # noqa: PLC0415

        checkout = Checkout(domains)
        found, why_not = looked_up(lambda store: rows(checkout, store))
        chosen = selected(found.rows, domain=domain, owner=owner, status=having)
    if json:
        looked = {"registry": why_not or "looked at", "unread": found.unread}
        print_json({"products": output.rows_json(chosen), **looked})
        return
    output.print_rows(chosen, why_not, found.unread)


def show(
    product: Annotated[str, typer.Argument(help="Such as sales/orders_v1.", autocompletion=products)],
    domains: Domains = DOMAINS,
    json: Json = False,
) -> None:
    """Show a product: contract, columns, rules, inputs, consumers, registered versions, subscriptions, its end."""
    with told():
        from data_platform.cli import find_output as output  # noqa: PLC0415 - see the package
        from data_platform.cli.stores import looked_up  # noqa: PLC0415
        from data_platform.mesh.files.checkout import Checkout  # noqa: PLC0415
        from data_platform.mesh.overview.products import portrait  # noqa: PLC0415

        checkout = Checkout(domains)
        found, why_not = looked_up(lambda store: portrait(checkout, store, product))
    if json:
        print_json({**output.portrait_json(found), "registry": why_not or "looked at"})
        return
    output.print_portrait(found, why_not)


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

    Exit codes: 0 all are well; 1 something is wrong with one; 2 it could not be found out.
    """
    with told():
        from data_platform.cli import find_output as output  # noqa: PLC0415 - see the package
        from data_platform.cli.stores import open_store  # noqa: PLC0415
        from data_platform.mesh.files.checkout import Checkout  # noqa: PLC0415
        from data_platform.mesh.overview.health import health_of_all  # noqa: PLC0415
        from data_platform.products.names import is_of  # noqa: PLC0415

        checkout = Checkout(domains)
        store, chosen = open_store(), _chosen(checkout, products or [], domain)
        found = health_of_all(store, chosen)
        broken = {} if products else {key: each for key, each in checkout.problems.items() if is_of(key, domain)}
        here = _condition([product.key for product in chosen] if products else None, domain)
    if json:
        print_json({**output.health_json(found, broken, store.url), **here.as_json()})
    else:
        output.print_health(found, broken, store.url)
        for line in here.lines():
            say(line)
    if broken or not all(one.healthy for one in found) or not here.well:
        raise typer.Exit(NO)


def _condition(keys: list[str] | None, domain: str) -> "Condition":
    from data_platform.laptop.condition import Condition, condition_here  # noqa: PLC0415 - see the package
    from data_platform.laptop.errors import LaptopError  # noqa: PLC0415

    try:
        return condition_here(state_folder(), keys, domain)
    except LaptopError as error:
        return Condition(why_not=str(error))


def _chosen(checkout: "Checkout", products: list[str], domain: str) -> "list[Product]":
    from data_platform.mesh.files.lookup import product_of  # noqa: PLC0415 - see the package
    from data_platform.mesh.overview.products import known_domain  # noqa: PLC0415
    from data_platform.products.names import is_of  # noqa: PLC0415

    if products:
        return [product_of(checkout, each) for each in products]
    known_domain(checkout.keys, domain)
    return [each for key, each in checkout.products.items() if is_of(key, domain)]
