"""Rules on primary keys and partition keys.

What belongs here: keys of one object. What does not: keys that point elsewhere (`relationships`).
"""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from data_platform.contracts.elements import Property
from data_platform.contracts.findings import quoted
from data_platform.contracts.lint.rule import POLICY, Problem, Rule, Subject, error, warning


@error("primary-key-nullable", POLICY)
def primary_key_nullable(subject: Subject) -> Iterator[Problem]:
    """A row without a key cannot be told from another."""
    for schema in subject.contract.schemas:
        for column in schema.primary_key:
            if not column.required:
                message = f"primary key {quoted(column.name)} may be null"
                yield Problem((*column.path, "primaryKey"), message, "add required: true")


@error("primary-key-nested", POLICY)
def primary_key_nested(subject: Subject) -> Iterator[Problem]:
    """Only a column can be a key of the table."""
    for schema, column in subject.contract.properties():
        if column.primary_key and column not in schema.properties:
            message = f"{quoted(column.name)} is nested, so it cannot be the table's primary key"
            yield Problem((*column.path, "primaryKey"), message, "make a column of it, or remove primaryKey")


@warning("no-primary-key", POLICY)
def no_primary_key(subject: Subject) -> Iterator[Problem]:
    """Consumers want to know what one row is."""
    for schema in subject.contract.schemas:
        if not schema.primary_key:
            message = f"{quoted(schema.name)} has no primary key"
            yield Problem(schema.path, message, "set primaryKey: true and required: true on what identifies a row")


@error("key-positions", POLICY)
def key_positions(subject: Subject) -> Iterator[Problem]:
    """A key of several columns has an order, numbered from 1 without gaps."""
    for schema in subject.contract.schemas:
        for attribute, key, position_key in (
            ("primary_key", "primaryKey", "primaryKeyPosition"),
            ("partition_key", "partitioned", "partitionKeyPosition"),
        ):
            columns: tuple[Property, ...] = getattr(schema, attribute)
            yield from _position_problems(columns, position_key)
            for column in schema.properties:
                stray = column.raw.get(position_key, -1)
                if column not in columns and isinstance(stray, int) and stray > 0:
                    message = f"{quoted(column.name)} has a {position_key} and is not part of the key"
                    yield Problem((*column.path, position_key), message, f"add {key}: true, or remove it")


def _position_problems(columns: tuple[Property, ...], key: str) -> Iterator[Problem]:
    given = [column.raw[key] if isinstance(column.raw.get(key), int) else -1 for column in columns]
    if len(columns) < 2 and set(given) <= {-1, 1}:  # noqa: PLR2004 - one column needs no order
        return
    times = Counter(given)
    for column, position in zip(columns, given, strict=True):
        place = (*column.path, key)
        fix = f"number the {len(columns)} columns of the key 1 to {len(columns)}"
        if position == -1:
            yield Problem(
                column.path, f"{quoted(column.name)} is one column of several in the key and has no {key}", fix
            )
        elif not 1 <= position <= len(columns):
            yield Problem(place, f"{key} {position} leaves a gap: the key has {len(columns)} column(s)", fix)
        elif times[position] > 1:
            yield Problem(place, f"{key} {position} is given {times[position]} times", fix)


RULES: Final[tuple[Rule, ...]] = (primary_key_nullable, primary_key_nested, no_primary_key, key_positions)
