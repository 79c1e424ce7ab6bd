"""A contract's text with a few values changed and every other byte kept: comments, order, quotes, line ends.

What belongs here: replacing one scalar, adding one entry to a list, and the proof that nothing else changed. What does
not: which values to change (``mesh``).

PyYAML's marks say where a node begins and ends, so an edit is a cut in the text. Afterwards the text is read again, and
has to hold just what was meant; where it does not (an alias, an anchor), the edit is refused, with what to do by hand.
"""

import copy
import json
import re
from collections.abc import Mapping
from typing import Any, Final, cast

import yaml

from data_platform.contracts.errors import UnreadableContractError
from data_platform.contracts.findings import KeyPath, key_text
from data_platform.contracts.source import read
from data_platform.contracts.yaml_values import TAG, implicit_tag, plain_value

_BOM: Final = "\ufeff"
_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./+-]*")


class UneditableError(ValueError):
    """The text cannot be edited by machine; the message says where, and what to write by hand."""


def set_text(text: str, path: KeyPath, value: str, *, file: str = "<contract>") -> str:
    """Replace one text in a contract.

    Args:
        text: The contract's text.
        path: Where the value is; it is there.
        value: The new one; it is quoted as the old one was, and where it must be.
        file: Its name, for messages.

    Returns:
        The text, where nothing else changed.

    Raises:
        UneditableError: That cannot be done by a cut in the text.
        UnreadableContractError: The text is no contract.
    """
    expected = _data(text, file)
    _value_at(expected, path[:-1])[path[-1]] = value
    by_hand = f"write {value!r} at {key_text(path)} by hand"
    body = text.removeprefix(_BOM)
    node = _node(_root(body), path)
    if node is None or not isinstance(node, yaml.ScalarNode):
        raise UneditableError(f"{file}: there is no text at {key_text(path)}: {by_hand}")
    start, end = node.start_mark.index, node.end_mark.index
    old = body[start:end]
    if node.style in ("|", ">"):
        head, _, _ = old.partition("\n")
        if "#" in head:
            raise UneditableError(f"{file}: a comment is in the head of the text at {key_text(path)}: {by_hand}")
        end = start + len(old.rstrip())
    new = ("" if old else " ") + _scalar(value, node.style)
    return _verified(text, body[:start] + new + body[end:], expected, file, by_hand)


def add_entry(text: str, key: str, entry: Mapping[str, str], *, file: str = "<contract>") -> str:
    """Add an entry to the end of one of the contract's own lists; make the list where there is none.

    Args:
        text: The contract's text.
        key: The list's key at the top level, such as ``slaProperties``.
        entry: The entry.
        file: Its name, for messages.

    Returns:
        The text, where nothing else changed.

    Raises:
        UneditableError: That cannot be done by a cut in the text.
        UnreadableContractError: The text is no contract.
    """
    expected = _data(text, file)
    expected[key] = [*(expected.get(key) or []), dict(entry)]
    written = _flow(entry)
    by_hand = f"add the entry {written} to {key} by hand"
    body = text.removeprefix(_BOM)
    root = cast("yaml.MappingNode", _root(body))
    node = _node(root, (key,))
    if node is None:
        place, new = _new_key(body, root, key, written, entry)
    elif isinstance(node, yaml.SequenceNode):
        place, new = _new_item(body, node, written, entry, root)
    elif isinstance(node, yaml.ScalarNode) and not node.value and not root.flow_style:
        place = _line_end(body, node.end_mark.index)
        new = f"{_break(body)}  - {written}"
    else:
        raise UneditableError(f"{file}: {key} is no list: {by_hand}")
    return _verified(text, body[:place] + new + body[place:], expected, file, by_hand)


def _data(text: str, file: str) -> dict[str, Any]:
    return copy.deepcopy(dict(read(text.encode(), file=file).data))


def _verified(text: str, body: str, expected: Mapping[str, object], file: str, by_hand: str) -> str:
    """The edited text, if it holds just what was expected."""
    edited = (_BOM if text.startswith(_BOM) else "") + body
    try:
        data: Mapping[str, object] | None = read(edited.encode(), file=file).data
    except UnreadableContractError:
        data = None
    if data != expected:
        raise UneditableError(f"{file}: it is written in a way that cannot be edited by machine: {by_hand}")
    return edited


def _root(body: str) -> yaml.Node:
    # Not the C loader: its marks count bytes in some places and characters in others.
    return cast("yaml.Node", yaml.compose(body, Loader=yaml.SafeLoader))


def _value_at(data: Any, path: KeyPath) -> Any:
    for step in path:
        data = data[step]
    return data


def _node(node: yaml.Node | None, path: KeyPath) -> yaml.Node | None:
    for step in path:
        if isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == step), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
        else:
            return None
    return node


def _new_key(body: str, root: yaml.MappingNode, key: str, written: str, entry: Mapping[str, str]) -> tuple[int, str]:
    """Where a new list goes, and its text: at the end of the mapping."""
    if root.flow_style:
        comma = ", " if root.value else ""
        place = root.value[-1][1].end_mark.index if root.value else root.start_mark.index + 1
        return place, f"{comma}{json.dumps(key)}: [{json.dumps(dict(entry), ensure_ascii=False)}]"
    place, line = root.end_mark.index, _break(body)
    before = "" if place == 0 or body[place - 1] == "\n" else line
    return place, f"{before}{key}:{line}  - {written}{line}"


def _new_item(
    body: str, node: yaml.SequenceNode, written: str, entry: Mapping[str, str], root: yaml.MappingNode
) -> tuple[int, str]:
    """Where a new item of a list goes, and its text: after the last one."""
    if node.flow_style:
        item = json.dumps(dict(entry), ensure_ascii=False) if root.flow_style else written
        if not node.value:
            return node.end_mark.index - 1, item
        return node.value[-1].end_mark.index, f", {item}"
    dash = " " * node.start_mark.column + "- "
    place, line = _last_end(node), _break(body)
    if place and body[place - 1] == "\n":
        return place, f"{dash}{written}{line}"
    return _line_end(body, place), f"{line}{dash}{written}"


def _last_end(node: yaml.Node) -> int:
    """Where the last thing that is written in a node ends; a block's own end is only where the next thing begins."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    index: int = node.end_mark.index
    return index


def _line_end(body: str, index: int) -> int:
    """The end of the line, comment included, its line break excluded."""
    match = re.compile(r"[^\r\n]*").match(body, index)
    return match.end() if match else index


def _break(body: str) -> str:
    return "\r\n" if "\r\n" in body else "\n"


def _flow(entry: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{key}: {_scalar(value, None)}" for key, value in entry.items()) + "}"


def _scalar(value: str, style: str | None) -> str:
    """A text as YAML: in the quotes that it had, else plain where every YAML reader takes it for text."""
    if style == '"':
        return json.dumps(value, ensure_ascii=False)
    plain = _PLAIN.fullmatch(value) and isinstance(plain_value(value), str) and implicit_tag(value) == f"{TAG}str"
    if plain and style != "'":
        return value
    return "'" + value.replace("'", "''") + "'"
