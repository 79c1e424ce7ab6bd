"""Verbs between contracts and other tools' forms: export, import.

What belongs here: their options, and where files are written. What does not: the forms (`contracts.exchange`).
"""

from pathlib import Path
from typing import Annotated

import typer

from data_platform.cli.answers import AUTHORING, DOMAINS, Domains, Json, error_boundary, print_json
from data_platform.cli.completion import products
from data_platform.cli.deferred import deferred
from data_platform.contracts.exchange.errors import ExchangeError
from data_platform.mesh.errors import MeshError, Refused

with deferred():
    from data_platform.contracts import drafting, loading, model, references
    from data_platform.contracts import lint as contracts_lint
    from data_platform.contracts.exchange import forms
    from data_platform.mesh.files import checkout as files_checkout
    from data_platform.mesh.scaffold import place as scaffold_place

Dialect = Annotated[
    str, typer.Option("--dialect", help="Whose SQL: duckdb, postgres, spark, snowflake, bigquery; to read, any other.")
]
_FORMS = "json-schema, sql-ddl, dbt, markdown, odcs"
_MORE = "others (avro, protobuf, html, ...) through datacontract-cli, where that is installed"


def register(app: typer.Typer) -> None:
    """Add these verbs to the command."""
    app.command(rich_help_panel=AUTHORING)(export)
    app.command("import", rich_help_panel=AUTHORING)(import_)


def export(
    product: Annotated[str, typer.Argument(help="domain/name_vN, or a contract's file.", autocompletion=products)],
    to: Annotated[str, typer.Option("--to", help=f"{_FORMS}; {_MORE}.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write it there.", show_default="standard output")
    ] = None,
    schema: Annotated[
        str | None, typer.Option("--schema", help="Which table, where the contract has several.", show_default=False)
    ] = None,
    dialect: Dialect = "duckdb",
    as_json: Json = False,
    domains: Domains = DOMAINS,
) -> None:
    """Write a contract in the form of another tool.

    A file is held against the standard alone, so that it may be the contract of somebody else.
    """
    with error_boundary():
        contract = _contract(product, domains)
        try:
            text = forms.export(contract, to, dialect, schema)
        except ExchangeError as error:
            raise MeshError(str(error)) from error
        if output is not None:
            _write(output, text, overwrite=True)
    if as_json:
        print_json({"product": product, "to": to, "output": output, "text": text})
    elif output is None:
        typer.echo(text, nl=False)
    else:
        typer.echo(f"wrote {output}")


def import_(  # noqa: PLR0913, PLR0917 - one argument an option
    file: Annotated[Path, typer.Argument(help="What to read.")],
    form: Annotated[str, typer.Option("--from", help=f"{_FORMS.replace(' markdown,', '')}; {_MORE}.")],
    product: Annotated[
        str, typer.Option("--product", help="Whose contract it is to be: domain/name_vN.", autocompletion=products)
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Write it there; - for standard output.", show_default="the product's folder"
        ),
    ] = None,
    owner: Annotated[str | None, typer.Option("--owner", help="The team.", show_default="the domain's")] = None,
    description: Annotated[str, typer.Option("--description", help="What it is for.", show_default=False)] = "",
    name: Annotated[str | None, typer.Option("--name", help="Which model, where the file has several.")] = None,
    dialect: Dialect = "duckdb",
    as_json: Json = False,
    domains: Domains = DOMAINS,
) -> None:
    """Make a contract of another tool's schema: names, types, what is required, keys, meaning."""
    with error_boundary():
        place = scaffold_place.Place.of(product, domains)
        about = drafting.About(place.domain, place.name, f"{place.major}.0.0", owner, description)
        try:
            text = forms.import_(file, form, about, dialect, name)
        except ExchangeError as error:
            raise MeshError(str(error)) from error
        target = output or place.folder / references.CONTRACT_FILE
        if str(target) != "-":
            _write(target, text, overwrite=False)
        findings = contracts_lint.lint(text.encode(), file=str(target))
    if as_json:
        print_json({"product": place.key, "from": form, "output": target, "text": text, "findings": map(str, findings)})
    elif str(target) == "-":
        typer.echo(text, nl=False)
    else:
        typer.echo(f"wrote {target}")
    for finding in findings if not as_json else ():
        typer.echo(str(finding), err=True)


def _contract(product: str, domains: Path) -> "model.Contract":
    """The contract of a product, or of a file, which is held against the standard alone."""
    if product.endswith((".yaml", ".yml")) and Path(product).is_file():
        return loading.load(Path(product), standard_only=True)
    checkout = files_checkout.Checkout(domains)
    return loading.load(checkout.folder(checkout.key_of(product)) / references.CONTRACT_FILE)


def _write(file: Path, text: str, *, overwrite: bool) -> None:
    if file.exists() and not overwrite:
        raise Refused(
            [f"{file} is there already, and is not overwritten: name another with --output, or delete it first"]
        )
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise MeshError(f"{file} cannot be written: {error}") from error
