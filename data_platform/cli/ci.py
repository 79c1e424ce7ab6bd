"""The verb ``ci``: may this change be merged?

What belongs here: its options, where each format goes, colours and exit codes. What does not: finding the answer and
its formats (``mesh.ci``).
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from data_platform.cli.answers import DOMAINS, MERGING, NO, Domains, console, say, told

if TYPE_CHECKING:
    from data_platform.mesh.ci.report import Report

_STYLES: Final = {"error": "red", "warning": "yellow", "notice": "cyan"}
_STANDARD_OUTPUT: Final = "-"
_SUMMARY: Final = "GITHUB_STEP_SUMMARY"


def register(app: typer.Typer) -> None:
    """Add this verb to the command."""
    app.command(rich_help_panel=MERGING)(ci)


def ci(
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
    domains: Domains = DOMAINS,
) -> None:
    """Judge a pull request: lint, compatibility, version, and who breaks, against what it is to be merged into.

    Exit codes: 0 fine; 1 it breaks the rules; 2 it could not be found out.
    """
    annotated = os.environ.get("GITHUB_ACTIONS") == "true" if github is None else github
    formats = {"json": as_json, "junit": junit, "markdown": markdown}
    with told(), _annotated(annotated):
        here = _here(formats)
        report = _examined(domains, base, head)
        for form, where in formats.items():
            if where is not None and form != here:
                _write(Path(where), _formatted(report, form))
        if os.environ.get(_SUMMARY):
            _write(Path(os.environ[_SUMMARY]), _formatted(report, "markdown"), append=True)
    if here is None:
        _show(report)
    else:
        say(_formatted(report, here), nl=False)
    if annotated:
        from data_platform.mesh.ci.as_github import as_github  # noqa: PLC0415 - see the package

        for line in as_github(report):
            say(line, err=here is not None)
    if not report.fine:
        raise typer.Exit(NO)


def _here(formats: dict[str, str | None]) -> str | None:
    """The format that goes to standard output in place of the text for people."""
    from data_platform.mesh.errors import MeshError  # noqa: PLC0415 - see the package

    found = [form for form, where in formats.items() if where == _STANDARD_OUTPUT]
    if len(found) > 1:
        raise MeshError(f"standard output takes one format: give files for all but one of --{', --'.join(found)}")
    return found[0] if found else None


def _examined(domains: Path, base: str, head: str | None) -> "Report":
    from data_platform.cli.stores import looked_up  # noqa: PLC0415 - see the package
    from data_platform.mesh.ci.verdict import examined  # noqa: PLC0415

    return examined(domains, base, head, looked_up)


def _formatted(report: "Report", form: str) -> str:
    from data_platform.mesh.ci.as_json import as_json  # noqa: PLC0415 - see the package
    from data_platform.mesh.ci.as_junit import as_junit  # noqa: PLC0415
    from data_platform.mesh.ci.as_markdown import as_markdown  # noqa: PLC0415

    if form == "json":
        return f"{json.dumps(as_json(report), indent=2, ensure_ascii=False, default=str)}\n"
    return as_junit(report) if form == "junit" else as_markdown(report)


def _write(file: Path, text: str, *, append: bool = False) -> None:
    from data_platform.mesh.errors import MeshError  # noqa: PLC0415 - see the package

    try:
        with file.open("a" if append else "w", encoding="utf-8", errors="replace", newline="\n") as opened:
            opened.write(text)
    except OSError as error:
        why = error.strerror or str(error)
        raise MeshError(f"{file} cannot be written: {why}: give a file in a folder that is there") from error


def _show(report: "Report") -> None:
    from data_platform.mesh.ci.as_text import as_text  # noqa: PLC0415 - see the package

    shown = console()
    for level, text in as_text(report):
        shown.print(text, style=_STYLES[level] if level else None, markup=False, soft_wrap=True)


@contextmanager
def _annotated(on: bool) -> Iterator[None]:
    """Tell GitHub too why there is no answer."""
    from data_platform.mesh.checking.annotations import bare  # noqa: PLC0415 - see the package
    from data_platform.mesh.errors import MeshError  # noqa: PLC0415
    from data_platform.storage.errors import StorageError  # noqa: PLC0415

    try:
        yield
    except (MeshError, StorageError) as error:
        if on:
            say(bare("error", "data-platform ci could not find out", str(error)), err=True)
        raise
