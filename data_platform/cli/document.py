"""The reference of all verbs, made from the command itself: `python -m data_platform.cli.document > docs/cli.md`.

What belongs here: the page. What does not: what a verb does, which is said by its own docstring and options.
"""

import inspect
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from typer.main import get_command

from data_platform.cli import app
from data_platform.project import project_root

_NAME: Final = "data-platform"
_HEAD: Final = """\
# The command line

`data-platform` (in short `dp`) is one command with a verb for each thing to do. This page is made from it
(`python -m data_platform.cli.document`); `data-platform <verb> --help` says the same.

- A product is `domain/name_v1`, or `domain.name_v1` as SQL has it.
- The files are those of this project; `--domains` (or `DATA_PLATFORM_DOMAINS`) names another folder of domains.
- Verbs that ask the store use `DATA_PLATFORM_STORE`, else the platform that `make run` started on this machine.
- `--json` answers for machines, on standard output; what is wrong is said on standard error.
- Exit codes: 0 fine; 1 the answer is no: a rule is broken, a consumer would break, a request is refused; 2 it could not
  be answered: wrong arguments, unreadable files, a store that does not answer.
- `data-platform --install-completion` makes the shell complete verbs, options and the names of products.
"""


def page() -> str:
    """The page, as Markdown."""
    command: Any = get_command(app)
    verbs: dict[str, Any] = command.commands
    lines = [_HEAD, "| verb | |", "|---|---|"]
    lines += [f"| [`{name}`](#{name}) | {_cell(_first(verb.help))} |" for name, verb in verbs.items()]
    for name, verb in verbs.items():
        lines += ["", *_section(name, verb)]
    return "\n".join(lines) + "\n"


def _section(name: str, verb: Any) -> Iterator[str]:
    arguments = [parameter for parameter in verb.params if parameter.param_type_name == "argument"]
    options = [
        parameter for parameter in verb.params if parameter.param_type_name == "option" and parameter.name != "help"
    ]
    words = [_NAME, name, *(_usage(argument) for argument in arguments), *(["[options]"] if options else [])]
    yield from (f"## {name}", "", inspect.cleandoc(verb.help or "").strip(), "", "```", " ".join(words), "```")
    if rows := [
        *(_row(_usage(argument), argument) for argument in arguments),
        *(_row(_opts(option), option) for option in options),
    ]:
        yield from ("", "| | | default |", "|---|---|---|", *rows)


def _usage(parameter: Any) -> str:
    name = str(parameter.metavar or parameter.name).upper()
    name += "…" if parameter.nargs != 1 else ""
    return name if parameter.required else f"[{name}]"


def _opts(parameter: Any) -> str:
    return ", ".join([*parameter.opts, *parameter.secondary_opts])


def _row(shown: str, parameter: Any) -> str:
    needed = " Needed." if parameter.required and parameter.param_type_name == "option" else ""
    repeated = (
        " May be repeated."
        if getattr(parameter, "multiple", False) and "repeated" not in (parameter.help or "")
        else ""
    )
    return f"| `{shown}` | {_cell(parameter.help or '')}{repeated}{needed} | {_cell(_default(parameter))} |"


def _default(parameter: Any) -> str:
    """The default as help shows it: words where the option has them, else the value, nothing for a mere switch."""
    shown = getattr(parameter, "show_default", None)
    if isinstance(shown, str):
        return shown
    value = getattr(parameter.default, "value", parameter.default)
    if parameter.required or shown is False or value in (None, "", (), False, ...) or callable(value):
        return ""
    if value is True:
        return f"`{parameter.opts[0]}`"
    if isinstance(value, Path) and value.is_relative_to(project_root()):
        value = value.relative_to(project_root())  # the page is the same wherever it is made
    return f"`{value}`"


def _first(text: str | None) -> str:
    return inspect.cleandoc(text or "").split("\n\n")[0]


def _cell(text: str | Iterable[str]) -> str:
    return " ".join(str(text).split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(page())
