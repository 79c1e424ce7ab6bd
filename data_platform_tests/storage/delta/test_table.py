import json
import subprocess
import sys
import threading
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from data_platform.storage import delta, errors
from data_platform.storage.formats.frames import to_arrow
from data_platform.storage.objects.store import ObjectStore


def days(day: str, *numbers: int) -> pa.Table:
    return pa.table({"day": pa.array([day] * len(numbers), pa.string()), "n": pa.array(numbers, pa.int64())})


def rows(table: pa.Table) -> list[tuple]:
    return sorted(tuple(row.values()) for row in table.to_pylist())


def test_a_table_is_replaced_as_a_whole_with_its_columns(store: ObjectStore) -> None:
    assert not delta.exists(store, "d/t")
    assert delta.replace_table(store, "d/t", days("a", 1, 2), metadata={"run_id": "r1"}).version == 0
    commit = delta.replace_table(store, "d/t", pa.table({"x": ["y"]}), metadata={"run_id": "r2"})
    assert commit.version == 1
    assert sum(file.rows for file in commit.files) == 1
    assert commit.size_bytes == sum(store.head(file.path).size for file in commit.files)
    assert rows(delta.read_table(store, "d/t")) == [("y",)]
    log = store.get("d/t/_delta_log/00000000000000000001.json").decode().splitlines()
    assert next(json.loads(line)["commitInfo"] for line in log if "commitInfo" in line)["run_id"] == "r2"


def test_a_partition_is_replaced_and_no_other(store: ObjectStore) -> None:
    delta.replace_partitions(store, "t", pa.concat_tables([days("a", 1), days("b", 2)]), [{"day": "a"}, {"day": "b"}])
    delta.replace_partitions(store, "t", days("a", 3, 4), [{"day": "a"}])
    assert rows(delta.read_table(store, "t")) == [("a", 3), ("a", 4), ("b", 2)]
    assert rows(delta.read_table(store, "t", columns=["n"], partitions=[{"day": "b"}])) == [(2,)]
    assert rows(delta.read_table(store, "t", partitions=[])) == []


@pytest.mark.parametrize(
    "value", ["it's", 'a"b', "' OR 1=1 --", "a/b%41", "é😀", "..", "a b=c:d", "back\\slash", "NULL"]
)
def test_no_partition_value_escapes_its_quotes(store: ObjectStore, value: str) -> None:
    delta.replace_partitions(store, "t", days("other", 1), [{"day": "other"}])
    for number in (2, 3):
        delta.replace_partitions(store, "t", days(value, number), [{"day": value}])
    assert rows(delta.read_table(store, "t")) == sorted([("other", 1), (value, 3)])
    assert rows(delta.read_table(store, "t", partitions=[{"day": value}])) == [(value, 3)]


def test_partition_columns_may_have_odd_names_be_dates_and_be_several() -> None:
    store = ObjectStore.open("memory://odd")
    table = pa.table({'My "day"': [date(2024, 1, 1)], "shop": ["x"], "n": [1]})
    parts = [{'My "day"': "2024-01-01", "shop": "x"}, {'My "day"': "2024-01-01", "shop": "y"}]
    for _ in range(2):
        commit = delta.replace_partitions(store, "t", table, parts)
    assert commit.files[0].partition == parts[0]
    assert rows(delta.read_table(store, "t", partitions=parts[:1])) == [(date(2024, 1, 1), "x", 1)]


def test_a_partition_written_without_rows_is_empty_not_missing(store: ObjectStore) -> None:
    delta.replace_partitions(store, "t", days("a", 1), [{"day": "a"}])
    delta.replace_partitions(store, "t", days("a"), [{"day": "a"}])
    assert delta.read_table(store, "t", partitions=[{"day": "a"}]).num_rows == 0
    delta.replace_partitions(
        store,
        "new",
        to_arrow(
            pd.DataFrame({"day": [], "n": []}, dtype="int64")[[]].assign(
                day=pd.Series(dtype="object"), n=pd.Series(dtype="int64")
            )
        ),
        [{"day": "b"}],
    )
    assert delta.read_table(store, "new", partitions=[{"day": "b"}]).schema == days("b").schema


def test_what_is_missing_is_named_with_what_to_do(store: ObjectStore) -> None:
    with pytest.raises(errors.MissingTable, match=r"d/none: there is no table: materialize the asset") as caught:
        delta.read_table(store, "d/none")
    assert store.uri("d/none") in str(caught.value)
    delta.replace_partitions(store, "t", days("a", 1), [{"day": "a"}])
    with pytest.raises(errors.MissingPartition, match=r"not there, .* deleted: {'day': 'b'}. Materialize") as missing:
        delta.read_table(store, "t", partitions=[{"day": "a"}, {"day": "b"}])
    assert store.uri("t") in str(missing.value)
    with pytest.raises(errors.InvalidFrame, match=r"no column \['q'\]; the table has \['day', 'n'\]"):
        delta.read_table(store, "t", columns=["q"])


MEMORY = "memory://delta"


@pytest.mark.parametrize(
    ("data", "parts", "said"),
    [
        (days("b", 1), [{"day": "a"}], r"rows of 1 other partitions.*{'day': 'b'}"),
        (pa.table({"day": pa.array([None], pa.string()), "n": [1]}), [{"day": "a"}], r"{'day': None}"),
        (pa.table({"n": [1]}), [{"day": "a"}], "partition column 'day' must be in the frame"),
        (pa.table({"day": [1], "n": [1]}), [{"day": "1"}], "as text or date; it is int64"),
        (days("a", 1), [], "name at least one partition"),
        (days("a", 1), [{"day": ""}], "with values"),
        (days("a", 1).rename_columns(["day", "m"]), [{"day": "a"}], r"missing \['n'\], not in the table \['m'\]"),
        (pa.table({"day": ["a"], "n": ["x"]}), [{"day": "a"}], "'n' is string, the table has int64"),
        (pa.table({"day": ["a"], "n": [1.5]}), [{"day": "a"}], "'n' .double. has values that int64 cannot hold"),
        (days("a", 1), [{"n": "1"}], "as text or date"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(data: pa.Table, parts, said: str) -> None:
    store = ObjectStore.open(MEMORY)
    delta.replace_partitions(store, "t", days("z", 1), [{"day": "z"}])
    with pytest.raises(errors.InvalidFrame, match=said):
        delta.replace_partitions(store, "t", data, parts)


def test_columns_of_nulls_take_the_tables_or_the_declared_type_or_are_refused() -> None:
    store = ObjectStore.open(MEMORY)
    nulls = to_arrow(pd.DataFrame({"day": ["a"], "n": [None]}))
    with pytest.raises(errors.InvalidFrame, match=r"columns \['n'\] hold nothing but nulls.*astype"):
        delta.replace_partitions(store, "nulls", nulls, [{"day": "a"}])
    delta.replace_partitions(store, "nulls", nulls, [{"day": "a"}], declared=pa.schema([("n", pa.int64())]))
    delta.replace_partitions(store, "nulls", nulls, [{"day": "a"}])
    assert delta.read_table(store, "nulls").schema.field("n").type == pa.int64()
    delta.replace_table(store, "nulls", nulls)
    with pytest.raises(errors.InvalidFrame, match=r"\['n'\]"):
        delta.replace_table(store, "nested", pa.table({"n": pa.array([[None]])}))


def test_types_of_pandas_and_polars_become_those_of_delta() -> None:
    store = ObjectStore.open(MEMORY)
    frame = pd.DataFrame(
        {
            "kind": pd.Categorical(["x", "y"]),
            "at": pd.to_datetime(["2024-01-01 12:00", "2024-06-01 00:00"]).tz_localize("Europe/Berlin"),
            "local": pd.to_datetime(["2024-01-01", None]),
            "u": pd.array([1, 2], dtype="uint32"),
            "maybe": pd.array([1, None], dtype="Int64"),
        }
    )
    delta.replace_table(store, "types", to_arrow(frame))
    back = delta.read_table(store, "types")
    utc, local = pa.timestamp("us", "UTC"), pa.timestamp("us")
    assert back.schema.types == [pa.string(), utc, local, pa.int64(), pa.int64()]
    assert back["at"][0].as_py() == datetime(2024, 1, 1, 11, tzinfo=UTC)
    with pytest.raises(errors.InvalidFrame, match=r"'t'.*floor\('us'\)"):
        delta.replace_table(store, "ns", to_arrow(pd.DataFrame({"t": [pd.Timestamp(1)]})))
    naive = pa.table({"at": pa.array([datetime(2024, 1, 1, tzinfo=UTC).replace(tzinfo=None)])})
    delta.replace_partitions(store, "zoned", naive.append_column("d", pa.array(["a"])), [{"d": "a"}])
    zoned = pa.table({"at": pa.array([datetime(2024, 1, 1, tzinfo=UTC)]), "d": ["a"]})
    with pytest.raises(errors.InvalidFrame, match="'at' is timestamp"):
        delta.replace_partitions(store, "zoned", zoned, [{"d": "a"}])


def test_evolution_adds_columns_and_fills_absent_ones_with_null() -> None:
    store = ObjectStore.open(MEMORY)
    delta.replace_partitions(store, "evolve", days("a", 1), [{"day": "a"}])
    changed = pa.table({"day": ["b"], "extra": [True]})
    with pytest.raises(errors.InvalidFrame, match="or allow schema evolution"):
        delta.replace_partitions(store, "evolve", changed, [{"day": "b"}])
    delta.replace_partitions(store, "evolve", changed, [{"day": "b"}], evolve=True)
    back = delta.read_table(store, "evolve", columns=["day", "n", "extra"])
    assert rows(back) == [("a", 1, None), ("b", None, True)]


@pytest.mark.slow
@pytest.mark.parametrize("same", [True, False], ids=["one partition", "a partition each"])
@pytest.mark.parametrize("there", [True, False], ids=["an old table", "a new table"])
def test_of_many_writers_each_batch_survives_whole_or_is_replaced_whole(open_s3, same: bool, there: bool) -> None:
    store, failed = open_s3(), []
    if there:
        delta.replace_partitions(store, "t", days("p", 0), [{"day": "p"}])
    start = threading.Barrier(8)

    def write(writer: int) -> None:
        start.wait()
        for turn in range(3):
            day = "p" if same else f"p{writer}"
            number = writer * 10 + turn
            try:
                delta.replace_partitions(store, "t", days(day, *[number] * (20 + writer)), [{"day": day}])
            except errors.StorageError as error:
                failed.append(error)

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert failed == []
    assert delta.open_table(store, "t").version() == 8 * 3 - 1 + there
    for version in range(there, 8 * 3 + there):
        found: dict[str, Counter] = {}
        table = pa.table(delta.open_table(store, "t", version).scan())
        for day, number in zip(table["day"].to_pylist(), table["n"].to_pylist(), strict=True):
            found.setdefault(day, Counter())[number] += 1
        for numbers in found.values():
            assert all(size in (1, 20 + number // 10) for number, size in numbers.items())
            assert len(numbers) == 1
    assert len(found) == (1 if same else 8 + there)


@pytest.mark.slow
def test_a_process_that_read_a_table_ends_in_peace(tmp_path) -> None:
    """deltalake's own ``to_pyarrow_table`` makes some of such processes abort when they end."""
    store = ObjectStore.open(tmp_path.as_uri())
    for number in range(4):
        delta.replace_partitions(store, "t", days(f"d{number}", *range(500)), [{"day": f"d{number}"}])
    code = (
        "from data_platform.storage import delta; from data_platform.storage.objects.store import ObjectStore; "
        f"delta.read_table(ObjectStore.open({tmp_path.as_uri()!r}), 't')"
    )
    for _ in range(5):
        assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[3], check=False).returncode == 0
