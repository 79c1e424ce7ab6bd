"""The verb ``ci``: may this change be merged?

What belongs here: its options, where each format goes, colours and exit codes. What does not: finding the answer and
its formats (``mesh.ci``).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer

from data_platform.cli import reports
from data_platform.cli.answers import DOMAINS, MERGING, NO, Domains, console, error_boundary, json_text, say
from data_platform.cli.deferred import deferred
from data_platform.mesh.errors import MeshError
from data_platform.storage.errors import StorageError

with deferred():
    from data_platform.cli import stores
    from data_platform.mesh.checking import annotations
    from data_platform.mesh.ci import as_github as ci_as_github
    from data_platform.mesh.ci import as_json as ci_as_json
    from data_platform.mesh.ci import as_junit as ci_as_junit
    from data_platform.mesh.ci import as_markdown as ci_as_markdown
    from data_platform.mesh.ci import as_text as ci_as_text
    from data_platform.mesh.ci import report as ci_report
    from data_platform.mesh.ci import verdict

_STYLES: Final = {"error": "red", "warning": "yellow", "notice": "cyan"}


def register(app: typer.Typer) -> None:
    """Add this verb to the command."""
    app.command(rich_help_panel=MERGING)(ci)


def ci(  # noqa: PLR0913, PLR0917 - one for each option
    base: Annotated[str, typer.Option(help="The git revision that the change is to be merged into.")] = "origin/main",
    head: Annotated[
        str | None, typer.Option(help="The git revision with the change.", show_default="the working tree")
    ] = None,
    as_json: Annotated[
        str | None, typer.Option("--json", help="Write the answer as JSON there; -: to standard output.")
    ] = None,
    junit: Annotated[str | None, typer.Option(help="The same as JUnit XML.")] = None,
    markdown: Annotated[str | None, typer.Option(help="The same as Markdown, for a comment.")] = None,
    github: Annotated[
        bool | None,
        typer.Option(
            "--github/--no-github", help="Print annotations of GitHub Actions.", show_default="whether it runs there"
        ),
    ] = None,
    previews: Annotated[
        bool,
        typer.Option(
            "--previews/--no-previews",
            help="Make the changed products of published inputs, where a store answers, and say what would differ.",
        ),
    ] = True,
    domains: Domains = DOMAINS,
) -> None:
    """Judge a pull request: lint, compatibility, version, and who breaks, against what it is to be merged into.

    Exit codes: 0 fine; 1 it breaks the rules; 2 it could not be found out.
    """
    annotated = os.environ.get("GITHUB_ACTIONS") == "true" if github is None else github
    formats = {"json": as_json, "junit": junit, "markdown": markdown}
    with error_boundary(), _annotated(annotated):
        here = reports.on_stdout(formats)
        report = _examined(domains, base, head, previews=previews)
        reports.write_files(formats, lambda form: _formatted(report, form))
    if here is None:
        _show(report)
    else:
        reports.say_form(_formatted(report, here))
    if annotated:
        for line in ci_as_github.as_github(report):
            say(line, err=here is not None)
    if not report.fine:
        raise typer.Exit(NO)


def _examined(domains: Path, base: str, head: str | None, *, previews: bool) -> "ci_report.Report":
    return verdict.examined(domains, base, head, stores.looked_up, with_previews=previews)


def _formatted(report: "ci_report.Report", form: str) -> str:
    if form == "json":
        return json_text(ci_as_json.as_json(report))
    return ci_as_junit.as_junit(report) if form == "junit" else ci_as_markdown.as_markdown(report)


def _show(report: "ci_report.Report") -> None:
    shown = console()
    for level, text in ci_as_text.as_text(report):
        shown.print(text, style=_STYLES[level] if level else None, markup=False, soft_wrap=True)


@contextmanager
def _annotated(on: bool) -> Iterator[None]:
    """Tell GitHub too why there is no answer."""
    try:
        yield
    except (MeshError, StorageError) as error:
        if on:
            say(annotations.bare("error", "data-platform ci could not find out", str(error)), err=True)
        raise
