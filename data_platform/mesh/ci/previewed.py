"""What the changed products would be, made of published inputs, and what of that breaks a rule.

What belongs here: which products are previewed, and problems of their previews. What does not: previews (``preview``).
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from data_platform.mesh.ci.gathering import Ask, Gathered
from data_platform.mesh.ci.report import Level, Place, Problem, Rule
from data_platform.mesh.preview.as_text import part_summary
from data_platform.mesh.preview.model import (
    BrokenRule,
    ConsumerPreview,
    Outcome,
    PartitionPreview,
    Previews,
    ProductPreview,
)
from data_platform.mesh.preview.previewing import previews

OFF: Final = "they are switched off (--no-previews)"
_TRANSFORM, _TABLE, _UNKNOWN = "transform", "table", "not-previewed"


def previews_of(change: Gathered, ask: Ask, why_not: str, *, wanted: bool) -> Previews:
    """The previews of the products that changed and can be read.

    Args:
        change: The change.
        ask: How the store is asked.
        why_not: Why the store was not looked at before; empty: it was.
        wanted: Whether they are wanted.

    Returns:
        The previews, and why there are none although products changed.
    """
    keys = [key for key in change.present if key in change.now.products]
    if not keys or not wanted or why_not:
        return Previews(why_not=(why_not if wanted else OFF) if keys else "")
    answer, why_not = ask(
        lambda store: Previews() if store is None else previews(change.now, store, keys, base=change.before.contracts)
    )
    return replace(answer, why_not=why_not)


def preview_problems(change: Gathered, answer: Previews) -> Iterator[Problem]:
    """What of previews breaks a rule, each once for all partitions; and, as notices, what could not be found out."""
    for product in answer.products:
        yield from _own(change, product)
        yield from _of_consumers(change, product)


def _own(change: Gathered, product: ProductPreview) -> Iterator[Problem]:
    contract = Place(change.file(product.product))
    fix = f"data-platform preview {product.product}"
    transform = change.now.products[product.product].source.file.name
    if product.why_not:
        yield _problem(product, Level.NOTICE, _UNKNOWN, contract, f"it was not previewed: {product.why_not}", "")
    rules: dict[str, list[tuple[PartitionPreview, BrokenRule]]] = {}
    for part in product.parts:
        for rule in part.broken:
            rules.setdefault(rule.check, []).append((part, rule))
    for name, broken in rules.items():
        part, rule = broken[0]
        level = Level.ERROR if any(other.blocking for _, other in broken) else Level.WARNING
        text = f"made now of published inputs, it breaks its contract: {rule}{_of(part, len(broken))}"
        yield _problem(product, level, name, contract, text, fix)
    for code, place, parts in (
        (_TRANSFORM, Place(change.file(product.product, transform)), [part for part in product.parts if part.failed]),
        (_TABLE, contract, [part for part in product.parts if part.refused]),
    ):
        if parts:
            text = parts[0].refused or part_summary(parts[0])
            text = f"made now of published inputs, it would not be published: {text}{_of(parts[0], len(parts))}"
            yield _problem(product, Level.ERROR, code, place, change.shown(text), fix)
    if parts := [part for part in product.parts if part.not_made]:
        text = f"it was not previewed: {parts[0].not_made}{_of(parts[0], len(parts))}"
        yield _problem(product, Level.NOTICE, _UNKNOWN, contract, text, "")


def _of_consumers(change: Gathered, product: ProductPreview) -> Iterator[Problem]:
    broken: dict[str, list[ConsumerPreview]] = {}
    for consumer in product.consumers:
        if consumer.outcome is Outcome.BREAKS:
            broken.setdefault(consumer.consumer, []).append(consumer)
    for key, consumers in broken.items():
        first = consumers[0]
        why = "; ".join([*map(str, first.broken), *([first.reason] if first.reason else [])])
        text = f"{key} breaks on what this makes now of published inputs: {why}{_of(first, len(consumers))}"
        place = Place(change.file(product.product))
        fix = f"change {key} with it, or see the rows: data-platform preview {product.product}"
        yield _problem(product, Level.ERROR, key, place, text, fix)


def _problem(product: ProductPreview, level: Level, code: str, place: Place, message: str, fix: str) -> Problem:
    return Problem(Rule.PREVIEW, level, product.product, code, place, message.rstrip("."), fix)


def _of(part: PartitionPreview | ConsumerPreview, count: int) -> str:
    """Which partition something is said of, and of how many others."""
    if part.partition is None:
        return ""
    more = f" and {count - 1} more" if count > 1 else ""
    return f" ({part.partition}{more})"
