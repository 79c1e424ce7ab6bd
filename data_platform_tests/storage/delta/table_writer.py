"""Run by ``test_modes``: appends or upserts batches to one table, then says which versions they became.

``append``: each row tells its writer and turn; every batch is tried twice. ``upsert``: every writer puts the same keys
again and again, with its name in each row.
"""

import json
import sys

import pyarrow as pa

from data_platform.storage.delta import modes
from data_platform.storage.objects.store import ObjectStore

KEYS = 20


def batch(writer: int, turn: int) -> pa.Table:
    count = 3 + writer
    return pa.table({"writer": [writer] * count, "turn": [turn] * count, "n": range(count)})


def rows_of(writer: int, turn: int) -> pa.Table:
    mark = writer * 1000 + turn
    return pa.table({"key": range(KEYS), "mark": [mark] * KEYS}).append_column("mine", pa.array([mark] * KEYS))


def main(what: str, url: str, writer: str, turns: str) -> None:
    store, number = ObjectStore.open(url), int(writer)  # credentials and endpoint: from the environment
    for turn in range(int(turns)):
        if what == "append":
            for _ in range(2):
                done = modes.append(store, "t", batch(number, turn), batch_id=f"{number}/{turn}")
        else:
            done = modes.upsert(store, "t", rows_of(number, turn), ["key"], batch_id=f"{number}/{turn}")
        sys.stdout.write(json.dumps([number, turn, done.version, done.repeated]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
