"""What makes the partitions of a run: the product's transform, or a function of its domain.

What belongs here: finding the function. What does not: the ordinary way (``execution``).
"""

import importlib
import importlib.util
from collections.abc import Callable, Iterator
from typing import Any

import dagster as dg

from data_platform.orchestration.products.execution import run_step
from data_platform.products.folder import Product
from data_platform.storage.objects.store import ObjectStore

Runner = Callable[[dg.AssetExecutionContext, Product, ObjectStore], Iterator[Any]]


def runner_of(product: Product) -> Runner:
    """What makes a product; one of its domain's own is imported when it is first used."""
    if product.spec.runner is None:
        return run_step
    module, _, name = product.spec.runner.partition(":")

    def run(context: dg.AssetExecutionContext, product: Product, store: ObjectStore) -> Iterator[Any]:
        yield from getattr(importlib.import_module(module), name)(context, product, store)

    return run
