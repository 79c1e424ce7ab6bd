"""The lines of a date read and parsed, piece by piece, every one counted.

What belongs here: from chunks to events, rejected lines and counts. What does not: where chunks come from (``chunks``),
what becomes of events (``publisher``).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_platform.domains.logs.catalogue import days_of
from data_platform.domains.logs.chunks import Chunk, ChunkReader
from data_platform.domains.logs.pseudonyms import MAY_HAVE_ADDRESS, Pseudonyms
from data_platform.domains.logs.weblog.events import EVENTS, REJECTED, Reason
from data_platform.domains.logs.weblog.parse import Parsed, parse

DATE: Final = "date"
"""The partition column: the date as text, or ``undated``."""

SCHEMA: Final = EVENTS.set(0, pa.field(DATE, pa.string(), nullable=False))
"""Events as they are published."""

_TEXTS: Final = ("identity", "user", "path", "query", "referrer", "extra")
"""Columns in which addresses may stand."""


@dataclass
class Lines:
    """What the lines of a date came to, added up while they are read.

    Attributes:
        date: The partition.
        lines: All lines of the date, counted where they were split.
        events: Those that are events.
        blank: Those of nothing but white space.
        rejected: Those that could not be read, as ``weblog.events.REJECTED``.
    """

    date: str
    lines: int = 0
    events: int = 0
    blank: int = 0
    rejected: list[pa.Table] = field(default_factory=list)

    @property
    def rejected_lines(self) -> int:
        """How many could not be read."""
        return sum(table.num_rows for table in self.rejected)

    def rejected_table(self) -> pa.Table:
        """Those that could not be read, with the date."""
        table = pa.concat_tables([REJECTED.empty_table(), *self.rejected])
        return table.add_column(0, DATE, pa.repeat(pa.scalar(self.date, pa.string()), table.num_rows))


@dataclass(frozen=True)
class Reader:
    """Reads dates. Safe to share between threads.

    Attributes:
        chunks: Where lines come from.
        zone: In which a line has its date.
        pseudonyms: What clients are called.
    """

    chunks: ChunkReader
    zone: ZoneInfo
    pseudonyms: Pseudonyms

    def events(self, date: str, into: Lines) -> Iterator[pa.Table]:
        """The events of a date as ``SCHEMA``, piece by piece; everything else is added up.

        Raises:
            ChangedMeanwhile: A file is no longer what was scanned.
            StorageError: The store failed.
        """
        after: int | None = None
        for chunk in self.chunks.of(date):
            if chunk.too_long:
                into.lines += 1
                into.rejected.append(_too_long(chunk))
                continue
            parsed = parse(
                chunk.buffer,
                file=chunk.file,
                offsets=chunk.offsets,
                only_date=days_of(date),
                before=after if chunk.continues else None,
                zone=self.zone,
            )
            after = parsed.after
            into.lines += parsed.lines
            into.blank += parsed.blank
            into.events += parsed.events.num_rows
            if parsed.rejected.num_rows:
                into.rejected.append(parsed.rejected)
            if parsed.events.num_rows:
                yield self._published(date, parsed)

    def _published(self, date: str, parsed: Parsed) -> pa.Table:
        events = parsed.events.set_column(0, SCHEMA.field(DATE), pa.repeat(date, parsed.events.num_rows))
        if not self.pseudonyms.wanted:
            return events.cast(SCHEMA) if events.schema != SCHEMA else events
        clients = events.column("client")
        agents = zip(events.column("agent").to_pylist(), clients.to_pylist(), strict=True)
        # Versions look like addresses, so of an agent no other than the client's own is taken for one.
        agents_named = [self.pseudonyms.without(agent, client) for agent, client in agents]
        named = {"client": self._by_value(clients), "agent": pa.chunked_array([pa.array(agents_named, pa.string())])}
        named |= {name: self._within(events.column(name)) for name in _TEXTS}
        for name, column in named.items():
            events = events.set_column(events.schema.get_field_index(name), SCHEMA.field(name), column)
        return events.cast(SCHEMA)

    def _by_value(self, clients: pa.ChunkedArray) -> pa.ChunkedArray:
        """The names of clients, each made once."""
        known = clients.combine_chunks().dictionary_encode()
        if isinstance(known, pa.ChunkedArray):
            known = known.combine_chunks()
        names = pa.array(self.pseudonyms.of(known.dictionary.to_pylist()), pa.string())
        return pa.chunked_array([pc.take(names, known.indices)])

    def _within(self, texts: pa.ChunkedArray) -> pa.ChunkedArray:
        """Texts without addresses."""
        chunks = []
        for chunk in texts.chunks:
            mask = pc.fill_null(pc.match_substring_regex(chunk, MAY_HAVE_ADDRESS), fill_value=False)
            named = pa.array(self.pseudonyms.in_texts(chunk.filter(mask).to_pylist()), pa.string())
            chunks.append(pc.replace_with_mask(chunk, mask, named))
        return pa.chunked_array(chunks, pa.string())


def _too_long(chunk: Chunk) -> pa.Table:
    """The one line of a chunk, rejected."""
    offsets, numbers = chunk.offsets.locate(np.zeros(1, np.int64))
    raw = bytes(chunk.buffer).removesuffix(b"\n")
    columns = [[chunk.file], offsets, numbers, [raw], [Reason.TOO_LONG.value]]
    return pa.Table.from_arrays(
        [pa.array(values, column.type) for values, column in zip(columns, REJECTED, strict=True)], schema=REJECTED
    )
