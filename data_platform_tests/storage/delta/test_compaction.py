import collections
import json
import os
import random
import secrets
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_platform.storage import delta
from data_platform.storage.delta import commit as commits
from data_platform.storage.delta import compaction, modes
from data_platform.storage.delta.commit import data_files
from data_platform.storage.delta.compaction import compact_if_crowded
from data_platform.storage.delta.following import Seen, published_since
from data_platform.storage.delta.history import versions
from data_platform.storage.delta.log import DataFile
from data_platform.storage.delta.order import Batch, RolledBack
from data_platform.storage.delta.replay import replayed
from data_platform.storage.delta.rollback import roll_back
from data_platform.storage.errors import StorageError
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.s3 import S3Server
from data_platform_tests.storage.delta.table_writer import batch

ROOT = Path(__file__).parents[3]
CROWD = 6
MANY = 2 * compaction.CROWD


@pytest.fixture(autouse=True)
def small_crowd(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer files than otherwise are a crowd: the tests are quicker for it."""
    monkeypatch.setattr(compaction, "CROWD", CROWD)


def numbers(*values: int) -> pa.Table:
    return pa.table({"n": pa.array(values, pa.int64()), "text": [f"row {value}" for value in values]})


def read(store: ObjectStore, version: int | None = None) -> list[int]:
    return sorted(delta.read_table(store, "t", version=version)["n"].to_pylist())


def files(store: ObjectStore) -> int:
    return len(delta.open_table(store, "t").file_uris())


def compactions(store: ObjectStore) -> list[int]:
    return [info.version for info in versions(store, "t", limit=500) if info.mode == "compact"]


def crowded(store: ObjectStore, count: int = CROWD) -> None:
    for number in range(count):
        modes.append(store, "t", numbers(number), batch_id=str(number))


def test_appended_files_are_put_together_and_every_version_before_stays(store: ObjectStore) -> None:
    crowded(store, CROWD * 3)
    assert read(store) == [*range(CROWD * 3)]
    assert files(store) < CROWD
    assert compactions(store) != []
    appended = [info.version for info in reversed(versions(store, "t")) if info.mode == "append"]
    for count, version in enumerate(appended, 1):
        assert read(store, version) == [*range(count)]
    for version in compactions(store):
        assert read(store, version) == read(store, version - 1)


def test_a_batch_is_known_after_its_file_was_put_together_with_others(store: ObjectStore) -> None:
    crowded(store)
    again = modes.append(store, "t", numbers(3), batch_id="3")
    assert again.repeated
    assert read(store) == [*range(CROWD)]


def test_whoever_follows_a_table_sees_no_change_in_a_compaction(store: ObjectStore) -> None:
    crowded(store)
    (version,) = compactions(store)
    published = published_since(store, "t", Seen(None, version - 1))
    assert published is not None
    assert (published.version, dict(published.partitions)) == (version, {})


def test_a_compaction_names_no_run_and_no_product(store: ObjectStore) -> None:
    for number in range(CROWD):
        modes.append(store, "t", numbers(number), metadata={"run_id": "r", "product": "sales/orders"})
    (info,) = (info for info in versions(store, "t") if info.mode == "compact")
    assert not {"run_id", "product", "batch_id"} & set(info.metadata)


def test_a_roll_back_to_a_version_before_a_compaction_and_what_came_after_it(store: ObjectStore) -> None:
    crowded(store, CROWD + 3)
    (compacted,) = compactions(store)
    begun = Batch("late", datetime.now(UTC), version=compacted)
    roll_back(store, "t", compacted - 5)
    assert read(store) == [*range(CROWD - 4)]
    assert modes.append(store, "t", numbers(1), batch_id="1").repeated
    with pytest.raises(RolledBack):
        modes.append(store, "t", numbers(CROWD - 1), batch_id="new", batch=begun)
    assert not modes.append(store, "t", numbers(CROWD - 1), batch_id=str(CROWD - 1)).repeated
    assert read(store) == [*range(CROWD - 4), CROWD - 1]


def test_upserted_files_are_put_together(store: ObjectStore) -> None:
    for number in range(CROWD * 2):
        modes.upsert(store, "t", numbers(number), ["n"])
    modes.upsert(store, "t", pa.table({"n": [5], "text": ["other"]}), ["n"])
    assert read(store) == [*range(CROWD * 2)]
    assert files(store) < CROWD
    rows = {row["n"]: row["text"] for row in delta.read_table(store, "t").to_pylist()}
    assert rows == {number: "other" if number == 5 else f"row {number}" for number in range(CROWD * 2)}


def test_only_a_crowded_partition_is_put_together(store: ObjectStore) -> None:
    def day(number: int, value: int) -> pa.Table:
        return numbers(value).append_column("day", pa.array([date(2026, 11, number)]))

    for number in (1, 2, 2):
        modes.append(store, "t", day(number, number), partition_by=["day"])
    before = {file.path for file in files_of(store, "2026-11-02")}
    for number in range(CROWD - 1):
        modes.append(store, "t", day(1, number + 10))
    assert len(files_of(store, "2026-11-01")) == 1
    assert {file.path for file in files_of(store, "2026-11-02")} == before
    assert read(store) == sorted([1, 2, 2, *range(10, 9 + CROWD)])


def files_of(store: ObjectStore, day: str) -> list[DataFile]:
    return [file for file in data_files(delta.open_table(store, "t"), "t") if file.partition["day"] == day]


def test_rows_of_partitions_of_nulls_stay(store: ObjectStore) -> None:
    for number in range(CROWD + 2):
        rows = numbers(number).append_column("of", pa.array([None if number % 2 else "a/b=%c"], pa.string()))
        modes.append(store, "t", pa.concat_tables([rows, rows]), partition_by=["of"])
    assert read(store) == sorted([*range(CROWD + 2)] * 2)


def test_a_column_that_came_later_is_null_in_the_rows_before(store: ObjectStore) -> None:
    crowded(store, CROWD - 1)
    modes.append(store, "t", numbers(99).append_column("new", pa.array(["x"])), evolve=True)
    assert compactions(store) != []
    rows = delta.read_table(store, "t").sort_by("n").to_pylist()
    assert [row["new"] for row in rows] == [*[None] * (CROWD - 1), "x"]


def test_the_state_by_our_own_replay_is_that_of_deltalake_after_compactions(store: ObjectStore) -> None:
    crowded(store, CROWD * 2 + 3)
    table = delta.open_table(store, "t")
    assert len(replayed(store, "t", table.version()).files) == len(table.file_uris())
    names = [info.path for info in store.list("t/_delta_log") if info.path.endswith(".checkpoint.parquet")]
    assert len(names) == len(compactions(store))


def test_a_compaction_of_a_version_that_is_no_more_the_newest_keeps_what_came_meanwhile(store: ObjectStore) -> None:
    crowded(store, CROWD - 1)
    early = delta.open_table(store, "t")
    modes.append(store, "t", numbers(CROWD - 1, CROWD))  # which compacts
    assert compactions(store) != []
    assert compact_if_crowded(store, "t", early) is None
    assert read(store) == [*range(CROWD + 1)]


def test_a_compaction_that_loses_its_race_is_left_out(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "CROWD", 1000)
    crowded(store, CROWD + 2)
    early = delta.open_table(store, "t")
    delta.replace_table(store, "t", numbers(1))
    monkeypatch.setattr(compaction, "CROWD", CROWD)
    assert compact_if_crowded(store, "t", early) is None
    assert read(store) == [1]


@pytest.mark.parametrize("way", ["replace", "replace_partitions", "upsert", "compact"])
def test_a_writer_that_read_the_table_before_a_compaction_puts_nothing_twice(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    def rows(*values: int) -> pa.Table:
        return numbers(*values).append_column("day", pa.array(["a"] * len(values)))

    by = {"partition_by": ["day"]} if way == "replace_partitions" else {}
    monkeypatch.setattr(compaction, "CROWD", 1000)
    for number in range(CROWD + 2):
        modes.append(store, "t", rows(number), **by)
    monkeypatch.setattr(compaction, "CROWD", CROWD)
    opened, handles = delta.open_table, [delta.open_table(store, "t")]
    assert compact_if_crowded(store, "t", delta.open_table(store, "t")) is not None
    # The first attempt is made on the table as it was before the compaction.
    monkeypatch.setattr(commits, "open_table", lambda *given: handles.pop() if handles else opened(*given))
    everything = [*range(CROWD + 2)]
    if way == "replace":
        delta.replace_table(store, "t", rows(1))
    elif way == "replace_partitions":
        delta.replace_partitions(store, "t", rows(1), [{"day": "a"}])
    elif way == "upsert":
        modes.upsert(store, "t", rows(1), ["n"])
    else:
        assert compact_if_crowded(store, "t", handles.pop()) is None
    assert read(store) == ([1] if way.startswith("replace") else everything)


def test_bounds_of_values_stay_known_so_that_readers_skip_files(store: ObjectStore) -> None:
    crowded(store)
    (actions,) = pa.table(delta.open_table(store, "t").get_add_actions(flatten=True)).to_pylist()
    assert (actions["min.n"], actions["max.n"], actions["null_count.n"]) == (0, CROWD - 1, 0)


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([0, 1, 999, 1000, 123_000, 123_456, 999_999]), min_size=CROWD, max_size=CROWD))
def test_bounds_of_times_hide_no_row_however_fine_their_seconds_are(fractions: list[int]) -> None:
    with TemporaryDirectory() as folder:
        store = ObjectStore.open(f"file://{folder}")
        times = [datetime(2026, 1, 1, 0, 0, 0, fraction, tzinfo=UTC) for fraction in fractions]
        for moment in times:
            modes.append(store, "t", pa.table({"at": pa.array([moment], pa.timestamp("us", "UTC"))}))
        assert files(store) == 1
        (actions,) = pa.table(delta.open_table(store, "t").get_add_actions(flatten=True)).to_pylist()
        assert actions["min.at"] <= min(times)
        assert actions["max.at"] + timedelta(milliseconds=1) > max(times), "writers cut bounds to milliseconds"


def test_files_stay_where_nobody_knows_whether_the_compaction_arrived(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = compaction.put_entry

    def put_and_lose_the_answer(*arguments: Any) -> bool:
        put(*arguments)
        raise StorageError("the answer was lost")

    monkeypatch.setattr(compaction, "put_entry", put_and_lose_the_answer)
    crowded(store)
    assert compactions(store) != []
    assert read(store) == [*range(CROWD)]


Step = tuple[str, int]


@settings(deadline=None, max_examples=25)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["append", "append", "upsert", "compact", "roll_back", "replace"]), st.integers(0, 30)
        ),
        max_size=25,
    )
)
def test_reads_of_every_version_are_those_of_a_simple_model(steps: list[Step]) -> None:
    store = ObjectStore.open(f"memory://test-{secrets.token_hex(4)}")
    crowd, compaction.CROWD = compaction.CROWD, 3  # a patch by a fixture would outlive the examples
    try:
        there: dict[int, list[int]] = {}
        rows: list[int] = []
        for number, (what, value) in enumerate(steps):
            if what == "append" or not there:
                made = modes.append(store, "t", numbers(value, value), batch_id=str(number)).version
                rows = sorted([*rows, value, value])
            elif what == "upsert":
                made = modes.upsert(store, "t", numbers(value), ["n"], batch_id=str(number)).version
                rows = rows if value in rows else sorted([*rows, value])
            elif what == "replace":
                made = delta.replace_table(store, "t", numbers(value)).version
                rows = [value]
            elif what == "roll_back":
                to = sorted(there)[value % len(there)]
                made = roll_back(store, "t", to).version
                rows = there[to]
            else:
                compact_if_crowded(store, "t", delta.open_table(store, "t"))
                made = delta.open_table(store, "t").version()
            there[made] = rows
            newest = delta.open_table(store, "t").version()
            there |= dict.fromkeys(range(made, newest + 1), rows)  # those of a compaction
            assert read(store) == rows
        for version, expected in there.items():
            assert read(store, version) == expected
    finally:
        compaction.CROWD = crowd


@pytest.mark.slow
@pytest.mark.parametrize("where", ["s3", "file"])
def test_writers_a_reader_and_compacting_writers_that_are_killed_lose_and_double_nothing(
    request: pytest.FixtureRequest, tmp_path: Path, where: str
) -> None:
    server: S3Server | None = request.getfixturevalue("s3_store") if where == "s3" else None
    store = request.getfixturevalue("open_s3")() if where == "s3" else ObjectStore.open(tmp_path.as_uri())
    environment = {**os.environ, **(server.environment if server is not None else {})}
    turns, chance = 30, random.Random(7)

    def start(writer: int) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "data_platform_tests.storage.delta.table_writer"]
        arguments = ["append", str(store.url), str(writer), str(turns)]
        return subprocess.Popen([*command, *arguments], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)

    def see() -> collections.Counter[tuple[int, int]]:
        rows = delta.read_table(store, "t", columns=["writer", "turn"]).to_pylist()
        there = collections.Counter((row["writer"], row["turn"]) for row in rows)
        assert all(count == batch(*key).num_rows for key, count in there.items()), there
        return there

    steady = [start(writer) for writer in (0, 1)]
    try:
        assert steady[0].stdout is not None
        steady[0].stdout.readline()
        before = see()
        for _ in range(6):
            killed = start(2)
            try:
                end = time.monotonic() + chance.uniform(1, 4)
                while time.monotonic() < end:
                    now = see()
                    assert not before - now  # a reader never sees less than before
                    before = now
            finally:
                killed.kill()
                killed.communicate()
        for writer in steady:
            out, _ = writer.communicate(timeout=300)
            assert writer.returncode == 0
            assert [json.loads(line)[3] for line in out.splitlines()][-1] is True
    finally:
        for writer in steady:
            writer.kill()
            writer.communicate()
    last = start(2)
    last.communicate(timeout=300)
    assert last.returncode == 0
    assert see() == {(writer, turn): batch(writer, turn).num_rows for writer in range(3) for turn in range(turns)}
    assert compactions(store) != []
    assert files(store) < MANY
