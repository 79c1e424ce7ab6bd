from decimal import Decimal

import pyarrow as pa
import pytest

from data_platform.storage import delta, errors
from data_platform.storage.delta import modes
from data_platform.storage.delta.evolution import is_wider
from data_platform.storage.delta.history import versions
from data_platform.storage.objects.store import ObjectStore


def rows(table: pa.Table) -> list[tuple]:
    return sorted((tuple(row.values()) for row in table.to_pylist()), key=str)


OLD = pa.table({"k": ["a", "b"], "n": pa.array([1, 2], pa.int32())})
MORE = pa.table({"note": ["x"], "k": ["c"], "n": pa.array([3], pa.int32())})


def write(mode: str, store: ObjectStore, data: pa.Table, *, evolve: bool) -> None:
    match mode:
        case "append":
            modes.append(store, "t", data, evolve=evolve)
        case "upsert":
            modes.upsert(store, "t", data, ["k"], evolve=evolve)
        case "replace_partitions":
            delta.replace_partitions(store, "t", data, [{"k": "c"}], evolve=evolve)


MODES = ["append", "upsert", "replace_partitions"]


@pytest.mark.parametrize("mode", MODES)
def test_a_new_column_comes_last_and_is_null_in_old_rows(store: ObjectStore, mode: str) -> None:
    delta.replace_partitions(store, "t", OLD, [{"k": "a"}, {"k": "b"}])
    with pytest.raises(
        errors.InvalidFrame, match=r"note.*The table has \(k string, n int32\); the data have \(note string"
    ):
        write(mode, store, MORE, evolve=False)
    write(mode, store, MORE, evolve=True)
    table = delta.read_table(store, "t")
    assert table.column_names == ["k", "n", "note"]
    assert rows(table) == [("a", 1, None), ("b", 2, None), ("c", 3, "x")]
    assert rows(delta.read_table(store, "t", columns=["k", "n"])) == [("a", 1), ("b", 2), ("c", 3)]


@pytest.mark.parametrize("mode", MODES)
def test_a_wider_type_makes_the_table_wider_without_changing_a_value(store: ObjectStore, mode: str) -> None:
    delta.replace_partitions(store, "t", OLD, [{"k": "a"}, {"k": "b"}])
    write(mode, store, pa.table({"k": ["c"], "n": pa.array([2**40], pa.int64())}), evolve=True)
    table = delta.read_table(store, "t")
    assert table.schema.field("n").type == pa.int64()
    assert rows(table) == [("a", 1), ("b", 2), ("c", 2**40)]
    assert [each.mode for each in versions(store, "t", limit=2)] == [mode, "widen"]
    assert rows(delta.read_table(store, "t", version=0)) == [("a", 1), ("b", 2)]
    assert delta.read_table(store, "t", version=0).schema.field("n").type == pa.int32()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", [pa.string(), pa.timestamp("us", tz="UTC"), pa.list_(pa.int32())], ids=str)
def test_any_other_type_is_refused_with_both_schemas(mode: str, kind: pa.DataType) -> None:
    store = ObjectStore.open(f"memory://evolution-{mode.replace('_', '-')}")
    delta.replace_partitions(store, "t", OLD, [{"k": "a"}, {"k": "b"}])
    data = pa.table({"k": ["c"], "n": pa.array([None], kind)})
    with pytest.raises(errors.InvalidFrame, match=r"The table has \(k string, n int32\); the data have \(k string, n"):
        write(mode, store, data.append_column("new", pa.array([1])), evolve=True)
    assert delta.read_table(store, "t").column_names == ["k", "n"]


def test_a_replaced_table_may_be_held_to_additive_changes() -> None:
    store = ObjectStore.open("memory://additive")
    delta.replace_table(store, "t", OLD)
    delta.replace_table(store, "t", MORE.select(["k", "n", "note"]), additive=True)
    delta.replace_table(store, "t", MORE.set_column(2, "n", pa.array([1], pa.int64())), additive=True)
    with pytest.raises(
        errors.InvalidFrame, match=r"'note' would go. The table has \(.*; the data have \(k string, n int64"
    ):
        delta.replace_table(store, "t", MORE.select(["k"]).append_column("n", pa.array([1])), additive=True)
    with pytest.raises(errors.InvalidFrame, match="'n' would turn from int64 into int32"):
        delta.replace_table(store, "t", MORE, additive=True)


def test_many_rows_are_widened_in_pieces() -> None:
    store = ObjectStore.open("memory://wide")
    count = 300_000
    for start in range(3):
        modes.append(store, "t", pa.table({"n": pa.array(range(count), pa.int32()), "p": [str(start)] * count}),
                           partition_by=["p"])  # fmt: skip
    modes.append(store, "t", pa.table({"n": [0.5], "p": ["x"]}), evolve=True)
    table = delta.read_table(store, "t")
    assert table.num_rows == 3 * count + 1
    assert pa.compute.sum(table["n"]).as_py() == 3 * count * (count - 1) / 2 + 0.5
    assert delta.open_table(store, "t").metadata().partition_columns == ["p"]


@pytest.mark.parametrize(
    ("old", "new", "wider"),
    [
        (pa.int8(), pa.int16(), True),
        (pa.int32(), pa.int64(), True),
        (pa.int64(), pa.int32(), False),
        (pa.int64(), pa.int64(), False),
        (pa.float32(), pa.float64(), True),
        (pa.float64(), pa.float32(), False),
        (pa.int32(), pa.float64(), True),
        (pa.int64(), pa.float64(), False),
        (pa.int32(), pa.float32(), False),
        (pa.decimal128(10, 2), pa.decimal128(12, 2), True),
        (pa.decimal128(10, 2), pa.decimal128(12, 4), True),
        (pa.decimal128(10, 2), pa.decimal128(11, 4), False),
        (pa.decimal128(10, 2), pa.float64(), False),
        (pa.int32(), pa.decimal128(12, 2), True),
        (pa.int64(), pa.decimal128(12, 2), False),
        (pa.date32(), pa.timestamp("us"), True),
        (pa.date32(), pa.timestamp("us", tz="UTC"), False),
        (pa.string(), pa.binary(), False),
        (pa.int32(), pa.string(), False),
    ],
)
def test_a_type_is_wider_exactly_if_it_holds_every_value_of_the_other(old, new, wider: bool) -> None:
    assert is_wider(new, old) is wider
    if wider and pa.types.is_integer(old):
        bits = old.bit_width - 1
        for value in (-(2**bits), 2**bits - 1):
            assert Decimal(pa.array([value], old).cast(new)[0].as_py()) == value
