"""A process that scans the landing folder and makes its dates once, and says how much memory it took for that.

Run as a process of its own, so that its peak is its own: prints MiB before and at the peak.
"""

import os
import re
import sys
from pathlib import Path

import dagster as dg

from data_platform.locations import load_domain
from data_platform.settings import STORE_VARIABLE
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.domains.logs.location import Location


def main() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        location = Location(load_domain("logs"), instance, ObjectStore.open(os.environ[STORE_VARIABLE]))
        before = peak()
        assert all(result.success for result in location.settle())
        sys.stdout.write(f"{before} {peak()}\n")


def peak() -> int:
    # Not ru_maxrss, which starts at what the process that started this one had.
    (most,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(most) >> 10


if __name__ == "__main__":
    main()
