from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_platform.storage.errors import InvalidFrame
from data_platform.storage.formats.json import read_json, read_records, write_json, write_records

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_any_value_reads_back_and_is_written_alike_whatever_the_order(value) -> None:
    written = write_json(value)
    assert read_json(written) == value
    assert write_json(read_json(written)) == written
    if isinstance(value, dict):
        assert write_json(dict(reversed(value.items()))) == written


@pytest.mark.parametrize("value", [float("nan"), [float("inf")], {"a": object()}, {(1, 2): 3}])
def test_what_json_lacks_is_refused(value) -> None:
    with pytest.raises(InvalidFrame, match="cannot be JSON"):
        write_json(value)


@pytest.mark.parametrize("data", [b"", b"{", b"NaN", b"\xff"])
def test_what_is_no_json_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidFrame, match="no JSON"):
        read_json(data)


def test_records_keep_rows_and_read_back_by_schema() -> None:
    table = pa.table(
        {
            "d": [date(2024, 1, 1), None],
            "t": pa.array([datetime(2024, 1, 1, tzinfo=UTC), None], pa.timestamp("us", "UTC")),
            "m": pa.array([Decimal("1.50"), None], pa.decimal128(9, 2)),
            "l": [[1], []],
        }
    )
    assert read_records(write_records(table), table.schema).equals(table)
    with pytest.raises(InvalidFrame, match="no table: a list of objects"):
        read_records(b'{"a": 1}')
    with pytest.raises(InvalidFrame, match="column 'a'"):
        read_records(b'[{"a": "x"}]', {"a": "long"})
