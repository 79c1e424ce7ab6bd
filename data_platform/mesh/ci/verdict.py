"""The whole question: everything that is found out about a change, as one report.

What belongs here: the order of the questions, and which rules a product is held to. What does not: the rules.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

from data_platform.mesh.ci.consumed import (
    consumer_problems,
    impact_of_change,
    import_problems,
    registry_remarks,
    removal_problems,
)
from data_platform.mesh.ci.gathering import Ask, Gathered, RegistryKnowledge, gathered, read_registry
from data_platform.mesh.ci.judged import REGISTRY, compared, contract_problems, registry_problems
from data_platform.mesh.ci.linted import layout_problems, lint_problems, neighbours
from data_platform.mesh.ci.previewed import preview_problems, previews_of
from data_platform.mesh.ci.report import Compared, Examined, Level, Problem, ProductChange, Report, Rule
from data_platform.mesh.ci.restated import restatement_notices
from data_platform.mesh.files.about import about
from data_platform.mesh.preview.model import Previews, ProductPreview

_WORST_FIRST: Final = list(Level)


def examined(domains: Path, base: str, head: str | None, ask: Ask, *, with_previews: bool = False) -> Report:
    """Judge a change.

    Args:
        domains: The folder of all domains, in a git repository.
        base: The revision that the change is to be merged into; it is judged against what the two have in common.
        head: The revision with the change; ``None``: the working tree.
        ask: How the registry is asked, and the store.
        with_previews: Whether the changed products are made of published inputs.

    Raises:
        MeshError: It could not be found out; says what to do.
    """
    with gathered(domains, base, head) as change:
        known = _known(change, ask)
        around = neighbours(change)
        impact = impact_of_change(change, known)
        previews = previews_of(change, ask, known.why_not, wanted=with_previews)
        problems = [*lint_problems(change, around)]
        products = [_removed(change, key) for key in change.difference.removed]
        for key in change.present:
            versions = known.versions.get(key, ())
            comparisons = compared(change, key, versions)
            problems += [
                *layout_problems(change, key, known.layouts.get(key)),
                *contract_problems(change, key, comparisons, versions),
                *registry_problems(change, key, known.doubts.get(key, ())),
                *restatement_notices(change, key, comparisons, known.left_behind.get(key, 0)),
            ]
            products.append(_present(change, key, comparisons, previews))
        problems += [*consumer_problems(change, impact), *removal_problems(change, known)]
        problems += [*import_problems(change, known), *registry_remarks(change, known)]
        problems += preview_problems(change, previews)
        products += _imports(change, problems)
        products.sort(key=lambda product: product.product)
        products += [_untouched(change, key) for key in around]
        ordered = sorted(dict.fromkeys(problems), key=_order)
        found_out = (tuple(products), tuple(ordered), impact, change.others, known.why_not, known.unread)
        return Report(base, change.commit, head, *found_out, previews)


def _known(change: Gathered, ask: Ask) -> RegistryKnowledge:
    wanted = [key for key in change.present if change.contract_changed(key)]
    tables = [key for key in change.present if {"contract", "defs"} & {*change.parts(key)}]
    touched = change.files.keys() & {*change.now.imported}
    if not (change.present or change.difference.removed or touched):
        return RegistryKnowledge()  # nothing that the registry could say anything about
    known, why_not = ask(lambda store: read_registry(store, change, wanted, tables))
    return replace(known, why_not=why_not)


def _present(change: Gathered, key: str, comparisons: tuple[Compared, ...], previews: Previews) -> Examined:
    before, after = change.contracts(key)
    rules, skipped = [Rule.LINT], {}
    if change.contract_changed(key) and key in change.difference.changed:
        rules += [Rule.COMPATIBILITY, Rule.VERSION]
        if not comparisons:
            why = "the contract cannot be read" if after is None else "the contract at the base could not be read"
            skipped = {Rule.COMPATIBILITY: why, Rule.VERSION: why}
    if key in change.difference.changed:
        rules.append(Rule.CONSUMERS)
    elif any(comparison.against == REGISTRY for comparison in comparisons):
        rules += [Rule.COMPATIBILITY, Rule.VERSION]
    for preview in previews.products:
        if preview.product == key:
            rules.append(Rule.PREVIEW)
            skipped |= _not_previewed(preview)
    return Examined(
        key,
        ProductChange.ADDED if key in change.difference.added else ProductChange.CHANGED,
        change.parts(key),
        after.owner if after else None,
        before.version_text if before else None,
        after.version_text if after else None,
        change.file(key),
        comparisons,
        tuple(rules),
        skipped,
    )


def _not_previewed(preview: ProductPreview) -> dict[Rule, str]:
    why_not = preview.why_not or next((part.not_made for part in preview.parts if part.not_made), "")
    return {Rule.PREVIEW: why_not} if why_not and not preview.breaks else {}


def _removed(change: Gathered, key: str) -> Examined:
    before, _ = change.contracts(key)
    owner, version = (before.owner, before.version_text) if before else (None, None)
    return Examined(
        key, ProductChange.REMOVED, change.parts(key), owner, version, None, change.file(key), rules=(Rule.REMOVAL,)
    )


def _imports(change: Gathered, problems: Iterable[Problem]) -> list[Examined]:
    """The imported products that break a rule: no other product stands for them."""
    broken = {problem.product for problem in problems if problem.level is Level.ERROR} & {*change.now.imported}
    return [replace(_untouched(change, key), change=ProductChange.CHANGED) for key in sorted(broken)]


def _untouched(change: Gathered, key: str) -> Examined:
    details = about(change.now.domains, key)
    return Examined(key, ProductChange.UNTOUCHED, (), details.owner, details.version, details.version, change.file(key))


def _order(problem: Problem) -> tuple[int, str, int, int, str]:
    place = problem.place
    return _WORST_FIRST.index(problem.level), place.file, place.line, place.column, problem.message
