"""A batch as DuckDB sees it: relations of our own names, columns by number.

What belongs here: registering data, finding a column. What does not: reading files (``sources``), rules.

DuckDB takes ``id`` and ``ID`` for one name; a contract does not. So columns are called ``c0``, ``c1``, … here, and a
name of the contract never becomes SQL, except in the view that a SQL rule reads.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.types as pt

from data_platform.contracts.checks.duckdb.text_columns import converted
from data_platform.contracts.checks.sources import ArrowData, Source
from data_platform.contracts.rules.paths import Path
from data_platform.contracts.rules.sql.inside import inside
from data_platform.contracts.rules.sql.keys import ROWS
from data_platform.contracts.rules.sql.values import UnfitValueError, Value, identifier
from data_platform.contracts.types.arrow import storage

NUMBERED: Final = '"#numbered"'
NUMBER: Final = '"#"'
_WIDEST_DECIMAL: Final = 38


@dataclass(frozen=True)
class BatchTable:
    """A registered batch.

    Attributes:
        name: The table's name in the contract.
        relation: Its relation in DuckDB, quoted, with columns ``c0``, ``c1``, …
        schema: The Arrow schema of these columns with their real names; of text files, the types converted to.
        is_text: Whether it came as text: then ``r0``, ``r1``, … are the texts.
        absent: Optional columns that it lacks; they are there as nulls, so that every rule can be asked.
    """

    name: str
    relation: str
    schema: pa.Schema
    is_text: bool = False
    absent: frozenset[str] = frozenset()
    _positions: dict[str, int] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self._positions.update((name, number) for number, name in enumerate(self.schema.names))

    @property
    def names(self) -> list[str]:
        """The columns' names, those of ``absent`` included."""
        return list(self.schema.names)

    def column(self, name: str) -> Value:
        """A column.

        Raises:
            UnfitValueError: There is none of this name.
        """
        if name not in self._positions:
            raise UnfitValueError(f"there is no column {name!r}")
        number = self._positions[name]
        return Value(f"c{number}", self.schema.field(number).type)

    def raw(self, name: str) -> str:
        """Expression of the text that a column of a text file was read from."""
        return f"r{self._positions[name]}"

    def key(self, path: Path) -> str:
        """Expression of a value that is part of a key.

        Raises:
            UnfitValueError: There is no such column or property, or it is inside an array.
        """
        expressions: list[str] = []

        def note(value: Value) -> str:
            expressions.append(value.sql)
            return "true"

        if "list_filter" in inside(self.column(path[0]), path[1:], note):
            raise UnfitValueError("is inside an array, which no key can be")
        return expressions[0]


def register(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    name: str,
    relation: str = ROWS,
    optional: Mapping[str, str] | None = None,
) -> BatchTable:
    """Make a batch known to DuckDB, under our names.

    Args:
        connection: Where.
        source: The batch. A reader is read here, into a temporary table, which goes to disk beyond the memory limit.
        name: The table's name.
        relation: The name to give, quoted; ``"#rows"`` and the like never meet a table of the contract's.
        optional: Columns that read as null where they are missing, each with its type in DuckDB's SQL.

    Raises:
        UnfitValueError: DuckDB cannot read a column's type.
    """
    own = identifier(f"{relation[2:-1]}#source")
    names = [f"c{number}" for number in range(len(source.schema))]
    try:
        _register_data(connection, source.data, own, names)
        schema, columns = source.schema, f"SELECT * FROM {own} AS s({', '.join(names)})"  # noqa: S608 - our own names
        if source.is_text:
            schema, columns = converted(source.schema, source.declared, own)
        absent = {column: kind for column, kind in (optional or {}).items() if column not in schema.names}
        if absent:
            nulls = [f"CAST(NULL AS {kind}) AS c{len(schema) + number}" for number, kind in enumerate(absent.values())]
            columns = f"SELECT *, {', '.join(nulls)} FROM ({columns})"  # noqa: S608 - types and names of our own
            schema = pa.schema([*schema, *(pa.field(column, pa.null()) for column in absent)])
        connection.execute(f"CREATE TEMP VIEW {relation} AS {columns}")
    except duckdb.Error as error:
        raise UnfitValueError(f"table {name!r} cannot be read: {str(error).splitlines()[0]}") from error
    return BatchTable(name, relation, schema, source.is_text, frozenset(absent))


def register_others(
    connection: duckdb.DuckDBPyConnection, others: Mapping[str, Source] | None
) -> dict[str, BatchTable] | None:
    """Make other tables known to DuckDB, by name; ``None``: none are at hand.

    Raises:
        UnfitValueError: DuckDB cannot read a column's type.
    """
    if others is None:
        return None
    return {
        name: register(connection, other, name, f'"#other{number}"')
        for number, (name, other) in enumerate(others.items())
    }


def number_rows(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the view of the batch with the position of each row, from 0, in the order in which it was given."""
    numbered = f"SELECT row_number() OVER () - 1 AS {NUMBER}, * FROM {ROWS}"  # noqa: S608 - our own names
    connection.execute(f"CREATE TEMP VIEW {NUMBERED} AS {numbered}")


def named_view(connection: duckdb.DuckDBPyConnection, table: BatchTable) -> None:
    """Make a batch readable by SQL rules: its own name, its columns' own names.

    Raises:
        UnfitValueError: Two columns differ by case only, which SQL cannot tell apart; or a name is taken, or cannot be
            written.
    """
    if table.name.startswith("#"):
        raise UnfitValueError(f"table {table.name!r} cannot be read by SQL: names that start with # are ours")
    if len({name.casefold() for name in table.schema.names}) < len(table.schema):
        raise UnfitValueError(f"table {table.name!r} has two columns whose names differ by case only")
    columns = ", ".join(f"c{number} AS {identifier(name)}" for number, name in enumerate(table.schema.names))
    query = f"SELECT {columns} FROM {table.relation}"  # noqa: S608 - quoted
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {identifier(table.name)} AS {query}")


def _register_data(connection: duckdb.DuckDBPyConnection, data: ArrowData, own: str, names: list[str]) -> None:
    handle = own.strip('"')
    if isinstance(data, pa.RecordBatchReader):
        connection.register(f"{handle}#reader", data)
        connection.execute(f"CREATE TEMP TABLE {own} AS SELECT * FROM {identifier(handle + '#reader')}")  # noqa: S608
        connection.unregister(f"{handle}#reader")
        return
    connection.register(handle, readable(data.rename_columns(names)) if isinstance(data, pa.Table) else data)


def readable(table: pa.Table) -> pa.Table:
    """A table in types that DuckDB 1.5 reads; others are made wider (half floats) or narrower where values allow."""
    for number, column in enumerate(table.schema):
        wider = _readable_type(storage(column.type))
        if wider is not None:
            table = table.set_column(number, column.name, table.column(number).cast(wider))
    return table


def _readable_type(kind: pa.DataType) -> pa.DataType | None:
    if pt.is_float16(kind):
        return pa.float32()
    if pt.is_decimal256(kind):
        return pa.decimal128(_WIDEST_DECIMAL, kind.scale)
    return None
