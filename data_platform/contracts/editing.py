"""A contract's text with a few values changed and every other byte kept: comments, order, quotes, line ends.

What belongs here: replacing one scalar, adding one entry to a list, replacing one, and the proof that nothing else
changed. What does not: which values to change (``mesh``).

PyYAML's marks say where a node begins and ends, so an edit is a cut in the text. Afterwards the text is read again, and
has to hold just what was meant; where it does not (an alias, an anchor), the edit is refused, with what to do by hand.
"""

import copy
import json
import re
from collections.abc import Mapping, Sequence
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
    written = _written(entry)
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


def add_item(text: str, path: KeyPath, item: Mapping[str, object], *, file: str = "<contract>") -> str:
    """Add a mapping to the end of any list of the contract, such as a rule to a column's; make the list where none is.

    Args:
        text: The contract's text.
        path: Where the list is, or would be; the mapping around it is there.
        item: The mapping, of texts, numbers, truths, lists and mappings.
        file: The contract's name, for messages.

    Returns:
        The text, where nothing else changed.

    Raises:
        UneditableError: That cannot be done by a cut in the text.
        UnreadableContractError: The text is no contract.
    """
    expected = _data(text, file)
    around = _value_at(expected, path[:-1])
    around[path[-1]] = [*(around.get(path[-1]) or []), copy.deepcopy(dict(item))]
    by_hand = f"add the entry {_written(item)} to {key_text(path)} by hand"
    body = text.removeprefix(_BOM)
    root = _root(body)
    node, parent = _node(root, path), _node(root, path[:-1])
    if isinstance(node, yaml.SequenceNode):
        if node.flow_style:
            place = node.value[-1].end_mark.index if node.value else node.end_mark.index - 1
            new = f"{', ' if node.value else ''}{_written(item)}"
        else:
            place, new = _after(body, node, _block(item, " " * node.start_mark.column + "- "))
    elif node is None and isinstance(parent, yaml.MappingNode) and parent.value:
        key = str(path[-1])
        if parent.flow_style:
            place, new = parent.value[-1][1].end_mark.index, f", {_scalar(key, None)}: [{_written(item)}]"
        else:
            indent = " " * parent.start_mark.column
            place, new = _after(body, parent, [f"{indent}{key}:", *_block(item, f"{indent}  - ")])
    else:
        raise UneditableError(f"{file}: {key_text(path)} is no list: {by_hand}")
    return _verified(text, body[:place] + new + body[place:], expected, file, by_hand)


def replace_item(text: str, path: KeyPath, item: Mapping[str, object], *, file: str = "<contract>") -> str:
    """Put a mapping in the place of one that is there, in the form, block or flow, that this has.

    Args:
        text: The contract's text.
        path: Where the mapping is; no comment may be in it, since it would be lost.
        item: The new one, as in ``add_item``.
        file: The contract's name, for messages.

    Returns:
        The text, where nothing else changed.

    Raises:
        UneditableError: That cannot be done by a cut in the text.
        UnreadableContractError: The text is no contract.
    """
    expected = _data(text, file)
    _value_at(expected, path[:-1])[path[-1]] = copy.deepcopy(dict(item))
    by_hand = f"write {_written(item)} at {key_text(path)} by hand"
    body = text.removeprefix(_BOM)
    node = _node(_root(body), path)
    if not isinstance(node, yaml.MappingNode):
        raise UneditableError(f"{file}: there is no mapping at {key_text(path)}: {by_hand}")
    start, end = node.start_mark.index, node.end_mark.index
    new = _written(item)
    if not node.flow_style:
        end = start + len(body[start : _last_end(node)].rstrip())
        new = _break(body).join(_block(item, " " * node.start_mark.column)).lstrip()
    if re.search(r"(?:^|\s)#", body[start:end]):
        raise UneditableError(f"{file}: there may be a comment at {key_text(path)}, which would be lost: {by_hand}")
    return _verified(text, body[:start] + new + body[end:], expected, file, by_hand)


def _after(body: str, node: yaml.Node, lines: Sequence[str]) -> tuple[int, str]:
    """Where lines go behind a node that is written as a block, and their text."""
    place, line = _last_end(node), _break(body)
    if place and body[place - 1] == "\n":
        return place, "".join(f"{new_line}{line}" for new_line in lines)
    return _line_end(body, place), "".join(f"{line}{new_line}" for new_line in lines)


def _block(item: Mapping[str, object], first: str) -> list[str]:
    """A mapping as lines, one a key, the first behind a text and the others as far to the right."""
    lines = [f"{_scalar(key, None)}: {_written(value)}" for key, value in item.items()]
    return [f"{first}{lines[0]}", *(f"{' ' * len(first)}{line}" for line in lines[1:])]


def _written(value: object) -> str:
    """Plain data in one line, as every YAML reader takes it."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(str(key), None)}: {_written(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_written, value))}]"
    if not isinstance(value, str):
        return json.dumps(value)
    if value.isprintable():
        return _scalar(value, None)
    return "".join(sign if sign.isprintable() else f"\\U{ord(sign):08X}" for sign in _scalar(value, '"'))


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
    return _after(body, node, [f"{' ' * node.start_mark.column}- {written}"])


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


def _scalar(value: str, style: str | None) -> str:
    """A text as YAML: in the quotes that it had, else plain where every YAML reader takes it for text."""
    if style == '"':
        return json.dumps(value, ensure_ascii=False)
    plain = _PLAIN.fullmatch(value) and isinstance(plain_value(value), str) and implicit_tag(value) == f"{TAG}str"
    if plain and style != "'":
        return value
    return "'" + value.replace("'", "''") + "'"
