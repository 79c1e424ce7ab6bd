"""Small partitions are read several at a time where the store is far away, and the rows are those of one scan."""

import threading
from collections.abc import Callable
from datetime import date, timedelta

import duckdb
import pyarrow as pa
import pytest

from data_platform.storage import delta
from data_platform.storage.delta import ahead
from data_platform.storage.errors import StorageError
from data_platform.storage.objects.store import ObjectStore

DAYS = [(date(2026, 1, 1) + timedelta(days=number)).isoformat() for number in range(40)]


@pytest.fixture(params=["s3", "memory"])
def far(request: pytest.FixtureRequest, open_s3: Callable[..., ObjectStore]) -> ObjectStore:
    """A store that is not beside us."""
    return open_s3() if request.param == "s3" else ObjectStore.open(f"memory://test-{id(request)}")


def write(store: ObjectStore, days: list[str | None], rows: int = 3) -> None:
    table = pa.table({"day": [day for day in days for _ in range(rows)], "n": list(range(rows * len(days)))})
    if None in days:
        delta.replace_table(store, "t", table, partition_by=["day"])
    else:
        delta.replace_partitions(store, "t", table, [{"day": day} for day in days if day])


def scanned(store: ObjectStore, monkeypatch: pytest.MonkeyPatch, **choice: object) -> list[dict[str, object]]:
    """The rows by one scan."""
    with monkeypatch.context() as patched:
        patched.setattr("data_platform.storage.delta.scan.groups", lambda *_: ([], []))
        return ordered(delta.read_table(store, "t", **choice))  # type: ignore[arg-type]


def ordered(table: pa.Table) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = table.to_pylist()
    return sorted(rows, key=str)


@pytest.mark.parametrize(
    "choice",
    [
        {},
        {"columns": ["n"]},
        {"columns": ["n", "day"], "partitions": [{"day": day} for day in DAYS[3:30]]},
        {"partitions": [{"day": DAYS[0]}]},
    ],
    ids=["all", "a column", "some partitions", "one partition"],
)
def test_the_rows_are_those_of_one_scan(
    far: ObjectStore, choice: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(far, [*DAYS])
    assert ordered(delta.read_table(far, "t", **choice)) == scanned(far, monkeypatch, **choice)  # type: ignore[arg-type]


def test_large_partitions_are_read_by_one_scan_beside_the_small_ones(
    far: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(far, [*DAYS])
    large = pa.table({"day": [DAYS[7]] * 5000, "n": list(range(5000))})
    delta.replace_partitions(far, "t", large, [{"day": DAYS[7]}])
    monkeypatch.setattr(ahead, "_SMALL", 5_000)
    small, others = ahead.groups(delta.open_table(far, "t"), None)
    assert others == [{"day": DAYS[7]}]
    assert sum(map(len, small)) == len(DAYS) - 1
    assert ordered(delta.read_table(far, "t")) == scanned(far, monkeypatch)


def test_rows_without_a_day_are_read_as_well(far: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    write(far, [*DAYS, None])
    assert ahead.groups(delta.open_table(far, "t"), None) == ([], []), "no text says which partition it is"
    assert len(delta.read_table(far, "t")) == 3 * len(DAYS) + 3
    assert ordered(delta.read_table(far, "t")) == scanned(far, monkeypatch)


def test_groups_are_of_few_bytes(far: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    write(far, [*DAYS])
    monkeypatch.setattr(ahead, "_GROUP_BYTES", 1)
    small, _ = ahead.groups(delta.open_table(far, "t"), None)
    assert {len(group) for group in small} == {1}


def test_whoever_needs_a_few_rows_only_leaves_no_reader_behind(far: ObjectStore) -> None:
    write(far, [*DAYS])
    scan = delta.open_scan(far, "t")
    with duckdb.connect() as connection:
        connection.register("rows_", scan)
        assert len(connection.execute("SELECT n FROM rows_ LIMIT 2").fetchall()) == 2
    reader = scan.reader()
    reader.read_next_batch()
    del reader
    # What was begun is read to its end, and whoever reads it ends then.
    for thread in threading.enumerate():
        if thread.name.startswith("delta-read"):
            thread.join(60)
            assert not thread.is_alive()


def test_a_file_that_is_gone_is_an_error_for_whoever_reads(far: ObjectStore) -> None:
    write(far, [*DAYS])
    scan = delta.open_scan(far, "t")
    (gone,) = [entry.path for entry in far.list(f"t/day={DAYS[20]}")]
    far.delete(gone)
    with pytest.raises(StorageError):
        scan.whole()
