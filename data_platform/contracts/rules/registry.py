"""Which kinds of rules there are: every module in ``kinds`` is found, and registers its kinds by ``@rule_kind``.

What belongs here: finding and ordering kinds, and what goes through all of them. What does not: any kind by its name.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final, TypeVar

from data_platform.contracts.rules.custom_keys import CustomKey
from data_platform.contracts.rules.model import Rule
from data_platform.contracts.rules.option import OptionRule

_Kind = TypeVar("_Kind", bound=type[Rule])
PROPERTIES: Final = 10
"""Where the checks of properties begin among those of a table."""
QUALITY: Final = 300
"""Where those of entries of ``quality`` stand."""
_PACKAGE: Final = "data_platform.contracts.rules.kinds"
_registered: Final[list[type[Rule]]] = []


def rule_kind(position: int) -> Callable[[_Kind], _Kind]:
    """Make a frozen dataclass a kind of rule.

    Args:
        position: Where its checks stand: of a property below 200, in this order; of the table from 200 on. Entries of
            ``quality`` are at 300. A new kind of a key of ours takes a free one below 200.
    """

    def register(kind: _Kind) -> _Kind:
        kind.position = position
        _registered.append(kind)
        return kind

    return register


@cache
def kinds() -> tuple[type[Rule], ...]:
    """All kinds, in the order of their checks."""
    package = importlib.import_module(_PACKAGE)
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{_PACKAGE}.{module.name}")
    return tuple(sorted(_registered, key=lambda kind: (kind.position, kind.__name__)))


@cache
def kinds_with(question: str) -> tuple[type[Rule], ...]:
    """The kinds that answer a question in a way of their own, so that the others need not be asked.

    Args:
        question: A class method of ``Rule``: ``of_property``.
    """
    unanswered = getattr(Rule, question).__func__
    return tuple(kind for kind in kinds() if getattr(kind, question).__func__ is not unanswered)


@cache
def option_kinds() -> tuple[type[OptionRule], ...]:
    """The kinds that come of ``logicalTypeOptions``."""
    return tuple(kind for kind in kinds() if issubclass(kind, OptionRule))


@cache
def custom_keys() -> tuple[CustomKey, ...]:
    """The keys of ours that rules come of."""
    return tuple(key for kind in kinds() for key in kind.custom_keys)


def dimension_of(name: str) -> str | None:
    """The data quality dimension of an entry of ``quality``, by its metric or type."""
    return next((kind.dimensions[name] for kind in kinds() if name in kind.dimensions), None)


def options_of(logical: str) -> Iterator[str]:
    """The options of a logical type that rules come of."""
    for kind in option_kinds():
        yield from (option for option, types in kind.options.items() if logical in types)


def keywords_of(logical: str) -> Iterator[str]:
    """Those of the options that are keywords of JSON Schema."""
    for kind in option_kinds():
        if logical in kind.keyword_of:
            yield from (option for option, types in kind.options.items() if logical in types)
