"""A process that registers one version of a contract when it is told to: `registrar.py <store> <product> <text>`."""
# ruff: noqa: T201 - it answers whoever started it

import sys

from data_platform.contracts.reading import contract as contract_of
from data_platform.contracts.registry import versions
from data_platform.contracts.registry.errors import Overtaken
from data_platform.contracts.source import read
from data_platform.storage.objects.store import ObjectStore


def main(url: str, product: str, text: str) -> None:
    store = ObjectStore.open(url)
    contract = contract_of(read(text.encode()))
    after = versions.log_of(store, product).size()
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        done = versions.add(store, product, contract, text, after=after, by="a process", commit=None)
        print(f"won {done.number}", flush=True)
    except Overtaken as error:
        print(f"told {error}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
