"""The kinds of rules, engine-neutral: what is promised, never how it is checked.

What belongs here: one frozen dataclass a kind of rule. What does not: the check that carries one (``model``), making
them from a contract (``compiling``), running them (``duckdb``).

**How each kind treats special values** (every engine must):

- *Null*: passes every rule about a value. Only ``Required``, ``PrimaryKey`` and the metrics ``nullValues`` and
  ``missingValues`` judge nulls. ``Unique`` and ``duplicateValues`` skip keys with a null in them; a ``ForeignKey`` with
  a null in it passes (SQL's MATCH SIMPLE).
- *NaN* is a value, not a null. It violates every bound, every enum and ``multipleOf``; two NaN are the same key.
- *-0.0* equals 0.0.
- *Infinity* is compared as a number, and is a multiple of nothing.
- *Empty table*: every rule about values passes; metrics count 0, and 0 percent; ``latency`` and ``frequency`` are not
  evaluated, since there is nothing to measure; a SQL rule sees no rows.
- *Text* is compared by code points, case matters, nothing is trimmed or normalized; length counts code points.
- *Numbers* are compared as the decimals written in the contract; a float column in the column's own precision.
- *Instants*: a limit without a zone, and a column without a zone, are in the property's ``defaultTimezone`` (UTC);
  a date is its first instant.
- *Inside arrays*: a row fails where one item does. Inside objects: nothing is judged where the object itself is null.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final, Literal

from data_platform.contracts.checks.thresholds import Threshold
from data_platform.contracts.checks.usual import Usual
from data_platform.contracts.types.names import Dialect

Path = tuple[str, ...]
"""From a column down to a value: names of properties, ``ITEMS`` for "each item of"; empty: the whole table."""

ITEMS: Final = "[]"

Scalar = str | int | float | bool | Decimal | date | datetime | time | None


def shown(path: Path) -> str:
    """A path as people write it: ``address.city``, ``tags[]``; empty for the whole table."""
    return ".".join(path).replace(f".{ITEMS}", ITEMS)


@dataclass(frozen=True)
class Columns:
    """These columns (or properties of an object), in any order; names are compared with their case.

    Attributes:
        names: The columns.
        optional: Those that may be missing, and then read as null, each with its type in DuckDB's SQL.
        closed: Whether there may be no others.
    """

    names: tuple[str, ...]
    optional: Mapping[str, str] = field(default_factory=dict)
    closed: bool = True


@dataclass(frozen=True)
class LogicalType:
    """The ODCS logical type of a column; ``options``: its ``timezone``, ``dimensions``, ``format`` where given.

    Attributes:
        logical: The type.
        options: Those of the options that say what is of the type.
        in_json: Whether the values are JSON in text, as the physical type says.
    """

    logical: str
    options: Mapping[str, object] = field(default_factory=dict)
    in_json: bool = False


@dataclass(frozen=True)
class PhysicalType:
    """A physical type as SQL writes it: ``VARCHAR(10)``, ``DECIMAL(10,2)``. What fits without loss is of that type.

    Attributes:
        physical: As it is written.
        dialect: Whose SQL that is.
    """

    physical: str
    dialect: Dialect = Dialect.DUCKDB


@dataclass(frozen=True)
class Required:
    """No nulls."""


@dataclass(frozen=True)
class Unique:
    """No two rows with the same values in these columns. Every row of a repeated key fails: which is right is unknown.

    Attributes:
        columns: The columns of the key.
    """

    columns: tuple[Path, ...]


@dataclass(frozen=True)
class PrimaryKey(Unique):
    """Unique, and no null in any of the columns."""


@dataclass(frozen=True)
class OneOf:
    """One of these values. A listed value that the column's type cannot hold equals nothing."""

    values: tuple[Scalar, ...]
    zone: str = "UTC"


@dataclass(frozen=True)
class Bound:
    """On the right side of a limit; for numbers, dates, times and timestamps."""

    operator: Literal["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]
    limit: Scalar
    zone: str = "UTC"


@dataclass(frozen=True)
class Size:
    """A size within a limit: code points of a text, items of an array, non-null properties of an object."""

    what: Literal["length", "items", "properties"]
    operator: Literal["minimum", "maximum"]
    limit: int


@dataclass(frozen=True)
class Matches:
    """A pattern found in the text, anywhere unless ``^`` and ``$`` say where (as in JSON Schema and ECMA-262).

    Read as RE2: linear time, so no look-around and no back reference. ``$`` is the end of the text only, ``.`` is no
    line break, case matters.
    """

    pattern: str


@dataclass(frozen=True)
class Formatted:
    """An ODCS ``format``: of text, of dates kept as text, or the width of a number."""

    format: str


@dataclass(frozen=True)
class MultipleOf:
    """A multiple of a number, in decimal arithmetic: 0.3 is one of 0.1. A float is taken for the nearest decimal."""

    divisor: Decimal


@dataclass(frozen=True)
class UniqueItems:
    """No item twice in an array; null is an item like any other."""


@dataclass(frozen=True)
class HasProperties:
    """These properties of an object are not null."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Metric:
    """A metric of the ODCS library, within a threshold.

    Attributes:
        metric: ``nullValues``: nulls. ``missingValues``: values listed in ``values`` (where ``None`` stands for null).
            ``invalidValues``: values neither null nor in ``values``, or without ``pattern`` in them.
            ``duplicateValues``: rows that repeat an earlier one, rows minus distinct keys. ``rowCount``: rows.
        threshold: What the number must be; percent is of all rows.
        values: See ``metric``.
        pattern: See ``metric``; read as in ``Matches``.
        columns: The key of ``duplicateValues``.
        rules: For ``invalidValues``: values that break one of these rules are invalid too.
    """

    metric: Literal["nullValues", "missingValues", "invalidValues", "duplicateValues", "rowCount"]
    threshold: Threshold
    values: tuple[Scalar, ...] | None = None
    pattern: str | None = None
    columns: tuple[Path, ...] = ()
    rules: "tuple[Rule, ...]" = ()


@dataclass(frozen=True)
class Sql:
    """One SELECT of one number or boolean, within a threshold. Untrusted: see ``duckdb.session``.

    Attributes:
        query: DuckDB's dialect; ``${table}``, ``{object}`` and so on stand for the table, ``${column}``,
            ``{property}`` and so on for the property that the rule is written at.
        threshold: What the number must be; true is 1.
    """

    query: str
    threshold: Threshold


@dataclass(frozen=True)
class ForeignKey:
    """Every key is in another table.

    Attributes:
        columns: The columns of the key, here.
        table: The other table's name; the checked table's own for a reference to itself.
        to_columns: The columns of the key, there.
    """

    columns: tuple[Path, ...]
    table: str
    to_columns: tuple[str, ...]


@dataclass(frozen=True)
class Timeliness:
    """A promise about the instants in a column.

    Attributes:
        kind: ``latency``: the newest is at most ``period`` old. ``frequency``: at most ``period`` lies between one
            value and the next. ``retention``: none is older than ``period``.
        period: How long.
        zone: Of a column without one.
    """

    kind: Literal["latency", "frequency", "retention"]
    period: timedelta
    zone: str = "UTC"


@dataclass(frozen=True)
class Unevaluated:
    """A rule that no machine can judge, or not this one: listed, never passed."""

    reason: str


Rule = (
    Columns
    | LogicalType
    | PhysicalType
    | Required
    | Unique
    | PrimaryKey
    | OneOf
    | Bound
    | Size
    | Matches
    | Formatted
    | MultipleOf
    | UniqueItems
    | HasProperties
    | Metric
    | Sql
    | ForeignKey
    | Timeliness
    | Usual
    | Unevaluated
)
