"""Forms that are not built in, through ``datacontract-cli``, where it is installed.

What belongs here: calling its command. What does not: its forms, which it knows itself.

It is called as a command of its own, and never imported: it may be installed beside us or in an environment of its own,
and what it wants of other libraries is no concern of ours.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from data_platform.contracts.exchange.errors import ExchangeError

COMMAND: Final = "datacontract"
PACKAGE: Final = "datacontract-cli"
_SECONDS: Final = 120


def exported(contract: Path, form: str) -> str:
    """A contract in one of its forms.

    Args:
        contract: The contract's file.
        form: As ``datacontract export`` calls it: ``avro``, ``protobuf``, ``html``.

    Raises:
        ExchangeError: It is not installed, does not know the form, or fails.
    """
    with tempfile.TemporaryDirectory(prefix="data_platform-") as folder:
        target = Path(folder) / "exported"
        arguments = [str(contract), "--output", str(target), "--no-inline-references"]
        output = _run("export", form, arguments)
        return target.read_text(encoding="utf-8") if target.is_file() else output


def imported(source: Path, form: str) -> str:
    """A contract made of one of its forms, as its YAML.

    Args:
        source: The file.
        form: As ``datacontract import`` calls it.

    Raises:
        ExchangeError: It is not installed, does not know the form, or fails.
    """
    with tempfile.TemporaryDirectory(prefix="data_platform-") as folder:
        target = Path(folder) / "imported.yaml"
        output = _run("import", form, ["--source", str(source), "--output", str(target)])
        return target.read_text(encoding="utf-8") if target.is_file() else output


def command() -> str | None:
    """The command, beside this Python or on the path; None: it is not installed."""
    beside = Path(sys.executable).with_name(COMMAND)
    return str(beside) if beside.is_file() else shutil.which(COMMAND)


def _run(verb: str, form: str, arguments: list[str]) -> str:
    executable = command()
    if executable is None:
        raise ExchangeError(
            f"{form!r} is not built in; {PACKAGE} may know it: install it with `pip install {PACKAGE}`, beside us or "
            "in an environment of its own that is on the path"
        )
    line = [executable, verb, form, *arguments]
    try:
        done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=_SECONDS)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ExchangeError(f"{executable} did not answer: {error}") from error
    if done.returncode:
        reason = " ".join(_plain(done.stderr or done.stdout).split())[-600:]
        raise ExchangeError(f"{COMMAND} {verb} {form} failed: {reason}; `{COMMAND} {verb} --help` lists what it knows")
    return done.stdout


def _plain(text: str) -> str:
    """Without the frames that Rich draws around errors."""
    return "".join(character if character.isprintable() and not "─" <= character <= "╿" else " " for character in text)
