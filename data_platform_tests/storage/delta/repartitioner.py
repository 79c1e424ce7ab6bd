"""Run by ``test_repartition``, and killed: partitions a table to and fro, or rolls it back and forth, for ever."""

import itertools
import sys

from data_platform.storage.delta.repartition import Repartitioning
from data_platform.storage.delta.rollback import roll_back
from data_platform.storage.objects.store import ObjectStore


def main(what: str, url: str) -> None:
    store = ObjectStore.open(url)  # credentials and endpoint: from the environment
    for turn in itertools.count():
        if turn == 1:
            sys.stdout.write("begun\n")
            sys.stdout.flush()
        if what == "repartition":
            Repartitioning(store, "t", [["day"], ["shop"], []][turn % 3]).run()
        else:
            roll_back(store, "t", turn % 2)


if __name__ == "__main__":
    main(*sys.argv[1:])
