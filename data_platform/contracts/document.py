"""A contract's text as plain data, with the line and column of every element.

What belongs here: files, encodings, sizes, the walk over YAML's nodes, and the position map. What does not: the meaning
of one scalar (`yaml_values`), and anything that knows the contract standard.

A contract is untrusted input: its size, depth and number of values are bounded before anything is built from it. Nodes
are walked here rather than by PyYAML's constructor, since that one turns dates into objects, keeps the last of two
equal keys in silence, drops the positions and builds an alias of an alias of an alias without a bound.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias, cast

import yaml

from data_platform.contracts.errors import UnreadableContractError
from data_platform.contracts.findings import Finding, KeyPath, Position, Severity, quoted
from data_platform.contracts.yaml_values import TAG, implicit_tag, plain_value, read_otherwise, tagged_value

Source: TypeAlias = "str | bytes | os.PathLike[str]"
"""A path, or the text itself: bytes are text, and so is a ``str`` with a newline or that starts with ``{``."""

LARGEST_BYTES: Final = 1024 * 1024
UNNAMED: Final = "<contract>"
DEEPEST: Final = 48
MOST_VALUES: Final = 100_000

_Loader: Final = yaml.CSafeLoader
_Pair = tuple[yaml.Node, yaml.Node]


@dataclass(frozen=True, slots=True)
class Trap:
    """An unquoted value that YAML 1.1 tools read as something else than YAML 1.2 tools do."""

    path: KeyPath
    text: str
    read_as: str


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """One YAML mapping and where each of its elements stands."""

    file: str
    data: Mapping[str, Any]
    positions: Mapping[KeyPath, Position]
    traps: tuple[Trap, ...] = ()

    def position(self, path: KeyPath) -> Position:
        """Where an element stands: the place of its key, or of its dash in a list; a missing one has its parent's."""
        while path not in self.positions and path:
            path = path[:-1]
        return self.positions.get(path, Position(1, 1))

    def finding(self, rule: str, severity: Severity, path: KeyPath, message: str, fix: str) -> Finding:
        """A finding about the element at a key path, placed at its line."""
        return Finding(rule, severity, self.file, self.position(path), path, message, fix)


def unreadable(file: str, position: Position, message: str, fix: str) -> Finding:
    """The finding of something that keeps the text from being read at all."""
    return Finding("unreadable", Severity.ERROR, file, position, (), message, fix)


def read(source: Source, *, file: str | None = None) -> Document:
    """Read a contract's YAML to plain data with positions.

    Args:
        source: A path, or the text itself (see `Source`).
        file: The name that findings carry; by default the path, or ``<contract>`` for a text.

    Returns:
        The document. Dates stay text, a key is always text, values read by the YAML 1.2 core schema.

    Raises:
        UnreadableContractError: No such file, not UTF-8, not one YAML mapping, a key twice, a tag that builds
            objects, or beyond the limits. Carries every finding that could be made.
    """
    name = file or (UNNAMED if _is_text(source) else os.fspath(source))
    return _read_yaml(_decoded(_bytes(source, str(name)), str(name)), str(name))


def _is_text(source: Source) -> bool:
    return isinstance(source, bytes) or (isinstance(source, str) and ("\n" in source or source.lstrip()[:1] == "{"))


def _bytes(source: Source, name: str) -> bytes:
    if isinstance(source, bytes):
        content = source
    elif isinstance(source, str) and _is_text(source):
        content = source.encode("utf-8", "surrogatepass")
    else:
        content = _file_bytes(Path(source), name)
    if len(content) > LARGEST_BYTES:
        message = f"the contract is larger than {LARGEST_BYTES // 1024} KiB"
        raise UnreadableContractError([unreadable(name, Position(1, 1), message, "split it into several products")])
    return content


def _file_bytes(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as opened:
            return opened.read(LARGEST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        fix = "give the path of a contract, such as domains/sales/orders_v1/contract.odcs.yaml"
        finding = unreadable(name, Position(1, 1), f"the file cannot be read: {reason}", fix)
        raise UnreadableContractError([finding]) from error


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        position = Position(before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        message = f"byte 0x{content[error.start]:02x} is not UTF-8"
        finding = unreadable(name, position, message, "save the file as UTF-8, without UTF-16 or latin-1")
        raise UnreadableContractError([finding]) from error


def _read_yaml(text: str, file: str) -> Document:
    """Read one YAML mapping.

    Args:
        text: The document's text.
        file: The name that findings carry.

    Raises:
        UnreadableContractError: The text is not one YAML mapping within the bounds; carries all findings.
    """
    try:
        _check_depth(text, file)
        root = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise UnreadableContractError([_syntax_finding(error, file)]) from error
    if not isinstance(root, yaml.MappingNode):
        position = Position(1, 1) if root is None else _position(root)
        fix = "start with apiVersion: v3.1.0, kind: DataContract, id: …"
        raise UnreadableContractError([unreadable(file, position, "the contract is not a mapping of keys", fix)])
    walk = _Walk(file)
    data = walk.value(root, ())
    if walk.findings:
        raise UnreadableContractError(walk.findings)
    return Document(file, data, {**walk.positions, (): _position(root)}, tuple(walk.traps))


class _Walk:
    """One pass over the nodes that gathers values, positions, traps and findings."""

    def __init__(self, file: str) -> None:
        self.file = file
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
            fix = "write the contract out with fewer aliases, or split it into several products"
            message = f"more than {MOST_VALUES} values or {DEEPEST} levels, aliases counted each time they are used"
            raise UnreadableContractError([unreadable(self.file, _position(node), message, fix)])

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
                yield from ((key, value, True) for key, value, _ in self._pairs(merge, (*path, "<<")))

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
        self.findings.append(unreadable(self.file, _position(node), message, fix))


def _position(node: yaml.Node) -> Position:
    return Position(node.start_mark.line + 1, node.start_mark.column + 1)


def _check_depth(text: str, file: str) -> None:
    """Refuse what is nested too deeply before PyYAML's recursive composer meets it."""
    depth = 0
    for event in cast("Iterator[Any]", yaml.parse(text, Loader=_Loader)):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            position = Position(event.start_mark.line + 1, event.start_mark.column + 1)
            message = f"the contract is nested deeper than {DEEPEST} levels"
            raise UnreadableContractError([unreadable(file, position, message, "flatten it")])


def _syntax_finding(error: yaml.YAMLError, file: str) -> Finding:
    mark = getattr(error, "problem_mark", None)
    position = Position(mark.line + 1, mark.column + 1) if mark else Position(1, 1)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    context = getattr(error, "context", None)
    message = f"this is not YAML: {problem}" + (f" ({context})" if context else "")
    return unreadable(file, position, message, "check indentation, colons and quotes on this line and the one above")
