"""The verb ``diff``: two versions of a contract compared.

What belongs here: its options and how a comparison looks on a terminal. What does not: comparing
(``contracts.compatibility``), finding what is named (``mesh.files.comparing``).
"""

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from data_platform.cli.answers import DOMAINS, MERGING, NO, Domains, Json, console, print_json, say, told
from data_platform.cli.completion import products

if TYPE_CHECKING:
    from data_platform.contracts.compatibility.judge import Comparison, Judgement
    from data_platform.contracts.compatibility.replay import Replay
    from data_platform.contracts.model import Contract

_STYLES: Final = {"breaks": "red", "may break": "yellow", "fine": "green"}
_MODES: Final = "NONE, CONSUMER, PRODUCER, FULL, each also with _TRANSITIVE"


def register(app: typer.Typer) -> None:
    """Add this verb to the command."""
    app.command(rich_help_panel=MERGING)(diff)


def diff(  # noqa: PLR0913, PLR0917 - a verb's options
    old: Annotated[
        str,
        typer.Argument(
            help="A product such as sales/orders_v1, a contract's file, or its folder.", autocompletion=products
        ),
    ],
    new: Annotated[
        str | None, typer.Argument(help="The same; left out: the old one as it is now.", autocompletion=products)
    ] = None,
    base: Annotated[str | None, typer.Option(help="Take the old one as it was at this git revision.")] = None,
    head: Annotated[str | None, typer.Option(help="Take the new one as it was at this git revision.")] = None,
    mode: Annotated[str | None, typer.Option(help=f"Whom to protect, if not as the contracts say: {_MODES}.")] = None,
    data: Annotated[
        str | None, typer.Option(help="Try what cannot be decided on this Parquet file, CSV file or Delta table.")
    ] = None,
    replay: Annotated[
        bool, typer.Option("--replay", help="Try it on the product's current table in the store.")
    ] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Answer in Markdown, for a pull request.")] = False,
    as_json: Json = False,
    domains: Domains = DOMAINS,
) -> None:
    """Every change between two versions of a contract: direction, grade, and whom it breaks under the mode.

    Ends with 1 where something breaks, or where the new version says less than the changes demand.
    """
    from data_platform.contracts.compatibility.report import to_markdown  # noqa: PLC0415 - see the package
    from data_platform.mesh.errors import MeshError  # noqa: PLC0415
    from data_platform.mesh.files.comparing import contract_at, contract_file  # noqa: PLC0415

    with told():
        if new is None and base is None:
            raise MeshError(f"{old} with what? Name a second one, or give --base, such as: diff {old} --base main")
        file = contract_file(new or old, domains)
        contracts = contract_at(contract_file(old, domains), base), contract_at(file, head)
        judgement = _judged(*contracts, mode)
        found = None
        if data or replay:
            judgement, found = _tried(judgement, contracts, data, f"{file.parent.parent.name}/{file.parent.name}")
    if as_json:
        print_json(_plain(judgement, found))
    elif markdown:
        say(to_markdown(judgement, _title(*contracts)), nl=False)
    else:
        _show(judgement, found, _title(*contracts))
    if not judgement.compatible or not judgement.suffices:
        raise typer.Exit(NO)


def _title(old: "Contract", new: "Contract") -> str:
    name = new.data_product or new.id
    return f"{new.domain}/{name}: {old.version_text} → {new.version_text}"


def _judged(old: "Contract", new: "Contract", mode: str | None) -> "Judgement":
    from data_platform.contracts.compatibility.judge import judge  # noqa: PLC0415 - see the package
    from data_platform.contracts.properties import CompatibilityMode  # noqa: PLC0415
    from data_platform.mesh.errors import MeshError  # noqa: PLC0415

    if mode is not None and mode.upper() not in set(CompatibilityMode):
        raise MeshError(f"there is no mode {mode!r}: give one of {_MODES}")
    return judge(new, [old], None if mode is None else CompatibilityMode(mode.upper()))


def _tried(
    judgement: "Judgement", contracts: "tuple[Contract, Contract]", data: str | None, key: str
) -> "tuple[Judgement, Replay]":
    from dataclasses import replace  # noqa: PLC0415 - see the package

    from data_platform.cli.stores import open_store  # noqa: PLC0415
    from data_platform.contracts.checks.sources import UnreadableDataError  # noqa: PLC0415
    from data_platform.mesh.errors import MeshError  # noqa: PLC0415
    from data_platform.mesh.files.comparing import given, published, tried  # noqa: PLC0415

    source = given(data) if data else published(open_store(), key, contracts[1])
    try:
        comparison, found = tried(judgement.comparisons[0], contracts, judgement.mode, source)
    except (UnreadableDataError, ValueError) as error:
        raise MeshError(f"the rules cannot be tried: {error}") from error
    return replace(judgement, comparisons=(comparison,)), found


def _plain(judgement: "Judgement", found: "Replay | None") -> dict[str, Any]:
    from data_platform.contracts.compatibility.report import to_dict  # noqa: PLC0415 - see the package

    answer = to_dict(judgement)
    if found is not None:
        answer["replay"] = {"rows": found.rows, "broken": [one.to_dict() for one in found.broken]}
    return answer


def _show(judgement: "Judgement", found: "Replay | None", title: str) -> None:
    from rich.markup import escape  # noqa: PLC0415 - see the package

    from data_platform.contracts.compatibility.report import summary  # noqa: PLC0415

    out = console()
    out.print(f"[bold]{escape(title)}[/bold]")
    for one in judgement.comparisons:
        _show_changes(one)
    if found is not None:
        out.print(f"Tried on {found.rows:,} rows: {len(found.broken) or 'no'} blocking rules of the new contract fail.")
        for each in found.broken:
            out.print(f"  [red]{escape(str(each))}[/red]")
    out.print(escape(summary(judgement)))


def _show_changes(comparison: "Comparison") -> None:
    from rich.markup import escape  # noqa: PLC0415 - see the package

    out = console()
    for one in comparison.changes:
        change, style = one.change, _STYLES[one.verdict]
        place = f"{change.path}: " if change.path else ""
        out.print(f"[{style}]{one.verdict:<9}[/{style}] {one.grade!s:<5} {escape(place + change.message)}")
        out.print(f"[dim]                {change.kind}, {change.direction}: {escape(one.reason)}[/dim]")
