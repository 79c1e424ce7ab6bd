"""Verbs for a project as a whole: init, workspace, upgrade.

What belongs here: their options. What does not: what a project is (`data_platform.project`), and what is in a new one
(`data_platform.mesh.scaffold.project`).
"""

from pathlib import Path
from typing import Annotated

import typer

from data_platform.cli.answers import NO, STARTING, Json, error_boundary, print_json, say
from data_platform.cli.deferred import deferred
from data_platform.project import current
from data_platform.workspace_file import is_ours, workspace_text

with deferred():
    from data_platform.mesh.scaffold import project as scaffold_project
    from data_platform.mesh.scaffold import upgrading
    from data_platform.products import imported


def register(app: typer.Typer) -> None:
    """Add these verbs to the command."""
    app.command(rich_help_panel=STARTING)(init)
    app.command(rich_help_panel=STARTING)(workspace)
    app.command(rich_help_panel=STARTING)(upgrade)


def init(
    folder: Annotated[Path, typer.Argument(help="Where it goes, such as my-mesh.")],
    domain: Annotated[
        str,
        typer.Option(
            "--domain", help="A repository for this one domain, with an image of its own.", show_default=False
        ),
    ] = "",
    example: Annotated[bool, typer.Option("--example", help="Begin with the example's domains, to read.")] = False,
    as_json: Json = False,
) -> None:
    """Write a new project: a mesh of your own, that depends on the platform."""
    with error_boundary():
        project = scaffold_project.NewProject(folder.expanduser().absolute(), domain, example)
        files = project.write()
    names = [str(file.relative_to(project.folder)) for file in files]
    if as_json:
        print_json({"folder": str(project.folder), "files": names})
        return
    short = [name for name in names if not example or not name.startswith("domains/")]
    for name in short:
        say(f"created  {name}")
    if len(short) < len(names):
        say(f"created  domains/: {len(names) - len(short)} files of the example")
    say("")
    say(f"Next:  cd {folder}")
    say("       git init    # data-platform ci judges pull requests")
    say("       make run    # installs the platform and starts it; the UI and README.md say what to do first")


def workspace(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit code 1 if the file is not up to date.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write workspace.yaml, a code location for each domain, for what serves them without `up`, such as `dagster dev`.

    A file that was written by hand is left as it is.
    """
    project = current()
    locations = imported.locations_of(project)
    file, text = project.root / "workspace.yaml", workspace_text(locations)
    before = file.read_text(encoding="utf-8") if file.exists() else None
    changes = before != text
    if changes and before is not None and not is_ours(before):
        say(f"refused: {file} was written by hand, and is left as it is: delete it, then write it again", err=True)
        raise typer.Exit(NO)
    if changes and not check:
        file.write_text(text, encoding="utf-8")
    if as_json:
        print_json({"file": str(file), "locations": locations, "changed": changes})
    else:
        done = (
            "is up to date" if not changes else "is not up to date: data-platform workspace" if check else "is written"
        )
        say(f"{file} {done}")
    raise typer.Exit(NO if check and changes else 0)


def upgrade(
    write: Annotated[
        bool,
        typer.Option("--write", help="Replace the files that nobody has edited, and take the others as dealt with."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Say what to change in a project that an older version of the platform made.

    What you edited or deleted on purpose is told when the platform has something new for it, and with --write once.

    Exit codes: 0 nothing is left to do; 1 something is; 2 it could not be found out.
    """
    with error_boundary():
        done = upgrading.upgrade(current(), write=write)
    shown = [step for step in done.steps if step.edited or not write]
    code = NO if not write and not done.is_current else 0
    if as_json:
        steps = [{"file": step.file, "edited": step.edited, "diff": step.diff} for step in done.steps]
        about = {"made_by": done.made_by, "now": done.now, "repository": done.repository}
        print_json({**about, "steps": steps, "written": write})
        raise typer.Exit(code)
    if done.is_current:
        say(f"The project's files are those of {done.now}.")
        return
    say(f"The project was made by {done.made_by}; installed is {done.now}.")
    for step in done.steps:
        edited = "edited here, and never replaced: take over by hand what you want of"
        how = edited if step.edited else "written" if write else "--write replaces it"
        say(f"\n{step.file}: {how}\n{step.diff if step in shown else ''}".rstrip())
    if done.repository:
        what = "this repository has an identity now" if write else "--write gives this repository an identity"
        say(f"\npyproject.toml: {what}, {done.repository}: whose products these are, where repositories share a store")
    if not write and done.made_by != done.now:
        say(f"\npyproject.toml: --write asks for dagster-data-mesh~={done.now} in it")
    say("\nThen: data-platform lint")
    raise typer.Exit(code)
