"""What a data product promises: contracts in the Open Data Contract Standard (ODCS), read, judged and enforced.

What belongs here: reading contracts, linting them, comparing their versions, the kinds of rules in them, turning these
into checks, and the registry of published contracts. What does not: Dagster, any domain, and where tables are stored.
Importing this package imports nothing else, so that a command that only wants one part starts fast; its public names
are imported when they are first asked for, and stay what they are from release to release:

- ``load`` reads a contract, or raises everything that is wrong with it (``loading``);
- ``check`` holds data against a contract, anywhere, without a server (``checks.run``);
- ``Report`` is what comes out of it, a ``Result`` a rule (``checks.results``);
- ``ContractError`` and ``UnreadableDataError`` are what the two raise.

Beside them, ``data_platform.contracts.lint.lint`` lists everything that is wrong or doubtful, without raising, and
``data_platform.contracts.model`` is what a loaded contract looks like.
"""

import importlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from data_platform.contracts.checks.results import Report, Result
    from data_platform.contracts.checks.run import check
    from data_platform.contracts.checks.sources import UnreadableDataError
    from data_platform.contracts.errors import ContractError
    from data_platform.contracts.loading import load

__all__ = ["ContractError", "Report", "Result", "UnreadableDataError", "check", "load"]

_PUBLIC: Final = {
    "ContractError": "errors",
    "Report": "checks.results",
    "Result": "checks.results",
    "UnreadableDataError": "checks.sources",
    "check": "checks.run",
    "load": "loading",
}


def __getattr__(name: str) -> object:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_PUBLIC[name]}"), name)
