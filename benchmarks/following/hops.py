"""How soon a publication goes through four domains of one platform, against the same four assets in plain Dagster.

Each domain is a code location and makes one product of the domain's before it, so every hop is a run of its own. Plain
Dagster is `dagster dev` with a file a location, `AutomationCondition.eager()` and its sensors, and assets that do
nothing. From one asset's materialization to the start of the next one's step, by each side's own books.
"""

import os
import socket
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from benchmarks.following.platform import BIN, Platform, environment, idle, until
from data_platform.laptop.dagster_api import DagsterAPI

PUBLICATIONS = 5
PLAIN_PUBLICATIONS = 2  # one takes minutes
DOMAINS = ("sales", "marketing", "logistics", "finance", "board")
KEYS = [f"{domain}/{'orders' if domain == 'sales' else 'by_day'}_v1" for domain in DOMAINS]
NEWEST = """
query Newest($keys: [AssetKeyInput!]!) {
  assetsLatestInfo(assetKeys: $keys) {
    assetKey { path }
    latestMaterialization { timestamp }
    latestRun { stepStats { stepKey startTime } }
  }
}"""
PLAIN = """
import dagster as dg

defs = dg.Definitions(
    assets=[
        dg.asset(key=[{domain!r}, {name!r}], deps={deps!r}, automation_condition={condition})(lambda: None),
    ],
    sensors=[
        dg.AutomationConditionSensorDefinition(
            {domain!r} + "_automation", target="*", default_status=dg.DefaultSensorStatus.RUNNING
        )
    ],
)
"""


def measure() -> None:
    """Measure both sides and print each hop's seconds, their medians and the ratio."""
    print(f"{'':6} " + " ".join(f"{key:>22}" for key in KEYS[1:]) + f" {'all':>6}  load")
    with TemporaryDirectory() as folder, _plain(Path(folder)) as (api, publish):
        plain = _publications("plain", api, publish, PLAIN_PUBLICATIONS)
    with TemporaryDirectory() as folder:
        platform = _platform(Path(folder))
        with platform.up() as process, DagsterAPI.of_running(platform.state) as api:
            ours = _publications("ours", api, _publisher(platform), PUBLICATIONS)
            print(f"idle, {len(KEYS)} domains: {idle(process.pid):.1f} CPU-seconds a minute", flush=True)
    middles = [statistics.median(hops) for hops in (ours, plain)]
    ratio = middles[0] / middles[1]
    print(f"a hop, seconds: ours {middles[0]:.1f}, worst {max(ours):.1f}, plain {middles[1]:.1f}, ratio {ratio:.2f}")


def _publications(side: str, api: DagsterAPI, publish: Callable[[int], None], count: int) -> list[float]:
    """The seconds of every hop of so many publications; one more goes before, which makes what there is not yet."""
    hops: list[float] = []
    for number in range(count + 1):
        time.sleep(7.3)  # so that the ticks are met at different moments
        since = time.time()
        publish(number)
        times = until(lambda since=since: _went_through(api, since))  # type: ignore[misc]
        if number == 0:
            continue
        made = [materialized for materialized, _ in times]
        steps = [started for _, started in times]
        seconds = [start - before for before, start in zip(made[:-1], steps[1:], strict=True)]
        texts = " ".join(f"{hop:22.1f}" for hop in seconds)
        print(f"{side:6} {texts} {steps[-1] - made[0]:6.1f}  {os.getloadavg()[0]:.1f}", flush=True)
        hops += seconds
    return hops


def _went_through(api: DagsterAPI, since: float) -> list[tuple[float, float]] | None:
    """When each asset was materialized, and when its step began; None: the last one is not there yet."""
    keys = [{"path": key.split("/")} for key in KEYS]
    times = {}
    for info in api.ask(NEWEST, keys=keys)["assetsLatestInfo"]:
        path, materialization = info["assetKey"]["path"], info["latestMaterialization"]
        stats = (info["latestRun"] or {}).get("stepStats", [])
        starts = [stat["startTime"] for stat in stats if stat["stepKey"] == "__".join(path) and stat["startTime"]]
        if materialization and starts and starts[0] > since:
            times["/".join(path)] = float(materialization["timestamp"]) / 1000, starts[0]
    return [times[key] for key in KEYS] if len(times) == len(KEYS) else None


def _platform(folder: Path) -> Platform:
    platform = Platform(folder / "shop", folder / "store")
    platform.store.mkdir()
    subprocess.run([str(BIN / "data-platform"), "init", str(platform.root)], check=True, stdout=subprocess.DEVNULL)
    platform.write_orders(2)
    platform.run("new", KEYS[0], "--from", "orders.csv")
    for before, key in pairwise(KEYS):
        counted = "count(*)" if before == KEYS[0] else "max(orders)"
        sql = f"SELECT day, {counted} AS orders FROM {before.replace('/', '.')} GROUP BY day"
        platform.run("new", key, "--sql", sql)
    return platform


def _publisher(platform: Platform) -> Callable[[int], None]:
    def publish(number: int) -> None:
        platform.write_orders(20 + number)
        platform.run("run", "sales/raw_orders")

    return publish


@contextmanager
def _plain(folder: Path) -> Iterator[tuple[DagsterAPI, Callable[[int], None]]]:
    """Plain Dagster with the same keys, and a way to materialize the first one."""
    (folder / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    files = []
    for before, key in zip([None, *KEYS[:-1]], KEYS, strict=True):
        domain, name = key.split("/")
        deps = [before.split("/")] if before else []
        condition = "dg.AutomationCondition.eager()" if before else None
        file = folder / f"{domain}.py"
        file.write_text(PLAIN.format(domain=domain, name=name, deps=deps, condition=condition))
        files += ["-f", str(file)]
    env, port = environment(DAGSTER_HOME=folder), _free_port()
    command = [str(BIN / "dagster"), "dev", *files, "-h", "127.0.0.1", "-p", str(port)]
    with (folder / "dev.log").open("wb") as out:
        process = subprocess.Popen(command, cwd=folder, env=env, stdout=out, stderr=out, start_new_session=True)

    def publish(_: int) -> None:
        select = ["--select", f'key:"{KEYS[0]}"']
        materialize = [str(BIN / "dagster"), "asset", "materialize", *files[:2], *select]
        subprocess.run(materialize, cwd=folder, env=env, check=True, capture_output=True)

    try:
        with DagsterAPI(f"http://127.0.0.1:{port}") as api:
            until(lambda: _answers(api))
            yield api, publish
    finally:
        process.terminate()
        process.wait(120)


def _answers(api: DagsterAPI) -> bool:
    try:
        return bool(httpx.get(f"{api.url}/server_info", trust_env=False).is_success)
    except httpx.HTTPError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
