"""A run's step that needs more memory than it may take fails with the limit in its reason, and its process goes on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from data_platform_tests.products.shop import Shop

RUN = """
import sys
from pathlib import Path
import dagster as dg
from data_platform.orchestration.resources import ObjectStoreResource
from data_platform_tests.products.shop import Platform, Shop, failure_of

root, package, key = sys.argv[1:]
sys.path.insert(0, root)
resource = ObjectStoreResource(url=f"file://{root}/store")
with dg.DagsterInstance.ephemeral() as instance:
    platform = Platform(Shop(Path(root), package), resource.open(), instance, resource)
    platform.put("sales/raw_odd", [{"total": 1.0}])
    done = platform.run(key)
    print("success" if done.success else failure_of(done))
    print("goes on", len(bytearray(600_000_000)))
"""
COLUMNS = "- {name: total, logicalType: number, required: true, description: All of it.}"
KEY = "sales/odd_v1"
INPUT = "memory: 200MB\ninputs: {sales.raw_odd: {columns: [total]}}"
LISTS = "SELECT len(list_transform(range(4000), x -> repeat('x', 4000000 + total::INT))) AS total FROM sales.raw_odd"
PANDAS = """
import numpy as np
import pandas as pd

def transform(odd: pd.DataFrame) -> pd.DataFrame:
    np.ones(200_000_000)
    return odd
"""


def run(shop: Shop, **setting: str) -> str:
    environment = {**os.environ, **setting, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-W", "ignore", "-c", RUN, str(shop.root), shop.package, KEY]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return " ".join(done.stdout.split())


@pytest.mark.slow
def test_a_query_that_builds_long_lists_fails_its_step_and_names_the_setting(shop: Shop) -> None:
    shop.product(KEY, COLUMNS, sql=LISTS, defs=INPUT)
    said = run(shop, DATA_PLATFORM_RUN_MEMORY="500MB", DATA_PLATFORM_QUERY_SECONDS="120")
    assert "it needs more memory than it may take" in said
    assert "DATA_PLATFORM_RUN_MEMORY for runs" in said
    assert said.endswith("goes on 600000000"), "the limit ends with the step"


@pytest.mark.slow
def test_a_python_transform_meets_the_same_limit(shop: Shop) -> None:
    shop.product(KEY, COLUMNS, python=PANDAS, defs="inputs: {odd: {asset: sales/raw_odd, columns: [total]}}")
    said = run(shop, DATA_PLATFORM_RUN_MEMORY="500MB")
    assert f"{KEY}: it needed more memory than the 500 MB that a step may take" in said
    assert "or set DATA_PLATFORM_RUN_MEMORY" in said
    assert run(shop, DATA_PLATFORM_RUN_MEMORY="4GB").startswith("success")


def test_a_rule_that_runs_out_of_memory_is_told_without_duckdbs_words(tmp_path: Path) -> None:
    import duckdb  # noqa: PLC0415 - one use

    from data_platform.contracts.checks.duckdb.ask import Questions  # noqa: PLC0415

    with duckdb.connect(":memory:") as connection:
        verdict = Questions(connection, 1.0, []).unanswered(
            duckdb.OutOfMemoryException("failed to allocate: SET threads")
        )
    assert verdict.reason is not None
    assert "DATA_PLATFORM_COMMAND_MEMORY for commands, DATA_PLATFORM_RUN_MEMORY for runs" in verdict.reason
    assert "SET threads" not in verdict.reason
