"""Rows made up from a contract: typed, few different values, so that joins find something.

What belongs here: values. What does not: what becomes of them.
"""

import random
import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.types as pt

from data_platform.contracts.elements import Property
from data_platform.contracts.model import Contract
from data_platform.products.schema import arrow_type

DAY = date(2026, 11, 21)
ROWS = 24
TEXTS = (
    *("DE", "FR", "CMP-0001", "CMP-0002", "EUR", "USD", "aa", "bb", "2026-11-21", "2026-11-20", "ABC123", "ABC124"),
    *("0a" * 16, "0b" * 16, "0a" * 32, "0b" * 32, "/a", "/b"),
)


def frame(contract: Contract, seed: str) -> pa.Table:
    """Rows that keep most of what a contract promises; the primary key in any case."""
    chance = random.Random(seed)
    table = contract.schemas[0]
    keys = [one.column for one in table.primary_key]
    rows: dict[Any, dict[str, Any]] = {}
    for number in range(ROWS):
        row = {one.column: value(one, chance) for one in table.properties}
        rows[tuple(row[key] for key in keys) or number] = row
    types = {one.column: arrow_type(one) for one in table.properties}
    return pa.Table.from_pylist(list(rows.values()), schema=pa.schema(types.items()))


def value(one: Property, chance: random.Random) -> Any:
    """A value of a column."""
    if not (one.required or one.primary_key) and chance.random() < 0.2:
        return None
    known = list(one.enum) or [v for rule in one.quality for v in rule.arguments.get("validValues", ())]
    if pattern := one.logical_type_options.get("pattern"):
        known = known or [text for text in TEXTS if re.search(pattern, text)]
    if known:
        return chance.choice(known)
    return of_type(arrow_type(one), chance, int(one.logical_type_options.get("minimum") or 0))


def of_type(kind: pa.DataType, chance: random.Random, least: int = 0) -> Any:
    """A value of a type, of a handful."""
    number = least + chance.randrange(4)
    at = datetime.combine(DAY, time(number % 24, 30))
    made = {
        pt.is_boolean: bool(number % 2),
        pt.is_integer: number,
        pt.is_floating: number + 0.5,
        pt.is_decimal: Decimal(number),
        pt.is_date: DAY - timedelta(days=chance.choice([0, 0, 0, 1])),
        pt.is_timestamp: at.replace(tzinfo=UTC) if getattr(kind, "tz", None) else at,
        pt.is_string: chance.choice(TEXTS[:4]),
        pt.is_list: [],
        pt.is_struct: {},
        pt.is_map: [],
    }
    return next(value for is_one, value in made.items() if is_one(kind))
