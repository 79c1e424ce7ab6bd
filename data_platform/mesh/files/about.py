"""Who owns a product and which version it is, of thousands of products at once.

What belongs here: the few words of a contract that every list shows. What does not: contracts (``contracts.model``).

A contract is read without its ``schema``, which is most of it, where that can be cut out line by line; otherwise as a
whole. Either way its values are read by the one reader of contracts.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from data_platform.contracts.errors import UnreadableContractError
from data_platform.contracts.model import Contract
from data_platform.contracts.reading import contract as contract_of
from data_platform.contracts.references import CONTRACT_FILE
from data_platform.contracts.source import read


@dataclass(frozen=True)
class About:
    """What every list shows of a product.

    Attributes:
        owner: Who answers for it.
        version: The contract's version.
        status: The contract's status.
    """

    owner: str | None = None
    version: str | None = None
    status: str | None = None


def about(domains: Path, key: str) -> About:
    """What a contract says of owner, version and status; nothing, where there is none or it cannot be read.

    Args:
        domains: The folder of all domains.
        key: ``domain/name``.
    """
    file = domains / key / CONTRACT_FILE
    try:
        return _about(file, file.stat().st_mtime_ns)
    except (OSError, UnicodeDecodeError, UnreadableContractError):
        return About()


@lru_cache(maxsize=20_000)
def _about(file: Path, changed: int) -> About:
    del changed
    text = file.read_text(encoding="utf-8-sig")
    head = _without_schema(text)
    contract = _contract(head) if head is not None else None
    contract = contract or contract_of(read(file))
    return About(contract.owner, contract.version_text or None, contract.status or None)


def _contract(text: str) -> Contract | None:
    try:
        return contract_of(read(text.encode()))
    except UnreadableContractError:
        return None  # such as an anchor that was cut out


def _without_schema(text: str) -> str | None:
    """A contract without what is below ``schema:``; ``None`` where lines alone do not tell what that is."""
    kept: list[str] = []
    inside = False
    for line in text.splitlines():
        if line[:1] not in ("", " ", "#", "-", "\t"):
            inside = line.startswith("schema:")
            if line.count('"') % 2 or line.count("'") % 2 or any(line.count(a) != line.count(b) for a, b in _BRACKETS):
                return None
        if not inside:
            kept.append(line)
    return "\n".join(kept) + "\n" if kept and not kept[0].startswith("{") else None


_BRACKETS = (("{", "}"), ("[", "]"))
