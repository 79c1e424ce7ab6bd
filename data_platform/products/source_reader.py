"""The function that ``reader`` of a source names: found without running it, and loaded where it is needed.

What belongs here: from ``exports.read_export`` to the function in ``exports.py`` beside the source's folder, and what
is wrong with it. What does not: what it gives (``ingestion.sources.own_format``).

``defs.yaml`` may come from anybody: it can name a module of its own domain, and nothing else.
"""

import ast
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

from data_platform.contracts.document import Document
from data_platform.contracts.findings import Finding, Severity
from data_platform.contracts.suggest import did_you_mean
from data_platform.ingestion.sources.own_format import ARGUMENTS, OwnFormat
from data_platform.ingestion.sources.spec import SourceSpec
from data_platform.products.errors import InvalidProductError
from data_platform.products.python_module import imported

_PATH: Final = ("attributes", "source", "reader")
_SIGNATURE: Final = f"def {{}}({', '.join(ARGUMENTS)}), of which all but data may be left out"


def reader_findings(document: Document, folder: Path, spec: SourceSpec) -> Iterator[Finding]:
    """What is wrong with a source's reader, without running it.

    Args:
        document: The source's ``defs.yaml``.
        folder: Where that is.
        spec: What it says.
    """
    if spec.reader is None:
        return
    module, _, function = spec.reader.partition(".")
    file = _file(folder, module)
    if not file.is_file() or file.resolve().parent != folder.parent.resolve():
        there = sorted(path.stem for path in folder.parent.glob("*.py") if path.stem != "__init__")
        message = f"the domain {folder.parent.name} has no module {module}"
        written = f"write {module}.py beside the source's folder, with {_SIGNATURE.format(function)}"
        yield _finding(document, message, did_you_mean(module, there) if there else written)
        return
    try:
        functions = _functions(file, file.stat().st_mtime_ns)
    except (SyntaxError, ValueError, OSError) as error:
        message = f"{file.name} is no Python that can be read: {getattr(error, 'msg', error)}"
        line = getattr(error, "lineno", None)
        yield _finding(document, f"{message}, line {line}" if line else message, "mend it")
        return
    if function not in functions:
        message = f"{file.name} has no function {function}"
        written = f"write {_SIGNATURE.format(function)}"
        yield _finding(document, message, did_you_mean(function, sorted(functions)) if functions else written)
    elif problem := _wrong(functions[function]):
        yield _finding(document, f"{spec.reader} {problem}", f"write {_SIGNATURE.format(function)}")


def load_reader(document: Document, folder: Path, spec: SourceSpec) -> OwnFormat | None:
    """The function of a source that was read without findings; None where it needs none.

    Args:
        document: The source's ``defs.yaml``.
        folder: Where that is.
        spec: What it says.

    Raises:
        InvalidProductError: Its module cannot be imported.
    """
    if spec.reader is None:
        return None
    module, _, function = spec.reader.partition(".")
    file = _file(folder, module)
    try:
        loaded = imported(file, f"{folder.parent.name}_source")
    except Exception as error:
        message = f"{file.name} cannot be imported: {type(error).__name__}: {error}"
        raise InvalidProductError([_finding(document, message, "mend it")]) from error
    wants = frozenset(_arguments(_functions(file, file.stat().st_mtime_ns)[function]))
    return OwnFormat(spec.reader, getattr(loaded, function), wants)


def _file(folder: Path, module: str) -> Path:
    return folder.parent / f"{module}.py"


@lru_cache(maxsize=256)
def _functions(file: Path, changed: int) -> dict[str, ast.FunctionDef]:
    del changed
    tree = ast.parse(file.read_text(encoding="utf-8"), str(file))
    named = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    return {name: node for name, node in named.items() if not name.startswith("_")}


def _arguments(node: ast.FunctionDef) -> list[str]:
    return [argument.arg for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]


def _wrong(node: ast.FunctionDef) -> str:
    """What is wrong with a function's arguments; empty: nothing."""
    names = _arguments(node)
    if node.args.vararg or node.args.kwarg or node.args.posonlyargs:
        return "takes *, ** or positional-only arguments"
    if unknown := [name for name in names if name not in ARGUMENTS]:
        return f"takes {', '.join(unknown)}, which nobody gives it"
    return "" if "data" in names else "does not take data, the bytes of a file"


def _finding(document: Document, message: str, fix: str) -> Finding:
    return document.finding("source", Severity.ERROR, _PATH, message, fix)
