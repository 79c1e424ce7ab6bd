"""A report as Markdown, for the comment on a pull request and the summary of a job.

What belongs here: what is shown in which order. What does not: making it fit (``fitting``).
"""

from collections.abc import Iterator
from typing import Final

from data_platform.contracts.compatibility.report import summary
from data_platform.lineage.effects import Verdict
from data_platform.mesh.ci.report import Compared, Examined, Level, Problem, Report
from data_platform.mesh.formats.fitting import Block, cell, code, fitted, folded, folded_table, mention, row, table
from data_platform.mesh.impact.answer import PRODUCT, Consumer
from data_platform.mesh.impact.text import uses
from data_platform.mesh.preview.as_markdown import blocks

MARK: Final = "<!-- data-platform ci -->"
"""The first line, by which a comment of this command is known again."""

_PRODUCT: Final = ("", "product", "change", "version", "files", "contract")
_CONSUMER: Final = ("", "affected consumer", "owner", "reads", "why")
_CHANGE: Final = ("product", "since", "what", "kind", "grade", "verdict")
_COLUMNS: Final = 4
_SIGNS: Final = {Level.ERROR: "❌", Level.WARNING: "⚠️", Level.NOTICE: "💬", None: "✅"}
_VERDICTS: Final = {Verdict.BREAKS: "❌ breaks", Verdict.MAY_BREAK: "⚠️ may break", Verdict.UNAFFECTED: "✅"}


def as_markdown(report: Report) -> str:
    """A report as Markdown that fits into a comment of GitHub; what does not fit is counted in a note."""
    return fitted(_blocks(report))


def _blocks(report: Report) -> Iterator[Block]:
    errors = report.of(Level.ERROR)
    title = f"❌ This change breaks the rules of the mesh ({len(errors)})" if errors else "✅ This change is fine"
    yield Block((MARK, f"### {title}", "", *(line for sentence in report.sentences() for line in (cell(sentence), ""))))
    if report.changed:
        yield table(_PRODUCT, (_product(report, product) for product in report.changed))
    if errors:
        yield Block(("#### What is wrong", ""), tuple(map(_problem, errors)), ("",))
    affected = (*report.impact.breaks, *report.impact.may_break)
    if affected:
        yield table(_CONSUMER, map(_consumer, affected))
    yield from blocks(report.previews)
    for level, name in ((Level.WARNING, "Warnings"), (Level.NOTICE, "Notices")):
        if report.of(level):
            yield folded(name, tuple(map(_problem, report.of(level))))
    changes = tuple(
        row for product in report.changed for comparison in product.compared for row in _changes(product, comparison)
    )
    if changes:
        yield folded_table("Changes of contracts", _CHANGE, changes)
    if report.impact.unaffected:
        rows = tuple(
            f"- {code(consumer.name)}: {cell(consumer.reasons[0].text)}" for consumer in report.impact.unaffected
        )
        yield folded("Unaffected consumers", rows)
    if report.others:
        yield folded("Changed files that no rule looks at", tuple(f"- {code(file)}" for file in report.others))


def _product(report: Report, product: Examined) -> str:
    version = product.after or product.before or ""
    if product.before and product.after and product.before != product.after:
        version = f"{product.before} → {product.after}"
    summaries = "; ".join(f"{comparison.against}: {summary(comparison.judgement)}" for comparison in product.compared)
    skipped = "; ".join(f"{rule} not judged: {why}" for rule, why in product.skipped.items())
    cells = (
        code(product.product),
        product.change,
        cell(version),
        cell(", ".join(product.parts)),
        cell(summaries or skipped),
    )
    return row(_SIGNS[report.level_of(product.product)], *cells)


def _problem(problem: Problem) -> str:
    place = code(f"{problem.place.file}:{problem.place.line}")
    fix = f" *Fix: {cell(problem.fix)}*" if problem.fix else ""
    return f"- {_SIGNS[problem.level]} {place} **{problem.rule}** ({cell(problem.code)}): {cell(problem.message)}.{fix}"


def _consumer(consumer: Consumer) -> str:
    kind = "" if consumer.kind == PRODUCT else f" ({cell(consumer.kind)})"
    read = {f"{reason.source}.{reason.column}": uses(reason) for reason in consumer.reasons if reason.column}
    shown = ", ".join(f"{code(name)} ({how})" if how else code(name) for name, how in list(read.items())[:_COLUMNS])
    more = f" and {len(read) - _COLUMNS} more" if len(read) > _COLUMNS else ""
    return row(
        _VERDICTS[consumer.verdict],
        code(consumer.name) + kind,
        mention(consumer.owner),
        shown + more,
        cell(consumer.reasons[0].text),
    )


def _changes(product: Examined, compared: Compared) -> Iterator[str]:
    for comparison in compared.judgement.comparisons:
        since = f"{comparison.version} ({compared.against})"
        for judged in comparison.changes:
            change, free = judged.change, f" (for information: {comparison.free})" if comparison.free else ""
            verdict = f"{judged.verdict}{free}: {judged.reason}"
            where = f"{change.path}: {change.message}" if change.path else change.message
            cells = (cell(since), cell(where), code(change.kind), judged.grade, cell(verdict))
            yield row(code(product.product), *map(str, cells))
