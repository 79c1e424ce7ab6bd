"""How every verb answers: JSON on request, errors that say what to do, and one meaning for each exit code.

What belongs here: the options and endings that verbs share. What does not: any verb.

Exit codes: 0 fine; 1 the answer is no (a rule is broken, a consumer would break, a request is refused); 2 the question
could not be answered (wrong arguments, unreadable files, a store that does not answer).
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from data_platform.cli.deferred import deferred
from data_platform.contracts.errors import ContractError
from data_platform.lineage.errors import LineageError
from data_platform.markdown import visible
from data_platform.mesh.errors import MeshError, Refused
from data_platform.products.errors import ProductError
from data_platform.project import domains_folder
from data_platform.settings import COMMAND_MEMORY_VARIABLE, DOMAINS_VARIABLE
from data_platform.storage.errors import StorageError

with deferred():
    from rich import console as rich_console
    from rich import text as rich_text

    from data_platform import redaction

STARTING: Final = "Start a project"
RUNNING: Final = "Run it here"
MAKING: Final = "Make and mend"
FINDING: Final = "Find and look"
AUTHORING: Final = "Write a product"
MERGING: Final = "Before the merge"
LIFE: Final = "A product's life"
"""Groups of verbs in the help."""

NO: Final = 1
COULD_NOT: Final = 2
_LOG_WIDTH: Final = 200

Json = Annotated[bool, typer.Option("--json", help="Answer in JSON, for machines.")]
Domains = Annotated[
    Path,
    typer.Option(
        "--domains", envvar=DOMAINS_VARIABLE, help="The folder of all domains.", show_default="this project's"
    ),
]
DOMAINS: Final = domains_folder()


def console(*, stderr: bool = False) -> "rich_console.Console":
    """A console whose lines are not broken where nobody sees its width: a log, a pipe."""

    class Shown(rich_console.Console):
        """Shows names and values of others as they are, without doing what they tell a terminal to do."""

        def render_str(self, text: str, **options: Any) -> rich_text.Text:
            return super().render_str(visible(text), **options)

    shown = Shown(stderr=stderr, highlight=False)
    if not shown.is_terminal:
        shown.width = _LOG_WIDTH
    return shown


def json_text(value: object) -> str:
    """Plain data (mappings, lists, texts, numbers; anything else as its text) as indented JSON with its line end.

    Nothing is in it that a terminal would do.
    """
    text = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    return f"{text if visible(text) == text else json.dumps(value, indent=2, default=str)}\n"


def print_json(value: object) -> None:
    """Print plain data as ``json_text`` makes it."""
    typer.echo(json_text(value), nl=False)


def say(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print a text, without doing what names and values of others in it tell a terminal to do."""
    typer.echo(visible(text), err=err, nl=nl)


@contextmanager
def error_boundary() -> Iterator[None]:
    """Tell an error of ours by its message and end with ``COULD_NOT``, a refusal with ``NO``.

    What is no error of ours is a bug and keeps its traceback. No secret is told.
    """
    try:
        yield
    except MemoryError:
        message = f"it needs more memory than a command may take: set {COMMAND_MEMORY_VARIABLE} to more, such as 8GB"
        say(f"error: {message}", err=True)
        raise typer.Exit(COULD_NOT) from None
    except RecursionError:
        say("error: a query or a file is nested too deeply to be read: write less inside each other", err=True)
        raise typer.Exit(COULD_NOT) from None
    except Refused as error:
        for reason in error.reasons:
            say(redaction.redact(f"refused: {reason}"), err=True)
        raise typer.Exit(NO) from None
    except (ContractError, LineageError, MeshError, ProductError, StorageError) as error:
        say(redaction.redact(f"error: {error}"), err=True)
        raise typer.Exit(COULD_NOT) from None
    except Exception as error:
        if redaction.shows_secret(error):
            raise redaction.redacted(error).with_traceback(error.__traceback__) from None
        raise
