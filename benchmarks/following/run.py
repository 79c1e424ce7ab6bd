"""How soon consumers follow a publication: those of another platform on the same store, against those of its own.

Two real platforms (`data-platform up`) share a folder as their store; `sales` publishes `orders_v1`, of which both it
and `marketing` make a product by themselves. From the producer's commit, by the table's log, to the start of the
consumer's step, by its own platform's books. The machine's load stands beside each figure: it decides more than all
else.
"""

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from data_platform.laptop.dagster_api import DagsterAPI
from data_platform.laptop.processes import tree
from data_platform.settings import PROJECT_VARIABLE, STATE_VARIABLE, STORE_VARIABLE
from data_platform.storage.delta.history import versions
from data_platform.storage.objects.store import ObjectStore

PUBLICATIONS = 5
IDLE_SECONDS = 60.0
BIN = Path(sys.executable).parent
PRODUCT = "sales/orders_v1"
BY_DAY = "SELECT day, count(*) AS orders FROM sales.orders_v1 GROUP BY day"
HIDDEN = ("DATA_PLATFORM", "DAGSTER", "AWS_", "TMDB", "PYTHONDONTWRITEBYTECODE")
STEPS = """
query Steps($key: AssetKeyInput!) {
  assetsLatestInfo(assetKeys: [$key]) {
    latestRun { creationTime stepStats { stepKey startTime } }
  }
}"""
TOLD = """
query Told($key: AssetKeyInput!) {
  assetNodeOrError(assetKey: $key) { ... on AssetNode { assetMaterializations(limit: 1) { timestamp } } }
}"""


@dataclass(frozen=True)
class Way:
    """Seconds from a commit until a consumer's platform was told, had a run, and began its step.

    Within a platform one run may make both products: then it was there before the commit.
    """

    told: float
    run: float
    step: float


@dataclass(frozen=True)
class Platform:
    """A project and the platform that runs on it."""

    root: Path
    store: Path

    @property
    def environment(self) -> dict[str, str]:
        """Its commands' environment."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(HIDDEN)}
        own = {PROJECT_VARIABLE: self.root, STATE_VARIABLE: self.state, STORE_VARIABLE: f"file://{self.store}"}
        return kept | {name: str(value) for name, value in own.items()}

    @property
    def state(self) -> Path:
        """Its state folder."""
        return self.root / ".data_platform"

    def run(self, *arguments: str) -> None:
        """One command of the platform."""
        command = [str(BIN / "data-platform"), *arguments]
        done = subprocess.run(command, cwd=self.root, env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{arguments}: {done.stdout}{done.stderr}")

    @contextmanager
    def up(self) -> Iterator["subprocess.Popen[bytes]"]:
        """The platform, ready."""
        log = self.root.with_suffix(".log")
        with log.open("wb") as out:
            process = subprocess.Popen(
                [str(BIN / "data-platform"), "up"], cwd=self.root, env=self.environment, stdout=out, stderr=out
            )
        try:
            _until(lambda: "Ctrl-C stops everything" in log.read_text())
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(120)

    def wait_for(self, product: str, committed: float) -> Way:
        """The same once it is known."""
        way: Way = _until(lambda: self.way(product, committed))
        return way

    def way(self, product: str, committed: float) -> Way | None:
        """What became of a publication in a product here; None: nothing yet."""
        with DagsterAPI.of_running(self.state) as api:
            (info,) = api.ask(STEPS, key=_key(product))["assetsLatestInfo"] or [{"latestRun": None}]
            run = info["latestRun"]
            told = api.ask(TOLD, key=_key(PRODUCT))["assetNodeOrError"]["assetMaterializations"]
        step = product.replace("/", "__")
        starts = [stats["startTime"] or 0.0 for stats in (run or {}).get("stepStats", []) if stats["stepKey"] == step]
        if run is None or not told or not starts or starts[0] < committed:
            return None
        times = (float(told[0]["timestamp"]) / 1000, run["creationTime"], starts[0])
        return Way(*(moment - committed for moment in times))


def main() -> None:
    """Measure some publications and print the ratio, and what waiting costs."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        sales, marketing = _platforms(Path(folder))
        processes = [stack.enter_context(platform.up()) for platform in (sales, marketing)]
        publish(sales, 0)
        for platform, product in ((sales, "sales/by_day_v1"), (marketing, "marketing/by_day_v1")):
            platform.wait_for(product, 0.0)
        print(f"{'commit to':12} {'told':>6} {'run':>6} {'step':>6}  load")
        ways: dict[str, list[Way]] = {"own": [], "another": []}
        for number in range(1, PUBLICATIONS + 1):
            time.sleep(7.3)  # so that the ticks of both are met at different moments
            committed = publish(sales, number)
            consumers = {"own": (sales, "sales/by_day_v1"), "another": (marketing, "marketing/by_day_v1")}
            for name, (platform, product) in consumers.items():
                way = platform.wait_for(product, committed)
                ways[name].append(way)
                print(f"{name:12} {way.told:6.1f} {way.run:6.1f} {way.step:6.1f}  {os.getloadavg()[0]:.1f}")
        own, another = (statistics.median(way.step for way in ways[name]) for name in ("own", "another"))
        print(f"median seconds to the step: another platform {another:.1f}, own {own:.1f}, ratio {another / own:.2f}")
        for name, process in zip(("sales", "marketing"), processes, strict=True):
            print(f"idle, {name}: {_idle(process.pid):.1f} CPU-seconds a minute")


def publish(sales: Platform, number: int) -> float:
    """Another day of orders: when it was committed, in seconds since 1970."""
    rows = [f"{n},{n * 1.5},2026-11-{n % 28 + 1:02}" for n in range(1, 20 + number)]
    (sales.root / "orders.csv").write_text("\n".join(["order_id,amount,day", *rows]) + "\n")
    store = ObjectStore.open(f"file://{sales.store}")
    before = _newest(store)
    sales.run("run", "sales/raw_orders")
    _until(lambda: _newest(store) > before)
    return versions(store, PRODUCT, limit=1)[0].at.timestamp()


def _newest(store: ObjectStore) -> int:
    log = store.list(f"{PRODUCT}/_delta_log")
    return max((int(Path(entry.path).stem) for entry in log if entry.path.endswith(".json")), default=-1)


def _platforms(folder: Path) -> tuple[Platform, Platform]:
    store = folder / "store"
    store.mkdir()
    sales, marketing = (Platform(folder / f"{domain}-repo", store) for domain in ("sales", "marketing"))
    for platform, domain in ((sales, "sales"), (marketing, "marketing")):
        platform_folder = str(platform.root)
        command = [str(BIN / "data-platform"), "init", platform_folder, "--domain", domain]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    (sales.root / "orders.csv").write_text("order_id,amount,day\n1,1.5,2026-11-01\n2,3.0,2026-11-02\n")
    sales.run("new", PRODUCT, "--from", "orders.csv")
    sales.run("register", PRODUCT)
    sales.run("new", "sales/by_day_v1", "--sql", BY_DAY)
    marketing.run("use", PRODUCT)
    marketing.run("new", "marketing/by_day_v1", "--sql", BY_DAY)
    return sales, marketing


def _key(product: str) -> dict[str, list[str]]:
    return {"path": product.split("/")}


def _until(holds: Callable[[], Any], seconds: float = 600) -> Any:
    deadline = time.monotonic() + seconds
    while not (answer := holds()):
        if time.monotonic() > deadline:
            raise RuntimeError("it did not happen")
        time.sleep(0.5)
    return answer


def _idle(pid: int) -> float:
    """CPU-seconds a minute of a platform that has nothing to do."""

    def spent() -> float:
        total = 0.0
        for process in tree(pid):
            try:
                times = process.cpu_times()
            except psutil.Error:
                continue
            total += times.user + times.system + times.children_user + times.children_system
        return total

    before, begun = spent(), time.monotonic()
    time.sleep(IDLE_SECONDS)
    return (spent() - before) * 60 / (time.monotonic() - begun)


if __name__ == "__main__":
    main()
