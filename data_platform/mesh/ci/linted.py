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
from data_platform.mesh.checking.linting import lint_product
from data_platform.mesh.ci.gathering import Gathered
from data_platform.mesh.ci.report import Level, Problem, Rule
from data_platform.mesh.files.checkout import Checkout
from data_platform.mesh.files.links import Links, links_of
from data_platform.mesh.files.revision import at_revision
from data_platform.products.edges import graph_name, key_of

_LEVELS: Final = {Severity.ERROR: Level.ERROR, Severity.WARNING: Level.WARNING, Severity.INFO: Level.NOTICE}
_BEFORE: Final = "it was so before this change"


def neighbours(change: Gathered) -> tuple[str, ...]:
    """The untouched products that read a changed one, or that one reads."""
    touched = {*change.present, *change.difference.removed}
    names = {graph_name(key) for key in touched}
    found = {each for name in names for each in change.links.consumers.get(name, ())}
    found |= {each for name in names for each in change.links.inputs.get(name, ())}
    return tuple(sorted(key for key in map(key_of, found) if key in change.now and key not in touched))


def lint_problems(change: Gathered, around: Iterable[str]) -> Iterator[Problem]:
    """Look at what changed and at what is around it.

    Args:
        change: The change.
        around: The untouched products, see ``neighbours``.

    Yields:
        All findings in what changed. Of the untouched ones the errors: those that were there before as notices.
    """
    for key in change.present:
        yield from (_problem(change, key, one) for one in lint_product(change.now, key, change.links))
    errors = [
        (key, one)
        for key in around
        for one in lint_product(change.now, key, change.links)
        if one.severity is Severity.ERROR
    ]
    if not errors:
        return
    with at_revision(change.repository, change.commit) as whole:
        links = links_of(whole.domains, whole.keys)
        known = {each for key in {key for key, _ in errors} for each in _known(change, whole, key, links)}
    for key, one in errors:
        found = _problem(change, key, one)
        was = (found.code, found.place.file, found.message) in known
        yield replace(found, level=Level.NOTICE, message=f"{found.message} ({_BEFORE})") if was else found


def _known(change: Gathered, whole: Checkout, key: str, links: Links) -> Iterator[tuple[str, str, str]]:
    """What was wrong with a product at the base."""
    for one in lint_product(whole, key, links) if key in whole else ():
        file = one.file.replace(str(whole.domains), str(change.now.domains), 1)
        message = change.shown(one.message.replace(str(whole.domains), str(change.now.domains)))
        yield one.rule, change.place(file, one.position).file, message


def _problem(change: Gathered, key: str, one: Finding) -> Problem:
    place = change.place(one.file, one.position)
    subject = f"{one.key}: " if one.path else ""
    return Problem(Rule.LINT, _LEVELS[one.severity], key, one.rule, place, subject + change.shown(one.message), one.fix)
