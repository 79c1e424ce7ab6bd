"""A judgement as plain data and as Markdown.

What belongs here: what is shown of it, for machines and for a pull request. What does not: the terminal (``cli``).
"""

from collections.abc import Iterator
from typing import Final

from data_platform.contracts.compatibility.effects import Verdict
from data_platform.contracts.compatibility.judge import Comparison, JudgedChange, Judgement
from data_platform.markdown import code, escaped, row

_SIGNS: Final = {Verdict.BREAKS: "❌", Verdict.MAY_BREAK: "⚠️", Verdict.FINE: "✅"}
_LONGEST: Final = 160


def to_dict(judgement: Judgement) -> dict[str, object]:
    """A judgement as JSON types."""
    return {
        "version": judgement.version,
        "mode": judgement.mode.value,
        "compatible": judgement.compatible,
        "needed": str(judgement.needed) if judgement.needed else None,
        "required_version": str(judgement.required) if judgement.required else None,
        "version_suffices": judgement.suffices,
        "needs_restatement": bool(judgement.restating),
        "comparisons": [_comparison(comparison) for comparison in judgement.comparisons],
    }


def to_markdown(judgement: Judgement, title: str) -> str:
    """A judgement as Markdown: a summary, then a table of the changes for each earlier version."""
    return "\n".join([f"### {escaped(title)}", "", escaped(summary(judgement)), *_tables(judgement)]) + "\n"


def summary(judgement: Judgement) -> str:
    """A few sentences: whether it is compatible, which version it needs, and whether older rows are to be made anew."""
    breaking, doubtful = len(judgement.breaking), len(judgement.doubtful)
    if not any(comparison.changes for comparison in judgement.comparisons):
        return "Nothing changed."
    if all(comparison.free for comparison in judgement.comparisons):
        return f"Told for information: {judgement.comparisons[0].free}."
    counted = [f"{breaking} break" + ("s" if breaking == 1 else "")] if breaking else []
    counted += [f"{doubtful} may break"] if doubtful else []
    first = f"Under {judgement.mode}: {', '.join(counted) or 'nothing breaks'}."
    again = " What was published before needs restatement." if judgement.restating else ""
    if judgement.suffices:
        return f"{first} Version {judgement.version} suffices.{again}"
    return f"{first} Version {judgement.version} does not suffice: it takes {judgement.required} or later.{again}"


def _tables(judgement: Judgement) -> Iterator[str]:
    for comparison in judgement.comparisons:
        if not comparison.changes:
            continue
        since = f"Since {comparison.version}" + (f" (for information: {comparison.free})" if comparison.free else "")
        yield from ("", f"{escaped(since)}:", "")
        yield "| | where | what | kind | direction | grade | verdict |"
        yield "|---|---|---|---|---|---|---|"
        yield from (_row(judged) for judged in comparison.changes)


def _row(judged: JudgedChange) -> str:
    change = judged.change
    cells = [
        _SIGNS[judged.verdict],
        code(change.path, _LONGEST) if change.path else "contract",
        escaped(change.message, _LONGEST),
        code(change.kind),
        escaped(str(change.direction)),
        escaped(str(judged.grade)),
        escaped(f"{judged.verdict}: {judged.reason}", _LONGEST),
    ]
    return row(cells)


def _comparison(comparison: Comparison) -> dict[str, object]:
    return {
        "with": comparison.version,
        "binding": comparison.free is None,
        "why_not_binding": comparison.free,
        "grade": str(comparison.grade) if comparison.grade else None,
        "changes": [_change(judged) for judged in comparison.changes],
    }


def _change(judged: JudgedChange) -> dict[str, object]:
    change = judged.change
    return {
        "kind": change.kind.value,
        "path": change.path or None,
        "column": change.column,
        "new_column": change.new_column,
        "message": change.message,
        "direction": change.direction.value,
        "grade": str(judged.grade),
        "verdict": judged.verdict.value,
        "needs_restatement": change.needs_restatement,
        "reason": judged.reason,
        "before": change.before,
        "after": change.after,
    }
