"""Several partitions replaced in one commit, and rows that come from disk."""

import random
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pytest

from data_platform.storage import delta, errors
from data_platform.storage.delta import commit
from data_platform.storage.formats.spool import spooled
from data_platform.storage.objects.store import ObjectStore

STREAM = """
import random, sys, threading
from pathlib import Path
import psutil, pyarrow as pa
from data_platform.storage import delta
from data_platform.storage.formats.spool import spooled
from data_platform.storage.objects.store import ObjectStore

folder, count = Path(sys.argv[1]), int(sys.argv[2])
folder.mkdir()
chance, process, most, over = random.Random(1), psutil.Process(), [0], threading.Event()

def pieces():
    for _ in range(count):
        noise = pa.array([chance.randbytes(10_000) for _ in range(1_000)])
        yield pa.table({"day": pa.repeat("a", 1_000), "noise": noise})

def watch():
    while not over.wait(0.01):
        most[0] = max(most[0], process.memory_info().rss)

threading.Thread(target=watch, daemon=True).start()
with spooled(pieces(), pa.schema([("day", pa.string()), ("noise", pa.binary())])) as rows:
    made = delta.replace_partitions(ObjectStore.open(folder.as_uri()), "t", rows, [{"day": "a"}])
assert made.size_bytes > count * 9.9e6
over.set()
print(most[0])
"""

DAYS = pa.schema([("day", pa.string()), ("n", pa.int64())])


def days(day: str, *values: int) -> pa.Table:
    return pa.table({"day": pa.array([day] * len(values), pa.string()), "n": pa.array(values, pa.int64())})


def group(store: ObjectStore, names: list[str], number: int) -> delta.Commit:
    rows = pa.concat_tables([days(name, *[number] * (number + 1)) for name in names])
    return delta.replace_partitions(store, "t", rows, [{"day": name} for name in names])


@pytest.mark.slow
def test_of_writers_of_overlapping_groups_each_groups_partitions_change_together(store: ObjectStore) -> None:
    names = [f"d{number}" for number in range(6)]
    start = threading.Barrier(6)

    def write(number: int) -> tuple[int, list[str]]:
        mine = random.Random(number).sample(names, 3)
        start.wait()
        return group(store, mine, number).version, mine

    with ThreadPoolExecutor(6) as pool:
        done = {version: (number, mine) for number, (version, mine) in enumerate(pool.map(write, range(6)))}
    assert sorted(done) == list(range(6))
    expected: dict[str, int] = {}
    for version in range(6):
        number, mine = done[version]
        expected |= dict.fromkeys(mine, number)
        rows = delta.read_table(store, "t", version=version)
        counted = rows.group_by(["day", "n"]).aggregate([([], "count_all")]).to_pylist()
        assert {row["day"]: row["n"] for row in counted} == expected
        assert all(row["count_all"] == row["n"] + 1 for row in counted)


def test_rows_from_disk_are_what_rows_in_memory_would_be(store: ObjectStore) -> None:
    pieces = [days("a", *range(start, start + 1_000)) for start in range(0, 200_000, 1_000)]
    group(store, ["a", "b"], 3)
    with spooled(pieces, DAYS) as rows:
        assert (rows.num_rows, rows.column_names) == (200_000, ["day", "n"])
        assert rows.slice(65_530, 10)["n"].to_pylist() == list(range(65_530, 65_540))
        made = delta.replace_partitions(store, "t", rows, [{"day": "a"}], metadata={"run_id": "r"})
    assert sum(file.rows for file in made.files) == 200_000
    there = delta.read_table(store, "t", partitions=[{"day": "a"}])
    assert there.sort_by("n")["n"].to_pylist() == list(range(200_000))
    assert delta.read_table(store, "t", partitions=[{"day": "b"}]).num_rows == 4


def test_rows_from_disk_of_another_partition_or_type_are_refused_and_nothing_is_written(store: ObjectStore) -> None:
    group(store, ["a"], 3)
    with spooled([days("a", 1), days("b", 2)], DAYS) as rows, pytest.raises(errors.InvalidFrame, match="'b'"):
        delta.replace_partitions(store, "t", rows, [{"day": "a"}])
    text = pa.table({"day": ["a"], "n": ["1"]})
    with spooled([text], text.schema) as rows, pytest.raises(errors.InvalidFrame, match="'n' is string"):
        delta.replace_partitions(store, "t", rows, [{"day": "a"}])
    assert delta.open_table(store, "t").version() == 0


def test_rows_from_disk_are_written_again_when_another_writer_was_faster(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    group(store, ["a"], 1)
    write, raced = commit.write_deltalake, []

    def overtaken(*arguments: object, **options: object) -> None:
        if not raced:
            raced.append(delta.replace_partitions(store, "t", days("a", 7, 7), [{"day": "a"}]))
            raise commit.CommitFailedError("another writer was faster")
        write(*arguments, **options)

    def once(*arguments: object, **options: object) -> None:
        monkeypatch.setattr(commit, "write_deltalake", write)
        overtaken(*arguments, **options)

    monkeypatch.setattr(commit, "write_deltalake", once)
    with spooled([days("a", 1, 2, 3)], DAYS) as rows:
        delta.replace_partitions(store, "t", rows, [{"day": "a"}])
    assert len(raced) == 1
    assert sorted(delta.read_table(store, "t")["n"].to_pylist()) == [1, 2, 3]


@pytest.mark.slow
def test_rows_that_stream_through_take_no_more_memory_the_more_there_are(tmp_path: Path) -> None:
    few, many = (
        int(subprocess.check_output([sys.executable, "-c", STREAM, str(tmp_path / n), n])) for n in ("40", "160")
    )
    assert many < 1.5 * few
