"""What the kinds of rules say is wrong with how they are written.

What belongs here: asking all of them. What does not: what each says (``contracts.rules.kinds``).
"""

from collections.abc import Iterator

from data_platform.contracts.lint.rule import Problem, Subject
from data_platform.contracts.rules.registry import kinds


def told_by_kinds(subject: Subject, id_: str) -> Iterator[Problem]:
    """The problems that kinds of rules tell under the id of a rule of the lint.

    Args:
        subject: What is linted.
        id_: The id.
    """
    for _, column in subject.contract.properties():
        for kind in kinds():
            for wrong in kind.problems(column):
                if wrong.lint == id_:
                    yield Problem(wrong.path, wrong.message, wrong.fix)
