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
from data_platform.mesh.ci.gathering import Gathered, Known
from data_platform.mesh.ci.report import Level, Place, Problem, Rule
from data_platform.mesh.impact.answer import PRODUCT, Consumer, Impact, impact_of_all
from data_platform.products.defs_file import DEFS_FILE
from data_platform.products.edges import key_of

_NAMED: Final = 5
_MAKING: Final = frozenset({"transform", "defs"})
_OVER: Final = ("retired", "proposed", "draft")
_LEVELS: Final = {Verdict.BREAKS: Level.ERROR, Verdict.MAY_BREAK: Level.WARNING}


@dataclass(frozen=True)
class Met:
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
        shown = [f"{one.name} ({_kind(one)}of {one.owner or 'nobody'})" for one in self.consumers[:_NAMED]]
        more = len(self.consumers) - _NAMED
        return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def impact_of_change(change: Gathered, known: Known) -> Impact:
    """What the change means for everybody who reads, with the consumers outside that are known.

    A product that was retired although somebody reads it is served as it is, so that breaks nobody any more.
    """
    changes = [one for one in change.difference.changes if not _set_aside(change, one)]
    return impact_of_all(change.now, changes, change.difference.versions, known.subscriptions)


def consumer_problems(change: Gathered, impact: Impact) -> Iterator[Problem]:
    """Whom the changed products break, or may break, and whose values are others.

    Args:
        change: The change.
        impact: What it means for all consumers.
    """
    for one in _met(impact):
        said = " and ".join(dict.fromkeys(each.what for each in _own(impact, one) if each.effect is not Effect.CHANGED))
        if said:
            yield _of_met(change, one, said)
    for key in change.difference.changed:
        otherwise = any(each.effect is Effect.CHANGED and key_of(each.product) == key for each in impact.changes)
        if otherwise or (_MAKING & set(change.parts(key)) and not change.contract_changed(key)):
            yield _made_otherwise(change, impact, key)


def removal_problems(change: Gathered, why_not: str) -> Iterator[Problem]:
    """Products that are removed without having been retired.

    Args:
        change: The change.
        why_not: Why the registry was not looked at.
    """
    for key in change.difference.removed:
        before = change.before.contracts.get(key)
        if before is None or before.status in _OVER:
            continue
        unseen = "; whether somebody outside the platform reads it is not known" if why_not else ""
        said = f"{key} is removed while it is {before.status}, and was never retired{unseen}"
        fix = f"data-platform deprecate {key} --replacement … --sunset …, retire it then, and remove it at last"
        yield Problem(Rule.REMOVAL, Level.WARNING, key, "not-retired", Place(change.file(key)), said, fix)


def _met(impact: Impact) -> Iterator[Met]:
    """The consumers that meet a change itself, by product, column and what becomes of them."""
    changed = {(each.product, each.column) for each in impact.changes}
    worst: dict[tuple[str, str | None, str], tuple[Verdict, Consumer]] = {}
    for consumer in (*impact.breaks, *impact.may_break):
        for one in consumer.reasons:
            place = one.source, one.column, f"{consumer.kind}:{consumer.name}"
            milder = place in worst and worst[place][0].rank >= one.verdict.rank
            if (one.source, one.column) in changed and one.verdict is not Verdict.UNAFFECTED and not milder:
                worst[place] = one.verdict, consumer
    found: dict[tuple[str, str | None, Verdict], list[Consumer]] = {}
    for (product, column, _), (verdict, consumer) in worst.items():
        found.setdefault((product, column, verdict), []).append(consumer)
    for (product, column, verdict), each in found.items():
        yield Met(key_of(product), column, verdict, tuple(each))


def _own(impact: Impact, one: Met) -> list[ColumnChange]:
    return [each for each in impact.changes if (key_of(each.product), each.column) == (one.product, one.column)]


def _of_met(change: Gathered, one: Met, said: str) -> Problem:
    level, breaks = _LEVELS[one.verdict], one.verdict is Verdict.BREAKS
    subject = f"{one.product}.{one.column}" if one.column else one.product
    message = f"{subject} {said}, which {one.verdict if breaks else 'may break'} {one.names}"
    code = "breaks" if breaks else "may-break"
    if one.product in change.difference.removed:
        place = Place(change.file(one.product))
        return Problem(Rule.REMOVAL, level, one.product, code, place, message, "move them first, or keep it")
    fix = "keep it until they have moved, or change them in the same pull request"
    return Problem(Rule.CONSUMERS, level, one.product, code, _place(change, one), message, fix)


def _made_otherwise(change: Gathered, impact: Impact, key: str) -> Problem:
    meant = [each for each in _met(impact) if each.product == key]
    names = {one.name for each in meant for one in each.consumers}
    parts = [part for part in change.parts(key) if part in _MAKING]
    said = f"what makes it changed ({', '.join(parts) or 'its files'})"
    if not change.contract_changed(key):
        said += " and its contract did not: it needs no new version"
    said += f"; {len(names)} consumers read values that may be others" if names else "; nobody reads what changed"
    file = next((each for each in change.files[key] if each.startswith("transform.")), DEFS_FILE)
    place = Place(change.file(key, file))
    return Problem(Rule.CONSUMERS, Level.NOTICE, key, "made-otherwise", place, said, "")


def _set_aside(change: Gathered, one: ColumnChange) -> bool:
    contract: Contract | None = change.difference.versions.after.get(key_of(one.product))
    custom = contract.custom if contract is not None else CustomProperties()
    return one.effect is Effect.GONE and one.facet == "" and one.column is None and custom.retired_anyway is not None


def _place(change: Gathered, one: Met) -> Place:
    contract = change.now.contracts.get(one.product)
    if contract is None:
        return Place(change.file(one.product))
    columns = {each.column: each.path for schema in contract.schemas for each in schema.properties}
    path = columns.get(one.column or "", ("schema", 0, "properties") if one.column else ("version",))
    return change.place(contract.file, contract.position(path))


def _kind(one: Consumer) -> str:
    return "" if one.kind == PRODUCT else f"{one.kind} "
