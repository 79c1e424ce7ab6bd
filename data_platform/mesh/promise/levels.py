"""Service levels from when a product was published.

What belongs here: ``frequency`` and ``latency`` where the contract has none. What does not: reading the log
(``publications``); a service level that a person wrote stays as it is.
"""

import math
from collections.abc import Iterator, Sequence
from datetime import timedelta

from data_platform.contracts.service_levels import service_level
from data_platform.contracts.suggest import counted
from data_platform.mesh.promise.bounds import LEAST
from data_platform.mesh.promise.proposal import Action, Proposal
from data_platform.mesh.promise.publications import Regularity
from data_platform.products.folder import Product

_HOUR = timedelta(hours=1)
_MARGIN = 1.25


def levels(product: Product, regularity: Regularity) -> Iterator[Proposal | str]:
    """The service levels that a product kept so far, with a margin.

    Yields:
        A proposal for each that the contract lacks, and why there is none, in words.
    """
    if len(regularity.pauses) < LEAST:
        yield (
            f"{counted(len(regularity.pauses), 'publication')} that followed the one before in time: service levels "
            f"are proposed from {LEAST} on"
        )
        return
    table, day = product.schema.name, product.partition_column
    element = f"{table}.{day}" if day else table
    yield from _level(product, "frequency", regularity.pauses, element, "from one publication to the next")
    if regularity.delays:
        told = f"from the begin of {day or 'a day'} to its publication; one that is made again later is told as late"
        yield from _level(product, "latency", regularity.delays, element, told)


def hours(longest: timedelta) -> int:
    """A duration and a quarter more, in whole hours, at least one."""
    return max(1, math.ceil(longest * _MARGIN / _HOUR))


def _level(product: Product, name: str, seen: Sequence[timedelta], element: str, told: str) -> Iterator[Proposal | str]:
    value = hours(max(seen))
    why = f"at most {max(seen) / _HOUR:.1f} h in {counted(len(seen), 'publication')}"
    if (there := service_level(product.contract, name)) is not None:
        yield f"{name} {there.value} {there.unit or ''} is promised, {why} was seen: it stays as it is"
        return
    entry = {
        "property": name,
        "value": value,
        "unit": "h",
        "element": element,
        "description": f"At most {value} hours {told}.",
    }
    yield Proposal(Action.NEW, name, f"{value} h {told}", why, ("slaProperties",), entry)
