"""Back to an earlier version in one commit: what is put back, what stays, and what is refused before and after it."""

import json
import threading
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from deltalake.exceptions import CommitFailedError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_platform.storage import delta, errors
from data_platform.storage.delta import modes
from data_platform.storage.delta.fence import Fence, Origin
from data_platform.storage.delta.history import versions
from data_platform.storage.delta.order import Batch, RolledBack
from data_platform.storage.delta.replay import replayed
from data_platform.storage.delta.rollback import roll_back
from data_platform.storage.delta.version_difference import difference
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.examples import examples

SCHEMA = pa.schema([("day", pa.string()), ("n", pa.int64())])


def day(name: str, *numbers: int) -> pa.Table:
    return pa.table({"day": pa.array([name] * len(numbers), pa.string()), "n": pa.array(numbers, pa.int64())})


def put(store: ObjectStore, name: str, *numbers: int, batch: Batch | None = None) -> delta.Commit:
    about = {"run_id": f"run-{name}-{numbers}"}
    return delta.replace_partitions(store, "t", day(name, *numbers), [{"day": name}], batch=batch, metadata=about)


def began(store: ObjectStore, name: str, run: str = "r", *, by_day: bool = True) -> Batch:
    """A batch of a partition, or of the whole, that begins now."""
    label = f"day={name}" if by_day else ""
    table = delta.open_table(store, "t") if delta.exists(store, "t") else None
    number = table.transaction_version(f"data_platform.newest:{label}") if table is not None else None
    now = datetime.now(UTC)
    version = table.version() if table is not None else None
    return Batch(f"{run}/{now.isoformat()}", now, {}, {label: number}, version, Origin((run,)))


def rows(store: ObjectStore, version: int | None = None) -> list[tuple]:
    return sorted(tuple(row.values()) for row in delta.read_table(store, "t", version=version).to_pylist())


@pytest.fixture
def days(store: ObjectStore) -> ObjectStore:
    """Two partitions, each published twice: versions 0 to 3."""
    for name, *numbers in (("a", 1), ("b", 2), ("a", 10), ("b", 20, 21)):
        put(store, name, *numbers, batch=began(store, name))
    return store


def test_the_rows_of_one_partition_are_put_back_and_others_are_untouched(days: ObjectStore) -> None:
    commit = roll_back(days, "t", 1, partitions=["a"], metadata={"why": "wrong"})
    assert commit.version == 4
    assert rows(days) == [("a", 1), ("b", 20), ("b", 21)]
    (info,) = versions(days, "t", limit=1)
    assert (info.mode, info.partitions, info.metadata["rolled_back_to"]) == ("roll_back", ("a",), 1)
    assert rows(days, 3) == [("a", 10), ("b", 20), ("b", 21)], "what was undone can still be read"


def test_a_roll_back_may_be_taken_back_and_what_is_so_already_makes_no_commit(days: ObjectStore) -> None:
    roll_back(days, "t", 0)
    assert rows(days) == [("a", 1)]
    roll_back(days, "t", 3)
    assert rows(days) == [("a", 10), ("b", 20), ("b", 21)]
    assert roll_back(days, "t", 3).repeated
    assert delta.open_table(days, "t").version() == 5


def test_it_is_told_before_what_would_change_and_which_partitions_came_later(days: ObjectStore) -> None:
    changes = difference(days, "t", 0)
    assert (changes.partitions, changes.gone) == (("a", "b"), ("b",))
    assert (changes.rows_added, changes.rows_removed) == (1, 3)
    assert not difference(days, "t", 3)
    with pytest.raises(errors.MissingPartition, match="b was not there in version 0"):
        difference(days, "t", 0, ["b"])


def test_a_partition_that_was_written_without_rows_is_put_back_so(days: ObjectStore) -> None:
    put(days, "c", batch=began(days, "c"))
    put(days, "c", 3, batch=began(days, "c"))
    changes = difference(days, "t", 4, ["c"])
    assert changes.gone == ()
    roll_back(days, "t", 4, partitions=["c"])
    assert delta.read_table(days, "t", partitions=[{"day": "c"}]).num_rows == 0


def test_what_began_before_is_refused_whatever_it_read_and_what_begins_afterwards_is_not(days: ObjectStore) -> None:
    paused, other = began(days, "a", "paused"), began(days, "b", "other")
    roll_back(days, "t", 0, partitions=["a"])
    assert put(days, "a", 99, batch=paused).superseded
    assert not put(days, "b", 22, batch=other).superseded, "other partitions are not disturbed"
    assert rows(days) == [("a", 1), ("b", 22)]
    put(days, "a", 5, batch=began(days, "a", "new"))
    assert put(days, "a", 99, batch=paused).superseded, "the fence is handed on by the batches after it"
    assert put(days, "a", 6, batch=began(days, "a", "new")).superseded is False
    assert (("a", 6)) in rows(days)


def test_after_a_roll_back_of_the_whole_what_began_before_is_refused_in_every_partition(days: ObjectStore) -> None:
    paused = [began(days, name, "paused") for name in ("a", "b", "c")]
    roll_back(days, "t", 0)
    for batch, name in zip(paused, ("a", "b", "c"), strict=True):
        assert put(days, name, 99, batch=batch).superseded
    put(days, "c", 3, batch=began(days, "c", "new"))
    assert rows(days) == [("a", 1), ("c", 3)]


def test_a_step_that_is_tried_again_by_a_run_of_before_is_refused_and_a_later_run_is_not(days: ObjectStore) -> None:
    roll_back(days, "t", 0, partitions=["a"])
    again = began(days, "a", "run-a-(10,)")  # the attempt begins afterwards, its run published what was undone
    assert put(days, "a", 10, batch=again).superseded
    early = began(days, "a", "another")
    early = Batch(
        early.id,
        early.begun,
        {},
        early.seen,
        early.version,
        Origin(("another",), datetime.now(UTC) - timedelta(days=1)),
    )
    assert put(days, "a", 11, batch=early).superseded
    late = Batch("late", early.begun, {}, early.seen, early.version, Origin(("late",), datetime.now(UTC)))
    assert not put(days, "a", 12, batch=late).superseded


@pytest.mark.parametrize("whole", [True, False])
def test_a_writer_that_looked_before_the_roll_back_and_commits_after_it_is_refused_by_delta(
    days: ObjectStore, monkeypatch: pytest.MonkeyPatch, whole: bool
) -> None:
    paused, happened = began(days, "a", "paused"), []
    settle = delta.table.settle

    def slow(*arguments: object) -> object:
        settled = settle(*arguments)
        if not happened:
            happened.append(roll_back(days, "t", 0, partitions=None if whole else ["a"]))
        return settled

    monkeypatch.setattr(delta.table, "settle", slow)
    assert put(days, "a", 99, batch=paused).superseded
    assert happened
    assert ("a", 99) not in rows(days)


@pytest.mark.parametrize("whole", [True, False])
def test_a_group_of_partitions_that_began_before_is_refused_where_it_was_rolled_back(
    days: ObjectStore, whole: bool
) -> None:
    version = delta.open_table(days, "t").version()
    roll_back(days, "t", 0, partitions=None if whole else ["a"])
    before = rows(days)
    group = pa.concat_tables([day("a", 99), day("b", 22)])
    batch = Batch("run/x", datetime.now(UTC), version=version)
    made = delta.replace_partitions(days, "t", group, [{"day": "a"}, {"day": "b"}], batch=batch)
    assert (made.superseded, made.label) == (True, "day=a")
    assert rows(days) == before


def test_columns_that_came_later_are_null_in_what_is_put_back_and_other_types_are_refused(days: ObjectStore) -> None:
    more = day("a", 5).append_column("note", pa.array(["new"]))
    delta.replace_partitions(days, "t", more, [{"day": "a"}], evolve=True)
    roll_back(days, "t", 0, partitions=["a"])
    assert delta.read_table(days, "t", partitions=[{"day": "a"}]).to_pylist() == [{"day": "a", "n": 1, "note": None}]
    wide = pa.table({"day": ["a"], "n": pa.array([1.5]), "note": ["x"]})
    delta.replace_table(days, "t", wide, partition_by=["day"])
    with pytest.raises(errors.InvalidFrame, match="column 'n' is double, and was int64 in version 0"):
        roll_back(days, "t", 0)
    delta.replace_table(days, "t", wide)
    with pytest.raises(errors.InvalidFrame, match=r"partitioned by \['day'\], the table by \[\]"):
        roll_back(days, "t", 0)


def test_a_batch_that_was_undone_may_be_added_again_and_one_that_is_there_is_not_doubled(store: ObjectStore) -> None:
    for number in range(4):
        modes.append(store, "t", day("a", number), batch_id=f"b{number}", metadata={"run_id": f"b{number}"})
    # A table that is not there is made empty first: batch n is version n + 1.
    roll_back(store, "t", 2)
    assert rows(store) == [("a", 0), ("a", 1)]
    assert modes.append(store, "t", day("a", 1), batch_id="b1").repeated
    with pytest.raises(RolledBack, match="only a run that begins after"):
        modes.append(store, "t", day("a", 2), batch_id="b2", batch=began(store, "a", "b2", by_day=False))
    later = began(store, "a", "new", by_day=False)
    assert not modes.append(store, "t", day("a", 2), batch_id="b2", batch=later).repeated
    assert modes.append(store, "t", day("a", 2), batch_id="b2", batch=later).repeated
    assert rows(store) == [("a", 0), ("a", 1), ("a", 2)]
    roll_back(store, "t", 4)  # takes the roll-back back
    assert rows(store) == [("a", 0), ("a", 1), ("a", 2), ("a", 3)]
    assert modes.append(store, "t", day("a", 3), batch_id="b3").repeated


@given(steps=st.lists(st.one_of(st.just("add"), st.integers(0, 30)), min_size=2, max_size=9))
@settings(max_examples=examples(15), deadline=None, suppress_health_check=list(HealthCheck))
def test_however_often_it_is_rolled_back_and_forth_a_batch_is_known_to_be_there_exactly_when_its_rows_are(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str | int]
) -> None:
    store = ObjectStore.open(f"file://{tmp_path_factory.mktemp('store')}")
    modes.append(store, "t", day("a", 0), batch_id="0")
    seen = {0: [], 1: [("a", 0)]}
    for number, step in enumerate(steps, 1):
        now = delta.open_table(store, "t").version()
        if step == "add":
            made = modes.append(store, "t", day("a", number), batch_id=str(number))
            seen[made.version] = sorted([*seen[now], ("a", number)])
        else:
            target = 1 + int(step) % now if now > 1 else 1
            made = roll_back(store, "t", target)
            seen.setdefault(made.version, seen[target])
        assert rows(store) == seen[made.version]
    table = delta.open_table(store, "t")
    for number in range(len(steps) + 1):
        if number == 0 or steps[number - 1] == "add":
            known = modes.written_before(store, "t", table, str(number))
            assert (known is not None) == (("a", number) in rows(store))


def test_the_log_is_read_back_as_deltalake_reads_it_also_from_a_checkpoint(days: ObjectStore) -> None:
    delta.open_table(days, "t").create_checkpoint()
    put(days, "a", 7, batch=began(days, "a"))
    table = delta.open_table(days, "t")
    state = replayed(days, "t", table.version())
    assert sorted(state.files) == sorted(pa.table(table.get_add_actions())["path"].to_pylist())
    assert state.metadata["id"] == str(table.metadata().id)
    assert state.transactions["data_platform.newest:day=a"] == 4
    assert all(json.loads(file["stats"])["numRecords"] for file in state.files.values())
    roll_back(days, "t", 3)
    assert rows(days) == [("a", 10), ("b", 20), ("b", 21)]


def test_a_version_whose_files_are_gone_is_refused_and_nothing_changes(days: ObjectStore) -> None:
    state = replayed(days, "t", 0)
    days.delete(f"t/{next(iter(state.files))}")
    with pytest.raises(errors.MissingVersion, match="files of version 0 were vacuumed away"):
        roll_back(days, "t", 0)
    with pytest.raises(errors.MissingVersion, match="there is no version 99; the newest is 3"):
        roll_back(days, "t", 99)
    assert delta.open_table(days, "t").version() == 3


def test_a_fence_that_somebody_else_wrote_is_none() -> None:
    for raw in (None, "x", "{}", [], {"version": 1}, {"version": "x", "at": "y"}, '{"version": 1, "at": 3}'):
        assert Fence.of(raw) is None
    fence = Fence(3, datetime(2026, 11, 1, tzinfo=UTC), ("r",), ((1, 2),))
    assert Fence.of(json.dumps(fence.as_details())) == fence


@pytest.mark.slow
def test_writers_and_roll_backs_at_the_same_time_leave_the_rows_of_one_of_them_whole(store: ObjectStore) -> None:
    for number in range(3):
        put(store, "a", *([number] * 5), batch=began(store, "a"))
    failed: list[BaseException] = []

    def run(act: object) -> None:
        try:
            for _ in range(4):
                act()
        except (errors.StorageError, CommitFailedError) as error:
            failed.append(error)

    writers = [
        lambda: put(store, "a", *([7] * 5), batch=began(store, "a", "w")),
        lambda: put(store, "b", *([8] * 5), batch=began(store, "b", "x")),
        lambda: roll_back(store, "t", 0, partitions=["a"]),
        lambda: roll_back(store, "t", 1, partitions=["a"]),
    ]
    threads = [threading.Thread(target=run, args=(act,)) for act in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    last = delta.open_table(store, "t").version()
    for version in range(3, last + 1):
        values = [n for name, n in rows(store, version) if name == "a"]
        assert len(values) == 5
        assert len(set(values)) == 1
    assert [n for name, n in rows(store) if name == "b"] == [8] * 5
