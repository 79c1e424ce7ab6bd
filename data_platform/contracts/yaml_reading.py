"""YAML to plain data with positions, within bounds.

What belongs here: the walk over PyYAML's nodes. What does not: files (``source``), and the meaning of one scalar
(``yaml_values``).

Nodes are walked here rather than by PyYAML's constructor, since that one turns dates into objects, keeps the last of
two equal keys in silence, drops the positions and builds an alias of an alias of an alias without a bound.
"""

from collections.abc import Iterator
from typing import Any, Final, cast

import yaml

from data_platform.contracts.document import CONTRACT, Document, FileKind, Trap
from data_platform.contracts.errors import UnreadableContractError
from data_platform.contracts.findings import Finding, KeyPath, Position, quoted
from data_platform.contracts.yaml_values import TAG, implicit_tag, plain_value, read_otherwise, tagged_value

DEEPEST: Final = 48
MOST_VALUES: Final = 100_000

_Loader: Final = yaml.CSafeLoader


def read_yaml(text: str, file: str, kind: FileKind = CONTRACT) -> Document:
    """Read one YAML mapping.

    Args:
        text: The document's text.
        file: The name that findings carry.
        kind: What the file is, for messages.

    Raises:
        UnreadableContractError: The text is not one YAML mapping within the bounds; carries all findings.
    """
    try:
        _check_depth(text, file, kind)
        root = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise UnreadableContractError([_syntax_finding(error, file, kind)]) from error
    if not isinstance(root, yaml.MappingNode):
        position = Position(1, 1) if root is None else _position(root)
        message = f"the {kind.noun} is {'empty' if root is None else 'not a mapping of keys'}"
        raise UnreadableContractError([kind.unreadable(file, position, message, f"start with {kind.start}")])
    walk = _Walk(file, kind)
    data = walk.value(root, ())
    if walk.findings:
        raise UnreadableContractError(walk.findings)
    return Document(file, data, {**walk.positions, (): _position(root)}, tuple(walk.traps))


class _Walk:
    """One pass over the nodes that gathers values, positions, traps and findings."""

    def __init__(self, file: str, kind: FileKind) -> None:
        self.file = file
        self._kind = kind
        self.positions: dict[KeyPath, Position] = {}
        self.traps: list[Trap] = []
        self.findings: list[Finding] = []
        self._values = 0

    def value(self, node: yaml.Node, path: KeyPath) -> Any:
        self._count(node, path)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return self._sequence(node, path)
        return self._scalar(cast("yaml.ScalarNode", node), path)

    def _count(self, node: yaml.Node, path: KeyPath) -> None:
        self._values += 1
        if self._values > MOST_VALUES or len(path) > DEEPEST:
            fix = f"write the {self._kind.noun} out with fewer aliases, or split it into several products"
            message = f"more than {MOST_VALUES} values or {DEEPEST} levels, aliases counted each time they are used"
            raise UnreadableContractError([self._kind.unreadable(self.file, _position(node), message, fix)])

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        self._refuse_tag(node, "map")
        built: dict[str, Any] = {}
        seen: dict[str, Position] = {}
        for key, value, merged in self._pairs(node, path):
            name = key.value
            if merged and name in built:
                continue
            if not merged and name in seen:
                first = seen[name]
                message = f"the key {quoted(name)} is written twice; the first is on line {first.line}"
                self._refuse(key, message, "keep one of the two")
                continue
            if not merged:
                seen[name] = _position(key)
            self.positions[*path, name] = _position(key)
            built[name] = self.value(value, (*path, name))
        return built

    def _pairs(self, node: yaml.MappingNode, path: KeyPath) -> Iterator[tuple[yaml.ScalarNode, yaml.Node, bool]]:
        """The pairs of a mapping, its own first, then those merged in with ``<<``."""
        self._count(node, path)
        merges: list[yaml.Node] = []
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._refuse(key, "a key is a list or a mapping", "write the key as one word")
            elif key.value == "<<" and not key.style:
                merges += value.value if isinstance(value, yaml.SequenceNode) else [value]
            else:
                yield key, value, False
        for merge in merges:
            if not isinstance(merge, yaml.MappingNode):
                self._refuse(merge, "<< merges something that is not a mapping", "merge an alias of a mapping")
            else:
                for key, value, _ in self._pairs(merge, (*path, "<<")):
                    self._count(key, path)  # each time that it is used, also where the key is there already
                    yield key, value, True

    def _sequence(self, node: yaml.SequenceNode, path: KeyPath) -> list[Any]:
        self._refuse_tag(node, "seq")
        built = []
        for index, item in enumerate(node.value):
            self.positions[*path, index] = _position(item)
            built.append(self.value(item, (*path, index)))
        return built

    def _scalar(self, node: yaml.ScalarNode, path: KeyPath) -> Any:
        text: str = node.value
        resolved = yaml.resolver.Resolver.DEFAULT_SCALAR_TAG if node.style else implicit_tag(text)
        if node.tag != resolved:
            return self._tagged(node, text)
        if node.style:
            return text
        otherwise = read_otherwise(text)
        if otherwise:
            self.traps.append(Trap(path, text, otherwise))
        return plain_value(text)

    def _tagged(self, node: yaml.Node, text: str) -> Any:
        try:
            return tagged_value(node.tag, text)
        except ValueError as error:
            self._refuse(node, str(error), "remove the tag; quote the value where it is text")
            return None

    def _refuse_tag(self, node: yaml.Node, kind: str) -> None:
        if node.tag != TAG + kind:
            self._refuse(node, f"tag {quoted(node.tag)} is not read here", "remove the tag")

    def _refuse(self, node: yaml.Node, message: str, fix: str) -> None:
        self.findings.append(self._kind.unreadable(self.file, _position(node), message, fix))


def _position(node: yaml.Node) -> Position:
    return Position(node.start_mark.line + 1, node.start_mark.column + 1)


def _check_depth(text: str, file: str, kind: FileKind) -> None:
    """Refuse what is nested too deeply before PyYAML's recursive composer meets it."""
    depth = 0
    for event in cast("Iterator[Any]", yaml.parse(text, Loader=_Loader)):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            position = Position(event.start_mark.line + 1, event.start_mark.column + 1)
            message = f"the {kind.noun} is nested deeper than {DEEPEST} levels"
            raise UnreadableContractError([kind.unreadable(file, position, message, "flatten it")])


def _syntax_finding(error: yaml.YAMLError, file: str, kind: FileKind) -> Finding:
    mark = getattr(error, "problem_mark", None)
    position = Position(mark.line + 1, mark.column + 1) if mark else Position(1, 1)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    context = getattr(error, "context", None)
    message = f"this is not YAML: {problem}" + (f" ({context})" if context else "")
    return kind.unreadable(
        file, position, message, "check indentation, colons and quotes on this line and the one above"
    )
