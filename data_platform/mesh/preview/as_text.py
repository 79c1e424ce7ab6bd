"""Previews in lines, for a terminal or a job's log; other forms take their words from here.

What belongs here: words and their order. What does not: colours (``cli``).
"""

import json
from collections.abc import Iterator, Mapping

from data_platform.contracts.suggest import counted
from data_platform.mesh.preview.model import (
    ConsumerPreview,
    Difference,
    Outcome,
    PartitionPreview,
    Previews,
    ProductPreview,
    RowChange,
    Sample,
)

_SIGNS = {RowChange.ADDED: "+", RowChange.REMOVED: "-", RowChange.CHANGED: "~"}


def as_text(previews: Previews) -> Iterator[tuple[bool, str]]:
    """Previews line by line.

    Yields:
        Each line, and whether it tells of something that is broken.
    """
    for product in previews.products:
        head = f"{product.product} {product.version or ''}".rstrip()
        yield product.breaks, f"{head}: {summary(product)}"
        for part in product.parts:
            yield part.breaks, f"  {part.partition or 'the whole table'}: {part_summary(part)}"
            for text in problems_of(part):
                yield part.breaks, f"      {text}"
            for sample in part.difference.samples if part.difference else ():
                yield False, f"      {sample_text(sample)}"
        for consumer in product.consumers:
            yield consumer.outcome is Outcome.BREAKS, f"  consumer {consumer_text(consumer)}"
        if product.hidden:
            yield False, f"  hidden: {', '.join(product.hidden)}"


def summary(product: ProductPreview) -> str:
    """What came of a product, in a line."""
    if product.why_not:
        return f"not previewed: {product.why_not}"
    if any(part.breaks for part in product.parts):
        return "what it makes would not be published"
    if product.breaks:
        return "a consumer's contract breaks on what it makes"
    if product.differs:
        return "it differs from what is published"
    if all(part.not_made for part in product.parts):
        return "it could not be made"
    return "nothing differs from what is published"


def part_summary(part: PartitionPreview) -> str:
    """What came of a batch, in a line."""
    if part.failed:
        return f"the transform failed: {part.failed}"
    if part.not_made:
        return f"could not be made: {part.not_made}"
    if part.difference is None:
        return f"{counted(part.rows or 0, 'row')}; {part.not_compared}"
    return difference_text(part.difference)


def difference_text(difference: Difference) -> str:
    """How rows differ, in a line."""
    rows = counted(difference.rows_after, "row")
    if difference.rows_before != difference.rows_after:
        rows += f", {difference.rows_before:,} published"
    if not difference:
        return f"{rows}; nothing differs"
    changes = [f"{difference.added:,} added", f"{difference.removed:,} removed"]
    changes += [f"{difference.changed:,} changed"] if difference.key else []
    text = f"{rows}; {', '.join(changes)}"
    if difference.columns:
        text += f" ({', '.join(f'{name} {count:,}' for name, count in difference.columns.items())})"
    if difference.new_columns:
        text += f"; new columns {', '.join(difference.new_columns)}"
    if difference.gone_columns:
        text += f"; columns gone {', '.join(difference.gone_columns)}"
    for name, (before, after) in difference.retyped.items():
        text += f"; {name} {before} → {after}"
    return text if difference.key else f"{text}; whole rows compared, for want of a key on both sides"


def problems_of(part: PartitionPreview) -> Iterator[str]:
    """What keeps a batch from being published, and what its contract warns of."""
    if part.refused:
        yield f"its table would not take it: {part.refused}"
    for rule in part.broken:
        yield f"{'broken' if rule.blocking else 'warning'}: {rule}"
    if part.quarantined:
        yield f"{counted(part.quarantined, 'row')} would go to the quarantine, and the others be published"


def consumer_text(consumer: ConsumerPreview) -> str:
    """What becomes of a consumer, in a line."""
    name = f"{consumer.consumer} {consumer.partition or ''}".rstrip()
    why = "; ".join([*map(str, consumer.broken), *([consumer.reason] if consumer.reason else [])])
    text = {
        Outcome.HOLDS: "keeps its contract",
        Outcome.BREAKS: "BREAKS",
        Outcome.BROKEN_BEFORE: "breaks its contract, as on what is published",
        Outcome.NOT_TRIED: "not tried",
    }[consumer.outcome]
    return f"{name}: {text}{f': {why}' if why else ''}"


def sample_text(sample: Sample) -> str:
    """A row that differs, in a line."""
    sign = _SIGNS[sample.change]
    if sample.change is not RowChange.CHANGED:
        return f"{sign} {_values(sample.row)}"
    changes = (f"{name}: {_json(sample.before[name])} → {_json(value)}" for name, value in sample.after.items())
    return f"{sign} {_values(sample.row)}  {', '.join(changes)}"


def _values(row: Mapping[str, object]) -> str:
    return ", ".join(f"{name}={_json(value)}" for name, value in row.items())


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
