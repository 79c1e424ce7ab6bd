"""The verbs ``impact`` and ``lineage``: who reads what, and who breaks.

What belongs here: their options, colours and exit codes. What does not: finding the answer (``mesh.impact.answer``,
``mesh.impact.difference``, ``mesh.overview.neighbours``) and its words (``mesh.impact.text``).
"""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from data_platform.cli.answers import (
    DOMAINS,
    FINDING,
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
from data_platform.mesh.errors import MeshError

with deferred():
    from rich import markup
    from rich import tree as rich_tree

    from data_platform.cli import stores
    from data_platform.contracts.registry import subscriptions as registry_subscriptions
    from data_platform.mesh.files import checkout as files_checkout
    from data_platform.mesh.impact import answer, graph
    from data_platform.mesh.impact import difference as impact_difference
    from data_platform.mesh.impact import elsewhere as impact_elsewhere
    from data_platform.mesh.impact import proposal as impact_proposal
    from data_platform.mesh.impact import text as impact_text
    from data_platform.mesh.overview import neighbours as overview_neighbours
    from data_platform.products import edges

_STYLES: Final = {"breaks": "red", "may break": "yellow", "unaffected": "green"}
Columns = list[str] | None

if TYPE_CHECKING:
    Reader = registry_subscriptions.Subscription | impact_elsewhere.ElsewhereProduct


def register(app: typer.Typer) -> None:
    """Add these verbs to the command."""
    app.command(rich_help_panel=MERGING)(impact)
    app.command(rich_help_panel=FINDING)(lineage)


def impact(  # noqa: PLR0913, PLR0917 - a verb's options
    product: Annotated[
        str | None,
        typer.Argument(
            help="A product such as sales/orders_v1; with --diff left out for all.", autocompletion=products
        ),
    ] = None,
    drop: Annotated[Columns, typer.Option(help="A column to drop. Repeat it for more.")] = None,
    rename: Annotated[Columns, typer.Option(help="A column and its new name: total=amount.")] = None,
    retype: Annotated[
        Columns, typer.Option(help="A column and its new type: total=BIGINT, or a logical one: total=string.")
    ] = None,
    tighten: Annotated[Columns, typer.Option(help="A column that will hold fewer values, or no nulls.")] = None,
    diff: Annotated[str | None, typer.Option(help="Whatever the working tree changes against this revision.")] = None,
    paths: Annotated[int, typer.Option(min=0, help="Show the columns' way to so many consumers behind others.")] = 20,
    outside: Annotated[bool, typer.Option(help="Ask the registry for consumers outside this repository.")] = True,
    markdown: Annotated[bool, typer.Option("--markdown", help="Answer in Markdown, for a pull request.")] = False,
    as_json: Json = False,
    domains: Domains = DOMAINS,
) -> None:
    """Who breaks if a column changes: every consumer, transitive, across domains, with the reason and its owner.

    Ends with 1 where somebody breaks.
    """
    with error_boundary():
        proposed = any((drop, rename, retype, tighten))
        if proposed == (diff is not None) or (proposed and product is None):
            raise MeshError(
                "give either --diff REVISION, or a product and --drop, --rename, --retype or --tighten, such as: "
                "data-platform impact sales/orders_v1 --drop status"
            )
        checkout = files_checkout.Checkout(domains)
        subscribers, why_not = _readers_outside(checkout) if outside else ((), "")
        difference: impact_difference.Difference | None = None
        with _uncollected():
            if diff is not None:
                consequence, difference = _of_diff(checkout, product, diff, subscribers, paths)
            else:
                pairs = [_pairs("--rename", rename), _pairs("--retype", retype)]
                consequence = _proposed(
                    checkout, product or "", (drop or [], *pairs, tighten or []), subscribers, paths
                )
    _answer(consequence, difference, why_not, as_json=as_json, markdown=markdown)
    if consequence.breaks:
        raise typer.Exit(NO)


def lineage(
    product: Annotated[
        str,
        typer.Argument(help="A product such as sales/orders_v1, or a raw asset of a domain.", autocompletion=products),
    ],
    columns: Annotated[bool, typer.Option("--columns", help="Show which columns are read, and how.")] = False,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="Answer as a Mermaid flow chart.")] = False,
    as_json: Json = False,
    domains: Domains = DOMAINS,
) -> None:
    """What a product is made of and what is made of it, across domains."""
    with error_boundary():
        checkout = files_checkout.Checkout(domains)
        readers, why_not = _readers_outside(checkout)
        others = [reader for reader in readers if isinstance(reader, impact_elsewhere.ElsewhereProduct)]
        neighbourhood = overview_neighbours.neighbours(checkout, product, others)
    if as_json:
        print_json(neighbourhood.as_dict())
    elif mermaid:
        say(neighbourhood.mermaid(columns=columns), nl=False)
    else:
        shown = console()
        shown.print(_tree(neighbourhood.tree("upstream"), "made of", columns=columns))
        shown.print(_tree(neighbourhood.tree("downstream"), "read by", columns=columns))
    if why_not:
        say(why_not, err=True)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the garbage collector from looking: a parse makes many objects that stay, and looking took a seventh."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _pairs(option: str, given: Iterable[str] | None) -> tuple[tuple[str, str], ...]:
    pairs = []
    for text in given or ():
        column, equals, new = text.partition("=")
        if not (column and equals and new):
            raise MeshError(f"{option} {text}: write the column, =, and what it becomes, such as total=amount")
        pairs.append((column.strip(), new.strip()))
    return tuple(pairs)


def _proposed(
    checkout: "files_checkout.Checkout",
    product: str,
    wishes: "tuple[Any, ...]",
    outside: "Iterable[Reader]",
    paths: int,
) -> "answer.Impact":
    key = overview_neighbours.asset_of(checkout, product)
    drop, rename, retype, tighten = wishes
    columns = graph.MeshGraph(checkout, also=(key,)).columns(edges.graph_name(key))
    proposal = impact_proposal.Proposal(tuple(drop), rename, retype, tuple(tighten))
    changes, after = proposal.effects(key, columns, checkout.contracts.get(key))
    return answer.impact_of(checkout, key, changes, outside, after=after, paths=paths)


def _of_diff(
    checkout: "files_checkout.Checkout",
    product: str | None,
    revision: str,
    outside: "Iterable[Reader]",
    paths: int,
) -> "tuple[answer.Impact, impact_difference.Difference]":
    difference = impact_difference.difference(checkout, revision)
    changes = list(difference.changes)
    if product is not None:
        key = product.strip("/").replace(".", "/", 1)
        if key not in (*difference.changed, *difference.removed, *difference.added):
            checkout.key_of(product)
            raise MeshError(f"{key} is as it was at {revision}: leave the product out to see what changed")
        changes = [change for change in changes if change.product == edges.graph_name(key)]
    return answer.impact_of_all(checkout, changes, difference.versions, outside, paths=paths), difference


def _readers_outside(checkout: "files_checkout.Checkout") -> "tuple[tuple[Reader, ...], str]":
    """Who subscribed, products of other repositories, and what is not known of them; empty: nothing."""
    known, why_not = stores.looked_up(
        lambda store: None if store is None else impact_elsewhere.outside_readers(store, checkout.keys)
    )
    if known is None:
        return (), f"without consumers outside this repository: {why_not}"
    readers, unread = known
    return readers, f"perhaps without some consumers outside this repository: {' '.join(unread)}" if unread else ""


def _answer(
    consequence: "answer.Impact",
    difference: "impact_difference.Difference | None",
    why_not: str,
    *,
    as_json: bool,
    markdown: bool,
) -> None:
    of_diff = {name: list(getattr(difference, name)) for name in ("added", "removed", "changed")} if difference else {}
    if as_json:
        print_json({**of_diff, **consequence.as_dict(), "without_outside": why_not or None})
        return
    if markdown:
        say(impact_text.markdown_of(consequence), nl=False)
    else:
        shown = console()
        for name, keys in of_diff.items():
            shown.print(f"{name}: {', '.join(keys) or 'none'}", markup=False)
        for verdict, text in impact_text.lines(consequence):
            shown.print(text, style=_STYLES.get(verdict.value) if verdict else None, markup=False)
    if why_not:
        say(why_not, err=True)


def _tree(root: "overview_neighbours.Branch", way: str, *, columns: bool) -> "rich_tree.Tree":
    tree = rich_tree.Tree(
        f"[bold]{root.product}[/] {way}" if root.children else f"[bold]{root.product}[/] {way} nothing"
    )
    front = [(root, tree)]
    while front:
        branch, at = front.pop()
        for child in branch.children:
            owner = f" ({child.owner})" if child.owner else ""
            again = " …, see elsewhere" if child.again else ""
            below = at.add(markup.escape(f"{child.product}{owner}{again}"))
            for column in child.columns if columns else ():
                below.add(f"[dim]{markup.escape(column)}[/]")
            front.append((child, below))
    return tree
