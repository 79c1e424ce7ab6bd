"""What the kinds of rules say is wrong with how they are written.

What belongs here: asking all of them. What does not: what each says (``contracts.rules.kinds``).
"""

from collections.abc import Iterator
from functools import lru_cache

from data_platform.contracts.lint.rule import Problem, Subject
from data_platform.contracts.model import Contract
from data_platform.contracts.rules.registry import kinds_with
from data_platform.contracts.rules.sources import Wrong


def told_by_kinds(subject: Subject, id_: str) -> Iterator[Problem]:
    """The problems that kinds of rules tell under the id of a rule of the lint.

    Args:
        subject: What is linted.
        id_: The id.
    """
    for wrong in _wrong(subject.contract):
        if wrong.lint == id_:
            yield Problem(wrong.path, wrong.message, wrong.fix)


@lru_cache(maxsize=1)
def _wrong(contract: Contract) -> tuple[Wrong, ...]:
    """All that is wrong in one contract, which several rules of the lint ask for, one after the other."""
    asked = kinds_with("problems")
    return tuple(wrong for _, column in contract.properties() for kind in asked for wrong in kind.problems(column))
