"""What is wrong in the files that changed, and what the change makes wrong elsewhere.

What belongs here: which products to look at, and telling what the change made from what was so before. What does not:
the lint (``linting``).

A product that did not change is wrong because of others in two ways: what it reads changed or is gone, or, retired, it
is read anew. So those next to the changed products are looked at, in both directions.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from data_platform.contracts.findings import Finding, Severity
from data_platform.mesh.checking.layouts import RULE
from data_platform.mesh.checking.linting import lint_product
from data_platform.mesh.ci.gathering import Gathered
from data_platform.mesh.ci.report import Level, Problem, Rule
from data_platform.mesh.files.checkout import Checkout
from data_platform.mesh.files.links import Links, links_of
from data_platform.mesh.files.revision import at_revision
from data_platform.products.edges import graph_name, key_of
from data_platform.products.layout import Mismatch

_LEVELS: Final = {Severity.ERROR: Level.ERROR, Severity.WARNING: Level.WARNING, Severity.INFO: Level.NOTICE}
_BEFORE: Final = "it was so before this change"


def neighbours(change: Gathered) -> tuple[str, ...]:
    """The untouched products that read a changed one, or that one reads."""
    touched = {*change.present, *change.difference.removed}
    names = {graph_name(key) for key in touched}
    linked = {neighbour for name in names for neighbour in change.links.consumers.get(name, ())}
    linked |= {neighbour for name in names for neighbour in change.links.inputs.get(name, ())}
    return tuple(sorted(key for key in map(key_of, linked) if key in change.now and key not in touched))


def lint_problems(change: Gathered, around: Iterable[str]) -> Iterator[Problem]:
    """Look at what changed and at what is around it.

    Args:
        change: The change.
        around: The untouched products, see ``neighbours``.

    Yields:
        All findings in what changed. Of the untouched ones the errors: those that were there before as notices.
    """
    for key in change.present:
        yield from (_problem(change, key, finding) for finding in lint_product(change.now, key, change.links))
    errors = [
        (key, finding)
        for key in around
        for finding in lint_product(change.now, key, change.links)
        if finding.severity is Severity.ERROR
    ]
    if not errors:
        return
    with at_revision(change.repository, change.commit) as whole:
        links = links_of(whole.domains, whole.keys)
        known = {problem for key in {key for key, _ in errors} for problem in _known(change, whole, key, links)}
    for key, finding in errors:
        problem = _problem(change, key, finding)
        was = (problem.code, problem.place.file, problem.message) in known
        yield replace(problem, level=Level.NOTICE, message=f"{problem.message} ({_BEFORE})") if was else problem


def layout_problems(change: Gathered, key: str, found: Mismatch | None) -> Iterator[Problem]:
    """A table that is partitioned otherwise than a changed contract says: merged, no run could publish.

    Args:
        change: The change.
        key: The product.
        found: How its table differs; ``None``: it does not, or nobody looked.
    """
    contract = change.now.contracts.get(key)
    if found is not None and contract is not None and contract.schemas:
        keys = contract.schemas[0].partition_key
        path = keys[0].path if keys else ("schema", 0, "properties")
        place = change.place(contract.file, contract.position(path))
        yield Problem(Rule.LINT, Level.ERROR, key, RULE, place, str(found), found.fix)


def _known(change: Gathered, whole: Checkout, key: str, links: Links) -> Iterator[tuple[str, str, str]]:
    """What was wrong with a product at the base."""
    for finding in lint_product(whole, key, links) if key in whole else ():
        file = finding.file.replace(str(whole.domains), str(change.now.domains), 1)
        message = change.shown(finding.message.replace(str(whole.domains), str(change.now.domains)))
        yield finding.rule, change.place(file, finding.position).file, message


def _problem(change: Gathered, key: str, finding: Finding) -> Problem:
    place = change.place(finding.file, finding.position)
    subject = f"{finding.key}: " if finding.path else ""
    return Problem(
        Rule.LINT,
        _LEVELS[finding.severity],
        key,
        finding.rule,
        place,
        subject + change.shown(finding.message),
        finding.fix,
    )
