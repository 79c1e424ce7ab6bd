"""Verbs for the life of a product: register, use, deprecate, retire, subscribe, unsubscribe.

What belongs here: their options and output. What does not: what they do (`data_platform.mesh`).
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import typer

from data_platform.cli.answers import DOMAINS, LIFE, Domains, Json, console, error_boundary, print_json
from data_platform.cli.completion import products
from data_platform.cli.deferred import deferred
from data_platform.project import Project, see_project

with deferred():
    from data_platform.cli import stores
    from data_platform.mesh.files import checkout, lookup
    from data_platform.mesh.life import end_of_support, registering, retiring, subscriptions, using

Product = Annotated[str, typer.Argument(help="Such as sales/orders_v1.", autocompletion=products)]
By = Annotated[str, typer.Option("--by", help="Who does it.", show_default="git's user.email, else the user's name")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and write nothing.")]
Consumer = Annotated[str, typer.Option("--consumer", help="What reads it, such as 'revenue dashboard'.")]


def register(app: typer.Typer) -> None:
    """Add these verbs to the command."""
    app.command("register", rich_help_panel=LIFE)(register_version)
    app.command(rich_help_panel=LIFE)(deprecate)
    app.command(rich_help_panel=LIFE)(retire)
    app.command(rich_help_panel=LIFE)(use)
    app.command(rich_help_panel=LIFE)(subscribe)
    app.command(rich_help_panel=LIFE)(unsubscribe)


def register_version(
    product: Product,
    take_over: Annotated[
        bool, typer.Option("--take-over", help="The product moved here: take it over from the repository that made it.")
    ] = False,
    dry_run: DryRun = False,
    by: By = "",
    domains: Domains = DOMAINS,
    json: Json = False,
) -> None:
    """Register the product's contract as a version that never changes again, if it breaks nobody.

    The first repository that registers a product makes it from then on, until another one takes it over.

    Exit codes: 0 registered, or registered already with the same content; 1 refused; 2 could not be asked.
    """
    with error_boundary():
        done = registering.register(
            checkout.Checkout(domains),
            stores.open_store(),
            product,
            by=by or lookup.current_user(domains),
            dry_run=dry_run,
            take_over=take_over,
        )
    if json:
        print_json(_registration(done))
        return
    _print_registration(done)


def use(product: Product, dry_run: DryRun = False, domains: Domains = DOMAINS, json: Json = False) -> None:
    """Use another repository's product: its contract, as it is registered, is written into this one's files.

    Products can then read it as any other. Run it again for what has been registered since.
    """
    with error_boundary():
        see_project(domains)
        used = using.use(checkout.Checkout(domains), stores.open_store(), product, dry_run=dry_run)
        root = Project.of_domains(domains).root
    if json:
        print_json({**asdict(used), "files": [str(file) for file in used.files]})
        return
    out = console()
    for file in used.files:
        out.print(f"{'would write' if dry_run else 'wrote'}  {file.relative_to(root)}", markup=False)
    was = "" if used.before in {None, used.version} else f", before: {used.before}"
    out.print(f"{used.product} {used.version}{was}{'' if used.files else ': nothing new'}", markup=False)


def deprecate(
    product: Product,
    replacement: Annotated[str, typer.Option("--replacement", help="The product to move to.")],
    sunset: Annotated[datetime, typer.Option("--sunset", formats=["%Y-%m-%d"], help="The day on which it ends, UTC.")],
    dry_run: DryRun = False,
    by: By = "",
    domains: Domains = DOMAINS,
    json: Json = False,
) -> None:
    """Announce a product's end: in its contract's file, in the registry, and to whom it concerns."""
    with error_boundary():
        done = retiring.deprecate(
            checkout.Checkout(domains),
            stores.open_store(),
            product,
            replacement=replacement,
            until=sunset.date(),
            by=by or lookup.current_user(domains),
            dry_run=dry_run,
        )
    _print_ending(done, "deprecated", json)


def retire(
    product: Product,
    override: Annotated[
        bool, typer.Option("--override", help="Set aside what speaks against it; needs --why.")
    ] = False,
    why: Annotated[str, typer.Option("--why", help="Why; kept in the registry and in the contract.")] = "",
    dry_run: DryRun = False,
    by: By = "",
    domains: Domains = DOMAINS,
    json: Json = False,
) -> None:
    """End a product that nobody reads any more and whose announced end has come.

    A registered product whose folder is gone is ended too, by the repository that made it, so that it no longer counts
    as a reader.
    """
    if override != bool(why.strip()):
        raise typer.BadParameter("--override and --why go together: say why the rules are set aside")
    with error_boundary():
        because = why if override else None
        done = retiring.retire(
            checkout.Checkout(domains),
            stores.open_store(),
            product,
            by=by or lookup.current_user(domains),
            why=because,
            dry_run=dry_run,
        )
    _print_ending(done, "retired", json)


def subscribe(  # noqa: PLR0913 - a verb's options
    product: Product,
    *,
    consumer: Consumer,
    owner: Annotated[str, typer.Option("--owner", help="Who answers for the consumer, and is told.")],
    kind: Annotated[
        str, typer.Option("--kind", help="dashboard, notebook, application, report, model, export or other.")
    ] = "dashboard",
    columns: Annotated[
        str, typer.Option("--columns", help="The columns that it reads, with commas between.", show_default="all")
    ] = "",
    pin: Annotated[str, typer.Option("--pin", help="The version that it was made for, such as 1.4.")] = "",
    contact: Annotated[str, typer.Option("--contact", help="Where the owner is reached.")] = "",
    by: By = "",
    domains: Domains = DOMAINS,
    json: Json = False,
) -> None:
    """Make a consumer outside the platform known, so that it counts in impact and retirement."""
    with error_boundary():
        names = [name.strip() for name in columns.split(",") if name.strip()]
        wish = subscriptions.Wish(consumer, kind, owner, names, pin or None, contact or None)
        done = subscriptions.subscribe(
            checkout.Checkout(domains), stores.open_store(), product, wish, by=by or lookup.current_user(domains)
        )
    if json:
        print_json({"changed": done.changed, "warnings": done.warnings, **done.subscription.as_details()})
        return
    subscription = done.subscription
    reads = ", ".join(subscription.columns) or "all columns"
    verb = "reads" if done.changed and done.former is None else "now reads" if done.changed else "reads already"
    console().print(
        f"{subscription.consumer} ({subscription.kind} of {subscription.owner}) {verb} {subscription.product}: {reads}",
        markup=False,
    )
    for warning in done.warnings:
        console().print(f"warning: {warning}", markup=False)


def unsubscribe(
    product: Product, consumer: Consumer, by: By = "", domains: Domains = DOMAINS, json: Json = False
) -> None:
    """End the subscription of a consumer outside the platform."""
    with error_boundary():
        former = subscriptions.unsubscribe(
            stores.open_store(), product, consumer, by=by or lookup.current_user(domains)
        )
    if json:
        print_json({"unsubscribed": True, **former.as_details()})
        return
    console().print(f"{former.consumer} no longer reads {former.product}", markup=False)


def _registration(done: "registering.Registration") -> dict[str, Any]:
    record = done.record
    return {
        "product": done.product,
        "version": done.version,
        "outcome": done.outcome,
        "digest": record.digest if record else None,
        "by": record.by if record else None,
        "at": record.at if record else None,
        "commit": record.commit if record else None,
        "object": record.uri if record else None,
        "changes": done.changes,
        "impact": done.impact.as_dict() if done.impact else None,
        "unread": done.unread,
        "repository": done.repository,
        "taken_from": done.taken_from,
        "notes": done.notes,
    }


def _print_registration(done: "registering.Registration") -> None:
    out = console()
    out.print(f"{done.product} {done.version}: {done.outcome}", markup=False)
    if done.record is not None:
        commit = f", git commit {done.record.commit[:12]}" if done.record.commit else ""
        out.print(f"  {done.record.at:%Y-%m-%d %H:%M} UTC by {done.record.by}{commit}", markup=False)
    for change in done.changes:
        place = f"{change['path']}: " if change["path"] else ""
        out.print(f"  {change['grade']}: {place}{change['message']}", markup=False)
    for line in registering.affected(done.impact):
        out.print(f"  {line}", markup=False)
    if done.taken_from:
        out.print(f"  taken over from {done.taken_from} by {done.repository}", markup=False)
    for line in (*done.unread, *done.notes):
        out.print(f"warning: {line}", markup=False)


def _print_ending(done: "end_of_support.Ending", word: str, json: bool) -> None:
    if json:
        print_json({name: value for name, value in asdict(done).items() if name != "text"} | {"status": word})
        return
    would = "" if done.written else "would be "
    out = console()
    out.print(f"{done.product} {done.former} {would}{word} as {done.version}", markup=False)
    for reason in done.overridden:
        out.print(f"  set aside: {reason}", markup=False)
    _print_told(done.consumers)
    if done.registered:
        out.print("It has no folder here, so that is registered already.", markup=False)
    elif done.written:
        out.print(f"Commit the contract, then run: data-platform register {done.product}", markup=False)


def _print_told(consumers: "Sequence[end_of_support.Recipient]") -> None:
    out = console()
    if not consumers:
        out.print("Nobody reads it.", markup=False)
        return
    out.print("Tell its consumers:", markup=False)
    for consumer in consumers:
        contact = f", {consumer.contact}" if consumer.contact else ""
        out.print(f"  {consumer.consumer} ({consumer.kind} of {consumer.owner}{contact})", markup=False)
