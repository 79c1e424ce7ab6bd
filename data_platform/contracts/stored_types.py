"""The type that a table needs for a column, by its contract alone.

What belongs here: choosing it. What does not: what a type means (``types``), and the types of data (``checks``).
"""

from typing import Final

from data_platform.contracts.elements import Property
from data_platform.contracts.types.model import ColumnType, binary_float, integer, text, timestamp

_BY_LOGICAL: Final = {
    "string": text(), "integer": integer(64), "number": binary_float(64), "boolean": ColumnType("boolean"),
    "date": ColumnType("date"), "time": ColumnType("time", zoned=False), "object": ColumnType("json"),
    "map": ColumnType("json"), "array": ColumnType("json"), "vector": ColumnType("list", items=binary_float(64)),
}  # fmt: skip


def type_for_table(column: Property) -> ColumnType:
    """The type that a table needs: the column's physical type, else what holds its values."""
    column_type, options = column.column_type, column.logical_type_options
    if column.logical_type == "object" and column.properties and (column_type is None or column_type.fields is None):
        fields = tuple((child.column, type_for_table(child)) for child in column.properties)
        return ColumnType("struct", fields=fields)
    if column.logical_type == "array" and column.items and (column_type is None or column_type.items is None):
        return ColumnType("list", items=type_for_table(column.items))
    if column_type is not None:
        return column_type
    if column.logical_type == "timestamp":
        return timestamp(zoned=options.get("timezone") is not False)
    longest = options.get("maxLength")
    if column.logical_type == "string" and isinstance(longest, int) and longest > 0:
        return text(longest)
    return _BY_LOGICAL.get(column.logical_type or "", text())
