"""A transform's source, read without running it: one SELECT, or one public function and its arguments.

What belongs here: which inputs a transform names, and where. What does not: whether they exist (``declared_inputs``),
running it (``sql_transform``, ``python_transform``).
"""

import ast
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, Literal

from data_platform.contracts.findings import Finding, Position, Severity
from data_platform.lineage.errors import InvalidSelect
from data_platform.lineage.model import Reading, Schemas, Select
from data_platform.lineage.reading import read_columns
from data_platform.lineage.select import read_select
from data_platform.products.errors import InvalidProductError

SQL_FILE: Final = "transform.sql"
PYTHON_FILE: Final = "transform.py"
PARTITION: Final = "partition_key"
"""The one parameter of SQL (``$partition_key``), and the one argument of a function that is no input."""


@dataclass(frozen=True)
class Source:
    """A transform as it is written.

    Attributes:
        file: Where.
        kind: What it is written in.
        text: All of it.
        function: The function's name; empty for SQL.
        names: The inputs by name, with the place where each is named.
        line: Where the function or query starts.
        wants_partition: Whether it asks for the partition's key.
    """

    file: Path
    kind: Literal["sql", "python"]
    text: str
    function: str
    names: dict[str, Position]
    line: int
    wants_partition: bool

    @cached_property
    def select(self) -> Select:
        """The parsed query of a SQL transform."""
        return read_select(self.text, file=str(self.file))

    def reading(self, schemas: Schemas) -> Reading:
        """What the query does with the columns of its inputs; asked again for the same columns, it is known.

        Args:
            schemas: The columns of its inputs.

        Raises:
            InvalidSelect: A column is not there or ambiguous, or the query cannot be followed.
        """
        key = tuple((name, tuple(columns.items())) for name, columns in sorted(schemas.items()))
        if key not in self._readings:
            self._readings[key] = read_columns(self.select, schemas)
        return self._readings[key]

    @cached_property
    def _readings(self) -> dict[Hashable, Reading]:
        return {}

    def finding(self, rule: str, position: Position, message: str, fix: str) -> Finding:
        """An error at a place in this file."""
        return Finding(rule, Severity.ERROR, str(self.file), position, (), message, fix)


def read_source(folder: Path) -> Source:
    """Read the transform in a product's folder.

    Raises:
        InvalidProductError: There is none or there are two, it cannot be read, or is not one query or function.
    """
    files = [folder / name for name in (SQL_FILE, PYTHON_FILE) if (folder / name).is_file()]
    if len(files) != 1:
        message = "there is no transform" if not files else f"there are both {SQL_FILE} and {PYTHON_FILE}"
        fix = f"write {SQL_FILE} (one SELECT) or {PYTHON_FILE} (one public function), not both"
        raise _invalid(folder, Position(1, 1), message, fix)
    text = text_of(files[0])
    return _sql(files[0], text) if files[0].name == SQL_FILE else _python(files[0], text)


def text_of(file: Path) -> str:
    """The text of a file.

    Raises:
        InvalidProductError: It cannot be read, or is not UTF-8.
    """
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _invalid(file, Position(1, 1), f"it cannot be read: {error}", "save it as UTF-8") from error


def _sql(file: Path, text: str) -> Source:
    try:
        select = read_select(text, file=str(file))
    except InvalidSelect as error:
        raise InvalidProductError(
            Finding(
                "transform",
                Severity.ERROR,
                problem.file,
                Position(problem.line, problem.column),
                (),
                problem.message,
                problem.fix,
            )
            for problem in error.problems
        ) from None
    if unknown := select.parameters - {PARTITION}:
        name = f"${min(unknown)}"
        before = text[: max(text.find(name), 0)]
        at = Position(before.count("\n") + 1, len(before) - before.rfind("\n"))
        fix = f"the one parameter is ${PARTITION}, the key of the partition being made"
        raise _invalid(file, at, f"the parameter {name} has no value", fix)
    names = {table.product: Position(table.line, table.column) for table in select.inputs}
    source = Source(file, "sql", text, "", names, 1, PARTITION in select.parameters)
    vars(source)["select"] = select  # parsed just now
    return source


def _python(file: Path, text: str) -> Source:
    node = public_function(file, text)
    arguments = [*node.args.args, *node.args.kwonlyargs]
    names = {
        argument.arg: Position(argument.lineno, argument.col_offset + 1)
        for argument in arguments
        if argument.arg != PARTITION
    }
    return Source(
        file, "python", text, node.name, names, node.lineno, any(argument.arg == PARTITION for argument in arguments)
    )


def public_function(file: Path, text: str) -> ast.FunctionDef:
    """The one public function of a Python file.

    Raises:
        InvalidProductError: It is no Python, or has another number of them, or one with arguments without a name.
    """
    try:
        tree = ast.parse(text, str(file))
    except (SyntaxError, ValueError) as error:
        at = Position(getattr(error, "lineno", None) or 1, getattr(error, "offset", None) or 1)
        raise _invalid(file, at, f"this is no Python: {getattr(error, 'msg', error)}", "mend it") from error
    public = [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_")
    ]
    if len(public) != 1 or isinstance(public[0], ast.AsyncFunctionDef):
        message = f"there are {len(public)} public functions" if len(public) != 1 else "the function is asynchronous"
        at = Position(public[-1].lineno if public else 1, 1)
        fix = "write one public function; start the names of helpers with _"
        raise _invalid(file, at, message, fix)
    node, arguments = public[0], public[0].args
    if arguments.vararg or arguments.kwarg or arguments.posonlyargs:
        fix = "name each input as an ordinary argument of its own"
        raise _invalid(file, Position(node.lineno, 1), f"{node.name} takes *, ** or positional-only arguments", fix)
    return node


def _invalid(file: Path, position: Position, message: str, fix: str) -> InvalidProductError:
    return InvalidProductError([Finding("transform", Severity.ERROR, str(file), position, (), message, fix)])
