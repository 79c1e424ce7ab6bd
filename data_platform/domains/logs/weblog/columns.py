"""What was read of lines as Arrow columns.

What belongs here: regular lines and careful records to tables of the same columns. What does not: reading lines, and
what follows from the columns (`agents`, `campaigns`).
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from data_platform.domains.logs.weblog.careful import Record
from data_platform.domains.logs.weblog.events import READ
from data_platform.domains.logs.weblog.fast import Block, Regular, Span
from data_platform.domains.logs.weblog.request import METHODS

_METHODS: Final = pa.array(METHODS, pa.string())
_PROTOCOLS: Final = pa.array([f"HTTP/{major}.{minor}" for major in range(10) for minor in range(10)], pa.string())
_MICROSECONDS: Final = 1_000_000


def of_regular(block: Block, regular: Regular) -> pa.Table:
    """Regular lines as a table of `events.READ`; nothing in it refers to the block any more."""
    count = len(regular.lines)
    every_other = pa.array(np.arange(2 * count) % 2 == 0)
    known = {
        "date": pa.array(regular.days).view(pa.date32()),
        "time": pa.array(regular.seconds * _MICROSECONDS).view(pa.timestamp("us", "UTC")),
        "method": _METHODS.take(pa.array(regular.methods)),
        "protocol": _PROTOCOLS.take(pa.array(regular.protocols)),
        "status": pa.array(regular.statuses),
        "bytes": pa.array(regular.sizes, mask=regular.sizes < 0),
        **{name: _cut(block, span, every_other) for name, span in regular.fields.items()},
    }
    columns = [known[field.name] if field.name in known else pa.nulls(count, field.type) for field in READ]
    return pa.Table.from_arrays(columns, schema=READ)


def of_records(records: Sequence[Record], dates: Sequence[date]) -> pa.Table:
    """Carefully read lines, with their dates, as a table of `events.READ`."""
    rows = [
        (day, record.time, record.client, record.identity, record.user, *record.request, *record[-5:])
        for record, day in zip(records, dates, strict=True)
    ]
    columns = zip(*rows, strict=True) if rows else [()] * len(READ)
    return pa.Table.from_arrays(
        [pa.array(values, field.type) for values, field in zip(columns, READ, strict=True)], schema=READ
    )


def _cut(block: Block, span: Span, every_other: pa.BooleanArray) -> pa.StringArray:
    """The strings of a span: fields and gaps in turn are strings over the block, of which Arrow copies the fields."""
    count = len(span.starts)
    if span.valid is not None and not span.valid.any():
        return pa.nulls(count, pa.string())
    offsets = np.empty(2 * count + 1, np.int32)
    offsets[:-1:2], offsets[1::2] = span.starts, span.ends
    offsets[-1] = span.ends[-1]
    bits = None
    if span.valid is not None and not span.valid.all():
        bits = pa.py_buffer(_every_other_bit(span.valid))
    pieces = pa.Array.from_buffers(pa.string(), 2 * count, [bits, pa.py_buffer(offsets), pa.py_buffer(block)])
    return pieces.filter(every_other)


def _every_other_bit(valid: NDArray[np.bool_]) -> NDArray[np.uint8]:
    bits = np.zeros(2 * len(valid), np.bool_)
    bits[::2] = valid
    return np.packbits(bits, bitorder="little")
