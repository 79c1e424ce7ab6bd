"""Batches of events: the rows that Dagster's own storage writes, in fewer transactions."""

import inspect
import shlex
import sqlite3
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from dagster import DagsterEvent, EventLogEntry
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluationPlanned
from dagster._core.events import (
    AssetMaterializationPlannedData,
    AssetObservationData,
    DagsterEventType,
    StepMaterializationData,
)
from dagster._core.storage.event_log import SqliteEventLogStorage
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from data_platform.laptop.dagster_private.event_log import BatchedSqliteEventLogStorage
from data_platform.laptop.dagster_services import prepare_home
from data_platform.laptop.environment import exports, for_parts
from data_platform.laptop.errors import LaptopError
from data_platform.laptop.state import StackRecord, StateFolder
from data_platform_tests.examples import examples
from data_platform_tests.repository import PROJECT_ROOT

PARTITIONS = 200
DAILY = dg.DailyPartitionsDefinition("2025-01-01", end_date="2026-01-01")
KINDS = ["planned", "materialized", "tagged", "observed", "check planned", "check", "check alone", "message", "success"]
# What SQLite fills in with the present.
CLOCK = {"create_timestamp", "migration_completed"}


def dagster_event(kind: str, asset: str, partition: str | None) -> DagsterEvent | None:
    key = dg.AssetKey(["shop", asset])
    subset = DAILY.subset_with_partition_keys([partition]).to_serializable_subset() if partition else None
    planned = AssetCheckEvaluationPlanned(asset_key=key, check_name="rule", partitions_subset=subset)
    evaluation = dg.AssetCheckEvaluation(key, "rule", True, metadata={}, partition=partition)
    materialized = dg.AssetMaterialization(key, partition=partition, metadata={"rows": 3})
    tagged = dg.AssetMaterialization(key, partition=partition, tags={"dagster/data_version": "7", "team": "sales"})
    observed = dg.AssetObservation(key, partition=partition, tags={"dagster/data_version": "8"})
    made: dict[str, tuple[DagsterEventType, Any]] = {
        "planned": (DagsterEventType.ASSET_MATERIALIZATION_PLANNED, AssetMaterializationPlannedData(key, partition)),
        "materialized": (DagsterEventType.ASSET_MATERIALIZATION, StepMaterializationData(materialized, [])),
        "tagged": (DagsterEventType.ASSET_MATERIALIZATION, StepMaterializationData(tagged, [])),
        "observed": (DagsterEventType.ASSET_OBSERVATION, AssetObservationData(observed)),
        "check planned": (DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED, planned),
        "check": (DagsterEventType.ASSET_CHECK_EVALUATION, evaluation),
        "check alone": (DagsterEventType.ASSET_CHECK_EVALUATION, evaluation),
        "success": (DagsterEventType.RUN_SUCCESS, None),
    }
    if kind not in made:
        return None
    event_type, data = made[kind]
    return DagsterEvent(event_type.value, "job", step_key="step", event_specific_data=data)


def entry(number: int, kind: str, run: str, asset: str, partition: str | None) -> EventLogEntry:
    run_id = "" if kind == "check alone" else run
    event = dagster_event(kind, asset, partition)
    return EventLogEntry(None, 10, f"event {number}", run_id, 1_700_000_000.5 + number, "step", "job", event)


Event = tuple[str, str, str, str | None]


def that_can_happen(events: list[Event]) -> list[Event]:
    """Without the checks that are planned after they were evaluated: Dagster's own index refuses these."""
    return [
        event
        for number, event in enumerate(events)
        if event[0] != "check planned" or ("check", *event[1:]) not in events[:number]
    ]


# Dagster refuses the same check twice, so no event is there twice.
ENTRIES = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.sampled_from(["r1", "r2"]),
        st.sampled_from(["orders", "lines"]),
        st.sampled_from([None, "2025-01-01", "2025-01-02"]),
    ),
    max_size=40,
    unique_by=lambda event: event if event[0] != "check alone" else event[2:],
).map(lambda events: [entry(number, *event) for number, event in enumerate(that_can_happen(events))])


def tables(folder: Path) -> dict[tuple[str, str], Any]:
    """All rows of all tables of all databases, and the tables' definitions."""
    found: dict[tuple[str, str], Any] = {}
    for path in sorted(folder.glob("*.db")):
        with sqlite3.connect(path) as connection:
            for name, sql in connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall():
                found[path.name, f"definition of {name}"] = sql
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                rows = connection.execute(f"SELECT rowid, * FROM {name} ORDER BY rowid")
                columns = [one[0] for one in rows.description]
                kept = [number for number, column in enumerate(columns) if column not in CLOCK]
                found[path.name, name] = [tuple(row[number] for number in kept) for row in rows.fetchall()]
        connection.close()
    return found


@pytest.mark.slow
@settings(max_examples=examples(8), suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(entries=ENTRIES, first=st.integers(0, 40))
def test_a_batch_leaves_the_rows_that_storing_one_by_one_leaves(
    entries: list[EventLogEntry], first: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("logs")
    with dg.DagsterInstance.ephemeral() as instance:
        plain, batched = SqliteEventLogStorage(str(folder / "a")), BatchedSqliteEventLogStorage(str(folder / "b"))
        for storage in (plain, batched):
            storage.register_instance(instance)
        for one in entries:
            plain.store_event(one)
        batched.store_event_batch(entries[:first])
        batched.store_event_batch(entries[first:])

        assert tables(folder / "b") == tables(folder / "a")


def test_of_a_batch_that_fails_nothing_is_stored_and_the_next_is(tmp_path: Path) -> None:
    entries = [entry(number, "tagged", "r1", "orders", f"2025-01-{number + 1:02}") for number in range(9)]
    with dg.DagsterInstance.ephemeral() as instance:
        storage = BatchedSqliteEventLogStorage(str(tmp_path))
        storage.register_instance(instance)
        storage.store_event(entries[0])
        before = tables(tmp_path)
        run_sql(tmp_path, "CREATE TRIGGER no BEFORE INSERT ON event_logs WHEN NEW.partition = '2025-01-07' "
                "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")  # fmt: skip
        with pytest.raises(Exception, match="the disk is full"):
            storage.store_event_batch(entries[1:])
        run_sql(tmp_path, "DROP TRIGGER no")
        assert tables(tmp_path) == before

        storage.store_event_batch(entries[1:])

        assert [one.event_log_entry.message for one in storage.get_records_for_run("r1").records] == [
            one.message for one in entries
        ]


def run_sql(folder: Path, sql: str) -> None:
    with sqlite3.connect(folder / "index.db") as connection:
        connection.execute(sql)
    connection.close()


@dg.asset(partitions_def=DAILY, backfill_policy=dg.BackfillPolicy.single_run())
def orders(context: dg.AssetExecutionContext) -> None:
    for key in context.partition_keys:
        context.add_asset_metadata({"day": key}, partition_key=key)


def make_orders(instance: dg.DagsterInstance, count: int) -> dg.ExecuteInProcessResult:
    keys = DAILY.get_partition_keys()[:count]
    tags = {"dagster/asset_partition_range_start": keys[0], "dagster/asset_partition_range_end": keys[-1]}
    job = dg.Definitions([orders], jobs=[dg.define_asset_job("job", [orders])]).resolve_job_def("job")
    return job.execute_in_process(instance=instance, tags=tags)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    state = StateFolder(tmp_path)
    state.create()
    prepare_home(state.dagster_home, PROJECT_ROOT / "dagster.yaml")
    environment = for_parts(state, "test", {})
    for name in ("DAGSTER_HOME", "DAGSTER_EVENT_BATCH_SIZE"):
        monkeypatch.setenv(name, environment[name])
    return state.dagster_home


@pytest.mark.slow
def test_a_run_over_many_partitions_hands_its_events_over_in_batches(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    store = BatchedSqliteEventLogStorage.store_event_batch

    def noted(self: BatchedSqliteEventLogStorage, events: list[EventLogEntry]) -> None:
        sizes.append(len(events))
        store(self, events)

    monkeypatch.setattr(BatchedSqliteEventLogStorage, "store_event_batch", noted)
    with dg.DagsterInstance.get() as instance:
        result = make_orders(instance, PARTITIONS)

        assert result.success
        assert sum(sizes) == 2 * PARTITIONS, "planned and materialized"
        assert len(sizes) <= 4
        assert instance.get_materialized_partitions(orders.key) == set(DAILY.get_partition_keys()[:PARTITIONS])
        records = instance.get_records_for_run(result.run_id).records
        ids = [one.storage_id for one in records]
        assert ids == sorted(set(ids))
        found = [one.event_log_entry.get_dagster_event() for one in records if one.event_log_entry.is_dagster_event]
        made = [one.partition for one in found if one.event_type is DagsterEventType.ASSET_MATERIALIZATION]
        assert made == DAILY.get_partition_keys()[:PARTITIONS]
        latest = instance.get_latest_materialization_event(orders.key)
        assert latest is not None
        assert latest.asset_materialization is not None
        assert latest.asset_materialization.partition == made[-1]


@pytest.mark.slow
def test_a_home_of_dagsters_own_storage_is_read_on_and_can_go_back(home: Path) -> None:
    ours = (home / "dagster.yaml").read_text()
    (home / "dagster.yaml").write_text((PROJECT_ROOT / "dagster.yaml").read_text())
    with dg.DagsterInstance.get() as instance:
        assert type(instance.event_log_storage) is SqliteEventLogStorage
        first = make_orders(instance, 2)
    (home / "dagster.yaml").write_text(ours)
    with dg.DagsterInstance.get() as instance:
        assert type(instance.event_log_storage) is BatchedSqliteEventLogStorage
        assert instance.get_run_by_id(first.run_id) is not None
        assert len(instance.get_records_for_run(first.run_id).records) > 4
        make_orders(instance, 3)
    (home / "dagster.yaml").write_text((PROJECT_ROOT / "dagster.yaml").read_text())
    with dg.DagsterInstance.get() as instance:
        assert instance.get_materialized_partitions(orders.key) == set(DAILY.get_partition_keys()[:3])
        assert instance.get_runs_count() == 2


@pytest.mark.parametrize("storage", ["storage: {postgres: {}}", "event_log_storage: {module: a, class: B}"])
def test_a_storage_that_the_project_names_is_left_alone(storage: str, tmp_path: Path) -> None:
    source = tmp_path / "source.yaml"
    source.write_text(storage)

    prepare_home(tmp_path, source)

    copy = yaml.safe_load((tmp_path / "dagster.yaml").read_text())
    assert copy.pop("run_launcher")["class"] == "WatchedRunLauncher"
    assert copy == yaml.safe_load(storage)


def test_a_dagster_yaml_that_is_no_yaml_is_named(tmp_path: Path) -> None:
    source = tmp_path / "source.yaml"
    source.write_text("run_monitoring: [")

    with pytest.raises(LaptopError, match=r"source\.yaml"):
        prepare_home(tmp_path, source)


def test_other_shells_use_the_same_event_log(tmp_path: Path) -> None:
    state = StateFolder(tmp_path)
    state.create()
    state.write_record(StackRecord("x", 1, 0.0, "file:///x", embedded_store=False))
    lines = dict(line.removeprefix("export ").split("=", 1) for line in exports(tmp_path).splitlines())

    assert shlex.split(lines["DAGSTER_HOME"]) == [str(state.dagster_home)]
    assert lines["DAGSTER_EVENT_BATCH_SIZE"] == for_parts(state, "test", {})["DAGSTER_EVENT_BATCH_SIZE"]


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("_connect", ["self", "shard"]),
        ("_store_asset_event", ["self", "conn", "event", "event_id"]),
        ("_has_asset_key_col_on_connection", ["self", "conn", "column_name"]),
        ("has_table", ["self", "table_name"]),
        ("store_event_batch", ["self", "events"]),
        ("store_event", ["self", "event"]),
        ("index_connection", ["self"]),
    ],
)
def test_what_is_overridden_is_still_there_in_dagster(name: str, parameters: list[str]) -> None:
    found = getattr(SqliteEventLogStorage, name, None)
    assert found is not None, f"this Dagster's SQLite storage has no {name}: laptop/event_log.py has to be written anew"
    assert list(inspect.signature(found).parameters) == parameters, f"Dagster changed {name}: see laptop/event_log.py"


def test_dagster_still_opens_every_connection_by_the_one_method(tmp_path: Path) -> None:
    storage = BatchedSqliteEventLogStorage(str(tmp_path))
    assert "_connect" in inspect.getsource(SqliteEventLogStorage.run_connection)
    assert "_connect" in inspect.getsource(SqliteEventLogStorage.index_connection)
    assert hasattr(storage, "_db_lock"), "Dagster guards connections in another way: see laptop/event_log.py"
