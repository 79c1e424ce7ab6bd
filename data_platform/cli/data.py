"""Verbs for what products hold: read, quarantine.

What belongs here: their options and the look of their answers. What does not: reading (`data_platform.mesh`).
"""

from json import dumps as to_json
from typing import Annotated

import typer

from data_platform.cli.answers import DOMAINS, FINDING, Domains, Json, console, error_boundary, print_json, say
from data_platform.cli.completion import products
from data_platform.cli.deferred import deferred

with deferred():
    from rich import box, table, text

    from data_platform.cli import stores
    from data_platform.contracts import suggest
    from data_platform.mesh.files import checkout, lookup
    from data_platform.mesh.overview import reading

Product = Annotated[str, typer.Argument(help="Such as sales/orders_v1.", autocompletion=products)]
Partition = Annotated[str, typer.Option("--partition", help="Only this partition, such as 2026-11-22.")]
Clear = Annotated[bool, typer.Option("--clear", help="Show the values of classified columns, which are hidden else.")]


def register(app: typer.Typer) -> None:
    """Add these verbs to the command."""
    app.command(rich_help_panel=FINDING)(read)
    app.command(rich_help_panel=FINDING)(quarantine)


def read(  # noqa: PLR0913, PLR0917 - one for each option
    product: Product,
    partition: Partition = "",
    columns: Annotated[
        list[str] | None, typer.Option("--column", help="Only this column; repeat it for several.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many rows at most.")] = 10,
    clear: Clear = False,
    how: Annotated[
        bool, typer.Option("--how", help="Print lines of pandas, Polars and DuckDB that read it, instead of rows.")
    ] = False,
    domains: Domains = DOMAINS,
    json: Json = False,
) -> None:
    """Show the first rows of a product, or how to read it from a program of one's own. A read-only key is enough."""
    with error_boundary():
        chosen, store = lookup.readable_of(checkout.Checkout(domains), product), stores.open_store()
        if how:
            lines = reading.how_to_read(store, chosen, partition or None)
            print_json(lines) if json else _print_how(lines)
            return
        preview = reading.preview(
            store, chosen, partition=partition or None, columns=columns or (), limit=limit, clear=clear
        )
    if json:
        print_json(
            {"product": chosen.key, "uri": preview.uri, "version": preview.version, "rows": preview.rows.to_pylist()}
        )
    else:
        _print_preview(preview)


def quarantine(
    product: Product,
    partition: Partition = "",
    run: Annotated[str, typer.Option("--run", help="Only what this run rejected.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many rows at most.")] = 20,
    clear: Clear = False,
    domains: Domains = DOMAINS,
    json: Json = False,
) -> None:
    """Show the rows of a product that its contract rejected, the latest first, with the rules that each breaks."""
    with error_boundary():
        chosen = lookup.product_of(checkout.Checkout(domains), product)
        rows = reading.rejected(
            stores.open_store(), chosen, partition=partition or None, run_id=run or None, limit=limit, clear=clear
        )
    if json:
        print_json({"product": chosen.key, "rows": [vars(row) for row in rows]})
    else:
        _print_rejected(chosen.key, rows, clear=clear)


def _print_how(lines: dict[str, str]) -> None:
    say('# The store\'s address and keys are taken from the environment: eval "$(data-platform env)"')
    for library, program in lines.items():
        say(f"\n# {library}\n{program}", nl=False)


def _print_preview(preview: "reading.Preview") -> None:
    grid = table.Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in preview.rows.column_names:
        grid.add_column(text.Text(name), overflow="fold")
    for row in preview.rows.to_pylist():
        grid.add_row(*(text.Text("" if value is None else str(value)) for value in row.values()))
    out = console()
    out.print(grid)
    hidden = f"; hidden: {', '.join(preview.hidden)} (--clear shows them)" if preview.hidden else ""
    out.print(
        f"{suggest.counted(preview.rows.num_rows, 'row')} of {preview.uri}, version {preview.version}{hidden}",
        markup=False,
    )


def _print_rejected(key: str, rows: "list[reading.Rejected]", *, clear: bool) -> None:
    if not rows:
        say(f"Nothing of {key} was rejected.")
        return
    for row in rows:
        of = f" of {row.partition}" if row.partition else ""
        say(f"{row.at:%Y-%m-%d %H:%M} UTC, the batch{of}, run {row.run_id[:8]}: {'; '.join(row.reasons)}")
        say(f"    {to_json(row.row, ensure_ascii=False, default=str)}")
    if not clear:
        say("Values of classified columns are hidden; --clear shows them.")
