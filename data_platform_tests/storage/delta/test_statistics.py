import json
import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from data_platform.storage import delta
from data_platform.storage.delta.partition_file import GROUP_ROWS
from data_platform.storage.delta.partition_writer import PartitionWriter
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.examples import examples

TEXTS = st.text(st.characters(codec="utf-8"), max_size=40) | st.sampled_from(["é" * 40, "\U0010ffff" * 40])
INNER = st.fixed_dictionaries({"c": st.text("abc")})
COLUMNS: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "small": (pa.int8(), st.integers(-(2**7), 2**7 - 1)),
    "long": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "single": (pa.float32(), st.floats(width=32)),
    "double": (pa.float64(), st.floats()),
    "text": (pa.string(), TEXTS),
    "flag": (pa.bool_(), st.booleans()),
    "day_of": (pa.date32(), st.dates()),
    "at": (pa.timestamp("us", "UTC"), st.datetimes().map(lambda each: each.replace(tzinfo=UTC))),
    "local": (pa.timestamp("us"), st.datetimes()),
    "price": (pa.decimal128(5, 2), st.decimals(-999, 999, places=2)),
    "sum": (pa.decimal128(15, 4), st.decimals(-(10**10), 10**10, places=4)),
    "huge": (pa.decimal128(38, 2), st.decimals(-(10**20), 10**20, places=2)),
    "raw": (pa.binary(), st.binary(max_size=5)),
    "tags": (pa.list_(pa.int64()), st.lists(st.integers(0, 9), max_size=2)),
    "place": (
        pa.struct([("a", pa.int64()), ("b", pa.struct([("c", pa.string())]))]),
        st.fixed_dictionaries({"a": st.none() | st.integers(0, 99), "b": st.none() | INNER}),
    ),
}  # fmt: skip
ROWS = st.lists(
    st.fixed_dictionaries({name: st.none() | some for name, (_, some) in COLUMNS.items()}), min_size=1, max_size=5
)
SCHEMA = pa.schema([(name, kind) for name, (kind, _) in COLUMNS.items()])


def ours(store: ObjectStore, schema: pa.Schema, *tables: pa.Table) -> dict[str, Any]:
    with PartitionWriter(store, "ours", "day", schema.append(pa.field("day", pa.string()))) as writer:
        version = writer.commit(writer.stage("a", tables)).version
    return stats(store, f"ours/_delta_log/{version:020}.json")


def theirs(store: ObjectStore, table: pa.Table) -> dict[str, Any]:
    dated = table.append_column("day", pa.array(["a"] * table.num_rows))
    write_deltalake(store.table_uri("theirs"), dated, partition_by=["day"], mode="error")
    return stats(store, "theirs/_delta_log/00000000000000000000.json")


def stats(store: ObjectStore, path: str) -> dict[str, Any]:
    actions = [json.loads(line) for line in store.get(path).splitlines()]
    return json.loads(next(each["add"]["stats"] for each in actions if "add" in each))


def value_of(bound: Any, kind: pa.DataType) -> Any:
    """A bound as its column has it."""
    if pa.types.is_decimal(kind):
        return Decimal(repr(bound))
    if pa.types.is_date(kind):
        return date.fromisoformat(bound)
    return datetime.fromisoformat(bound) if pa.types.is_timestamp(kind) else bound


def without_empty(bounds: dict[str, Any] | None) -> dict[str, Any] | None:
    """What deltalake says of a struct, without the structs in it of which it says nothing."""
    return {name: each for name, each in (bounds or {}).items() if each != {}} or None


@settings(max_examples=examples(60), phases=[Phase.generate, Phase.explicit])
@given(ROWS)
def test_statistics_are_those_of_deltalake_or_safer(
    tmp_path_factory: pytest.TempPathFactory, found: list[dict[str, Any]]
) -> None:
    store = ObjectStore.open(tmp_path_factory.mktemp("stats").as_uri())
    table = pa.Table.from_pylist(found, SCHEMA)
    mine, their = ours(store, SCHEMA, table), theirs(store, table)
    assert mine["numRecords"] == their["numRecords"] == len(found)
    assert mine["nullCount"] == their["nullCount"]
    for name, (kind, _) in COLUMNS.items():
        values = [each for each in table[name].to_pylist() if each is not None]
        low, high = mine["minValues"].get(name), mine["maxValues"].get(name)
        their_low, their_high = their["minValues"].get(name), their["maxValues"].get(name)
        if name == "place":
            assert (low, high) == (without_empty(their_low), without_empty(their_high))
            continue
        numbers = [each for each in values if not (isinstance(each, float) and math.isnan(each))]
        assert low is None or value_of(low, kind) <= min(numbers)
        assert high is None or value_of(high, kind) >= max(values if len(numbers) == len(values) else [math.inf])
        if name == "huge" and None in (low, high):
            continue  # no double holds it
        if name in ("single", "double"):
            assert (low, high) in [(their_low, their_high), (their_low, None)]
            assert high is not None or their_high is None or len(numbers) < len(values)
        elif name == "text":
            assert low == their_low
            assert high == their_high or len(max(values).encode()) > 64
        elif name in ("at", "local") and values:
            assert value_of(low, kind) == value_of(their_low, kind)
            if high is None:
                assert max(values) > datetime.max.replace(microsecond=999_000, tzinfo=max(values).tzinfo)
                continue
            gap = value_of(high, kind) - value_of(their_high, kind)
            assert gap == timedelta(milliseconds=1 if max(values).microsecond % 1000 else 0)
        else:
            assert (low, high) == (their_low, their_high)


def test_statistics_span_all_row_groups(tmp_path: Path) -> None:
    store = ObjectStore.open(tmp_path.as_uri())
    schema = pa.schema([("n", pa.int64()), ("d", pa.decimal128(38, 1)), ("x", pa.float64()), ("s", pa.string())])
    pieces = [
        pa.table(
            {
                "n": [low] * GROUP_ROWS,
                "d": [Decimal(low)] * GROUP_ROWS,
                "x": [x] * GROUP_ROWS,
                "s": [s, *[None] * (GROUP_ROWS - 1)],
            }
        )
        for low, x, s in ((5, 1.0, "b"), (-7, math.nan, None), (3, 2.0, "x" * 5000))
    ]
    found = ours(store, schema, *(each.cast(schema) for each in pieces))
    # what is not known of one row group is not known of the file: the text is too long for Parquet to say
    assert found == {
        "numRecords": 3 * GROUP_ROWS,
        "minValues": {"n": -7, "d": -7.0},
        "maxValues": {"n": 5, "d": 5.0},
        "nullCount": {"n": 0, "d": 0, "x": 0, "s": 3 * GROUP_ROWS - 2},
    }


@pytest.mark.parametrize(("configured", "count"), [(None, 32), ("3", 3)])
def test_as_many_columns_have_statistics_as_the_table_says(tmp_path: Path, configured: str | None, count: int) -> None:
    store = ObjectStore.open(tmp_path.as_uri())
    table = pa.table({f"c{number}": [number] for number in range(40)})
    ours(store, table.schema, table)
    if configured:
        settings = {"delta.dataSkippingNumIndexedCols": configured}
        delta.open_table(store, "ours").alter.set_table_properties(settings)
    found = ours(store, table.schema, table)
    wanted = [f"c{number}" for number in range(count)]
    assert [list(found[each]) for each in ("minValues", "maxValues", "nullCount")] == [wanted] * 3
    if not configured:
        assert set(theirs(store, table)["nullCount"]) == set(wanted)
