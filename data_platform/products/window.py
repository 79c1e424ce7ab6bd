"""How far back a change of a product's inputs makes its partitions anew: as far as the inputs change.

What belongs here: following that from what inputs say of themselves, across products. What does not: what a domain says
of its raw assets (``restated_days``), and who uses it (``orchestration.products.automation``, ``behind``).

An input says it once: a raw asset in its domain's ``restated.yaml``, a product in its contract's
``dataPlatform.restatedDays``, else it follows from the inputs of that product in turn. Of an input of which all
partitions are read a change of any of them changes every partition, so only ``restated_days`` of that input in
``defs.yaml`` bounds it. What nothing is said of may change at any time, so there is no bound.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final

from data_platform.contracts.references import CONTRACT_FILE
from data_platform.products.catalogue import loaded
from data_platform.products.declared_inputs import Input
from data_platform.products.defs_file import DEFS_FILE
from data_platform.products.errors import InvalidProductError
from data_platform.products.folder import Product, read_product
from data_platform.products.imported import is_imported
from data_platform.products.restated_days import restated_days

LEAST: Final = timedelta(days=31)
"""No product looks back less: people make days of a raw asset again by hand, whatever its source does."""

LATE: Final = timedelta(days=7)
"""So much further back: a day that its source changed on the last day is taken, and made, some time after."""


def lookback_of(product: Product) -> timedelta | None:
    """How far back partitions of days are made anew when an input changes.

    Args:
        product: The product.

    Returns:
        From the end of its newest day; ``None``: without bound, as of a product that is not partitioned by days.

    Raises:
        InvalidProductError: A domain's ``restated.yaml`` cannot be read.
    """
    if product.partitions is None or product.partitions.type != "daily":
        return None
    days = _largest(days for _, days in windows_of_inputs(product))
    return None if days is None else max(LEAST, timedelta(days=days) + LATE)


def windows_of_inputs(product: Product) -> list[tuple[Input, int | None]]:
    """The inputs whose changes make a product anew, and for how many days back a change of each changes its partitions.

    Returns:
        Each with its days; ``None``: without bound.

    Raises:
        InvalidProductError: A domain's ``restated.yaml`` cannot be read.
    """
    return list(_of_inputs(product, (product.key,)))


def _of_inputs(product: Product, way: tuple[str, ...]) -> Iterator[tuple[Input, int | None]]:
    for upstream in product.inputs:
        if upstream.triggers and not upstream.optional:
            days = product.spec.inputs[upstream.name].restated_days if upstream.name in product.spec.inputs else None
            if days is None and upstream.partitions != "all":
                days = _of_asset(product.folder.parent.parent, upstream.key, way)
            yield upstream, days


def _of_asset(domains: Path, key: str, way: tuple[str, ...]) -> int | None:
    """For how many days after its day a partition of an input changes."""
    folder = domains / key
    file = folder / CONTRACT_FILE
    if not file.is_file():
        return restated_days(folder.parent).get(folder.name)
    promised = loaded(file, file.stat().st_mtime_ns).custom.restated_days
    if promised is not None or is_imported(folder) or key in way:
        return promised
    product = _product(folder, tuple(_changed(folder)))
    if product is None or not product.spec.automation:  # nobody knows when it is made
        return None
    return _largest(days for _, days in _of_inputs(product, (*way, key)))


def _largest(days: Iterable[int | None]) -> int | None:
    known = list(days)
    return None if None in known else max((number for number in known if number is not None), default=0)


def _changed(folder: Path) -> Iterator[int]:
    for file in (folder / CONTRACT_FILE, folder / DEFS_FILE, *folder.glob("transform.*")):
        yield file.stat().st_mtime_ns if file.exists() else 0


@lru_cache(maxsize=512)
def _product(folder: Path, changed: tuple[int, ...]) -> Product | None:
    del changed
    try:
        return read_product(folder)
    except InvalidProductError:  # whoever reads it is told so by its own location
        return None
