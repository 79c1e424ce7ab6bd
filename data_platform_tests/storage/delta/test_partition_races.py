import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from data_platform.storage import delta, errors
from data_platform.storage.delta import partition_writer
from data_platform.storage.delta.partition_writer import PartitionWriter
from data_platform.storage.objects.store import ObjectInfo, ObjectStore
from data_platform_tests.storage.delta.partition_writer import SCHEMA, rows_of
from data_platform_tests.storage.delta.test_partition_writer import DAYS, days, numbers, place, replace

ROOT = Path(__file__).parents[3]


class Overtaken(ObjectStore):
    """A store in which, before each conditional put, another writer commits."""

    def put(self, path: str, data: bytes, *, if_absent: bool = False) -> ObjectInfo:
        if if_absent:
            replace(ObjectStore.open(str(self.url)), "other", 7)
        return super().put(path, data, if_absent=if_absent)


def test_a_writer_that_others_keep_overtaking_gives_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partition_writer, "ATTEMPTS", 3)
    store = Overtaken.open(tmp_path.as_uri())
    with PartitionWriter(store, "t", "day", DAYS) as writer, pytest.raises(errors.Conflict, match="3 times in a row"):
        writer.commit(writer.stage("mine", [numbers(1)]))
    assert delta.read_table(store, "t").to_pylist() == [{"day": "other", "n": 7}]


def test_threads_write_partitions_of_one_table_at_once(store: ObjectStore) -> None:
    with PartitionWriter(store, "t", "day", DAYS) as writer, ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda i: writer.commit(writer.stage(f"d{i}", [numbers(*range(i + 1))])), range(40)))
    assert sorted(each.version for each in done) == list(range(1, 41))
    found = Counter(row["day"] for row in delta.read_table(store, "t").to_pylist())
    assert found == {f"d{i}": i + 1 for i in range(40)}


@pytest.mark.slow
def test_of_writers_of_one_partition_one_batch_wins_as_a_whole(store: ObjectStore) -> None:
    for turn in range(5):
        start = threading.Barrier(6)

        def write(number: int, day: str = f"d{turn}", start: threading.Barrier = start) -> delta.Commit:
            start.wait()
            if number == 0:
                return delta.replace_partitions(store, "t", days(day, *[number] * 3), [{"day": day}])
            return replace(store, day, *[number] * (number + 3))

        with ThreadPoolExecutor(6) as pool:
            done = list(pool.map(write, range(6)))
        found = delta.read_table(store, "t", partitions=[{"day": f"d{turn}"}])["n"].to_pylist()
        winner = max(done, key=lambda each: each.version)
        assert len(set(found)) == 1
        assert len(found) == found[0] + 3
        assert done.index(winner) == found[0]


def start_process(server: Any, *arguments: str) -> "subprocess.Popen[bytes]":
    environment = dict(os.environ)
    if server is not None:
        environment |= {"AWS_ACCESS_KEY_ID": server.access_key, "AWS_SECRET_ACCESS_KEY": server.secret_key,
                        "AWS_ENDPOINT_URL": server.endpoint}  # fmt: skip
    command = [sys.executable, "-m", "data_platform_tests.storage.delta.partition_writer", *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE)


@pytest.mark.slow
@pytest.mark.parametrize("where", ["s3", "file"])
@pytest.mark.parametrize("what", ["own", "same"])
def test_eight_processes_with_twenty_commits_each_lose_and_mix_nothing(
    request: pytest.FixtureRequest, tmp_path: Path, what: str, where: str
) -> None:
    server, store = place(request, where, tmp_path)
    processes = [start_process(server, what, str(store.url), str(number), "20") for number in range(8)]
    said = [process.communicate(timeout=300)[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0] * 8
    assert sorted(int(each) for lines in said for each in lines) == list(range(1, 161))
    found = Counter((row["day"], row["writer"], row["turn"]) for row in delta.read_table(store, "t").to_pylist())
    if what == "own":
        assert found == {(f"{writer}-{turn}", writer, turn): 100 + writer for writer in range(8) for turn in range(20)}
    else:
        last = next(number for number, lines in enumerate(said) if b"160" in lines)
        assert found == {("same", last, 19): 100 + last}


@pytest.mark.slow
@pytest.mark.parametrize("where", ["s3", "file"])
def test_killed_writers_leave_no_rows_that_were_not_committed(
    request: pytest.FixtureRequest, tmp_path: Path, where: str
) -> None:
    server, store = place(request, where, tmp_path)
    chance, said = random.Random(5), Counter[int]()
    for writer in range(12):
        process = start_process(server, "own" if writer % 2 else "same", str(store.url), str(writer), "0")
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.uniform(0, 0.15))
        process.kill()
        said[writer] = 1 + len(process.communicate()[0].split())
        found = Counter((row["day"], row["writer"], row["turn"]) for row in delta.read_table(store, "t").to_pylist())
        assert all(count == 100 + number for (_, number, _), count in found.items())
        assert sum(day == "same" for day, _, _ in found) == 1
        for number in range(1, writer + 1, 2):
            turns = sorted(turn for _, mine, turn in found if mine == number)
            # one more than it said: it may have died between the commit and saying so
            assert turns == list(range(len(turns)))
            assert said[number] <= len(turns) <= said[number] + 1
    with PartitionWriter(store, "t", "day", SCHEMA) as next_one:
        next_one.commit(next_one.stage("after", [rows_of(0, 0)]))
    assert delta.read_table(store, "t", partitions=[{"day": "after"}]).num_rows == 100
