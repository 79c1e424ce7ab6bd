"""The platform's own command: scan what landed, make its dates, with Dagster's instance and a real S3.

What belongs here: the command, the server beside it, and the hand-tuned script that is given the same server. What does
not: measuring and comparing (``run``).

The log lies in the S3 before the clock starts, as it does when a sensor finds it. The command is a process of its own
that runs the two jobs which the sensor asks for. The server's memory is added to its peak, and its CPU seconds to the
command's.
"""

import os
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Final

import obstore
import psutil
from obstore.store import S3Store

from benchmarks.logs.process import Figures, measure
from benchmarks.repository import PROJECT_ROOT
from data_platform.laptop.dagster_services import prepare_home
from data_platform.laptop.seaweedfs import SeaweedFS
from data_platform.settings import STORE_VARIABLE
from data_platform.storage.objects.store import ObjectStore

REPEATS: Final = ("cold", "again")
ON_S3: Final = "polars_on_s3"
LANDED: Final = "logs/landing/access.log"

_SCRIPT: Final = [sys.executable, str(Path(__file__).with_name("baselines") / "polars_script.py")]


def ours(log: Path) -> dict[str, Figures]:
    """What the command costs on a log, the first time and once more with nothing changed; and the script on the S3."""
    with tempfile.TemporaryDirectory(dir=log.parent, prefix="ours-") as folder:
        home = Path(folder, "dagster")
        home.mkdir()
        prepare_home(home, PROJECT_ROOT / "dagster.yaml")
        with SeaweedFS(Path(folder, "s3"), bucket="bench") as server:
            environment = server.environment | {
                STORE_VARIABLE: "s3://bench",
                "DAGSTER_HOME": str(home),
                "DATA_PLATFORM_LOGS_SETTLE_SECONDS": "0",
                "DAGSTER_EVENT_BATCH_SIZE": "100",
                "DAGSTER_DISABLE_TELEMETRY": "yes",
            }
            os.environ |= environment
            _land(log)
            found = {name: _with_server([sys.executable, "-m", __name__], environment) for name in REPEATS}
            return found | {ON_S3: _with_server([*_SCRIPT, f"s3://bench/{LANDED}", "s3://bench/script"], environment)}


def _land(log: Path) -> None:
    """Put the log into the store as what it is, bytes: SeaweedFS would pack parts of which it is not told."""
    to = _store()
    headers = {"default_headers": to.attributes}
    native = S3Store(config=to.native.config, client_options={**(to.native.client_options or {}), **headers})
    with log.open("rb") as file:
        obstore.put(native, LANDED, file, chunk_size=16 << 20)


def _store() -> ObjectStore:
    return ObjectStore.open(os.environ[STORE_VARIABLE])


def _with_server(command: list[str], environment: dict[str, str]) -> Figures:
    weed = next(one for one in psutil.Process().children(recursive=True) if "weed" in one.name())
    before, peak, over = weed.cpu_times(), [0], threading.Event()

    def watch() -> None:
        while not over.wait(0.2):
            peak[0] = max(peak[0], weed.memory_info().rss)

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        found = measure(command, environment | {"AWS_ALLOW_HTTP": "true"})
    finally:
        over.set()
        watching.join()
    after = weed.cpu_times()
    served = after.user + after.system - before.user - before.system
    return Figures(found.wall, found.cpu + served, found.memory + peak[0] / (1 << 20), found.events)


def main() -> None:
    """Run both jobs, and say how many events there are."""
    import dagster as dg  # noqa: PLC0415 - part of what is measured

    from data_platform.domains.logs.catalogue import load  # noqa: PLC0415
    from data_platform.domains.logs.reconciliation import load_accounts  # noqa: PLC0415
    from data_platform.domains.logs.schedules import PARTITIONS, logs_dates, logs_scan  # noqa: PLC0415
    from data_platform.locations import load_domain  # noqa: PLC0415

    began = time.monotonic()

    def lap(name: str) -> None:
        sys.stderr.write(f"{name}: {time.monotonic() - began:.1f} s, {time.process_time():.1f} CPU-s\n")

    definitions = load_domain("logs")
    store = _store()
    lap("loaded")
    with dg.DagsterInstance.get() as instance:
        scanned = definitions.resolve_job_def(logs_scan.name).execute_in_process(instance=instance)
        lap("scanned")
        dates = list(load(store, "UTC").dates())
        instance.add_dynamic_partitions(PARTITIONS, dates)
        tags = {"dagster/asset_partition_range_start": dates[0], "dagster/asset_partition_range_end": dates[-1]}
        made = definitions.resolve_job_def(logs_dates.name).execute_in_process(instance=instance, tags=tags)
        lap("made")
    if not (scanned.success and made.success):
        sys.exit("a run failed")
    sys.stdout.write(f"{sum(one.events for one in load_accounts(store).values())}\n")


if __name__ == "__main__":
    main()
