"""Previews as parts of a page of Markdown, for the comment on a pull request.

What belongs here: what is shown in which order. What does not: words (``as_text``) and making it fit (``fitting``).
"""

from collections.abc import Iterator
from typing import Final

from data_platform.mesh.formats.fitting import Block, cell, code, folded, row, table
from data_platform.mesh.preview.as_text import consumer_text, part_summary, problems_of, sample_text, summary
from data_platform.mesh.preview.model import Outcome, PartitionPreview, Previews, ProductPreview

_HEADS: Final = ("", "product", "partition", "what it would be")


def blocks(previews: Previews) -> Iterator[Block]:
    """Previews as blocks of a page; the last ones are left out first."""
    if not previews.products:
        return
    yield Block(("#### Previews: made now of published inputs", ""))
    yield table(_HEADS, [line for product in previews.products for line in _rows(product)])
    consumers = tuple(
        f"- {'❌ ' if consumer.outcome is Outcome.BREAKS else ''}{cell(consumer_text(consumer))}"
        f" (reads {code(product.product)})"
        for product in previews.products
        for consumer in sorted(product.consumers, key=lambda tried: tried.outcome is not Outcome.BREAKS)
    )
    if consumers:
        yield folded("Consumers of the previews", consumers)
    samples = tuple(
        f"- {code(product.product)} {cell(part.partition or '')} {cell(sample_text(sample))}"
        for product in previews.products
        for part in product.parts
        if part.difference
        for sample in part.difference.samples
    )
    if samples:
        yield folded("Rows that differ", samples)


def _rows(product: ProductPreview) -> Iterator[str]:
    if product.why_not:
        yield row("", code(product.product), "", cell(summary(product)))
    for part in product.parts:
        texts = "; ".join([part_summary(part), *problems_of(part)])
        yield row(_sign(part), code(product.product), cell(part.partition or ""), cell(texts))


def _sign(part: PartitionPreview) -> str:
    if part.breaks:
        return "❌"
    if part.not_made:
        return "❔"
    return "✏️" if part.differs else "✅"
