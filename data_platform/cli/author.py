"""Verbs for writing products: new, lint, test.

What belongs here: their options and output. What does not: what they do (`data_platform.mesh.scaffold`, `.linting`,
`.trying`).
"""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from data_platform.cli import reports
from data_platform.cli.answers import AUTHORING, DOMAINS, NO, Domains, Json, error_boundary
from data_platform.cli.author_output import LintFormat, show_lint, show_plan, show_trial, trial_text
from data_platform.cli.completion import products
from data_platform.cli.deferred import deferred
from data_platform.mesh.errors import MeshError
from data_platform.project import see_project
from data_platform.storage.errors import StorageError

with deferred():
    from data_platform.cli import stores
    from data_platform.mesh.checking import linting, trial, trying
    from data_platform.mesh.scaffold import assemble, from_data, from_python, from_source, from_sql, source_options
    from data_platform.mesh.scaffold import next_version as scaffold_next_version
    from data_platform.mesh.scaffold import options as scaffold_options
    from data_platform.mesh.scaffold import place as scaffold_place
    from data_platform.mesh.scaffold import plan as scaffold_plan
    from data_platform.storage.objects import store


_CONTRACT_ENDINGS: Final = (".yaml", ".yml", ".json")


class Partitioning(StrEnum):
    """How a new product is partitioned."""

    AUTO = "auto"
    DAILY = "daily"
    NONE = "none"


def register(app: typer.Typer) -> None:
    """Add these verbs to the command."""
    app.command(rich_help_panel=AUTHORING)(new)
    app.command(rich_help_panel=AUTHORING)(lint)
    app.command("test", rich_help_panel=AUTHORING)(try_product)


def new(  # noqa: PLR0913, PLR0917 - one argument an option
    product: Annotated[
        str,
        typer.Argument(
            help="domain/name_vN, such as sales/returns_v1; with --source domain/raw_name.", autocompletion=products
        ),
    ],
    sql: Annotated[
        str | None, typer.Option("--sql", help="One SELECT over products; its text, a file that ends in .sql, or -.")
    ] = None,
    data: Annotated[
        str | None, typer.Option("--from", help="A file of rows: CSV, JSON lines or Parquet, by path or s3:// URL.")
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--source",
            help="Data of one's own, taken day by day: a database (with --table), files (a path with *, s3://…, "
            "sftp://…), a file by https://, an API (with --rest); or the variable that holds the address.",
        ),
    ] = None,
    table: Annotated[str | None, typer.Option("--table", help="Of a database that is the --source.")] = None,
    rest: Annotated[
        bool, typer.Option("--rest", help="The --source is an API that answers with pages of JSON.")
    ] = False,
    records: Annotated[
        str, typer.Option("--records", help="Where an API's answer has its list, as in data.items.", show_default=False)
    ] = "",
    python: Annotated[bool, typer.Option("--python", help="A Python function over the inputs given.")] = False,
    next_version: Annotated[
        bool, typer.Option("--next-version", help="A copy of the version before, under this name.")
    ] = False,
    inputs: Annotated[
        list[str] | None,
        typer.Option(
            "--input",
            help="[name=]domain/product_v1:column,column. For an asset of the own domain that is no product, each "
            "column with its type: sales/raw_returns:'id BIGINT,day DATE'. May be repeated.",
        ),
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Option(
            "--values",
            help="A column of the file whose values may be written into the contract, though they are many, rare or "
            "personal. May be repeated.",
        ),
    ] = None,
    owner: Annotated[str | None, typer.Option("--owner", help="The team.", show_default="the domain's")] = None,
    description: Annotated[str, typer.Option("--description", help="What it is for.", show_default=False)] = "",
    partitions: Annotated[
        Partitioning, typer.Option("--partitions", help="Whether it is made by days; auto: as its inputs are.")
    ] = Partitioning.AUTO,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be written, and write nothing.")] = False,
    as_json: Json = False,
    domains: Domains = DOMAINS,
) -> None:
    """Write a new product: contract, transform, test, and its domain where that is new; or a source of one's own."""
    with error_boundary():
        ways = {
            "--sql": sql is not None,
            "--from": data is not None,
            "--source": source is not None,
            "--python": python,
            "--next-version": next_version,
        }
        if sum(ways.values()) != 1:
            chosen = " and ".join(name for name, is_chosen in ways.items() if is_chosen) or "none of them"
            raise MeshError(f"say what it is made of: one of {', '.join(ways)}; given was {chosen}")
        see_project(domains)
        if source is not None:
            given = source_options.SourceOptions(source, table, rest=rest, records=records, owner=owner)
            plan = from_source.plan_source(scaffold_place.Place.of_source(product, domains), given)
            if not dry_run:
                plan.write()
            show_plan(plan, written=not dry_run, as_json=as_json)
            return
        place = scaffold_place.Place.of(product, domains)
        if values and data is None:
            raise MeshError("--values is about the columns of a file: give it with --from")
        options = scaffold_options.Options(
            owner, description, tuple(inputs or ()), partitions.value, tuple(values or ()), _store
        )
        plan = _plan(place, options, sql, data, next_version=next_version)
        if not dry_run:
            plan.write()
    show_plan(plan, written=not dry_run, as_json=as_json)


def lint(
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            help="Products, folders or contract files.", show_default="all products", autocompletion=products
        ),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors.")] = False,
    standard: Annotated[
        bool,
        typer.Option(
            "--standard",
            help="Judge contracts by the Open Data Contract Standard alone, without this platform's policy.",
        ),
    ] = False,
    store: Annotated[
        bool, typer.Option("--store", help="Hold contracts against the tables in the store, too.")
    ] = False,
    form: Annotated[
        LintFormat, typer.Option("--format", help="text, or github: annotations of a pull request.")
    ] = LintFormat.TEXT,
    as_json: Json = False,
    domains: Domains = DOMAINS,
) -> None:
    """List everything that is wrong or doubtful in contracts, product folders and the mesh between them.

    Where a store answers, also what the registry knows otherwise: imports that were edited, and reads that changed.
    """
    with error_boundary():
        tables = stores.open_store(impatient=True) if store else None
        report = linting.lint(domains, targets or [], standard=standard, ask=stores.looked_up, store=tables)
    show_lint(report, form, as_json=as_json)
    if report.errors or (strict and report.warnings):
        raise typer.Exit(NO)


def try_product(  # noqa: PLR0913, PLR0917 - one argument an option
    product: Annotated[
        str,
        typer.Argument(
            metavar="PRODUCT|CONTRACT",
            help="domain/name_vN, or any ODCS contract's file.",
            autocompletion=products,
        ),
    ],
    data: Annotated[
        str | None,
        typer.Option("--data", help="Check this instead: CSV, JSON lines, Parquet or a Delta table, path or URL."),
    ] = None,
    run: Annotated[
        bool, typer.Option("--run", help="Run the transform on the inputs as they are now; publish nothing.")
    ] = False,
    partition: Annotated[str | None, typer.Option("--partition", help="One partition, such as 2026-11-21.")] = None,
    schema: Annotated[
        str | None, typer.Option("--schema", help="Which schema object of a contract's file the data are.")
    ] = None,
    as_json: Json = False,
    json_file: Annotated[str | None, typer.Option(help="Write the same JSON there.")] = None,
    junit: Annotated[str | None, typer.Option(help="Write JUnit XML there; -: to standard output.")] = None,
    markdown: Annotated[str | None, typer.Option(help="Write Markdown there, for a comment; -: as above.")] = None,
    domains: Domains = DOMAINS,
) -> None:
    """Check a contract on what is published now, on given data, or on what the transform makes now.

    Exit codes: 0 the data keep it; 1 they do not; 2 it could not be found out.
    """
    wanted = {"json": json_file, "junit": junit, "markdown": markdown}
    with error_boundary():
        if as_json and json_file is not None:
            raise MeshError("--json and --json-file exclude each other: the first prints what the second writes")
        wanted["json"] = reports.STANDARD_OUTPUT if as_json else json_file
        here = reports.on_stdout(wanted)
        trial = _trial(domains, product, data, schema, partition, run=run)
        reports.write_files(wanted, lambda form: trial_text(trial, form))
    if here is None:
        show_trial(trial)
    else:
        reports.say_form(trial_text(trial, here))
    if not trial.report.passed:
        raise typer.Exit(NO)


def _trial(
    domains: Path, target: str, data: str | None, schema: str | None, partition: str | None, *, run: bool
) -> "trial.Trial":
    """Try what somebody named: a contract's file, or a product in one of three ways."""
    if data is not None and run:
        raise MeshError("--data and --run exclude each other: give one of them")
    if target.lower().endswith(_CONTRACT_ENDINGS):
        if data is None or partition is not None:
            what = "no partitions: leave --partition out" if data else "no data of its own: give them with --data"
            raise MeshError(f"{target} is a contract's file, which has {what}")
        return trying.on_contract(Path(target), data, schema)
    if schema is not None:
        raise MeshError("--schema is about the file of a contract; a product has one table")
    if data is not None:
        return trying.on_data(domains, target, data, _store(), partition)
    store = stores.open_store(impatient=True)
    return (trying.on_run if run else trying.on_current)(domains, target, store, partition)


def _plan(
    place: "scaffold_place.Place",
    options: "scaffold_options.Options",
    sql: str | None,
    data: str | None,
    *,
    next_version: bool,
) -> "scaffold_plan.Plan":
    if next_version:
        return scaffold_next_version.plan_next_version(place)

    if sql is not None:
        text, file = _sql_text(sql)
        return assemble.assembled(from_sql.draft_from_sql(place, text, options, file), options)
    if data is not None:
        return assemble.assembled(from_data.draft_from_data(place, data, options), options)

    return assemble.assembled(from_python.draft_from_python(place, options), options)


def _sql_text(sql: str) -> tuple[str, str]:
    """The query's text, and what errors call it."""
    if sql == "-":
        return sys.stdin.read(), "<stdin>"
    if not sql.endswith(".sql"):
        return sql, "--sql"

    try:
        return Path(sql).read_text(encoding="utf-8"), sql
    except (OSError, UnicodeDecodeError) as error:
        raise MeshError(f"{sql} cannot be read: {error}; give a file in UTF-8, or the query itself") from error


def _store() -> "store.ObjectStore | None":
    """The store, if there is one that can be opened: what is asked of it here, the verb can do without."""
    try:
        return stores.open_store(impatient=True)
    except (MeshError, StorageError):
        return None
