"""Domains' own past for the laptop, run after the first materialization: of its jobs' tags, and by its module `seed`.

What belongs here: finding and running them. What does not: what they do. A seed runs only while the simulator is in
use, so that it can never change a real source's data.
"""

import importlib
import os
import sys
import traceback
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from data_platform.laptop.processes import Service, rotate
from data_platform.project import current, project_root

_PATIENCE_SECONDS: Final = 1.0
_LESS_URGENT: Final = 5


def find(locations: Iterable[str]) -> list[str]:
    """The domains that have a seed, or sources with past days, and are loaded: their location has their name."""
    domains = current().domains
    return sorted(name for name in locations if _has_seed(domains / name) or _has_past(domains / name))


def _has_seed(domain: Path) -> bool:
    return (domain / "seed.py").is_file()


def _has_past(domain: Path) -> bool:
    """Whether a job of a domain seems to have past days; found without loading the domain."""
    files = (*domain.glob("raw_*/defs.yaml"), *domain.glob("*.py"))
    return any("past_days" in (text := file.read_text(encoding="utf-8")) or "PAST_DAYS" in text for file in files)


def start(domains: Iterable[str], *, environment: Mapping[str, str], logs: Path) -> Service:
    """Start the seeds of some domains, in one process: what they import costs more than what they do.

    Args:
        domains: The domains.
        environment: All of the environment.
        logs: Folder of the log.

    Returns:
        The process; its exit code is 0 when all is well.
    """
    log = logs / "seeds.log"
    rotate(log)
    command = [sys.executable, "-m", __name__, *domains]
    service = Service("seeds", command, environment, log, project_root(), patience=_PATIENCE_SECONDS)
    service.start()
    return service


def main(domains: Iterable[str]) -> int:
    """Run seeds in this process, each whatever became of the others.

    Returns:
        How many failed.
    """
    import dagster as dg  # noqa: PLC0415 - only the process of the seeds needs it

    failed, modules = 0, current().domain_modules()
    with dg.DagsterInstance.get() as instance:
        for domain in domains:
            try:
                filled = _filled(instance, domain, modules[domain])
                print(f"{domain}: {filled} past days taken from the simulator", flush=True)  # noqa: T201 - for the log
            except Exception:  # noqa: BLE001 - one domain's trouble is not the others'
                failed += 1
                traceback.print_exc()
    return failed


def _filled(instance: Any, domain: str, module: str) -> int:
    from data_platform.locations import load_domain  # noqa: PLC0415 - as above
    from data_platform.orchestration.ingestion.seeding import seed_jobs  # noqa: PLC0415 - as above

    folder = current().domains / domain
    filled = seed_jobs(instance, load_domain(domain)) if _has_past(folder) else 0
    if _has_seed(folder):
        filled += importlib.import_module(f"{module}.seed").seed(instance)
    return filled


if __name__ == "__main__":
    os.nice(_LESS_URGENT)  # than what the person at the screen has asked for; of this process alone
    sys.exit(main(sys.argv[1:]))
