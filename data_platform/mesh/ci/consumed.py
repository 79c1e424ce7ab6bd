"""Whom a change breaks, and whether products that go may go.

What belongs here: from the impact to problems of the products that caused it. What does not: the impact (``impact``).

A consumer that breaks is told once, at the product and column that break it; those behind it are in the impact.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from data_platform.contracts.model import Contract
from data_platform.contracts.properties import CustomProperties
from data_platform.lineage.effects import ColumnChange, Effect, Verdict
from data_platform.mesh.ci.gathering import Gathered, RegistryKnowledge
from data_platform.mesh.ci.report import Level, Place, Problem, Rule
from data_platform.mesh.impact.answer import ELSEWHERE, PRODUCT, Consumer, Impact, impact_of_all
from data_platform.mesh.life.left import removed_by
from data_platform.mesh.overview.imports import edited_imports
from data_platform.mesh.overview.remarks import OWNER
from data_platform.products.defs_file import DEFS_FILE
from data_platform.products.edges import key_of
from data_platform.products.imported import IMPORTED_FILE

_NAMED: Final = 5
_MAKING: Final = frozenset({"transform", "defs"})
_OVER: Final = ("retired", "proposed", "draft")
_LEVELS: Final = {Verdict.BREAKS: Level.ERROR, Verdict.MAY_BREAK: Level.WARNING}


@dataclass(frozen=True)
class ConsumerGroup:
    """Consumers that meet a change of one column in the same way.

    Attributes:
        product: The product, ``domain/name``.
        column: Its column; ``None``: its rows, or all of it.
        verdict: What becomes of them.
        consumers: They.
    """

    product: str
    column: str | None
    verdict: Verdict
    consumers: tuple[Consumer, ...]

    @property
    def names(self) -> str:
        """They by name and owner, the first few."""
        shown = [
            f"{consumer.name} ({_kind(consumer)}of {consumer.owner or 'nobody'})"
            for consumer in self.consumers[:_NAMED]
        ]
        more = len(self.consumers) - _NAMED
        return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def impact_of_change(change: Gathered, known: RegistryKnowledge) -> Impact:
    """What the change means for everybody who reads, with the consumers outside that are known.

    A product that was retired although somebody reads it is served as it is, and one that another repository has taken
    over is made there, so that breaks nobody.
    """
    changes = [
        column_change for column_change in change.difference.changes if not _set_aside(change, known, column_change)
    ]
    return impact_of_all(change.now, changes, change.difference.versions, known.outside)


def consumer_problems(change: Gathered, impact: Impact) -> Iterator[Problem]:
    """Whom the changed products break, or may break, and whose values are others.

    Args:
        change: The change.
        impact: What it means for all consumers.
    """
    for group in _groups(impact):
        what = " and ".join(
            dict.fromkeys(
                column_change.what
                for column_change in _changes_of(impact, group)
                if column_change.effect is not Effect.CHANGED
            )
        )
        if what:
            yield _group_problem(change, group, what)
    for key in change.difference.changed:
        otherwise = any(
            column_change.effect is Effect.CHANGED and key_of(column_change.product) == key
            for column_change in impact.changes
        )
        if otherwise or (_MAKING & set(change.parts(key)) and not change.contract_changed(key)):
            yield _values_problem(change, impact, key)


def import_problems(change: Gathered, known: RegistryKnowledge) -> Iterator[Problem]:
    """Imported products of which something else is registered by now; a warning where they are going to end."""
    # Without the registry an edited contract is still told from one whose imported.yaml was edited with it.
    for entry in known.outdated or edited_imports(change.now, change.now.imported):
        place, message = Place(change.file(entry.product, IMPORTED_FILE)), change.shown(entry.message)
        if entry.wrong:
            touched = entry.product in change.files
            level, code = Level.ERROR if touched else Level.NOTICE, "import-edited"
            message += "" if touched else " (it was so before this change)"
            rule = Rule.LINT
        else:
            rule = Rule.CONSUMERS
            level, code = Level.WARNING if entry.ends or not entry.registered else Level.NOTICE, "import-outdated"
        yield Problem(rule, level, entry.product, code, place, message, entry.fix)


def registry_remarks(change: Gathered, known: RegistryKnowledge) -> Iterator[Problem]:
    """What the registry knows otherwise of the products that changed: whose they are, what they read, what promises."""
    for remark in known.remarks:
        rule, level = (Rule.LINT, Level.ERROR) if remark.code == OWNER else (Rule.CONSUMERS, Level.NOTICE)
        place = Place(change.file(remark.product))
        yield Problem(rule, level, remark.product, remark.code, place, remark.message, remark.fix)
    for cycle in known.cycles:
        place = Place(change.file(cycle.product))
        yield Problem(Rule.LINT, Level.ERROR, cycle.product, "cycle", place, cycle.message, cycle.fix)


def removal_problems(change: Gathered, known: RegistryKnowledge) -> Iterator[Problem]:
    """Products that are removed without having been retired.

    Args:
        change: The change.
        known: What the registry knows; a product that another repository has taken over may go.
    """
    for key in change.difference.removed:
        before = change.before.contracts.get(key)
        if before is None or before.status in _OVER or key in known.handed_over:
            continue
        unseen = "; whether somebody outside the platform reads it is not known" if known.why_not else ""
        message = f"{key} is removed while it is {before.status}, and was never retired{unseen}"
        fix = f"data-platform deprecate {key} --replacement … --sunset …, retire it then, and remove it at last"
        yield Problem(Rule.REMOVAL, Level.WARNING, key, "not-retired", Place(change.file(key)), message, fix)


def _groups(impact: Impact) -> Iterator[ConsumerGroup]:
    """The consumers that meet a change itself, by product, column and what becomes of them."""
    changed = {(column_change.product, column_change.column) for column_change in impact.changes}
    worst: dict[tuple[str, str | None, str], tuple[Verdict, Consumer]] = {}
    for consumer in (*impact.breaks, *impact.may_break):
        for reason in consumer.reasons:
            place = reason.source, reason.column, f"{consumer.kind}:{consumer.name}"
            milder = place in worst and worst[place][0].rank >= reason.verdict.rank
            if (reason.source, reason.column) in changed and reason.verdict is not Verdict.UNAFFECTED and not milder:
                worst[place] = reason.verdict, consumer
    grouped: dict[tuple[str, str | None, Verdict], list[Consumer]] = {}
    for (product, column, _), (verdict, consumer) in worst.items():
        grouped.setdefault((product, column, verdict), []).append(consumer)
    for (product, column, verdict), consumers in grouped.items():
        yield ConsumerGroup(key_of(product), column, verdict, tuple(consumers))


def _changes_of(impact: Impact, group: ConsumerGroup) -> list[ColumnChange]:
    return [
        column_change
        for column_change in impact.changes
        if (key_of(column_change.product), column_change.column) == (group.product, group.column)
    ]


def _group_problem(change: Gathered, group: ConsumerGroup, what: str) -> Problem:
    level, breaks = _LEVELS[group.verdict], group.verdict is Verdict.BREAKS
    subject = f"{group.product}.{group.column}" if group.column else group.product
    message = f"{subject} {what}, which {group.verdict if breaks else 'may break'} {group.names}"
    code = "breaks" if breaks else "may-break"
    elsewhere = [consumer.name for consumer in group.consumers if consumer.kind == ELSEWHERE]
    also = "".join(f"; {name}: {removed_by(name)}" for name in elsewhere[:_NAMED])
    if group.product in change.difference.removed:
        place = Place(change.file(group.product))
        return Problem(Rule.REMOVAL, level, group.product, code, place, message, f"move them first, or keep it{also}")
    fix = f"keep it until they have moved, or change them in the same pull request{also}"
    return Problem(Rule.CONSUMERS, level, group.product, code, _place(change, group), message, fix)


def _values_problem(change: Gathered, impact: Impact, key: str) -> Problem:
    meant = [group for group in _groups(impact) if group.product == key]
    names = {consumer.name for group in meant for consumer in group.consumers}
    parts = [part for part in change.parts(key) if part in _MAKING]
    message = f"what makes it changed ({', '.join(parts) or 'its files'})"
    if not change.contract_changed(key):
        message += " and its contract did not: it needs no new version"
    message += f"; {len(names)} consumers read values that may be others" if names else "; nobody reads what changed"
    file = next((name for name in change.files[key] if name.startswith("transform.")), DEFS_FILE)
    place = Place(change.file(key, file))
    return Problem(Rule.CONSUMERS, Level.NOTICE, key, "made-otherwise", place, message, "")


def _set_aside(change: Gathered, known: RegistryKnowledge, column_change: ColumnChange) -> bool:
    contract: Contract | None = change.difference.versions.after.get(key_of(column_change.product))
    custom = contract.custom if contract is not None else CustomProperties()
    return (
        column_change.effect is Effect.GONE
        and column_change.facet == ""
        and column_change.column is None
        and (custom.retired_anyway is not None or key_of(column_change.product) in known.handed_over)
    )


def _place(change: Gathered, group: ConsumerGroup) -> Place:
    contract = change.now.contracts.get(group.product)
    if contract is None:
        return Place(change.file(group.product))
    columns = {column.column: column.path for schema in contract.schemas for column in schema.properties}
    path = columns.get(group.column or "", ("schema", 0, "properties") if group.column else ("version",))
    return change.place(contract.file, contract.position(path))


def _kind(consumer: Consumer) -> str:
    return "" if consumer.kind == PRODUCT else f"{consumer.kind} "
