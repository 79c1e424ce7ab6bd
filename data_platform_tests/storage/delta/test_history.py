import json
import os
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from data_platform.storage import delta, errors
from data_platform.storage.delta import modes
from data_platform.storage.delta.history import version_at, versions
from data_platform.storage.delta.rollback import roll_back
from data_platform.storage.delta.vacuum import KEEP_AT_LEAST, vacuum
from data_platform.storage.objects.store import ObjectStore


def days(day: str, *numbers: int) -> pa.Table:
    return pa.table({"day": pa.array([day] * len(numbers), pa.string()), "n": pa.array(numbers, pa.int64())})


def rows(table: pa.Table) -> list[tuple]:
    return sorted(tuple(row.values()) for row in table.to_pylist())


def age(store: ObjectStore, path: str, version: int, by: timedelta) -> None:
    """Make a commit, and what it took out, older than it is."""
    key = f"{path}/_delta_log/{version:020}.json"
    lines = []
    for line in store.get(key).decode().splitlines():
        action = json.loads(line)
        for kind, name in (("commitInfo", "timestamp"), ("remove", "deletionTimestamp")):
            if kind in action:
                action[kind][name] -= int(by.total_seconds() * 1000)
        lines.append(json.dumps(action))
    store.put(key, "\n".join(lines).encode())


@pytest.fixture
def table(store: ObjectStore) -> ObjectStore:
    """Five versions of the table ``t``."""
    delta.replace_partitions(store, "t", days("a", 1), [{"day": "a"}], metadata={"run_id": "r0", "contract": "1.0.0"})
    modes.append(store, "t", days("b", 2, 3), metadata={"run_id": "r1"})
    modes.upsert(store, "t", days("b", 3, 4), ["day", "n"], metadata={"run_id": "r2"})
    more = days("z", 9).append_column("x", pa.array([1]))
    delta.replace_table(store, "t", more, partition_by=["day"], metadata={"checks": {"passed": 3}})
    modes.append(store, "t", days("y", 8).append_column("x", pa.array([2])))
    return store


def test_versions_say_when_how_by_whom_and_how_much(table: ObjectStore) -> None:
    found = versions(table, "t")
    assert [each.version for each in found] == [4, 3, 2, 1, 0]
    assert [each.mode for each in found] == ["append", "replace", "upsert", "append", "replace_partitions"]
    assert found[4].metadata == {"run_id": "r0", "contract": "1.0.0"}
    assert found[1].metadata == {"checks": {"passed": 3}}
    assert [each.rows for each in found[3:]] == [2, 1]
    assert all(each.files and each.size_bytes for each in found)
    assert all(datetime.now(UTC) - each.at < timedelta(minutes=5) for each in found)
    assert [each.version for each in versions(table, "t", limit=2, before=3)] == [2, 1]
    with pytest.raises(errors.MissingTable):
        versions(table, "none")


def test_any_version_can_be_read_by_number_or_time(table: ObjectStore) -> None:
    assert rows(delta.read_table(table, "t", version=1)) == [("a", 1), ("b", 2), ("b", 3)]
    assert rows(delta.read_table(table, "t", version=2, partitions=[{"day": "b"}])) == [("b", 2), ("b", 3), ("b", 4)]
    for version in range(4):
        age(table, "t", version, timedelta(days=10 - version))
    now = datetime.now(UTC)
    assert version_at(table, "t", now) == 4
    assert version_at(table, "t", now - timedelta(days=8, hours=1)) == 1
    assert rows(delta.read_table(table, "t", as_of=now - timedelta(days=7))) == [("z", 9, 1)]
    assert rows(delta.read_table(table, "t", as_of=now - timedelta(days=9, hours=1))) == [("a", 1)]
    with pytest.raises(errors.MissingVersion, match="nothing is known of it as of"):
        delta.read_table(table, "t", as_of=now - timedelta(days=11))
    with pytest.raises(errors.MissingVersion, match="there is no version 9; the newest is 4"):
        delta.read_table(table, "t", version=9)


def test_a_product_is_rolled_back_in_one_call_by_a_new_commit(table: ObjectStore) -> None:
    commit = roll_back(table, "t", 2, metadata={"who": "ann", "why": "wrong prices"})
    assert commit.version == 5
    assert rows(delta.read_table(table, "t", columns=["day", "n"])) == [("a", 1), ("b", 2), ("b", 3), ("b", 4)]
    assert delta.read_table(table, "t")["x"].null_count == 4, "the columns stay those that readers know"
    newest = versions(table, "t", limit=1)[0]
    assert newest.mode == "roll_back"
    about = {"who": "ann", "why": "wrong prices", "rolled_back_from": 4, "rolled_back_to": 2}
    assert newest.metadata == {**about, "partitions": ["a", "b", "y", "z"]}
    modes.append(table, "t", days("c", 7), evolve=True)
    roll_back(table, "t", 4)
    assert rows(delta.read_table(table, "t", columns=["day", "n"])) == [("y", 8), ("z", 9)]
    with pytest.raises(errors.MissingVersion, match="no version 99"):
        roll_back(table, "t", 99)
    with pytest.raises(errors.MissingTable):
        roll_back(table, "none", 0)


def test_what_is_within_the_time_kept_stays_readable_and_what_is_not_goes(table: ObjectStore) -> None:
    for version in range(4):
        age(table, "t", version, timedelta(days=10 - 2 * version))  # 10, 8, 6 and 4 days ago
    keep = timedelta(days=5)
    listed = vacuum(table, "t", keep, dry_run=True)
    assert listed.dry_run
    assert rows(delta.read_table(table, "t", version=1)) == [("a", 1), ("b", 2), ("b", 3)]
    done = vacuum(table, "t", keep)
    assert not done.dry_run
    assert set(done.files) == set(listed.files)
    for version in (2, 3, 4):  # version 2 was the newest until 4 days ago
        assert delta.read_table(table, "t", version=version).num_rows
    if listed.files:
        with pytest.raises(errors.MissingVersion, match="vacuumed away"):
            delta.read_table(table, "t", version=1)
        with pytest.raises(errors.MissingVersion, match="vacuumed away"):
            roll_back(table, "t", 1)
    vacuum(table, "t", timedelta(days=2))
    assert rows(delta.read_table(table, "t", columns=["day", "n"])) == [("y", 8), ("z", 9)]
    with pytest.raises(errors.MissingVersion, match="vacuumed away"):
        delta.read_table(table, "t", version=2)


def test_nothing_is_deleted_that_a_reader_may_be_at(table: ObjectStore) -> None:
    with pytest.raises(ValueError, match="too short"):
        vacuum(table, "t", KEEP_AT_LEAST - timedelta(seconds=1))
    assert vacuum(table, "t", KEEP_AT_LEAST).files == ()
    table.put("t/part-of-a-writer-at-work.parquet", b"x")
    assert vacuum(table, "t", KEEP_AT_LEAST).files == ()


def test_a_table_is_told_to_keep_as_long_as_it_is_vacuumed_for(table: ObjectStore) -> None:
    vacuum(table, "t", timedelta(days=45))
    configuration = delta.open_table(table, "t").metadata().configuration
    assert configuration["delta.deletedFileRetentionDuration"] == "interval 1080 hours"
    assert configuration["delta.logRetentionDuration"] == "interval 1080 hours"
    before = delta.open_table(table, "t").version()
    vacuum(table, "t", timedelta(days=40))
    assert delta.open_table(table, "t").version() == before


def test_files_that_delta_forgot_are_not_taken_for_leftovers_when_the_time_kept_was_raised(tmp_path) -> None:
    store = ObjectStore.open(tmp_path.as_uri())
    for number in range(3):
        delta.replace_table(store, "t", days("a", number))
    for version in range(3):
        age(store, "t", version, timedelta(days=30 - 10 * version))
    delta.open_table(store, "t").create_checkpoint()  # forgets what was taken out 20 and 10 days ago
    for each in (tmp_path / "t").glob("*.parquet"):
        os.utime(each, (0, 0))
    assert vacuum(store, "t", timedelta(days=25)).files == ()
    assert vacuum(store, "t", timedelta(days=25)).files == ()
    assert rows(delta.read_table(store, "t", version=0)) == [("a", 0)]
    leftovers = vacuum(store, "t", timedelta(days=5), dry_run=True)
    assert leftovers.files == ()


def test_what_killed_writers_left_goes_when_it_is_old(tmp_path) -> None:
    store = ObjectStore.open(tmp_path.as_uri())
    delta.replace_table(store, "t", days("a", 1))
    for name in ("old", "young"):
        (tmp_path / "t" / f"part-{name}.parquet").write_bytes(b"x")
    os.utime(tmp_path / "t" / "part-old.parquet", (0, 0))
    assert vacuum(store, "t", timedelta(days=2)).files == ("part-old.parquet",)
    assert rows(delta.read_table(store, "t")) == [("a", 1)]


@pytest.mark.slow
def test_hundreds_of_commits_leave_checkpoints(tmp_path) -> None:
    store = ObjectStore.open(tmp_path.as_uri())
    for number in range(205):
        modes.append(store, "t", days("a", number), batch_id=str(number))
    names = [each.path for each in store.list("t/_delta_log") if "checkpoint.parquet" in each.path]
    assert len(names) >= 2
    assert delta.read_table(store, "t").num_rows == 205
    assert modes.append(store, "t", days("a", 7), batch_id="7").repeated
