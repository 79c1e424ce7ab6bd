"""Domains' own preparation for the laptop: a module `seed` in a domain's folder, run before the first materialization.

What belongs here: finding and running them. What does not: what they do. A seed runs only while the simulator is in
use, so that it can never change a real source's data.
"""

import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from data_platform.laptop.processes import Service, rotate
from data_platform.settings import PROJECT_ROOT


def find(locations: Iterable[str], domains: Path = PROJECT_ROOT / "data_platform" / "domains") -> list[str]:
    """The domains that have a seed and are loaded: their location has their name."""
    return sorted({path.parent.name for path in domains.glob("*/seed.py")} & set(locations))


def run(
    domain: str, *, environment: Mapping[str, str], logs: Path, seconds: float, alive: Callable[[], None]
) -> Service | None:
    """Run one domain's seed to its end.

    Args:
        domain: The domain.
        environment: All of its environment.
        logs: Folder of its log.
        seconds: How long it may take; then it is ended.
        alive: Called while it runs; raises to give up.

    Returns:
        The process when it failed, None when all is well.
    """
    log = logs / f"seed-{domain}.log"
    rotate(log)
    command = [sys.executable, "-m", f"data_platform.domains.{domain}.seed"]
    service = Service(f"seed of {domain}", command, environment, log, PROJECT_ROOT)
    service.start()
    deadline = time.monotonic() + seconds
    try:
        while service.running and time.monotonic() < deadline:
            alive()
            time.sleep(0.1)
    finally:
        service.stop(seconds=1)
    return None if service.exit_code == 0 else service
