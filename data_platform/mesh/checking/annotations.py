"""Annotations of GitHub Actions: lines of a job's log that GitHub shows at a line of a pull request.

What belongs here: how such a line is written, and how no text gets out of its place in it. What does not: what is said.
Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands.
"""

from data_platform.contracts.findings import Position


def annotation(kind: str, file: str, position: Position, title: str, message: str) -> str:
    """A workflow command.

    Args:
        kind: ``error``, ``warning`` or ``notice``.
        file: From the repository's root.
        position: Where in it.
        title: In bold above the message.
        message: Any text, with several lines too.

    Returns:
        One line, without its end.
    """
    place = f"file={_property(file)},line={position.line},col={position.column},title={_property(title)}"
    return f"::{kind} {place}::{_data(message)}"


def bare(kind: str, title: str, message: str) -> str:
    """The same about no file."""
    return f"::{kind} title={_property(title)}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
