"""A contract as YAML text, in the order and manner in which the mesh's own contracts are written.

What belongs here: from plain mappings to text. What does not: what is in them (``drafting``), and changing a text that
a person wrote (``editing``), whose comments and order would be lost.
"""

from collections.abc import Mapping
from typing import Any, Final

import yaml

_WIDTH: Final = 120
_IN_ONE_LINE: Final = frozenset({"team", "logicalTypeOptions", "arguments", "partitions"})
_LISTS_IN_ONE_LINE: Final = frozenset({"columns", "tags", "validValues", "required"})
_SHORT: Final = 4
"""Mappings of so few plain values are written in one line, where they are one of many like them."""


class _Inline(dict[str, Any]):
    """A mapping that is written in one line."""


class _InlineList(list[Any]):
    """A list that is written in one line, or in few."""


class _Dumper(yaml.SafeDumper):
    """Lists are indented below their key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        del indentless
        super().increase_indent(flow, False)


_Dumper.add_representer(
    _Inline, lambda dumper, data: dumper.represent_mapping("tag:yaml.org,2002:map", data, flow_style=True)
)
_Dumper.add_representer(
    _InlineList, lambda dumper, data: dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True)
)


def yaml_text(document: Mapping[str, object]) -> str:
    """Write a mapping as YAML that every parser reads alike: what could be read as a date or a truth is quoted.

    Args:
        document: Mappings, lists, texts, numbers, truths.
    """
    text: str = yaml.dump(
        _styled(document), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH, default_flow_style=False
    )
    return text


def _styled(value: object, key: str = "") -> object:
    if isinstance(value, Mapping):
        mapping = {name: _styled(item, str(name)) for name, item in value.items()}
        return _Inline(mapping) if key in _IN_ONE_LINE and _is_plain(mapping) else mapping
    if isinstance(value, list | tuple):
        many = [_styled(item) for item in value]
        if key in _LISTS_IN_ONE_LINE and not any(isinstance(item, dict | list) for item in many):
            return _InlineList(many)
        if key in {"customProperties", "enum"}:
            return [_Inline(item) if isinstance(item, dict) and _is_plain(item) else item for item in many]
        return many
    return value


def _is_plain(mapping: Mapping[str, object]) -> bool:
    scalars = (scalar for value in mapping.values() for scalar in (value if isinstance(value, list) else [value]))
    return len(mapping) <= _SHORT and not any(isinstance(scalar, dict | list) for scalar in scalars)
