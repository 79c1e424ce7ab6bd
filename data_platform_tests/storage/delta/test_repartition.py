"""A table partitioned otherwise: every value is what it was, in one commit, whoever writes or dies meanwhile."""

import os
import random
import subprocess
import sys
import threading
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_platform.storage import delta, errors
from data_platform.storage.delta import layout_files, modes
from data_platform.storage.delta import repartition as repartitions
from data_platform.storage.delta.digest import digest_of
from data_platform.storage.delta.following import Seen, published_since
from data_platform.storage.delta.history import versions
from data_platform.storage.delta.order import Batch
from data_platform.storage.delta.repartition import Repartitioning
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.examples import examples
from data_platform_tests.s3 import S3Server

ROOT = Path(__file__).parents[3]


def sales(days: int = 3, shops: int = 2, each: int = 4) -> pa.Table:
    rows = [
        {"day": date(2026, 11, 1 + day), "shop": f"shop {shop}/ü%", "n": (day * shops + shop) * each + at}
        for day in range(days)
        for shop in range(shops)
        for at in range(each)
    ]
    table = pa.Table.from_pylist(rows)
    price = pa.array([Decimal(row["n"]) / 8 for row in rows], pa.decimal128(20, 3))
    at = pa.array([datetime(2026, 11, 1, 0, 0, row["n"] % 60, 123456, UTC) for row in rows], pa.timestamp("us", "UTC"))
    some = pa.array([None if row["n"] % 3 else float("nan") if row["n"] % 2 else -0.5 for row in rows])
    tags = pa.array([[f"t{row['n']}", None] if row["n"] % 2 else [] for row in rows], pa.list_(pa.string()))
    place = pa.array([{"x": row["n"], "y": None} for row in rows], pa.struct([("x", pa.int64()), ("y", pa.string())]))
    for name, column in (("price", price), ("at", at), ("some", some), ("tags", tags), ("place", place)):
        table = table.append_column(name, column)
    return table


def write(store: ObjectStore, table: pa.Table, *columns: str) -> None:
    delta.replace_table(store, "t", table, partition_by=columns, metadata={"run_id": "r"})


def content(store: ObjectStore, version: int | None = None) -> list[str]:
    rows = delta.read_table(store, "t", version=version)
    return sorted(repr(sorted(row.items())) for row in rows.to_pylist())


def columns_of(store: ObjectStore) -> list[str]:
    return list(delta.open_table(store, "t").metadata().partition_columns)


@pytest.mark.parametrize("before", [(), ("day",), ("day", "shop")])
@pytest.mark.parametrize("after", [(), ("day",), ("shop",), ("shop", "day"), ("n",)])
def test_every_value_is_what_it_was_whatever_the_columns(
    store: ObjectStore, before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    write(store, sales(), *before)
    rows, schema = content(store), delta.read_table(store, "t").schema
    made = Repartitioning(store, "t", after, {}, {"why": "x"}).run()
    assert made.repeated == (before == after)
    assert (columns_of(store), content(store)) == ([*after], rows)
    assert delta.read_table(store, "t").schema == schema
    if made.repeated:
        return
    assert content(store, 0) == rows, "the version before can still be read"
    (info,) = versions(store, "t", limit=1)
    assert (info.mode, info.metadata["partitioned_by"], info.metadata["why"]) == ("repartition", [*after], "x")
    if after == ("shop",):
        only = delta.read_table(store, "t", partitions=[{"shop": "shop 1/ü%"}])
        assert set(only["shop"].to_pylist()) == {"shop 1/ü%"}
        assert only.num_rows == 12


def test_it_can_be_written_to_by_its_new_partitions_and_no_more_by_the_old_ones(store: ObjectStore) -> None:
    write(store, sales(), "day")
    Repartitioning(store, "t", ["shop"]).run()
    more = sales(1, 1).set_column(1, "shop", pa.array(["new"] * 4))
    delta.replace_partitions(store, "t", more, [{"shop": "new"}])
    newer = more.set_column(1, "shop", pa.array(["newer"] * 4))
    delta.replace_partitions(store, "t", newer, [{"shop": "newer"}])
    assert delta.open_table(store, "t").metadata().partition_columns == ["shop"]
    assert delta.read_table(store, "t").num_rows == 24 + 4 + 4
    with pytest.raises(errors.InvalidFrame, match=r"partitioned by \['shop'\], not by \['day'\]: data-platform rep"):
        delta.replace_partitions(store, "t", sales(1), [{"day": "2026-11-01"}])
    with pytest.raises(errors.InvalidFrame, match="data-platform repartition t"):
        modes.append(store, "t", sales(1), partition_by=["day"])


def test_a_column_that_is_renamed_keeps_its_values_and_its_partitions_without_rows(store: ObjectStore) -> None:
    write(store, sales(), "day")
    delta.replace_partitions(store, "t", sales(1).slice(0, 0), [{"day": "2026-12-24"}])
    Repartitioning(store, "t", ["date"], {"day": "date"}).run()
    table = delta.open_table(store, "t")
    assert table.metadata().partition_columns == ["date"]
    renamed = delta.read_table(store, "t").rename_columns({"date": "day"})
    assert sorted(map(repr, renamed.to_pylist())) == sorted(
        map(repr, delta.read_table(store, "t", version=0).to_pylist())
    )
    assert delta.missing_partitions(table, [{"date": "2026-12-24"}, {"date": "2026-12-25"}]) == [{"date": "2026-12-25"}]


@pytest.mark.parametrize(
    ("columns", "renamed", "told"),
    [
        (["none"], {}, r"there is no column \['none'\]; the table has"),
        (["price"], {}, r"column 'price' is decimal128\(20, 3\): partition by text, dates or whole numbers"),
        (["date"], {"dya": "date"}, "'dya' cannot be renamed to 'date'"),
        (["shop"], {"day": "shop"}, "'day' cannot be renamed to 'shop'"),
        (["maybe"], {}, r"rows have no value in 'maybe' \(null or empty\)"),
        (["day", "shop", "n", "price", "at", "some", "tags", "place", "maybe"], {}, "column 'price' is"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing_behind(
    store: ObjectStore, columns: list[str], renamed: dict[str, str], told: str
) -> None:
    table = sales()
    write(store, table.append_column("maybe", pa.array(["x", ""] * (table.num_rows // 2))))
    before = sorted(file.path for file in store.list("t"))
    with pytest.raises(errors.InvalidFrame, match=told):
        Repartitioning(store, "t", columns, renamed).run()
    assert sorted(file.path for file in store.list("t")) == before


def test_too_many_partitions_are_refused(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout_files, "MOST_PARTITIONS", 10)
    write(store, sales())
    with pytest.raises(errors.InvalidFrame, match=r"\['n'\] has more than 10 values: partition by fewer"):
        Repartitioning(store, "t", ["n"]).run()


def test_memory_is_bounded_by_what_waits_and_files_are_as_large_as_that_allows(store: ObjectStore) -> None:
    table = sales(3, 2, 500)
    writer = layout_files.LayoutWriter(store, "t", table.schema, ["shop"], budget=40_000)
    largest = 0

    def pieces():
        nonlocal largest
        for start in range(0, table.num_rows, 100):
            largest = max(largest, sum(writer._sizes.values()))
            yield table.slice(start, 100)

    files = writer.write(pieces())
    assert largest <= 40_000
    assert sum(file.written.rows for file in files) == table.num_rows
    assert len(files) > 2
    assert digest_of(writer.read_back()) == digest_of(table.to_reader())


def test_something_that_was_published_meanwhile_is_in_it(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    write(store, sales(), "day")
    verify, happened = Repartitioning._verify, []

    def slow(*arguments: object) -> None:
        verify(*arguments)
        if len(happened) < 2:
            happened.append(
                delta.replace_partitions(store, "t", sales(1, 1, 1 + len(happened)), [{"day": "2026-11-01"}])
            )

    monkeypatch.setattr(Repartitioning, "_verify", slow)
    Repartitioning(store, "t", ["shop"]).run()
    assert len(happened) == 2
    assert delta.read_table(store, "t").num_rows == 16 + 2
    named = {f"t/{file}" for file in pa.table(delta.open_table(store, "t").get_add_actions())["path"].to_pylist()}
    there = [file.path for file in store.list("t") if "/shop=" in file.path]
    assert len(there) == len(named), "files of attempts that lost are deleted"


def test_where_something_is_published_again_and_again_it_gives_up_and_changes_nothing(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(store, sales(), "day")
    monkeypatch.setattr(repartitions, "ATTEMPTS", 2)
    verify = Repartitioning._verify

    def slow(*arguments: object) -> None:
        verify(*arguments)
        delta.replace_partitions(store, "t", sales(1), [{"day": "2026-11-01"}])

    monkeypatch.setattr(Repartitioning, "_verify", slow)
    with pytest.raises(errors.Conflict, match=r"something was published 2 times .* stop its automation"):
        Repartitioning(store, "t", ["shop"]).run()
    assert columns_of(store) == ["day"]


def test_a_writer_that_prepared_before_it_fails_and_may_be_tried_again(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(store, sales(), "day")
    settle, happened = delta.table.settle, []

    def slow(*arguments: object) -> object:
        settled = settle(*arguments)
        if not happened:
            happened.append(Repartitioning(store, "t", ["shop"]).run())
        return settled

    monkeypatch.setattr(delta.table, "settle", slow)
    now = datetime.now(UTC)
    of_a_day, of_all = Batch("a", now, {}, {"day=2026-11-01": None}, 0), Batch("b", now, {}, {"": None}, 0)
    with pytest.raises(errors.StorageError, match=r"partitioned by \['shop'\], not by \['day'\]"):
        delta.replace_partitions(store, "t", sales(1), [{"day": "2026-11-01"}], batch=of_a_day)
    with pytest.raises(errors.Conflict, match="partitioned otherwise, in version 1, while this batch was being made"):
        # It would else lay the table out as it was, with rows of before.
        delta.replace_table(store, "t", sales(1), partition_by=["day"], batch=of_all)
    assert columns_of(store) == ["shop"]
    assert delta.read_table(store, "t").num_rows == 24


def test_what_differs_after_it_was_written_is_noticed_and_changes_nothing(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(store, sales())
    real = layout_files.LayoutWriter.read_back

    def lossy(self: layout_files.LayoutWriter) -> pa.RecordBatchReader:
        rows = real(self).read_all()
        at = rows.schema.get_field_index("n")
        return rows.set_column(at, "n", pa.array([0, *rows["n"].to_pylist()[1:]])).to_reader()

    monkeypatch.setattr(layout_files.LayoutWriter, "read_back", lossy)
    with pytest.raises(errors.Unverified, match=r"differs in \['n', '\(rows as a whole\)'\]"):
        Repartitioning(store, "t", ["shop"]).run()
    assert columns_of(store) == []
    assert [file.path for file in store.list("t") if "shop=" in file.path] == []


def test_who_follows_the_table_is_told_of_all_its_partitions_once(store: ObjectStore) -> None:
    write(store, sales(), "day")
    delta.replace_partitions(store, "t", sales(1), [{"day": "2026-11-01"}])
    Repartitioning(store, "t", ["shop"]).run()
    found = published_since(store, "t", Seen(None, 0))
    assert found is not None
    assert sorted(found.partitions) == [("shop 0/ü%",), ("shop 1/ü%",)]
    assert published_since(store, "t", Seen(None, 2)).partitions == {}


@pytest.mark.parametrize("name", ["\U00020000", "\U0001f600", "\u20ac", "\x7f", "e\u0301", 'a"b', "\\ud840"])
def test_a_value_beyond_the_basic_plane_is_the_same_in_the_tables_log(store: ObjectStore, name: str) -> None:
    write(store, pa.table({"name": [name], "n": [1]}))
    for columns in (["name"], ["n"], []):
        Repartitioning(store, "t", columns).run()
        assert delta.read_table(store, "t")["name"].to_pylist() == [name]
    assert delta.read_table(store, "t", version=1)["name"].to_pylist() == [name]


values = st.one_of(st.text(min_size=1, max_size=6), st.sampled_from(["a=b", "a/b", "..", "%2F", "'", '"', " "]))


@given(rows=st.lists(st.tuples(values, st.integers(-5, 5), st.none() | st.floats()), min_size=1, max_size=30))
@settings(max_examples=examples(15), deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_the_values_to_and_fro_changes_none(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, int, float | None]]
) -> None:
    store = ObjectStore.open(f"file://{tmp_path_factory.mktemp('store')}")
    names, numbers, floats = zip(*rows, strict=True)
    table = pa.table({"name": pa.array(names), "number": pa.array(numbers), "x": pa.array(floats, pa.float64())})
    write(store, table)
    before = digest_of(delta.open_scan(store, "t").reader())
    for columns in (["name"], ["number"], ["number", "name"], []):
        Repartitioning(store, "t", columns).run()
        assert digest_of(delta.open_scan(store, "t").reader()) == before


def test_a_digest_sees_values_that_changed_places() -> None:
    table = pa.table({"a": [1, 2], "b": ["x", "y"]})
    other = pa.table({"a": [2, 1], "b": ["x", "y"]})
    assert digest_of(table.to_reader()) == digest_of(pa.concat_tables([table.slice(1), table.slice(0, 1)]).to_reader())
    assert digest_of(table.to_reader()).differences(digest_of(other.to_reader())) == ["(rows as a whole)"]
    assert digest_of(table.to_reader()).differences(digest_of(table.slice(1).to_reader()))[0] == "rows"


@pytest.mark.slow
@pytest.mark.parametrize("what", ["repartition", "rollback"])
@pytest.mark.parametrize("where", ["s3", "file"])
def test_whoever_reads_while_it_is_done_and_killed_sees_all_rows_of_one_version(
    request: pytest.FixtureRequest, tmp_path: Path, what: str, where: str
) -> None:
    server: S3Server | None = request.getfixturevalue("s3_store") if where == "s3" else None
    store = request.getfixturevalue("open_s3")() if where == "s3" else ObjectStore.open(tmp_path.as_uri())
    write(store, sales())
    if what == "rollback":
        write(store, sales(2))
    whole = {tuple(content(store, version)) for version in range(delta.open_table(store, "t").version() + 1)}
    chance, seen = random.Random(7), set()
    for _ in range(8):
        command = [sys.executable, "-m", "data_platform_tests.storage.delta.repartitioner", what, str(store.url)]
        environment = {**os.environ, **(server.environment if server else {})}
        writer = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE)
        try:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"begun\n"
            end = time.monotonic() + chance.uniform(0.2, 1.5)
            while time.monotonic() < end:
                seen.add(tuple(content(store)))
        finally:
            writer.kill()
            writer.communicate()
        seen.add(tuple(content(store)))
    assert seen <= whole
    assert delta.open_table(store, "t").version() > 2


def test_publishers_at_the_same_time_lose_or_win_whole(store: ObjectStore) -> None:
    write(store, sales(), "day")
    failed: list[BaseException] = []

    def publish() -> None:
        try:
            for turn in range(4):
                delta.replace_partitions(store, "t", sales(1, 1, 1 + turn), [{"day": "2026-11-01"}])
        except errors.InvalidFrame as error:  # the table is partitioned otherwise by now
            failed.append(error)

    threads = [threading.Thread(target=publish) for _ in range(2)]
    for thread in threads:
        thread.start()
    Repartitioning(store, "t", ["shop"]).run()
    for thread in threads:
        thread.join()
    assert columns_of(store) == ["shop"]
    first = [row for row in delta.read_table(store, "t").to_pylist() if row["day"] == date(2026, 11, 1)]
    assert len(first) in {8, 1, 2, 3, 4}
