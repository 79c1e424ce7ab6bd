"""What is there in the folder of all domains: products, their contracts and columns, and what Python files speak of.

What belongs here: looking, without judging. What does not: who may read what (``declared_inputs``).
"""

import ast
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from data_platform.contracts.model import Contract
from data_platform.contracts.reading import contract as contract_of
from data_platform.contracts.references import CONTRACT_FILE
from data_platform.contracts.source import read
from data_platform.products.defs_file import DEFS_FILE


def columns_of(contract: Contract) -> list[str]:
    """The columns of a product."""
    return [column.column for column in contract.schemas[0].properties] if contract.schemas else []


def product_keys(domains: Path) -> Iterable[str]:
    """All products, as ``domain/name``."""
    return sorted(f"{file.parent.parent.name}/{file.parent.name}" for file in domains.glob(f"*/*/{CONTRACT_FILE}"))


@lru_cache(maxsize=512)
def loaded(file: Path, changed: int) -> Contract:
    """Another product's contract as it is, right or not: its own domain judges it.

    Args:
        file: The contract.
        changed: When it was changed, so that a changed one is read again.

    Raises:
        UnreadableContractError: It is no contract at all.
    """
    del changed
    return contract_of(read(file))


def speaks_of(folder: Path, name: str) -> bool:
    """Whether a domain has a source, or a Python file of it a function or a short text, of that name."""
    return (folder / name / DEFS_FILE).is_file() or any(
        name in text and name in _names(text) for text in _texts(folder)
    )


def names_in(folder: Path) -> set[str]:
    """The sources of a domain, and functions and short texts in its Python files."""
    return {file.parent.name for file in folder.glob(f"raw_*/{DEFS_FILE}")} | {
        name for text in _texts(folder) for name in _names(text)
    }


def _texts(folder: Path) -> Iterator[str]:
    for file in folder.rglob("*.py"):
        try:
            yield file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue  # whoever imports it says so


def _names(text: str) -> set[str]:
    try:
        nodes = list(ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError):
        return set()  # whoever imports it says so
    texts = (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
    names = {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    return names | {text for text in texts if text.isidentifier()}
