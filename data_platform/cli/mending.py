"""Verbs that change a product's table otherwise than by a run: rollback, repartition.

What belongs here: their options and the look of their answers. What does not: what they do (`data_platform.mesh.life`),
and telling Dagster (`data_platform.laptop.restated`).

Exit codes: 0 done, or there was nothing to do; 1 refused; 2 it could not be found out.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Final

import typer

from data_platform.cli.answers import DOMAINS, MAKING, Domains, Json, console, error_boundary, print_json, say
from data_platform.cli.completion import products
from data_platform.cli.deferred import deferred
from data_platform.laptop.errors import LaptopError
from data_platform.project import state_folder

with deferred():
    from rich import box, table, text

    from data_platform.cli import stores
    from data_platform.laptop import restated
    from data_platform.mesh.files import checkout, lookup
    from data_platform.mesh.life import repartitioning, rolling_back
    from data_platform.mesh.overview import table_versions
    from data_platform.storage.objects import store as objects_store

_SHOWN: Final = 3

Product = Annotated[str, typer.Argument(help="Such as sales/orders_v1.", autocompletion=products)]
By = Annotated[str, typer.Option("--by", help="Who does it.", show_default="git's user.email, else the user's name")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and write nothing.")]


def register(app: typer.Typer) -> None:
    """Add these verbs to the command."""
    app.command(rich_help_panel=MAKING)(rollback)
    app.command(rich_help_panel=MAKING)(repartition)


def rollback(  # noqa: PLR0913, PLR0917 - one for each option
    product: Product,
    to: Annotated[
        str,
        typer.Option("--to", help="A version's number, or a time (UTC) such as 2026-11-22T14:30.", show_default=False),
    ] = "",
    partition: Annotated[str, typer.Option("--partition", help="Only this partition, such as 2026-11-22.")] = "",
    span: Annotated[
        str, typer.Option("--range", help="Only these: the first and the last, as 2026-11-01..2026-11-07.")
    ] = "",
    why: Annotated[str, typer.Option("--why", help="Why; kept in the table's history and in the registry.")] = "",
    dry_run: DryRun = False,
    by: By = "",
    domains: Domains = DOMAINS,
    json: Json = False,
) -> None:
    """Have readers see an earlier version's rows again: for a batch that kept its contract and is wrong all the same.

    Without --to it lists the versions that there are. The rows come back in one commit, other partitions are left
    alone, and what was undone stays in the history. It is refused where the earlier rows break the contract that holds
    now, or are not there any more. A run that began before publishes nothing any more; the next one does, so mend what
    made the rows first. Consumers are made anew.

    Exit codes: 0 done, or readers see these rows already; 1 refused; 2 it could not be found out.
    """
    if partition and span:
        raise typer.BadParameter("--partition and --range exclude each other")
    with error_boundary():
        chosen, store = lookup.product_of(checkout.Checkout(domains), product), stores.open_store()
        if not to:
            if span or why or dry_run:
                raise typer.BadParameter("say where to: --to; without it the versions are listed, of --partition's one")
            infos = table_versions.candidates(store, chosen, partition)
            _print_versions(chosen.key, partition, infos, json=json)
            return
        done = rolling_back.roll_back(
            store,
            chosen,
            to,
            partition=partition,
            span=span,
            by=by or lookup.current_user(domains),
            why=why,
            dry_run=dry_run,
        )
        words = f"Rolled back to version {done.to_version} of its table."
        told = _told(store, done.product, done.partitions, words) if done.done or done.again else ""
    if json:
        print_json({**asdict(done), "dagster_told": bool(done.done or done.again) and not told, "why_not": told})
        return
    say(rolling_back.spoken(done))
    if done.gone:
        say(f"Not there any more, as they came later: {', '.join(done.gone)}")
    for warning in (*done.warnings, *([told] if told else [])):
        say(f"warning: {warning}", err=True)
    if done.done:
        say(f"The next run of {done.product} publishes on top: mend what made the rows before it does.")


def repartition(
    product: Product,
    base: Annotated[
        str,
        typer.Option(
            "--base",
            help="A git revision with the contract of before, to see by the property's id which column was renamed.",
            show_default="the newest commit, then the registry",
        ),
    ] = "",
    dry_run: DryRun = False,
    by: By = "",
    domains: Domains = DOMAINS,
    json: Json = False,
) -> None:
    """Have a product's table partitioned as its contract says by now: by another column, by none, or by a first one.

    All rows are written anew, in bounded memory, and become the table in one commit once they were read back and every
    column holds what it did; the version before can still be read. A column that was renamed, by its property's id, is
    renamed. What is published meanwhile makes it begin again; a run that began before publishes nothing.

    Exit codes: 0 done, or the table is so already; 1 refused; 2 it could not be done.
    """
    with error_boundary():
        chosen, store = lookup.product_of(checkout.Checkout(domains), product), stores.open_store()
        who = by or lookup.current_user(domains)
        done = repartitioning.repartition(store, chosen, base=base, by=who, dry_run=dry_run)
        told = ""
        if (done.done or done.again) and done.partitions:
            words = f"Partitioned by {', '.join(done.after)}; no value changed."
            told = _told(store, done.product, done.partitions, words)
    if json:
        print_json({**asdict(done), "dagster_told": bool(done.partitions) and not told, "why_not": told})
        return
    say(repartitioning.spoken(done))
    if told:
        say(f"warning: {told}", err=True)
    elif done.partitions:
        say(f"Dagster knows the {len(done.partitions)} partitions now; what reads them is made anew once.")


def _told(store: "objects_store.ObjectStore", key: str, partitions: Sequence[str], description: str) -> str:
    """Tell the running platform; what is said where that was not possible."""
    try:
        unknown = restated.report(state_folder(), str(store.url), key, partitions, description)
    except LaptopError as error:
        return (
            f"Dagster was not told: {str(error).rstrip('.')}. Consumers in this repository follow when it is: give the "
            "same command again while the platform runs. Other repositories follow the table by themselves"
        )
    return f"Dagster does not know the partitions {', '.join(unknown)}, so nothing follows them" if unknown else ""


def _print_versions(key: str, partition: str, infos: "list[table_versions.Candidate]", *, json: bool) -> None:
    if json:
        print_json({"product": key, "partition": partition or None, "versions": [vars(info) for info in infos]})
        return
    grid = table.Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("Version", "Made (UTC)", "How", "Partitions", "Rows", "Contract", "By"):
        grid.add_column(name, overflow="fold")
    for info in infos:
        shown = ", ".join(info.partitions[:_SHOWN])
        if len(info.partitions) > _SHOWN:
            shown += f" and {len(info.partitions) - _SHOWN} more"
        cells = (
            info.version, f"{info.at:%Y-%m-%d %H:%M:%S}", info.mode, shown, f"{info.rows:,}",
            info.contract_version or "", info.by,
        )  # fmt: skip
        grid.add_row(*(text.Text(str(cell)) for cell in cells))
    console().print(grid)
    which = f" --partition {partition}" if partition else ""
    say(
        "Choose a version by its number, or the one of a time: "
        f"data-platform rollback {key}{which} --to VERSION --why …; add --dry-run to see what it would do."
    )
