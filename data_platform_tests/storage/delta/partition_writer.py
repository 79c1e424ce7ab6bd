"""Run by ``test_delta_partitions``: writes partitions of table ``t``, one commit each, until done or killed.

``own``: this writer's own days; ``same``: always the same day. Every row tells its writer and turn; there is a number
of rows that only one writer has. Says its version after each commit.
"""

import itertools
import sys
from collections.abc import Iterator

import pyarrow as pa

from data_platform.storage.delta.partition_writer import PartitionWriter
from data_platform.storage.objects.store import ObjectStore

SCHEMA = pa.schema([("day", pa.string()), ("writer", pa.int64()), ("turn", pa.int64())])


def rows_of(writer: int, turn: int) -> pa.Table:
    count = 100 + writer
    return pa.table({"writer": pa.array([writer] * count), "turn": pa.array([turn] * count)})


def day_of(what: str, writer: int, turn: int) -> str:
    return f"{writer}-{turn}" if what == "own" else "same"


def turns(count: int) -> Iterator[int]:
    return iter(range(count)) if count else itertools.count()


def main(what: str, url: str, writer: str, count: str) -> None:
    store, number = ObjectStore.open(url), int(writer)  # credentials and endpoint: from the environment
    with PartitionWriter(store, "t", "day", SCHEMA) as partitions:
        for turn in turns(int(count)):
            staged = partitions.stage(day_of(what, number, turn), [rows_of(number, turn)])
            sys.stdout.write(f"{partitions.commit(staged, {'writer': number}).version}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
