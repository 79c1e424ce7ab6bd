import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake.exceptions import CommitFailedError
from hypothesis import given, settings
from hypothesis import strategies as st

from data_platform.storage import delta, errors
from data_platform.storage.delta import modes
from data_platform.storage.delta.history import versions
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.examples import examples
from data_platform_tests.s3 import S3Server
from data_platform_tests.storage.delta.table_writer import KEYS, batch

ROOT = Path(__file__).parents[3]


def rows(table: pa.Table) -> list[tuple]:
    return sorted((tuple(row.values()) for row in table.to_pylist()), key=str)


def kv(**pairs: int | None) -> pa.Table:
    return pa.table({"k": pa.array(list(pairs), pa.string()), "v": pa.array(list(pairs.values()), pa.int64())})


def test_rows_are_appended_and_the_table_made_where_there_is_none(store: ObjectStore) -> None:
    first = modes.append(store, "d/t", kv(a=1), metadata={"run_id": "r1"}, partition_by=["k"])
    second = modes.append(store, "d/t", kv(a=2, b=3), metadata={"run_id": "r2"})
    assert rows(delta.read_table(store, "d/t")) == [("a", 1), ("a", 2), ("b", 3)]
    assert second.version == first.version + 1
    assert sum(file.rows for file in second.files) == 2
    assert {file.partition["k"] for file in second.files} == {"a", "b"}
    assert versions(store, "d/t", limit=1)[0].metadata["run_id"] == "r2"
    with pytest.raises(errors.InvalidFrame, match=r"partitioned by \['k'\], not by \['v'\]"):
        modes.append(store, "d/t", kv(a=2), partition_by=["v"])


def test_a_batch_is_written_once_however_often_it_is_tried(store: ObjectStore) -> None:
    done = [modes.append(store, "t", kv(a=1), batch_id="run 1's step") for _ in range(3)]
    assert [each.repeated for each in done] == [False, True, True]
    assert len({each.version for each in done}) == 1
    assert done[0].files == done[2].files
    modes.upsert(store, "t", kv(a=2), ["k"], batch_id="b")
    modes.upsert(store, "t", kv(a=3), ["k"], batch_id="c")
    late = modes.upsert(store, "t", kv(a=2), ["k"], batch_id="b")
    assert late.repeated
    assert rows(delta.read_table(store, "t")) == [("a", 3)]


def test_an_append_whose_answer_was_lost_is_not_made_again(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    modes.append(store, "t", kv(a=1))
    write = modes.write_deltalake

    def lose(*args, **options):
        monkeypatch.setattr(modes, "write_deltalake", write)
        write(*args, **options)
        raise CommitFailedError("the version already exists")

    monkeypatch.setattr(modes, "write_deltalake", lose)
    done = modes.append(store, "t", kv(b=2))
    assert rows(delta.read_table(store, "t")) == [("a", 1), ("b", 2)]
    assert done.version == delta.open_table(store, "t").version()


def test_rows_are_put_in_place_of_those_with_their_key(store: ObjectStore) -> None:
    modes.upsert(store, "t", kv(a=1, b=2), ["k"])
    done = modes.upsert(store, "t", kv(b=None, c=4), ["k"], metadata={"run_id": "r"})
    assert rows(delta.read_table(store, "t")) == [("a", 1), ("b", None), ("c", 4)]
    assert done.version == delta.open_table(store, "t").version()
    assert versions(store, "t", limit=1)[0].mode == "upsert"
    assert modes.upsert(store, "t", kv(), ["k"], batch_id="of nothing").version == done.version + 1
    assert modes.upsert(store, "t", kv(), ["k"], batch_id="of nothing").repeated


def test_keys_may_be_of_several_columns_of_any_name_with_nulls_and_in_partitions(store: ObjectStore) -> None:
    def batch(number: int) -> pa.Table:
        return pa.table({'My "k"': ["a", None, "b"], "day": ["x", "x", "it's"], "n": [number] * 3})

    for number in (1, 2):
        modes.upsert(store, "t", batch(number), ['My "k"', "day"], partition_by=["day"])
    assert rows(delta.read_table(store, "t")) == rows(batch(2))


@pytest.mark.parametrize(
    ("data", "keys", "said"),
    [
        (pa.table({"k": ["a", "a", "b"], "v": [1, 2, 3]}), ["k"], r"1 keys \(k\) .* more than once: \[\('a'"),
        (pa.table({"k": pa.array([None, None], pa.string()), "v": [1, 2]}), ["k"], r"more than once: \[\(None,\)\]"),
        (kv(a=1), [], "the key needs columns"),
        (kv(a=1), ["q"], r"not \['q'\]"),
        (pa.table({"k": ["a"], "v": ["x"]}), ["k"], r"table has \(k string, v int64\); the data have \(k string, v s"),
        (pa.table({"k": ["a"]}), ["k"], r"lack \['v'\]. The table has"),
        (pa.table({"k": ["a"], "v": [1], "w": [2]}), ["k"], r"not in the table \['w'\].*the data have \(k string, v"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_both_schemas(data: pa.Table, keys, said: str) -> None:
    store = ObjectStore.open("memory://modes")
    modes.upsert(store, "t", kv(z=1), ["k"])
    with pytest.raises(errors.InvalidFrame, match=said):
        modes.upsert(store, "t", data, keys)


PAIRS = st.dictionaries(st.sampled_from("abcde"), st.one_of(st.none(), st.integers(0, 9)), max_size=5)


@settings(max_examples=examples(25))
@given(st.lists(st.tuples(st.booleans(), PAIRS), max_size=5))
def test_any_sequence_of_upserts_is_a_dictionary(batches) -> None:
    store = ObjectStore.open("memory://sequences")
    wanted: dict[str, int | None] = {"start": 0}
    delta.replace_table(store, "t", kv(start=0))
    for again, pairs in batches:
        for _ in range(1 + again):
            modes.upsert(store, "t", kv(**pairs), ["k"])
        wanted |= pairs
    assert rows(delta.read_table(store, "t")) == rows(kv(**wanted))


def environment(server: S3Server | None) -> dict[str, str]:
    if server is None:
        return dict(os.environ)
    keys = {"AWS_ACCESS_KEY_ID": server.access_key, "AWS_SECRET_ACCESS_KEY": server.secret_key}
    return {**os.environ, **keys, "AWS_ENDPOINT_URL": server.endpoint}


def start(what: str, url: str, server: S3Server | None, writer: int, turns: int) -> "subprocess.Popen[str]":
    command = [
        sys.executable,
        "-m",
        "data_platform_tests.storage.delta.table_writer",
        what,
        url,
        str(writer),
        str(turns),
    ]
    return subprocess.Popen(command, cwd=ROOT, env=environment(server), stdout=subprocess.PIPE, text=True)


def said(writers: "list[subprocess.Popen[str]]") -> list[list]:
    lines = []
    for each in writers:
        out, _ = each.communicate(timeout=120)
        assert each.returncode == 0
        lines += [json.loads(line) for line in out.splitlines()]
    return lines


@pytest.mark.slow
@pytest.mark.parametrize("where", ["s3", "file"])
def test_eight_processes_append_to_a_new_table_and_nothing_is_lost_or_doubled(request, tmp_path, where) -> None:
    server = request.getfixturevalue("s3_store") if where == "s3" else None
    store = request.getfixturevalue("open_s3")() if where == "s3" else ObjectStore.open(tmp_path.as_uri())
    lines = said([start("append", str(store.url), server, writer, 3) for writer in range(8)])
    assert len(lines) == 24
    assert all(repeated for *_, repeated in lines)
    compacted = {info.version for info in versions(store, "t", limit=500) if info.mode == "compact"}
    made = sorted(version for _, _, version, _ in lines)
    assert made == [version for version in range(1, 25 + len(compacted)) if version not in compacted]
    wanted = pa.concat_tables([batch(writer, turn) for writer in range(8) for turn in range(3)])
    assert rows(delta.read_table(store, "t")) == rows(wanted)


@pytest.mark.slow
@pytest.mark.parametrize("where", ["s3", "file"])
def test_eight_processes_upsert_the_same_keys_and_the_table_is_as_if_one_came_after_the_other(
    request, tmp_path, where
) -> None:
    server = request.getfixturevalue("s3_store") if where == "s3" else None
    store = request.getfixturevalue("open_s3")() if where == "s3" else ObjectStore.open(tmp_path.as_uri())
    lines = said([start("upsert", str(store.url), server, writer, 2) for writer in range(8)])
    by_version = {version: writer * 1000 + turn for writer, turn, version, _ in lines}
    assert sorted(by_version) == list(range(1, 17))
    for version in (1, 8, 16):
        table = delta.read_table(store, "t", version=version)
        assert sorted(table["key"].to_pylist()) == list(range(KEYS))
        assert set(table["mark"].to_pylist()) == {by_version[version]} == set(table["mine"].to_pylist())


def test_of_one_batch_tried_by_many_at_once_one_is_written(open_s3) -> None:
    store, done = open_s3(), []
    go = threading.Barrier(8)

    def write() -> None:
        go.wait()
        done.append(modes.append(store, "t", kv(a=1), batch_id="same"))

    threads = [threading.Thread(target=write) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(each.repeated for each in done) == [False] + [True] * 7
    assert rows(delta.read_table(store, "t")) == [("a", 1)]


@pytest.mark.slow
@pytest.mark.parametrize("where", ["s3", "file"])
def test_a_writer_that_is_killed_and_started_again_writes_each_batch_once(request, tmp_path, where) -> None:
    server = request.getfixturevalue("s3_store") if where == "s3" else None
    store = request.getfixturevalue("open_s3")() if where == "s3" else ObjectStore.open(tmp_path.as_uri())
    for turn in range(12):
        writer = start("append", str(store.url), server, 0, 40)
        assert writer.stdout is not None
        for _ in range(turn % 4 + 1):
            writer.stdout.readline()
        time.sleep(0.003 * turn)
        writer.kill()
        writer.communicate()
    said([start("append", str(store.url), server, 0, 40)])
    wanted = pa.concat_tables([batch(0, turn) for turn in range(40)])
    assert rows(delta.read_table(store, "t")) == rows(wanted)
