"""Previews as plain data. The keys are documented in ``docs/ci.md`` and stay; ``format`` counts what is not so.

What belongs here: keys and their order. What does not: writing it down (``cli``).
"""

from dataclasses import asdict
from typing import Any, Final

from data_platform.mesh.preview.model import PartitionPreview, Previews, ProductPreview

FORMAT: Final = 1


def as_json(previews: Previews) -> dict[str, object]:
    """Previews as JSON types."""
    return {
        "format": FORMAT,
        "made": not previews.why_not,
        "why_not": previews.why_not or None,
        "breaks": previews.breaks,
        "products": [_product(product) for product in previews.products],
    }


def _product(product: ProductPreview) -> dict[str, object]:
    return {
        "product": product.product,
        "version": product.version,
        "breaks": product.breaks,
        "differs": product.differs,
        "why_not": product.why_not or None,
        "hidden": list(product.hidden),
        "partitions": [_part(part) for part in product.parts],
        "consumers": [
            {**asdict(consumer), "outcome": consumer.outcome.value, "reason": consumer.reason or None}
            for consumer in product.consumers
        ],
    }


def _part(part: PartitionPreview) -> dict[str, object]:
    plain: dict[str, Any] = asdict(part)
    for name in ("refused", "not_compared", "failed", "not_made"):
        plain[name] = plain[name] or None
    if part.difference is not None:
        plain["difference"]["samples"] = [
            {**asdict(sample), "change": sample.change.value} for sample in part.difference.samples
        ]
    return {**plain, "breaks": part.breaks}
