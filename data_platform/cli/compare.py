"""The verb ``diff``: two versions of a contract compared.

What belongs here: its options and how a comparison looks on a terminal. What does not: comparing
(``contracts.compatibility``), finding what is named (``mesh.files.comparing``).
"""

from dataclasses import replace
from typing import Annotated, Any, Final

import typer

from data_platform.cli.answers import DOMAINS, MERGING, NO, Domains, Json, console, error_boundary, print_json, say
from data_platform.cli.completion import products
from data_platform.cli.deferred import deferred
from data_platform.mesh.errors import MeshError

with deferred():
    from rich import markup

    from data_platform.cli import stores
    from data_platform.contracts import model, properties
    from data_platform.contracts.checks import sources
    from data_platform.contracts.compatibility import judge as compatibility_judge
    from data_platform.contracts.compatibility import replay as compatibility_replay
    from data_platform.contracts.compatibility import report
    from data_platform.mesh.files import comparing

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
    with error_boundary():
        if new is None and base is None:
            raise MeshError(f"{old} with what? Name a second one, or give --base, such as: diff {old} --base main")
        file = comparing.contract_file(new or old, domains)
        contracts = (
            comparing.contract_at(comparing.contract_file(old, domains), base),
            comparing.contract_at(file, head),
        )
        judgement = _judged(*contracts, mode)
        trial = None
        if data or replay:
            judgement, trial = _tried(judgement, contracts, data, f"{file.parent.parent.name}/{file.parent.name}")
    if as_json:
        print_json(_plain(judgement, trial))
    elif markdown:
        say(report.to_markdown(judgement, _title(*contracts)), nl=False)
    else:
        _show(judgement, trial, _title(*contracts))
    if not judgement.compatible or not judgement.suffices:
        raise typer.Exit(NO)


def _title(old: "model.Contract", new: "model.Contract") -> str:
    name = new.data_product or new.id
    return f"{'/'.join(filter(None, (new.domain, name)))}: {old.version_text} → {new.version_text}"


def _judged(old: "model.Contract", new: "model.Contract", mode: str | None) -> "compatibility_judge.Judgement":
    if mode is not None and mode.upper() not in set(properties.CompatibilityMode):
        raise MeshError(f"there is no mode {mode!r}: give one of {_MODES}")
    return compatibility_judge.judge(new, [old], None if mode is None else properties.CompatibilityMode(mode.upper()))


def _tried(
    judgement: "compatibility_judge.Judgement",
    contracts: "tuple[model.Contract, model.Contract]",
    data: str | None,
    key: str,
) -> "tuple[compatibility_judge.Judgement, compatibility_replay.Replay]":
    source = comparing.data_at(data) if data else comparing.published_data(stores.open_store(), key, contracts[1])
    try:
        comparison, replay = comparing.tried_on_data(judgement.comparisons[0], contracts, judgement.mode, source)
    except (sources.UnreadableDataError, ValueError) as error:
        raise MeshError(f"the rules cannot be tried: {error}") from error
    return replace(judgement, comparisons=(comparison,)), replay


def _plain(judgement: "compatibility_judge.Judgement", replay: "compatibility_replay.Replay | None") -> dict[str, Any]:
    answer = report.to_dict(judgement)
    if replay is not None:
        answer["replay"] = {"rows": replay.rows, "broken": [rule.to_dict() for rule in replay.broken]}
    return answer


def _show(judgement: "compatibility_judge.Judgement", replay: "compatibility_replay.Replay | None", title: str) -> None:
    out = console()
    out.print(f"[bold]{markup.escape(title)}[/bold]")
    for comparison in judgement.comparisons:
        _show_changes(comparison)
    if replay is not None:
        out.print(
            f"Tried on {replay.rows:,} rows: {len(replay.broken) or 'no'} blocking rules of the new contract fail."
        )
        for rule in replay.broken:
            out.print(f"  [red]{markup.escape(str(rule))}[/red]")
    out.print(markup.escape(report.summary(judgement)))


def _show_changes(comparison: "compatibility_judge.Comparison") -> None:
    out = console()
    for judged in comparison.changes:
        change, style = judged.change, _STYLES[judged.verdict]
        place = f"{change.path}: " if change.path else ""
        out.print(f"[{style}]{judged.verdict:<9}[/{style}] {judged.grade!s:<5} {markup.escape(place + change.message)}")
        out.print(f"[dim]                {change.kind}, {change.direction}: {markup.escape(judged.reason)}[/dim]")
