"""Rules on what a reader of the catalogue needs: descriptions, and which columns hold personal data.

What belongs here: warnings. What does not: anything that would break a run.
"""

from collections.abc import Iterator
from typing import Final

from data_platform.contracts.findings import quoted
from data_platform.contracts.lint.rule import POLICY, Problem, Rule, Subject, warning
from data_platform.contracts.personal.words import sounds_personal


@warning("no-description", POLICY)
def no_description(subject: Subject) -> Iterator[Problem]:
    """A product that nobody can understand is not consumed."""
    contract = subject.contract
    about = contract.description
    if about is None or not any((about.purpose, about.usage, about.limitations)):
        yield Problem(("description",), "the contract has no description", "write description: {purpose: …}")
    for schema in contract.schemas:
        if not (schema.description or "").strip():
            yield Problem(schema.path, f"{quoted(schema.name)} has no description", "say what one row is")
        for column in schema.walk():
            if column.name and not (column.description or "").strip():
                message = f"property {quoted(column.name)} has no description"
                yield Problem(column.path, message, "say what it means, and in which unit")


@warning("unclassified-personal-data", POLICY)
def unclassified_personal_data(subject: Subject) -> Iterator[Problem]:
    """Rows are shown in check results; only what is classified as personal is masked there."""
    for _, column in subject.contract.properties():
        if column.classification is None and sounds_personal(column.name):
            message = f"{quoted(column.name)} sounds like personal data and has no classification"
            yield Problem(column.path, message, "add classification: personal, or another such as internal")


RULES: Final[tuple[Rule, ...]] = (no_description, unclassified_personal_data)
