"""The verbs ``impact`` and ``lineage``: who reads what, and who breaks.

What belongs here: their options, colours and exit codes. What does not: finding the answer (``mesh.impact.impact_of``,
``mesh.files.difference``, ``mesh.overview.neighbours``) and its words (``mesh.impact.text``).
"""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from data_platform.cli.answers import DOMAINS, FINDING, MERGING, NO, Domains, Json, console, print_json, say, told
from data_platform.cli.completion import products

if TYPE_CHECKING:
    from rich.tree import Tree

    from data_platform.contracts.registry.subscriptions import Subscription
    from data_platform.mesh.files.checkout import Checkout
    from data_platform.mesh.impact.answer import Impact
    from data_platform.mesh.impact.difference import Difference
    from data_platform.mesh.overview.neighbours import Branch

_STYLES: Final = {"breaks": "red", "may break": "yellow", "unaffected": "green"}
Columns = list[str] | None


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
    outside: Annotated[bool, typer.Option(help="Ask the registry for consumers outside the platform.")] = True,
    markdown: Annotated[bool, typer.Option("--markdown", help="Answer in Markdown, for a pull request.")] = False,
    as_json: Json = False,
    domains: Domains = DOMAINS,
) -> None:
    """Who breaks if a column changes: every consumer, transitive, across domains, with the reason and its owner.

    Ends with 1 where somebody breaks.
    """
    from data_platform.mesh.errors import MeshError  # noqa: PLC0415
    from data_platform.mesh.files.checkout import Checkout  # noqa: PLC0415 - see the package

    with told():
        proposed = any((drop, rename, retype, tighten))
        if proposed == (diff is not None) or (proposed and product is None):
            raise MeshError(
                "give either --diff REVISION, or a product and --drop, --rename, --retype or --tighten, such as: "
                "data-platform impact sales/orders_v1 --drop status"
            )
        checkout = Checkout(domains)
        subscribers, why_not = _subscribers() if outside else ((), "")
        found: Difference | None = None
        with _uncollected():
            if diff is not None:
                made, found = _of_diff(checkout, product, diff, subscribers, paths)
            else:
                pairs = [_pairs("--rename", rename), _pairs("--retype", retype)]
                made = _proposed(checkout, product or "", (drop or [], *pairs, tighten or []), subscribers, paths)
    _answer(made, found, why_not, as_json=as_json, markdown=markdown)
    if made.breaks:
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
    from data_platform.mesh.files.checkout import Checkout  # noqa: PLC0415 - see the package
    from data_platform.mesh.overview.neighbours import neighbours  # noqa: PLC0415

    with told():
        found = neighbours(Checkout(domains), product)
    if as_json:
        print_json(found.as_dict())
    elif mermaid:
        say(found.mermaid(columns=columns), nl=False)
    else:
        shown = console()
        shown.print(_tree(found.tree("upstream"), "made of", columns=columns))
        shown.print(_tree(found.tree("downstream"), "read by", columns=columns))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the garbage collector from looking: a parse makes many objects that stay, and looking took a seventh."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _pairs(option: str, given: Iterable[str] | None) -> tuple[tuple[str, str], ...]:
    from data_platform.mesh.errors import MeshError  # noqa: PLC0415 - see the package

    made = []
    for text in given or ():
        column, equals, new = text.partition("=")
        if not (column and equals and new):
            raise MeshError(f"{option} {text}: write the column, =, and what it becomes, such as total=amount")
        made.append((column.strip(), new.strip()))
    return tuple(made)


def _proposed(
    checkout: "Checkout", product: str, wishes: "tuple[Any, ...]", outside: "Iterable[Subscription]", paths: int
) -> "Impact":
    from data_platform.mesh.impact.answer import impact_of  # noqa: PLC0415
    from data_platform.mesh.impact.graph import MeshGraph  # noqa: PLC0415 - see the package
    from data_platform.mesh.impact.proposal import Proposal  # noqa: PLC0415
    from data_platform.mesh.overview.neighbours import asset_of  # noqa: PLC0415
    from data_platform.products.edges import graph_name  # noqa: PLC0415

    key = asset_of(checkout, product)
    drop, rename, retype, tighten = wishes
    columns = MeshGraph(checkout, also=(key,)).columns(graph_name(key))
    proposal = Proposal(tuple(drop), rename, retype, tuple(tighten))
    changes, after = proposal.effects(key, columns, checkout.contracts.get(key))
    return impact_of(checkout, key, changes, outside, after=after, paths=paths)


def _of_diff(
    checkout: "Checkout", product: str | None, revision: str, outside: "Iterable[Subscription]", paths: int
) -> "tuple[Impact, Difference]":
    from data_platform.mesh.errors import MeshError  # noqa: PLC0415
    from data_platform.mesh.impact.answer import impact_of_all  # noqa: PLC0415
    from data_platform.mesh.impact.difference import difference  # noqa: PLC0415 - see the package
    from data_platform.products.edges import graph_name  # noqa: PLC0415

    found = difference(checkout, revision)
    changes = list(found.changes)
    if product is not None:
        key = product.strip("/").replace(".", "/", 1)
        if key not in (*found.changed, *found.removed, *found.added):
            checkout.key_of(product)
            raise MeshError(f"{key} is as it was at {revision}: leave the product out to see what changed")
        changes = [one for one in changes if one.product == graph_name(key)]
    return impact_of_all(checkout, changes, found.versions, outside, paths=paths), found


def _subscribers() -> "tuple[tuple[Subscription, ...], str]":
    """Who subscribed, and what is not known of that; empty: nothing."""
    from data_platform.cli.stores import looked_up  # noqa: PLC0415 - see the package
    from data_platform.contracts.registry.subscriptions import subscriptions  # noqa: PLC0415

    found, why_not = looked_up(lambda store: None if store is None else subscriptions(store))
    if found is None:
        return (), f"without consumers outside the platform: {why_not}"
    missing = f"perhaps without some consumers outside the platform: {' '.join(found.messages)}"
    return tuple(one for each in found.found.values() for one in each), missing if found.messages else ""


def _answer(made: "Impact", found: "Difference | None", why_not: str, *, as_json: bool, markdown: bool) -> None:
    from data_platform.mesh.impact.text import lines, markdown_of  # noqa: PLC0415 - see the package

    of_diff = {name: list(getattr(found, name)) for name in ("added", "removed", "changed")} if found else {}
    if as_json:
        print_json({**of_diff, **made.as_dict(), "without_outside": why_not or None})
        return
    if markdown:
        say(markdown_of(made), nl=False)
    else:
        shown = console()
        for name, keys in of_diff.items():
            shown.print(f"{name}: {', '.join(keys) or 'none'}", markup=False)
        for verdict, text in lines(made):
            shown.print(text, style=_STYLES.get(verdict.value) if verdict else None, markup=False)
    if why_not:
        say(why_not, err=True)


def _tree(root: "Branch", way: str, *, columns: bool) -> "Tree":
    from rich.markup import escape  # noqa: PLC0415 - see the package
    from rich.tree import Tree  # noqa: PLC0415

    tree = Tree(f"[bold]{root.product}[/] {way}" if root.children else f"[bold]{root.product}[/] {way} nothing")
    front = [(root, tree)]
    while front:
        branch, at = front.pop()
        for child in branch.children:
            owner = f" ({child.owner})" if child.owner else ""
            again = " …, see elsewhere" if child.again else ""
            below = at.add(escape(f"{child.product}{owner}{again}"))
            for column in child.columns if columns else ():
                below.add(f"[dim]{escape(column)}[/]")
            front.append((child, below))
    return tree
