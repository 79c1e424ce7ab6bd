"""Run by ``test_kills``: writes two payloads in turn, for ever, until it is killed. Says so after each write."""

import itertools
import sys

import pyarrow as pa

from data_platform.storage import delta
from data_platform.storage.objects.store import ObjectStore

ROWS = 400_000


def payload(mark: int) -> bytes:
    return bytes([65 + mark]) * (6_000_000 + mark * 1_000_000)


def batch(mark: int) -> pa.Table:
    count = ROWS + mark
    noise = pa.array(range(mark, count * 7 + mark, 7))
    return pa.table({"day": ["p"] * count, "mark": [mark] * count, "noise": noise})


def main(what: str, url: str) -> None:
    store = ObjectStore.open(url)  # credentials and endpoint: from the environment
    for turn in itertools.count():
        if what == "object":
            store.put("object", payload(turn % 2))
        else:
            delta.replace_partitions(store, "table", batch(turn % 2), [{"day": "p"}])
        sys.stdout.write("written\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
