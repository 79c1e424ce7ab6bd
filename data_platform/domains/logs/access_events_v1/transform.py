"""Lines of web-server logs to events: what one line says, for tests and for whoever wants to see it done.

A run reads the lines of a date straight from the files (`data_platform.domains.logs.publisher`), by the same parser.
"""

import pyarrow as pa

from data_platform.domains.logs.weblog.offsets import Offsets
from data_platform.domains.logs.weblog.parse import parse


def access_events(lines: pa.Table, partition_key: str) -> pa.Table:
    """Events of a date, from `file`, `offset` and `line` (text without its end); lines of other dates are left out."""
    tables = []
    for file in lines["file"].unique().to_pylist():
        of_file = lines.filter(pa.compute.equal(lines["file"], file))
        text = "".join(f"{line}\n" for line in of_file["line"].to_pylist()).encode()
        tables.append(parse(text, file=file, offsets=Offsets.of_lines(of_file["offset"].to_numpy())).events)
    if not tables:
        tables = [parse(b"", file="", offsets=Offsets.contiguous(0)).events]
    events = pa.concat_tables(tables)
    date = events["date"].cast(pa.string())
    events = events.set_column(0, "date", date)
    return events.filter(pa.compute.equal(date, partition_key))
