"""What docstrings name is there: a module that moved takes its mentions along."""

import ast
import re
from pathlib import Path

import pytest

from data_platform_tests.repository import PROJECT_ROOT

ROOT = PROJECT_ROOT / "data_platform"
DOTTED = re.compile(r"`{1,2}(?:data_platform\.)?([a-z_][a-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)+)(?:\(\))?`{1,2}")
FILES = {"py", "sql", "yaml", "yml"}
MODULES = {
    ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix("__init__").rstrip("."): file
    for file in ROOT.rglob("*.py")
}
ROOMS = {module.split(".")[0] for module in MODULES} | {"checks", "duckdb", "delta", "objects", "formats", "rules"}


def names_of(file: Path) -> set[str]:
    """Everything that a module defines or imports, in it or in its classes."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                names.add(name)
            case ast.alias(name=name, asname=alias):
                names.add(alias or name)
    return names


def is_there(module: str, reference: str) -> bool:
    """Whether a dotted name leads somewhere, seen from a module: from its own package, or one around it."""
    around = module.split(".")
    for depth in range(len(around), -1, -1):
        parts = [*around[:depth], *reference.split(".")]
        for length in range(len(parts), 0, -1):
            file = MODULES.get(".".join(parts[:length]))
            if file is not None and (length == len(parts) or parts[length] in names_of(file)):
                return True
    return False


@pytest.mark.parametrize("room", sorted({module.split(".")[0] for module in MODULES} - {""}))
def test_every_module_that_a_docstring_names_is_there(room: str) -> None:
    missing = []
    for module, file in MODULES.items():
        if module.split(".")[0] != room:
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for reference in DOTTED.findall(ast.get_docstring(node) or ""):
                first, last = reference.split(".")[0], reference.rsplit(".", 1)[-1]
                if first in ROOMS and last not in FILES and not is_there(module, reference):
                    missing.append(f"{file.relative_to(PROJECT_ROOT)}: {reference}")
    assert sorted(set(missing)) == []
