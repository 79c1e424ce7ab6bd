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
        for one in consumers:
            yield verdict, f"  {title(one)}"
            yield from ((None, f"      {each}") for each in reasons(one))


def title(one: Consumer) -> str:
    """A consumer with its owner and pins."""
    kind = "" if one.kind == "product" else f"{one.kind} "
    pins = ", ".join(map(str, one.pins))
    return f"{kind}{one.name}  (owner: {one.owner or 'unknown'}{f'; pinned to {pins}' if pins else ''})"


def reasons(one: Consumer) -> list[str]:
    """The reasons of a consumer's verdict; of those that say nothing worse than another, only the first few."""
    shown = [each for each in one.reasons if each.verdict is one.verdict or each.path]
    more = len(shown) - MOST_REASONS
    return [*map(reason, shown[:MOST_REASONS]), *([f"and {more} more reasons"] if more > 0 else [])]


def reason(one: Reason) -> str:
    """A reason, with how the column is used, how that is known, and the path to it."""
    how = uses(one)
    known = f"known: {one.known_by.value}" if one.known_by else ""
    told = "; ".join(filter(None, [how, known, _path(one)]))
    return f"{one.text}{f' [{told}]' if told else ''}"


def uses(one: Reason) -> str:
    """What the column is used for, as a list."""
    return ", ".join(use.value for use in Use if use in one.uses)


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
        parts += [_row(one) for one in affected]
    if impact.unaffected:
        parts += ["", f"<details><summary>unaffected: {len(impact.unaffected)}</summary>", ""]
        parts += [f"- {code(one.name)}: {escaped(reasons(one)[0])}" for one in impact.unaffected]
        parts += ["", "</details>"]
    if not impact.consumers:
        parts += ["", "Nobody reads it." if impact.changes else "Nothing changes for who reads."]
    return "\n".join(parts) + "\n"


def _row(one: Consumer) -> str:
    with_uses = [each for each in one.reasons if each.uses]
    cells = [
        one.verdict.value,
        code(one.name) + ("" if one.kind == "product" else f" ({escaped(one.kind)})"),
        escaped(one.owner or "unknown"),
        escaped(", ".join(map(str, one.pins))),
        _each_once([uses(each) for each in with_uses]),
        _each_once([each.known_by.value for each in one.reasons if each.known_by]),
        escaped(one.reasons[0].text + (f" ({_path(one.reasons[0])})" if _path(one.reasons[0]) else "")),
    ]
    return row(cells)


def _each_once(words: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(word for each in words for word in each.split(", ") if word))


def _path(one: Reason) -> str:
    return " -> ".join(map(str, one.path)) if len(one.path) > 1 else ""


def _key(product: str, column: str | None) -> str:
    return f"{product}.{column}" if column else product
