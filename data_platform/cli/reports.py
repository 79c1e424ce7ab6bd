"""Where the forms of an answer go: JSON, JUnit XML and Markdown, to files, to standard output, to GitHub's summary.

What belongs here: the choice, and writing. What does not: the forms (``mesh.ci``, ``mesh.checking``), and any verb.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from data_platform.cli.answers import say
from data_platform.mesh.errors import MeshError

STANDARD_OUTPUT: Final = "-"
_SUMMARY: Final = "GITHUB_STEP_SUMMARY"


def on_stdout(wanted: Mapping[str, str | None]) -> str | None:
    """The form that goes to standard output in place of the text for people.

    Args:
        wanted: Each form with the file that it goes to, ``-`` for standard output; ``None``: it is not wanted.

    Raises:
        MeshError: More than one is to go there.
    """
    forms = [form for form, where in wanted.items() if where == STANDARD_OUTPUT]
    if len(forms) > 1:
        raise MeshError(f"standard output takes one format: give files for all but one of --{', --'.join(forms)}")
    return forms[0] if forms else None


def write_files(wanted: Mapping[str, str | None], text_of: Callable[[str], str]) -> None:
    """Write each wanted form to its file, and Markdown to the summary of a job of GitHub's.

    Args:
        wanted: As in ``on_stdout``.
        text_of: The text of a form.

    Raises:
        MeshError: A file cannot be written.
    """
    for form, where in wanted.items():
        if where is not None and where != STANDARD_OUTPUT:
            _write(Path(where), text_of(form))
    if os.environ.get(_SUMMARY):
        _write(Path(os.environ[_SUMMARY]), text_of("markdown"), append=True)


def say_form(text: str) -> None:
    """Print a form on standard output."""
    say(text, nl=False)


def _write(file: Path, text: str, *, append: bool = False) -> None:
    try:
        with file.open("a" if append else "w", encoding="utf-8", errors="replace", newline="\n") as opened:
            opened.write(text)
    except OSError as error:
        why = error.strerror or str(error)
        raise MeshError(f"{file} cannot be written: {why}: give a file in a folder that is there") from error
