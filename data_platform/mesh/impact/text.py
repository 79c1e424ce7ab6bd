"""An impact in words: lines for a terminal, Markdown for a pull request.

What belongs here: words and their order. What does not: finding the impact (``impact``), colours and options (``cli``).
"""

from collections.abc import Iterator, Sequence

from data_platform.lineage.affected import Reason
from data_platform.lineage.effects import Verdict
from data_platform.lineage.model import Use
from data_platform.markdown import code, escaped, row
from data_platform.mesh.impact.answer import Consumer, Impact

MOST_REASONS = 6
"""So many reasons are shown of a consumer; ``--json`` has all."""


def lines(impact: Impact) -> Iterator[tuple[Verdict | None, str]]:
    """An impact line by line.

    Yields:
        Each line with the verdict that it is about, for its colour.
    """
    for change in impact.changes:
        yield None, str(change)
    if not impact.consumers:
        yield None, "nobody reads it" if impact.changes else "nothing changes for who reads"
    for verdict, consumers in impact.by_verdict.items():
        if consumers:
            yield verdict, f"{verdict.value}: {len(consumers)}"
        for consumer in consumers:
            yield verdict, f"  {title(consumer)}"
            yield from ((None, f"      {text}") for text in reason_lines(consumer))


def title(consumer: Consumer) -> str:
    """A consumer with its owner and pins."""
    kind = "" if consumer.kind == "product" else f"{consumer.kind} "
    pins = ", ".join(map(str, consumer.pins))
    return f"{kind}{consumer.name}  (owner: {consumer.owner or 'unknown'}{f'; pinned to {pins}' if pins else ''})"


def reason_lines(consumer: Consumer) -> list[str]:
    """The reasons of a consumer's verdict; of those that say nothing worse than another, only the first few."""
    shown = [reason for reason in consumer.reasons if reason.verdict is consumer.verdict or reason.path]
    more = len(shown) - MOST_REASONS
    return [*map(reason_line, shown[:MOST_REASONS]), *([f"and {more} more reasons"] if more > 0 else [])]


def reason_line(reason: Reason) -> str:
    """A reason, with how the column is used, how that is known, and the path to it."""
    how = uses(reason)
    known = f"known: {reason.known_by.value}" if reason.known_by else ""
    notes = "; ".join(filter(None, [how, known, _path(reason)]))
    return f"{reason.text}{f' [{notes}]' if notes else ''}"


def uses(reason: Reason) -> str:
    """What the column is used for, as a list."""
    return ", ".join(use.value for use in Use if use in reason.uses)


def markdown_of(impact: Impact) -> str:
    """An impact as Markdown: what changes, a table of those affected, and the rest folded away."""
    parts = [f"**Impact: {impact.verdict.value}**", ""]
    parts += [f"- {code(_key(change.product, change.column))} {escaped(change.what)}" for change in impact.changes]
    affected = [*impact.breaks, *impact.may_break]
    if affected:
        parts += [
            "",
            "| verdict | consumer | owner | pinned to | uses | known | why |",
            "|---|---|---|---|---|---|---|",
        ]
        parts += [_row(consumer) for consumer in affected]
    if impact.unaffected:
        parts += ["", f"<details><summary>unaffected: {len(impact.unaffected)}</summary>", ""]
        parts += [f"- {code(consumer.name)}: {escaped(reason_lines(consumer)[0])}" for consumer in impact.unaffected]
        parts += ["", "</details>"]
    if not impact.consumers:
        parts += ["", "Nobody reads it." if impact.changes else "Nothing changes for who reads."]
    return "\n".join(parts) + "\n"


def _row(consumer: Consumer) -> str:
    with_uses = [reason for reason in consumer.reasons if reason.uses]
    cells = [
        consumer.verdict.value,
        code(consumer.name) + ("" if consumer.kind == "product" else f" ({escaped(consumer.kind)})"),
        escaped(consumer.owner or "unknown"),
        escaped(", ".join(map(str, consumer.pins))),
        _each_once([uses(reason) for reason in with_uses]),
        _each_once([reason.known_by.value for reason in consumer.reasons if reason.known_by]),
        escaped(consumer.reasons[0].text + (f" ({_path(consumer.reasons[0])})" if _path(consumer.reasons[0]) else "")),
    ]
    return row(cells)


def _each_once(words: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(word for text in words for word in text.split(", ") if word))


def _path(reason: Reason) -> str:
    return " -> ".join(map(str, reason.path)) if len(reason.path) > 1 else ""


def _key(product: str, column: str | None) -> str:
    return f"{product}.{column}" if column else product
