"""What a reader of a contract may rely on, as checks of the data it reads.

What belongs here: the promises of a contract seen by who takes the columns it knows, by name, from whatever is
published. What does not: what a batch must keep to be published (``checks.compile``), which is more: no other
columns.
"""

from dataclasses import replace
from typing import Any

import pyarrow as pa

from data_platform.contracts.checks.compiling.contract import compile_checks
from data_platform.contracts.checks.model import TableChecks
from data_platform.contracts.compatibility.pairing import stored
from data_platform.contracts.elements import Property
from data_platform.contracts.model import Contract
from data_platform.contracts.types.arrow import family, storage


def reader_checks(contract: Contract, table: str | None = None) -> TableChecks:
    """The blocking checks of a table.

    Args:
        contract: The contract.
        table: Which of its tables; may be left out where there is one.

    Raises:
        ValueError: There is no such table, or none was named and there are several.
    """
    checks = compile_checks(contract, table)
    return replace(checks, checks=tuple(check for check in checks.checks if check.blocking))


def as_read_by(contract: Contract, data: pa.Table, table: str | None = None) -> pa.Table:
    """Data as a reader of a contract sees it: its columns only, and null for an optional one that is missing.

    Args:
        contract: The reader's contract.
        data: Data published under any version.
        table: Which table of the contract; may be left out where there is one.

    Returns:
        The contract's columns in its order, as far as they are there or optional; of objects, its properties.
    """
    schema = contract.schema(table) if table else contract.schemas[0]
    columns: dict[str, Any] = {}
    for column in stored(schema.properties) if schema else ():
        if column.column in data.column_names:
            columns[column.column] = _read(column, data[column.column].combine_chunks())
        elif not column.required:
            columns[column.column] = pa.nulls(len(data))
    return pa.table(columns) if columns else data.select([])


def _read(column: Property, values: pa.Array) -> pa.Array:
    """A value as its reader sees it; objects and arrays to the bottom."""
    kind = storage(values.type)
    if column.properties and family(kind) == "struct":
        names = [field.name for field in kind]
        parts = {}
        for child in column.properties:
            if child.column in names:
                parts[child.column] = _read(child, values.field(child.column))
            elif not child.required:
                parts[child.column] = pa.nulls(len(values))
        return pa.StructArray.from_arrays(list(parts.values()), list(parts), mask=values.is_null())
    if column.items and family(kind) == "list" and not pa.types.is_fixed_size_list(kind):
        return type(values).from_arrays(values.offsets, _read(column.items, values.values), mask=values.is_null())
    return values
