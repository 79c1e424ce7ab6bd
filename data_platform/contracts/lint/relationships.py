"""Rules on relationships: foreign keys that point nowhere or to another type.

What belongs here: ``relationships`` of objects and of properties, in the contract and across products. What does not:
whether the rows keep them (`checks`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from data_platform.contracts.elements import Property, Relationship, SchemaObject
from data_platform.contracts.findings import KeyPath, quoted
from data_platform.contracts.lint.rule import POLICY, STANDARD, Problem, Rule, Subject, error, warning
from data_platform.contracts.model import Contract
from data_platform.contracts.references import Reference
from data_platform.contracts.suggest import closest

_COLUMN_STEPS: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class _End:
    """One column at one end of a relationship, as written and, where it can be found, as found."""

    path: KeyPath
    text: str
    problem: str
    reference: Reference | None
    contract: Contract | None
    resolved: tuple[SchemaObject, Property] | None


@dataclass(frozen=True, slots=True, eq=False)
class _Link:
    relationship: Relationship
    owner: Property | None
    sources: tuple[_End, ...]
    targets: tuple[_End, ...]

    def pairs(self) -> Iterator[tuple[Property, Property, _End]]:
        """Source and target columns, and the target's end, of the pairs of which both are known."""
        sources = [self.owner] if self.owner else [end.resolved[1] if end.resolved else None for end in self.sources]
        for source, target in zip(sources, self.targets, strict=False):
            if source is not None and target.resolved is not None:
                yield source, target.resolved[1], target


def _links(subject: Subject) -> Iterator[_Link]:
    for schema in subject.contract.schemas:
        for relationship in schema.relationships:
            yield _link(subject, relationship, None)
        for column in schema.walk():
            for relationship in column.relationships:
                yield _link(subject, relationship, column)


def _link(subject: Subject, relationship: Relationship, owner: Property | None) -> _Link:
    return _Link(
        relationship,
        owner,
        _ends(subject, relationship, "from", relationship.source),
        _ends(subject, relationship, "to", relationship.target),
    )


def _ends(subject: Subject, relationship: Relationship, key: str, texts: tuple[str, ...]) -> tuple[_End, ...]:
    listed = isinstance(relationship.raw.get(key), list)
    return tuple(
        _end(subject, (*relationship.path, key, index) if listed else (*relationship.path, key), text)
        for index, text in enumerate(texts)
    )


def _end(subject: Subject, path: KeyPath, text: str) -> _End:
    try:
        reference = Reference.parse(text)
    except ValueError as problem:
        return _End(path, text, str(problem), None, None, None)
    contract: Contract | None = subject.contract
    if reference.product is not None:
        contract = subject.resolver.lookup(reference.product) if subject.resolver else None
    return _End(path, text, "", reference, contract, reference.find(contract) if contract else None)


@error("malformed-reference", POLICY)
def malformed_reference(subject: Subject) -> Iterator[Problem]:
    """A reference that cannot be read cannot be checked."""
    for link in _links(subject):
        for end in (*link.sources, *link.targets):
            if end.problem:
                message, _, fix = end.problem.partition("; ")
                yield Problem(end.path, message, fix)


@error("dangling-reference", POLICY)
def dangling_reference(subject: Subject) -> Iterator[Problem]:
    """The column that a foreign key names must exist; across products this needs a resolver."""
    for link in _links(subject):
        for end in (*link.sources, *link.targets):
            if end.reference and not end.resolved and (end.contract or subject.resolver):
                yield _dangling(end)


def _dangling(end: _End) -> Problem:
    if end.contract is None:
        product = end.reference.product if end.reference else ""
        fix = "name an existing product, and check that its contract is not retired"
        return Problem(end.path, f"there is no product {quoted(product)}", fix)
    known = [f"{schema.name}.{column.name}" for schema in end.contract.schemas for column in schema.properties]
    near = closest(end.text.rpartition("#")[2], known)
    by_id = " (a fully qualified reference goes by id)" if end.reference and end.reference.by_id else ""
    fix = f"did you mean '{near}'?" if near else f"name a column of {quoted(end.contract.name)}{by_id}"
    return Problem(end.path, f"{quoted(end.text)} is no column of contract {quoted(end.contract.name)}", fix)


@error("mistyped-foreign-key", POLICY)
def mistyped_foreign_key(subject: Subject) -> Iterator[Problem]:
    """Values of different types never match."""
    for link in _links(subject):
        for source, target, end in link.pairs():
            if source.logical_type and target.logical_type and source.logical_type != target.logical_type:
                message = (
                    f"{quoted(source.name)} is of logicalType '{source.logical_type}', and {quoted(end.text)} of "
                    f"'{target.logical_type}'"
                )
                yield Problem(end.path, message, "give both the same logicalType")


@warning("foreign-key-target-not-unique", POLICY)
def foreign_key_target_not_unique(subject: Subject) -> Iterator[Problem]:
    """A join over a target that repeats multiplies rows."""
    for link in _links(subject):
        for _, target, end in link.pairs() if len(link.targets) == 1 else ():
            schema = end.resolved[0] if end.resolved else None
            alone = target.primary_key and schema is not None and len(schema.primary_key) == 1
            if not (alone or target.unique):
                message = f"{quoted(end.text)} is neither unique nor the whole primary key"
                yield Problem(end.path, message, "point to the key, or set unique: true there")


@error("relationship-shape", STANDARD)
def relationship_shape(subject: Subject) -> Iterator[Problem]:
    """A composite key has as many columns on one end as on the other, and starts in its own object."""
    for schema in subject.contract.schemas:
        for relationship in schema.relationships:
            link = _link(subject, relationship, None)
            if link.sources and link.targets and len(link.sources) != len(link.targets):
                message = f"`from` has {len(link.sources)} columns and `to` has {len(link.targets)}"
                yield Problem((*relationship.path, "to"), message, "name as many columns in both, in the same order")
            for end in link.sources:
                if end.resolved and (end.resolved[0] is not schema or end.contract is not subject.contract):
                    message = f"`from` {quoted(end.text)} is not a column of {quoted(schema.name)}"
                    yield Problem(end.path, message, "write the relationship on the object that it starts from")


@error("relationship-into-several-tables", POLICY)
def relationship_into_several_tables(subject: Subject) -> Iterator[Problem]:
    """A composite key points to columns of one table."""
    for link in _links(subject):
        tables = {(end.reference.file, end.reference.steps[0]) for end in link.targets if end.reference}
        if len(tables) > 1:
            message = f"`to` names columns of {len(tables)} tables"
            yield Problem((*link.relationship.path, "to"), message, "name columns of one table, or split it")


@warning("not-evaluated", POLICY)
def not_evaluated_relationship(subject: Subject) -> Iterator[Problem]:
    """A foreign key is checked between columns; nested values are listed as not evaluated."""
    for link in _links(subject):
        for end in (*link.sources, *link.targets):
            if end.reference and len(end.reference.steps) > _COLUMN_STEPS:
                message = f"{quoted(end.text)} is nested, so the foreign key is listed as not evaluated"
                yield Problem(end.path, message, "make a column of it to have it enforced")


RULES: Final[tuple[Rule, ...]] = (
    malformed_reference,
    dangling_reference,
    mistyped_foreign_key,
    foreign_key_target_not_unique,
    relationship_shape,
    relationship_into_several_tables,
    not_evaluated_relationship,
)
