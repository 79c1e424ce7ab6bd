"""How soon the consumers of another platform on the same store follow, against those of the producer's own.

`sales` publishes `orders_v1`, of which both it and `marketing` make a product by themselves. From the producer's
commit, by the table's log, to the start of the consumer's step, by its own platform's books.
"""

import os
import statistics
import subprocess
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.following.platform import BIN, Platform, idle, until
from data_platform.laptop.dagster_api import DagsterAPI
from data_platform.storage.delta.history import versions
from data_platform.storage.objects.store import ObjectStore

PUBLICATIONS = 5
PRODUCT = "sales/orders_v1"
BY_DAY = "SELECT day, count(*) AS orders FROM sales.orders_v1 GROUP BY day"
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


def measure() -> None:
    """Measure some publications and print the ratio, and what waiting costs."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        sales, marketing = _platforms(Path(folder))
        processes = [stack.enter_context(platform.up()) for platform in (sales, marketing)]
        _publish(sales, 0)
        consumers = {"own": (sales, "sales/by_day_v1"), "another": (marketing, "marketing/by_day_v1")}
        for platform, product in consumers.values():
            _wait_for(platform, product, 0.0)
        print(f"{'commit to':12} {'told':>6} {'run':>6} {'step':>6}  load")
        ways: dict[str, list[Way]] = {"own": [], "another": []}
        for number in range(1, PUBLICATIONS + 1):
            time.sleep(7.3)  # so that the ticks of both are met at different moments
            committed = _publish(sales, number)
            for name, (platform, product) in consumers.items():
                way = _wait_for(platform, product, committed)
                ways[name].append(way)
                print(f"{name:12} {way.told:6.1f} {way.run:6.1f} {way.step:6.1f}  {os.getloadavg()[0]:.1f}", flush=True)
        own, another = (statistics.median(way.step for way in ways[name]) for name in ("own", "another"))
        print(f"median seconds to the step: another platform {another:.1f}, own {own:.1f}, ratio {another / own:.2f}")
        for name, process in zip(("sales", "marketing"), processes, strict=True):
            print(f"idle, {name}: {idle(process.pid):.1f} CPU-seconds a minute", flush=True)


def _publish(sales: Platform, number: int) -> float:
    """Another day of orders: when it was committed, in seconds since 1970."""
    before = sales.newest(PRODUCT)
    sales.write_orders(20 + number)
    sales.run("run", "sales/raw_orders")
    until(lambda: sales.newest(PRODUCT) > before)
    return versions(ObjectStore.open(f"file://{sales.store}"), PRODUCT, limit=1)[0].at.timestamp()


def _wait_for(platform: Platform, product: str, committed: float) -> Way:
    way: Way = until(lambda: _way(platform, product, committed))
    return way


def _way(platform: Platform, product: str, committed: float) -> Way | None:
    """What became of a publication in a product of a platform; None: nothing yet."""
    with DagsterAPI.of_running(platform.state) as api:
        (info,) = api.ask(STEPS, key=_key(product))["assetsLatestInfo"] or [{"latestRun": None}]
        run = info["latestRun"]
        told = api.ask(TOLD, key=_key(PRODUCT))["assetNodeOrError"]["assetMaterializations"]
    step = product.replace("/", "__")
    starts = [stats["startTime"] or 0.0 for stats in (run or {}).get("stepStats", []) if stats["stepKey"] == step]
    if run is None or not told or not starts or starts[0] < committed:
        return None
    times = (float(told[0]["timestamp"]) / 1000, run["creationTime"], starts[0])
    return Way(*(moment - committed for moment in times))


def _platforms(folder: Path) -> tuple[Platform, Platform]:
    store = folder / "store"
    store.mkdir()
    sales, marketing = (Platform(folder / f"{domain}-repo", store) for domain in ("sales", "marketing"))
    for platform, domain in ((sales, "sales"), (marketing, "marketing")):
        command = [str(BIN / "data-platform"), "init", str(platform.root), "--domain", domain]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    sales.write_orders(2)
    sales.run("new", PRODUCT, "--from", "orders.csv")
    sales.run("register", PRODUCT)
    sales.run("new", "sales/by_day_v1", "--sql", BY_DAY)
    marketing.run("use", PRODUCT)
    marketing.run("new", "marketing/by_day_v1", "--sql", BY_DAY)
    return sales, marketing


def _key(product: str) -> dict[str, list[str]]:
    return {"path": product.split("/")}
