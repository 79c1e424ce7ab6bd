"""Engines of the SQLite storages, in a real instance."""

import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from data_platform.laptop.dagster_services import prepare_home
from data_platform_tests.repository import PROJECT_ROOT

WRITER = """
import os, sys
import dagster as dg

name = sys.argv[1]
with dg.DagsterInstance.from_config(os.environ["DAGSTER_HOME"]) as instance:
    for number in range(150):
        instance.report_runless_asset_event(dg.AssetMaterialization(f"asset_{name}", partition=str(number)))
        instance.add_dynamic_partitions(f"parts_{name}", [str(number)])
        instance.run_storage.set_cursor_values({f"{name}": str(number)})
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    prepare_home(tmp_path, PROJECT_ROOT / "dagster.yaml")
    return tmp_path


def test_queries_of_one_database_share_an_engine_and_databases_do_not(home: Path) -> None:
    with dg.DagsterInstance.from_config(str(home)) as instance:
        engines = []
        for _ in range(2):
            with instance.run_storage.connect() as runs, instance.event_log_storage.index_connection() as events:
                engines.append((runs.engine, events.engine))
    assert engines[0][0] is engines[1][0]
    assert engines[0][1] is engines[1][1]
    assert engines[0][0] is not engines[0][1]


@pytest.mark.slow
def test_six_writers_at_once_see_no_locked_database(home: Path) -> None:
    with dg.DagsterInstance.from_config(str(home)):
        pass  # made by one process, as `up` does it
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(number)], stderr=subprocess.PIPE, text=True)
        for number in range(6)
    ]
    for writer in writers:
        _, errors = writer.communicate()
        assert writer.returncode == 0, errors
    with dg.DagsterInstance.from_config(str(home)) as instance:
        for number in range(6):
            assert len(instance.get_materialized_partitions(dg.AssetKey(f"asset_{number}"))) == 150
            assert len(instance.get_dynamic_partitions(f"parts_{number}")) == 150
