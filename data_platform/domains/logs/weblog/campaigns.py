"""The campaign that a visit is tagged with.

What belongs here: the value of `utm_campaign` in a query. What does not: other parameters.
"""

from typing import Final
from urllib.parse import unquote_plus

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

LONGEST: Final = 100
"""Characters of a campaign that are kept."""

_NAME: Final = "utm_campaign="
_VALUE: Final = r"(?:^|[&;])utm_campaign=([^&;#]*)"


def campaigns(queries: pa.ChunkedArray) -> pa.ChunkedArray:
    """The campaign of each query (string in, string out, row by row): percent-decoded, null where there is none."""
    named = pl.Series(queries, dtype=pl.String)
    tagged = named.str.contains(_NAME, literal=True).fill_null(False)
    none = pa.nulls(len(queries), pa.string())
    if not tagged.any():
        return pa.chunked_array([none])
    mask = tagged.rechunk().to_arrow()
    values = named.filter(tagged).str.extract(_VALUE).to_arrow().cast(pa.string()).dictionary_encode()
    decoded = pa.array([_decoded(value) for value in values.dictionary.to_pylist()], pa.string())
    return pa.chunked_array([pc.replace_with_mask(none, mask, decoded.take(values.indices))])


def _decoded(value: str) -> str | None:
    return unquote_plus(value).replace("\0", r"\x00")[:LONGEST] or None
