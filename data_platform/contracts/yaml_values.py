"""What an unquoted YAML value means: the YAML 1.2 core schema, which is JSON's values and nothing else.

What belongs here: one scalar to one plain value, and whether other tools would read it otherwise. What does not:
mappings, lists, files.

PyYAML reads YAML 1.1, where ``no`` is a flag, ``2026-01-01`` a date, ``1:30`` is ninety and ``012`` is ten; editors
and most other parsers read 1.2. Here a value reads as 1.2 says, so that country code ``no`` stays text, and whatever
the two versions read differently is reported. Source: https://yaml.org/spec/1.2.2/#103-core-schema.
"""

import re
from typing import Any, Final

import yaml

TAG: Final = "tag:yaml.org,2002:"
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,300}|0o[0-7]{1,300}|0x[0-9a-fA-F]{1,300}")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]{1,300}|[0-9]{1,300}(\.[0-9]{0,300})?)([eE][-+]?[0-9]{1,3})?")
_YAML_1_1: Final[Any] = yaml.resolver.Resolver()
_KINDS: Final = {"bool": "a flag", "int": "a number", "float": "a number", "null": "nothing", "str": "text"}


def plain_value(text: str) -> str | int | float | bool | None:
    """The value of an unquoted scalar by the YAML 1.2 core schema.

    Infinity and not-a-number stay text: JSON has neither, so the contract's schema refuses them where a number is due.
    """
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text):
        return int(text, 0) if text[:2] in {"0o", "0x"} else int(text)
    if _FLOAT.fullmatch(text) and abs(float(text)) != float("inf"):
        return float(text)
    return text


def tagged_value(tag: str, text: str) -> str | int | float | bool | None:
    """The value of a scalar with one of YAML's own tags, such as ``!!str 1``.

    Raises:
        ValueError: The tag is none of str, int, float, bool, null, or the text is no such value.
    """
    kind = tag.removeprefix(TAG)
    if kind == "str":
        return text
    value = plain_value(text)
    if kind == "float" and type(value) is int:
        return float(value)
    if {"int": int, "float": float, "bool": bool, "null": type(None)}.get(kind) is not type(value):
        raise ValueError(f"tag {tag!r} is not read here, or its value {text!r} does not fit it")
    return value


def implicit_tag(text: str) -> str:
    """The tag that YAML 1.1, which PyYAML follows, gives an unquoted scalar."""
    tag: str = _YAML_1_1.resolve(yaml.ScalarNode, text, (True, False))
    return tag


def read_otherwise(text: str) -> str | None:
    """How YAML 1.1 tools read an unquoted scalar where they do not read what `plain_value` reads.

    Returns:
        ``"a date"``, ``"a flag"``, ``"a number"``, ``"text"``, or None where both agree.
    """
    kind = implicit_tag(text).removeprefix(TAG)
    if kind == "timestamp":
        return "a date"
    value = plain_value(text)
    ours = {str: "text", int: "a number", float: "a number", bool: "a flag", type(None): "nothing"}[type(value)]
    octal = kind == "int" and isinstance(value, int) and len(text.lstrip("+-")) > 1 and text.lstrip("+-")[0] == "0"
    theirs = _KINDS.get(kind, "text")
    return theirs if theirs != ours or (octal and text[:2] != "0x") else None
