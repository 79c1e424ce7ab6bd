"""`data-platform up` as a real process on a throw-away workspace, for the tests beside it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from data_platform.laptop.processes import of_stack
from data_platform.laptop.state import StackRecord, StateFolder

SHOP = """
import os
import dagster as dg
import obstore
from obstore.store import S3Store

daily = dg.DailyPartitionsDefinition(start_date="2026-01-01", end_offset=1)

some = dg.AssetCheckSpec("some", asset=["shop", "orders"])

@dg.asset(key=["shop", "orders"], partitions_def=daily, check_specs=[some])
def orders(context):
    key = f"shop/orders/{context.partition_key}.csv"
    store = S3Store("data-platform", virtual_hosted_style_request=False, client_options={"allow_http": True})
    obstore.put(store, key, b"a,b")
    uri = f"{os.environ['DATA_PLATFORM_STORE']}/{key}"
    metadata = {"uri": uri, "dagster/row_count": 3}
    yield dg.MaterializeResult(metadata=metadata, check_results=[dg.AssetCheckResult(passed=True, check_name="some")])

job = dg.define_asset_job("daily", selection="*", tags={"data_platform/first_run": "true"})
defs = dg.Definitions(assets=[orders], jobs=[job])
"""

BROKEN = 'raise ValueError("this domain does not import")\n'

FAILING = """
import dagster as dg

@dg.asset
def unlucky():
    raise ValueError("no luck today")

job = dg.define_asset_job("job", selection="*", tags={"data_platform/first_run": "true"})
defs = dg.Definitions(assets=[unlucky], jobs=[job])
"""


def workspace(folder: Path, **modules: str) -> Path:
    """A workspace file of these modules, each a location of its own."""
    lines = ["load_from:"]
    for name, code in modules.items():
        (folder / f"{name}.py").write_text(code)
        lines.append(f"  - python_module: {{module_name: {name}, attribute: defs, location_name: {name}}}")
    path = folder / "workspace.yaml"
    path.write_text("\n".join(lines))
    return path


class Up:
    """One `data-platform up`."""

    def __init__(self, state: Path, workspace: Path, *options: str, **environment: str) -> None:
        self.state = StateFolder(state)
        self.output = state.with_name(f"{state.name}.{time.monotonic_ns()}.out")
        command = [str(Path(sys.executable).with_name("data-platform"))]
        variables = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        variables |= {"DATA_PLATFORM_STATE": str(state), **environment}
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [*command, "up", "--workspace", str(workspace), *options], env=variables, stdout=output, stderr=output
            )

    @property
    def text(self) -> str:
        return self.output.read_text()

    @property
    def record(self) -> StackRecord:
        record = self.state.read_record()
        assert record is not None
        return record

    def wait_for(self, text: str, seconds: float = 150) -> None:
        self.wait_until(lambda: text in self.text, seconds)

    def wait_until(self, condition: Callable[[], bool], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, self.text
            assert time.monotonic() < deadline, self.text
            time.sleep(0.1)

    def processes(self) -> list[psutil.Process]:
        return of_stack(self.record.stack_id)

    def finish(self, number: signal.Signals | None = None) -> int:
        if number is not None:
            self.process.send_signal(number)
        return self.process.wait(200)

    def make_sure_it_ended(self) -> None:
        self.process.kill()
        self.process.wait()
        if self.state.read_record():
            for process in self.processes():
                process.kill()
