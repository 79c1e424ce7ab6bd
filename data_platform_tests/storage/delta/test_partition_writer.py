import json
import pickle
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_platform.storage import delta, errors
from data_platform.storage.delta import history, partition_table
from data_platform.storage.delta.partition_file import GROUP_ROWS
from data_platform.storage.delta.partition_writer import PartitionWriter
from data_platform.storage.objects.store import ObjectInfo, ObjectStore
from data_platform_tests.storage.conftest import options_of

DAYS = pa.schema([("day", pa.string()), ("n", pa.int64())])


def place(request: pytest.FixtureRequest, where: str, tmp_path: Path) -> tuple[Any, ObjectStore]:
    if where == "file":
        return None, ObjectStore.open(tmp_path.as_uri())
    server = request.getfixturevalue("s3_store")
    return server, ObjectStore.open(server.fresh_url(), options_of(server))


def numbers(*values: int | None) -> pa.Table:
    return pa.table({"n": pa.array(values, pa.int64())})


def days(day: str, *values: int) -> pa.Table:
    return pa.table({"day": pa.array([day] * len(values), pa.string()), "n": pa.array(values, pa.int64())})


def rows(table: pa.Table) -> list[tuple]:
    return sorted(tuple(row.values()) for row in table.to_pylist())


def replace(store: ObjectStore, day: str, *values: int, metadata: Any = None) -> delta.Commit:
    with PartitionWriter(store, "t", "day", DAYS) as writer:
        return writer.commit(writer.stage(day, [numbers(*values)]), metadata)


def log_entry(store: ObjectStore, version: int, path: str = "t") -> list[dict[str, Any]]:
    return [json.loads(line) for line in store.get(f"{path}/_delta_log/{version:020}.json").splitlines()]


def test_a_partition_is_replaced_and_no_other(store: ObjectStore) -> None:
    with PartitionWriter(store, "t", "day", DAYS) as writer:
        writer.commit(writer.stage("a", [numbers(1, 2)]))
        writer.commit(writer.stage("b", [numbers(3).to_batches()[0], numbers(4)]), {"run_id": "r1"})
        commit = writer.commit(writer.stage("a", [days("a", 5)]), {"run_id": "r2"})
    assert rows(delta.read_table(store, "t")) == [("a", 5), ("b", 3), ("b", 4)]
    assert commit.version == 3
    assert [(file.rows, file.partition) for file in commit.files] == [(1, {"day": "a"})]
    assert commit.size_bytes == store.head(commit.files[0].path).size
    assert rows(delta.read_table(store, "t", partitions=[{"day": "a"}], version=2)) == [("a", 1), ("a", 2)]
    newest = history.versions(store, "t", limit=1)[0]
    assert (newest.mode, newest.metadata, newest.rows, newest.files) == ("replace_partitions", {"run_id": "r2"}, 1, 1)


@pytest.mark.parametrize(
    "value", ["it's", 'a"b', "' OR 1=1 --", "a/b%41", "é😀", "..", "a b=c:d", "back\\slash", "NULL", "?#&+*\x01"]
)
@pytest.mark.slow
def test_both_ways_of_writing_take_out_what_the_other_put_in(store: ObjectStore, value: str) -> None:
    replace(store, "other", 1)
    folders = []
    for number in (2, 3):
        delta.replace_partitions(store, "t", days(value, number, number), [{"day": value}])
        assert rows(delta.read_table(store, "t")) == sorted([("other", 1), (value, number), (value, number)])
        replace(store, value, number)
        assert rows(delta.read_table(store, "t")) == sorted([("other", 1), (value, number)])
        newest = history.versions(store, "t", limit=1)[0].version
        added = [each["add"] for v in (newest - 1, newest) for each in log_entry(store, v) if "add" in each]
        folders += [each["path"].rsplit("/", 1)[0] for each in added]
    assert len(set(folders)) == 1


def test_all_engines_read_what_replace_partitions_would_have_written(tmp_path: Path) -> None:
    store = ObjectStore.open(tmp_path.as_uri())
    data = pa.table(
        {
            "id": pa.array([1, None, 3], pa.int32()),
            "ratio": [float("nan"), -0.0, None],
            "name": ["a", "é" * 200, None],
            "ok": [True, None, False],
            "born": [date(1, 1, 1), date(9999, 12, 31), None],
            "at": pa.array([-1, 1_700_000_000_123_456, None], pa.timestamp("us", "UTC")),
            "local": pa.array([-1, 1_700_000_000_123_456, None], pa.timestamp("us")),
            "price": pa.array([Decimal("1.20"), Decimal("-9.99"), None], pa.decimal128(5, 2)),
            "sum": pa.array([Decimal("1.20"), Decimal("-9999999999.99"), None], pa.decimal128(12, 2)),
            "huge": pa.array([Decimal(10**35), Decimal(-(10**35)), None], pa.decimal128(38, 2)),
            "raw": [b"\xff", b"", None],
            "tags": [["a", None], [], None],
            "place": [{"x": 1, "y": "z"}, {"x": None, "y": None}, None],
        }
    )
    dated = data.add_column(0, "day", pa.array([date(2024, 1, 31)] * 3))
    with PartitionWriter(store, "new", "day", dated.schema) as writer:
        writer.commit(writer.stage("2024-01-31", [data]))
    delta.replace_partitions(store, "old", dated, [{"day": "2024-01-31"}])

    def read(path: str) -> list[Any]:
        url = store.table_uri(path)
        polars = pl.scan_delta(url, storage_options=store.delta_options).collect()
        scan = delta.open_scan(store, path).reader()  # noqa: F841 - read by DuckDB
        folder = str(tmp_path / path / "day=2024-01-31" / "*.parquet")
        files = duckdb.sql(f"select * exclude (day) from read_parquet('{folder}', hive_partitioning=true) order by id")
        ours = delta.read_table(store, path)
        return [
            ours.schema,
            repr(ours.sort_by("id").to_pylist()),
            polars.schema,
            repr(polars.sort("id").rows()),
            repr(duckdb.sql("select * from scan order by id").fetchall()),
            files.types,
            repr(files.fetchall()),
        ]

    assert read("new") == read("old")


def test_a_partition_without_rows_is_empty_not_missing(store: ObjectStore) -> None:
    with PartitionWriter(store, "t", "day", DAYS) as writer:
        staged = writer.stage("a", [])
        assert (staged.rows, writer.commit(staged).files) == (0, ())
        writer.commit(writer.stage("b", [numbers(1)]))
        writer.commit(writer.stage("b", [numbers()]))
    table = delta.open_table(store, "t")
    assert delta.missing_partitions(table, [{"day": each} for each in "abc"]) == [{"day": "c"}]
    assert delta.read_table(store, "t", partitions=[{"day": "a"}, {"day": "b"}]).num_rows == 0


def test_rows_that_do_not_fit_are_refused_as_replace_partitions_does(tmp_path: Path) -> None:
    store = ObjectStore.open(tmp_path.as_uri())
    with PartitionWriter(store, "t", "day", DAYS) as writer:
        with pytest.raises(errors.InvalidFrame, match=r"1 other partitions.*'day': 'b'"):
            writer.stage("a", [days("a", 1), days("b", 2)])
        with pytest.raises(errors.InvalidFrame, match="other partitions"):
            writer.stage("a", [pa.table({"day": pa.nulls(1), "n": [1]})])
        with pytest.raises(errors.InvalidFrame, match=r"missing \['n'\], not in the table \['m'\]"):
            writer.stage("a", [pa.table({"m": [1]})])
        with pytest.raises(errors.InvalidFrame, match="column 'n' is string, the table has int64"):
            writer.stage("a", [pa.table({"n": ["x"]})])
        with pytest.raises(errors.InvalidFrame, match="no partition"):
            writer.stage("", [])
        with pytest.raises(ValueError, match="operation"):
            writer.commit(writer.stage("a", []), {"operation": "x"})
        with pytest.raises(ValueError, match="JSON compliant"):
            writer.commit(writer.stage("a", []), {"x": float("nan")})
    assert history.versions(store, "t")[0].version == 0
    with pytest.raises(errors.InvalidFrame, match=r"'2024-1-1' is no partition: day is a date32"):
        PartitionWriter(store, "t", "day", pa.schema([("day", pa.date32())])).stage("2024-1-1", [])
    with pytest.raises(errors.InvalidFrame, match="partition column 'day' must be in the frame"):
        PartitionWriter(store, "t", "day", pa.schema([("n", pa.int64())]))


def test_a_table_that_is_partitioned_otherwise_is_refused_with_the_same_words(tmp_path: Path) -> None:
    store = ObjectStore.open(tmp_path.as_uri())
    for path, by in (("none", []), ("other", ["n"]), ("two", ["day", "n"])):
        delta.replace_table(store, path, pa.table({"day": ["a"], "n": ["1"], "m": [1]}), partition_by=by)
        wanted = pa.schema([("day", pa.string()), ("n", pa.string()), ("m", pa.int64())])
        with pytest.raises(errors.InvalidFrame) as ours, PartitionWriter(store, path, "day", wanted):
            pass
        with pytest.raises(errors.InvalidFrame) as theirs:
            delta.replace_partitions(store, path, pa.table({"day": ["a"], "n": ["1"], "m": [1]}), [{"day": "a"}])
        assert str(ours.value) == str(theirs.value)


def test_columns_that_differ_are_refused_or_evolved_by_the_first_commit(store: ObjectStore) -> None:
    delta.replace_partitions(
        store, "t", pa.table({"o": ["x"], "n": pa.array([1], pa.int32()), "day": ["a"]}), [{"day": "a"}]
    )
    wider = pa.schema([("day", pa.string()), ("n", pa.int64()), ("new", pa.string())])
    with (
        pytest.raises(errors.InvalidFrame, match=r"missing \['o'\].*The table has"),
        PartitionWriter(store, "t", "day", wider),
    ):
        pass
    with PartitionWriter(store, "t", "day", wider, evolve=True) as writer:
        staged = writer.stage("b", [pa.table({"new": ["y"], "n": [2**40]})])
        assert delta.open_table(store, "t").version() == 0
        writer.commit(staged)
        writer.commit(writer.stage("c", [pa.table({"new": ["z"], "n": [3]})]))
    found = delta.read_table(store, "t")
    assert found.column_names == ["o", "n", "day", "new"]
    assert sorted(found.to_pylist(), key=lambda row: row["day"]) == [
        {"o": "x", "n": 1, "day": "a", "new": None},
        {"o": None, "n": 2**40, "day": "b", "new": "y"},
        {"o": None, "n": 3, "day": "c", "new": "z"},
    ]


def test_rows_staged_before_the_table_got_wider_are_written_again_as_it_is_now(store: ObjectStore) -> None:
    narrow = pa.schema([("day", pa.string()), ("n", pa.int32())])
    with PartitionWriter(store, "t", "day", narrow, evolve=True) as writer:
        writer.commit(writer.stage("a", [pa.table({"n": [1]})]))
        staged = writer.stage("b", [pa.table({"n": [2]})])
        wide = pa.table({"day": ["c"], "n": [2**40], "new": ["x"]})
        delta.replace_partitions(store, "t", wide, [{"day": "c"}], evolve=True)
        writer.commit(staged)
    assert rows(delta.read_table(store, "t")) == [("a", 1, None), ("b", 2, None), ("c", 2**40, "x")]
    with PartitionWriter(store, "t", "day", wide.schema) as strict:
        staged = strict.stage("d", [pa.table({"n": [4], "new": ["x"]})])
        more = pa.table({"day": ["e"], "n": [5], "new": ["x"], "more": [1]})
        delta.replace_partitions(store, "t", more, [{"day": "e"}], evolve=True)
        with pytest.raises(errors.InvalidFrame, match=r"missing \['more'\]"):
            strict.commit(staged)


def test_a_table_with_rules_of_its_own_is_written_by_deltalake_which_keeps_them(store: ObjectStore) -> None:
    replace(store, "a", 1)
    delta.open_table(store, "t").alter.add_constraint({"positive": "n > 0"})
    replace(store, "b", 2)
    replace(store, "a")
    with pytest.raises(errors.StorageError):
        replace(store, "c", -1)
    assert rows(delta.read_table(store, "t")) == [("b", 2)]
    assert delta.missing_partitions(delta.open_table(store, "t"), [{"day": "a"}, {"day": "c"}]) == [{"day": "c"}]


def test_what_one_process_staged_another_commits_and_again_makes_no_difference(store: ObjectStore) -> None:
    with PartitionWriter(store, "t", "day", DAYS) as writer:
        text = pickle.dumps(writer.stage("é=/ ", [numbers(1, 2)]))
    with PartitionWriter(store, "t", "day", DAYS) as other:
        first = other.commit(pickle.loads(text))
        again = other.commit(pickle.loads(text))
        other.commit(other.stage("b", [numbers(3)]))
        late = other.commit(pickle.loads(text))
    assert (again.repeated, late.repeated, first.repeated) == (True, True, False)
    assert (first.version, again.files, late.version) == (again.version, first.files, first.version)
    assert rows(delta.read_table(store, "t")) == [("b", 3), ("é=/ ", 1), ("é=/ ", 2)]
    with PartitionWriter(store, "elsewhere", "day", DAYS) as wrong, pytest.raises(ValueError, match="another table"):
        wrong.commit(pickle.loads(text))


class LosesAnswers(ObjectStore):
    """A store whose first conditional put arrives and is answered "there is one", as after a request sent twice."""

    def put(self, path: str, data: bytes, *, if_absent: bool = False) -> ObjectInfo:
        done = super().put(path, data, if_absent=if_absent)
        if if_absent and path.endswith("1.json"):
            raise errors.Conflict("there is one")
        return done


def test_a_commit_whose_answer_was_lost_is_made_once(tmp_path: Path) -> None:
    store = LosesAnswers.open(tmp_path.as_uri())
    with PartitionWriter(store, "t", "day", DAYS) as writer:
        assert writer.commit(writer.stage("a", [numbers(1)])).version == 1
        assert writer.commit(writer.stage("a", [])).version == 2
    assert delta.open_table(store, "t").version() == 2


def test_a_file_that_the_store_lost_is_not_committed(store: ObjectStore) -> None:
    replace(store, "a", 1)
    with PartitionWriter(store, "t", "day", DAYS) as writer:
        staged = writer.stage("a", [numbers(2)])
        store.delete(staged.path)
        with pytest.raises(errors.Unverified, match="Stage it again"):
            writer.commit(staged)
    assert rows(delta.read_table(store, "t")) == [("a", 1)]


def test_a_table_that_was_deleted_meanwhile_is_made_anew(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partition_table, "_FRESH_SECONDS", -1)
    with PartitionWriter(store, "t", "day", DAYS) as writer:
        writer.commit(writer.stage("a", [numbers(1)]))
        for each in list(store.list("t")):
            store.delete(each.path)
        assert writer.commit(writer.stage("b", [numbers(2)])).version == 1
    assert rows(delta.read_table(store, "t")) == [("b", 2)]


def test_checkpoints_are_made_as_often_as_the_table_says_and_what_is_unused_is_vacuumed(store: ObjectStore) -> None:
    with PartitionWriter(store, "t", "day", DAYS) as writer:
        writer.commit(writer.stage("a", [numbers(0)]))
        delta.open_table(store, "t").alter.set_table_properties({"delta.checkpointInterval": "5"})
        for number in range(1, 20):
            writer.commit(writer.stage(f"é=/% {number % 3}", [numbers(number)]))
        unused = writer.stage("é=/% 0", [numbers(7)])
    made = [each.path for each in store.list("t/_delta_log") if "checkpoint.parquet" in each.path]
    assert sorted(int(path.rsplit("/", 1)[1].split(".")[0]) for path in made) == [4, 9, 14, 19]
    current = [("a", 0), ("é=/% 0", 18), ("é=/% 1", 19), ("é=/% 2", 17)]
    assert rows(delta.read_table(store, "t")) == current
    deleted = delta.open_table(store, "t").vacuum(0, dry_run=False, enforce_retention_duration=False, full=True)
    assert len(deleted) == 17  # 20 commits and one that was not made leave 4 files in use
    assert not store.exists(unused.path)
    assert rows(delta.read_table(store, "t")) == current


@pytest.mark.parametrize("where", [pytest.param("s3", marks=pytest.mark.slow), "file"])
def test_rows_stream_through_in_bounded_memory_and_bounded_row_groups(
    request: pytest.FixtureRequest, tmp_path: Path, where: str
) -> None:
    _, store = place(request, where, tmp_path)
    chance = random.Random(1)
    seen: list[int] = []

    def pieces() -> Iterator[pa.Table]:
        before = pa.total_allocated_bytes()
        for _ in range(16):
            yield pa.table({"noise": [chance.randbytes(10_000) for _ in range(1_000)]})
            seen.append(pa.total_allocated_bytes() - before)
        yield pa.table({"noise": pa.array([b""] * (GROUP_ROWS + 1))})

    with PartitionWriter(store, "t", "day", pa.schema([("day", pa.string()), ("noise", pa.binary())])) as writer:
        staged = writer.stage("a", pieces())
        commit = writer.commit(staged)
    assert commit.size_bytes > 150e6
    assert max(seen) < 120e6
    metadata = pq.read_metadata(pa.BufferReader(store.get(staged.path)))
    sizes = [
        (metadata.row_group(i).num_rows, metadata.row_group(i).total_byte_size) for i in range(metadata.num_row_groups)
    ]
    assert max(count for count, _ in sizes) == GROUP_ROWS
    assert max(size for _, size in sizes) < 40e6
    assert delta.open_table(store, "t").count() == staged.rows == 16_000 + GROUP_ROWS + 1


@pytest.mark.parametrize("where", ["s3", "file"])
def test_a_reader_leaves_out_files_by_their_statistics(
    request: pytest.FixtureRequest, tmp_path: Path, where: str
) -> None:
    _, store = place(request, where, tmp_path)
    types: dict[str, pa.DataType] = {"n": pa.int64(), "at": pa.timestamp("us", "UTC"), "x": pa.float64()}
    at = datetime(2024, 1, 31, 12, 0, 0, 123_456, UTC)
    with PartitionWriter(store, "t", "day", pa.schema([("day", pa.string()), *types.items()])) as writer:
        writer.commit(writer.stage("a", [pa.table({"n": [1, 9], "at": [at, at], "x": [float("nan"), 1.0]})]))
        gone = writer.stage("b", [pa.table({"n": [20, 30], "at": [at + timedelta(days=9)] * 2, "x": [0.5, 0.5]})])
        writer.commit(gone)
    store.delete(gone.path)
    options = {name: value for name, value in store.delta_options.items() if name.startswith(("aws_", "allow_http"))}
    frame = pl.scan_delta(store.table_uri("t"), storage_options=options)
    assert frame.filter(pl.col("n") < 10).collect().height == 2
    assert frame.filter(pl.col("day") == "a").collect().height == 2
    # within the last millisecond, and NaN, which Polars takes to be greater than any number
    assert frame.filter(pl.col("at").is_between(at, at)).collect().height == 2
    assert frame.filter(pl.col("x") > 100, pl.col("n") < 10).collect().height == 1
    with pytest.raises(OSError):  # noqa: PT011 - Polars' own, of any text
        frame.filter(pl.col("n") < 21).collect()
