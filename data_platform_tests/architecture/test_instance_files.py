"""The instance files: SQLite by default, Postgres by environment variables, all else the same."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import yaml

from data_platform_tests.postgres import running_postgres
from data_platform_tests.repository import PROJECT_ROOT

SQLITE = PROJECT_ROOT / "dagster.yaml"
POSTGRES = PROJECT_ROOT / "deploy" / "dagster-postgres.yaml"


def test_the_two_files_differ_in_their_storage_alone() -> None:
    sqlite, postgres = (yaml.safe_load(path.read_text()) for path in (SQLITE, POSTGRES))
    assert "storage" not in sqlite, "SQLite is Dagster's default"
    assert list(postgres.pop("storage")) == ["postgres"]
    assert sqlite == postgres


def test_the_default_instance_retries_crashed_runs_only_and_guards_pools(tmp_path: Path) -> None:
    (tmp_path / "dagster.yaml").write_text(SQLITE.read_text())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(tmp_path))
        with dg.DagsterInstance.get() as instance:
            assert instance.run_retries_enabled
            assert not instance.run_retries_retry_on_asset_or_op_failure
            assert instance.run_monitoring_enabled
            assert instance.get_settings("run_monitoring")["free_slots_after_run_end_seconds"] == 60
            concurrency = instance.get_concurrency_config()
            assert concurrency.pool_config.default_pool_limit == 1
            assert concurrency.run_queue_config is not None
            assert concurrency.run_queue_config.max_concurrent_runs == 2
            assert instance.run_coordinator.dequeue_interval_seconds == 1
            assert instance.get_settings("sensors")["use_threads"]
            assert instance.get_settings("schedules")["use_threads"]
            assert not instance.telemetry_enabled
            assert instance.get_settings("nux") == {"enabled": False}
            assert "skipped" in instance.get_settings("retention")["sensor"]["purge_after_days"]


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with running_postgres(tmp_path_factory.mktemp("postgres")) as server:
        yield {
            "DAGSTER_POSTGRES_HOST": server.host,
            "DAGSTER_POSTGRES_PORT": str(server.port),
            "DAGSTER_POSTGRES_USER": server.user,
            "DAGSTER_POSTGRES_PASSWORD": server.password,
            "DAGSTER_POSTGRES_DB": server.database,
        }


@pytest.mark.slow
def test_the_postgres_instance_keeps_runs_in_a_real_postgres(postgres: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "dagster.yaml").write_text(POSTGRES.read_text())
    script = """if True:
        import dagster as dg

        @dg.asset
        def one(): ...

        with dg.DagsterInstance.get() as instance:
            assert dg.materialize([one], instance=instance).success
        with dg.DagsterInstance.get() as again:
            assert type(again.run_storage).__name__ == "PostgresRunStorage"
            print(again.get_runs_count(), again.get_latest_materialization_event(dg.AssetKey("one")) is not None)
    """
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | postgres | {"DAGSTER_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "1 True", done.stderr[-3000:]
