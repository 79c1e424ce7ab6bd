import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pytest

from data_platform.storage import delta
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.s3 import S3Server
from data_platform_tests.storage.delta.killed_writer import ROWS, payload

ROOT = Path(__file__).parents[3]


def start_writer(what: str, url: str, server: S3Server | None) -> "subprocess.Popen[bytes]":
    keys = (
        {}
        if server is None
        else {
            "AWS_ACCESS_KEY_ID": server.access_key,
            "AWS_SECRET_ACCESS_KEY": server.secret_key,
            "AWS_ENDPOINT_URL": server.endpoint,
        }
    )
    command = [sys.executable, "-m", "data_platform_tests.storage.delta.killed_writer", what, url]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, **keys}, stdout=subprocess.PIPE)


def see_object(store: ObjectStore) -> int:
    data = store.get("object")
    mark = data[0] - 65
    assert data == payload(mark)
    return mark


def see_table(store: ObjectStore) -> int:
    table = delta.read_table(store, "table", partitions=[{"day": "p"}])
    (mark,) = pa.compute.unique(table["mark"]).to_pylist()
    assert table.num_rows == ROWS + mark
    assert pa.compute.count_distinct(table["noise"]).as_py() == table.num_rows
    return mark


@pytest.mark.slow
@pytest.mark.parametrize(
    ("what", "where"),
    [
        ("object", "s3"),
        ("object", "file"),
        ("table", "s3"),
        ("table", "file"),
    ],
)
def test_a_reader_never_sees_a_part_or_a_mix_of_what_a_killed_writer_wrote(
    request: pytest.FixtureRequest, tmp_path: Path, what: str, where: str
) -> None:
    server = request.getfixturevalue("s3_store") if where == "s3" else None
    store = request.getfixturevalue("open_s3")() if where == "s3" else ObjectStore.open(tmp_path.as_uri())
    see = see_object if what == "object" else see_table
    chance, seen = random.Random(7), set()
    for _ in range(15):
        writer = start_writer(what, str(store.url), server)
        try:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"written\n"
            seen.add(see(store))
            end = time.monotonic() + chance.uniform(0, 0.4)
            while time.monotonic() < end:
                seen.add(see(store))
        finally:
            writer.kill()
            writer.communicate()
        seen.add(see(store))
    assert seen == {0, 1}
    leftovers = [each.path for each in store.list() if "#" in each.path]
    assert leftovers == []
