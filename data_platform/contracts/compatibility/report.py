"""A judgement as plain data and as Markdown.

What belongs here: what is shown of it, for machines and for a pull request. What does not: the terminal (``cli``).
"""

from collections.abc import Iterator
from typing import Any, Final

from data_platform.contracts.compatibility.effects import Verdict
from data_platform.contracts.compatibility.judge import Comparison, Judged, Judgement
from data_platform.markdown import code, escaped, row

_SIGNS: Final = {Verdict.BREAKS: "❌", Verdict.MAY_BREAK: "⚠️", Verdict.FINE: "✅"}
_LONGEST: Final = 160


def to_dict(judgement: Judgement) -> dict[str, Any]:
    """A judgement as JSON types."""
    return {
        "version": judgement.version,
        "mode": judgement.mode.value,
        "compatible": judgement.compatible,
        "needed": str(judgement.needed) if judgement.needed else None,
        "required_version": str(judgement.required) if judgement.required else None,
        "version_suffices": judgement.suffices,
        "comparisons": [_comparison(one) for one in judgement.comparisons],
    }


def to_markdown(judgement: Judgement, title: str) -> str:
    """A judgement as Markdown: a summary, then a table of the changes for each earlier version."""
    return "\n".join([f"### {escaped(title)}", "", escaped(summary(judgement)), *_tables(judgement)]) + "\n"


def summary(judgement: Judgement) -> str:
    """One or two sentences: whether it is compatible, and which version it needs."""
    breaking, doubtful = len(judgement.breaking), len(judgement.doubtful)
    if not any(one.changes for one in judgement.comparisons):
        return "Nothing changed."
    if all(one.free for one in judgement.comparisons):
        return f"Told for information: {judgement.comparisons[0].free}."
    counted = [f"{breaking} break" + ("s" if breaking == 1 else "")] if breaking else []
    counted += [f"{doubtful} may break"] if doubtful else []
    first = f"Under {judgement.mode}: {', '.join(counted) or 'nothing breaks'}."
    if judgement.suffices:
        return f"{first} Version {judgement.version} suffices."
    return f"{first} Version {judgement.version} does not suffice: it takes {judgement.required} or later."


def _tables(judgement: Judgement) -> Iterator[str]:
    for one in judgement.comparisons:
        if not one.changes:
            continue
        since = f"Since {one.version}" + (f" (for information: {one.free})" if one.free else "")
        yield from ("", f"{escaped(since)}:", "")
        yield "| | where | what | kind | direction | grade | verdict |"
        yield "|---|---|---|---|---|---|---|"
        yield from (_row(each) for each in one.changes)


def _row(one: Judged) -> str:
    change = one.change
    told = [
        _SIGNS[one.verdict],
        code(change.path, _LONGEST) if change.path else "contract",
        escaped(change.message, _LONGEST),
        code(change.kind),
        escaped(str(change.direction)),
        escaped(str(one.grade)),
        escaped(f"{one.verdict}: {one.reason}", _LONGEST),
    ]
    return row(told)


def _comparison(one: Comparison) -> dict[str, Any]:
    return {
        "with": one.version,
        "binding": one.free is None,
        "why_not_binding": one.free,
        "grade": str(one.grade) if one.grade else None,
        "changes": [_change(each) for each in one.changes],
    }


def _change(one: Judged) -> dict[str, Any]:
    change = one.change
    return {
        "kind": change.kind.value,
        "path": change.path or None,
        "column": change.column,
        "new_column": change.new_column,
        "message": change.message,
        "direction": change.direction.value,
        "grade": str(one.grade),
        "verdict": one.verdict.value,
        "reason": one.reason,
        "before": change.before,
        "after": change.after,
    }
