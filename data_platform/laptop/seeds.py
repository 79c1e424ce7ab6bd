"""Domains' own preparation for the laptop, run before the first materialization: `seed(instance)` in a module `seed`.

What belongs here: finding and running them. What does not: what they do. A seed runs only while the simulator is in
use, so that it can never change a real source's data.
"""

import importlib
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from data_platform.laptop.processes import Service, rotate
from data_platform.settings import PROJECT_ROOT


def find(locations: Iterable[str], domains: Path = PROJECT_ROOT / "data_platform" / "domains") -> list[str]:
    """The domains that have a seed and are loaded: their location has their name."""
    return sorted({path.parent.name for path in domains.glob("*/seed.py")} & set(locations))


def run(
    domains: Iterable[str], *, environment: Mapping[str, str], logs: Path, alive: Callable[[], None]
) -> Service | None:
    """Run the seeds of some domains to their end, in one process: what they import costs more than what they do.

    Args:
        domains: The domains.
        environment: All of the environment.
        logs: Folder of the log.
        alive: Called while it runs; raises to give up.

    Returns:
        The process when a seed failed, None when all is well.
    """
    log = logs / "seeds.log"
    rotate(log)
    service = Service("seeds", [sys.executable, "-m", __name__, *domains], environment, log, PROJECT_ROOT)
    service.start()
    try:
        while service.running:
            alive()
            time.sleep(0.1)
    finally:
        service.stop(seconds=1)
    return None if service.exit_code == 0 else service


def main(domains: Iterable[str]) -> int:
    """Run seeds in this process, each whatever became of the others.

    Returns:
        How many failed.
    """
    import dagster as dg  # noqa: PLC0415 - only the process of the seeds needs it

    failed = 0
    with dg.DagsterInstance.get() as instance:
        for domain in domains:
            try:
                filled = importlib.import_module(f"data_platform.domains.{domain}.seed").seed(instance)
                print(f"{domain}: {filled} past days taken from the simulator", flush=True)  # noqa: T201 - for the log
            except Exception:  # noqa: BLE001 - one domain's trouble is not the others'
                failed += 1
                traceback.print_exc()
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
