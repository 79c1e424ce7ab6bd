"""Values that not everybody may see, hidden: those of the columns that the contract classifies.

What belongs here: hiding them in what is shown to people. What does not: pseudonyms in what is published.
"""

from typing import Final

import pyarrow as pa

from data_platform.products.readable import Readable

MASK: Final = "***"


def masked(product: Readable, rows: pa.Table) -> pa.Table:
    """Rows without the values of classified columns; nulls stay."""
    for name in product.classified & set(rows.column_names):
        values = [None if value is None else MASK for value in rows.column(name).to_pylist()]
        rows = rows.set_column(rows.column_names.index(name), name, pa.array(values, pa.string()))
    return rows


def masked_row(product: Readable, row: dict[str, object]) -> dict[str, object]:
    """The same for one row of which nobody knows whether it has the product's columns, such as a rejected one.

    Values under names that the contract does not know are hidden as well: they may be anything.
    """
    known = {column.column for column in product.schema.properties} - product.classified
    return {name: value if value is None or name in known else MASK for name, value in row.items()}
