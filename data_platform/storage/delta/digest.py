"""Whether two sets of rows are the same: how many there are, and of each column how many values and a sum of hashes.

What belongs here: the digest, in bounded memory, whatever order the rows come in. What does not: where rows come from.
"""

from dataclasses import dataclass
from typing import Any, Final

import duckdb
import pyarrow as pa

_ROW: Final = "(rows as a whole)"


@dataclass(frozen=True)
class Digest:
    """What is in some rows.

    Attributes:
        rows: How many there are.
        columns: For each column how many values are not null, and the sum of the hashes of all; for the rows as a whole
            likewise, so that values which changed places between rows are noticed.
    """

    rows: int
    columns: dict[str, tuple[int, int]]

    def differences(self, other: "Digest") -> list[str]:
        """What is another in other rows: ``rows`` or the names of columns; nothing: they are the same."""
        names = [
            name for name in {**self.columns, **other.columns} if self.columns.get(name) != other.columns.get(name)
        ]
        return [*(["rows"] if self.rows != other.rows else []), *names]


def digest_of(rows: pa.RecordBatchReader) -> Digest:
    """The digest of rows, which are read once.

    Args:
        rows: The rows, piece by piece.
    """
    names = [name.replace('"', '""') for name in rows.schema.names]
    hashed = [f'count("{name}"), sum(hash("{name}"))' for name in names]
    whole = ", ".join(f'"{name}"' for name in names)
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.register("given", rows)
        query = f"SELECT count(*), {', '.join(hashed)}, sum(hash({whole})) FROM given"  # noqa: S608 - quoted names
        found: Any = connection.execute(query).fetchone()
    count, *values, of_rows = (int(value or 0) for value in found)
    pairs = zip(values[::2], values[1::2], strict=True)
    return Digest(count, {**dict(zip(rows.schema.names, pairs, strict=True)), _ROW: (count, of_rows)})
