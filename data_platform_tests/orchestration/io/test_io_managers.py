import secrets
from collections.abc import Mapping
from typing import Any

import dagster as dg
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from dagster_aws.s3 import S3Resource

from data_platform.orchestration.io import CsvIOManager, DeltaIOManager, JsonIOManager
from data_platform.orchestration.resources import ObjectStoreResource, s3_options
from data_platform.storage import delta, errors
from data_platform_tests.s3 import S3Server
from data_platform_tests.shown import shown

DAYS = dg.DailyPartitionsDefinition("2024-01-01", end_date="2024-01-05")
BY_DAY: dict[str, Any] = {"partitions_def": DAYS, "metadata": {"partition_expr": "day"}}


@pytest.fixture(params=["memory", "s3"])
def resource(request: pytest.FixtureRequest) -> ObjectStoreResource:
    if request.param == "memory":
        return ObjectStoreResource(url=f"memory://io-{secrets.token_hex(4)}")
    return on_s3(request.getfixturevalue("s3_store"))


def on_s3(server: S3Server, **changes: Any) -> ObjectStoreResource:
    values = {"endpoint_url": server.endpoint, "region_name": server.region, "aws_access_key_id": server.access_key}
    s3 = S3Resource(**{**values, "aws_secret_access_key": server.secret_key, **changes})
    return ObjectStoreResource(url=server.fresh_url(), s3=s3)


class ByList(CsvIOManager):
    def folder(self, context) -> str:
        return f"{super().folder(context)}/popular"


def run(assets, store: ObjectStoreResource, instance: dg.DagsterInstance | None = None, **options):
    managers = {
        "tables": DeltaIOManager(store=store),
        "csv": CsvIOManager(store=store),
        "json": JsonIOManager(store=store),
        "by_list": ByList(store=store),
    }
    return dg.materialize(assets, resources=managers, instance=instance, **options)


def metadata_of(result, name: str) -> dict[str | None, Mapping[str, Any]]:
    found = [each for each in result.get_asset_materialization_events() if each.asset_key.path[-1] == name]
    materializations = [each.step_materialization_data.materialization for each in found]
    return {each.partition: {key: value.value for key, value in each.metadata.items()} for each in materializations}


def test_a_table_goes_round_as_every_kind_of_frame(resource: ObjectStoreResource) -> None:
    seen = {}

    @dg.asset(key=["shop", "made"], io_manager_key="tables")
    def made() -> pd.DataFrame:
        return pd.DataFrame({"n": [1, None], "text": ["a|b", None]}).astype({"n": "Int64"})

    made_in = {"made": dg.AssetIn(["shop", "made"])}

    @dg.asset(ins=made_in, io_manager_key="tables")
    def untyped(made) -> pl.DataFrame:
        seen["untyped"] = made
        return pl.from_pandas(made)

    @dg.asset(ins=made_in, io_manager_key="tables")
    def as_lazy(made: pl.LazyFrame) -> pl.LazyFrame:
        return made.select("n")

    @dg.asset(ins={"made": dg.AssetIn(["shop", "made"], metadata={"columns": ["text"]})}, io_manager_key="tables")
    def some_columns(made: pa.Table) -> pa.Table:
        seen["columns"] = made.column_names
        return made

    result = run([made, untyped, as_lazy, some_columns], resource)
    assert isinstance(seen["untyped"], pd.DataFrame)
    assert str(seen["untyped"]["n"].dtype) == "Int64"
    assert seen["columns"] == ["text"]
    about = metadata_of(result, "made")[None]
    store = resource.open()
    assert about["uri"] == store.uri("shop/made")
    assert about["dagster/row_count"] == 2
    assert {column.name: column.type for column in about["dagster/column_schema"].columns} == {
        "n": "int64",
        "text": "string",
    }
    assert "| 1 | a\\|b |" in about["preview"]
    assert about["table_version"] == 0
    assert about["size_bytes"] == sum(file.size for file in store.list("shop/made") if "_delta_log" not in file.path)
    assert delta.read_table(store, "as_lazy").column_names == ["n"]


@dg.asset(key=["shop", "daily"], io_manager_key="tables", backfill_policy=dg.BackfillPolicy.single_run(), **BY_DAY)
def daily(context: dg.AssetExecutionContext) -> pd.DataFrame:
    return pd.DataFrame({"day": sorted(context.partition_keys * 2), "n": range(2 * len(context.partition_keys))})


def ranged(start: str, end: str) -> dict[str, Any]:
    return {"tags": {"dagster/asset_partition_range_start": start, "dagster/asset_partition_range_end": end}}


def test_a_run_of_one_partition_and_a_run_of_many_are_described_partition_by_partition(
    resource: ObjectStoreResource,
) -> None:
    one = metadata_of(run([daily], resource, partition_key="2024-01-01"), "daily")
    many = metadata_of(run([daily], resource, **ranged("2024-01-02", "2024-01-03")), "daily")
    store = resource.open()
    for day, about in [*one.items(), *many.items()]:
        assert about["uri"] == store.uri(f"shop/daily/day={day}")
        assert about["dagster/row_count"] == 2
        (file,) = store.list(f"shop/daily/day={day}")
        assert about["size_bytes"] == file.size
        assert day in shown(about["preview"])
    assert (list(one), list(many)) == (["2024-01-01"], ["2024-01-02", "2024-01-03"])
    assert {about["table_version"] for about in many.values()} == {1}
    assert delta.read_table(store, "shop/daily").num_rows == 6


def consumer(how: str = "table", **metadata: Any):
    @dg.asset(
        name="consumer",
        ins={"daily": dg.AssetIn(["shop", "daily"], metadata=metadata)},
        io_manager_key="csv" if how == "table" else how,
    )
    def unpartitioned(daily: pd.DataFrame) -> pd.DataFrame:
        return daily.sort_values("n", ignore_index=True)

    return unpartitioned


def test_partitions_that_are_missing_are_named_unless_allowed() -> None:
    resource = ObjectStoreResource(url=f"memory://missing-{secrets.token_hex(4)}")
    with pytest.raises(errors.MissingTable, match=r"shop/daily: there is no table"):
        run([daily, consumer()], resource, selection=["consumer"])
    run([daily], resource, **ranged("2024-01-02", "2024-01-03"))
    with pytest.raises(errors.MissingPartition, match=r"2 of 4 partitions.*2024-01-01.*allow_missing_partitions: True"):
        run([daily, consumer()], resource, selection=["consumer"])
    result = run([daily, consumer(allow_missing_partitions=True)], resource, selection=["consumer"])
    assert metadata_of(result, "consumer")[None]["dagster/row_count"] == 4


def test_rows_outside_the_runs_partitions_and_unnamed_columns_are_refused() -> None:
    resource = ObjectStoreResource(url="memory://outside")

    @dg.asset(io_manager_key="tables", **BY_DAY)
    def outside() -> pd.DataFrame:
        return pd.DataFrame({"day": ["2024-01-01", "2024-01-09"]})

    @dg.asset(io_manager_key="tables", partitions_def=DAYS)
    def unnamed() -> pd.DataFrame:
        return pd.DataFrame({"day": ["2024-01-01"]})

    with pytest.raises(errors.InvalidFrame, match=r"other partitions.*2024-01-09"):
        run([outside], resource, partition_key="2024-01-01")
    with pytest.raises(errors.InvalidFrame, match=r"metadata=\{'partition_expr': 'day'\}"):
        run([unnamed], resource, partition_key="2024-01-01")


def test_several_dimensions_each_have_their_column() -> None:
    resource = ObjectStoreResource(url="memory://multi")
    parts = dg.MultiPartitionsDefinition({"date": DAYS, "shop": dg.StaticPartitionsDefinition(["a/b", "c"])})

    @dg.asset(io_manager_key="tables", partitions_def=parts, metadata={"partition_expr": {"date": "day", "shop": "s"}})
    def multi() -> pd.DataFrame:
        return pd.DataFrame({"day": ["2024-01-01"], "s": ["a/b"], "n": [1]})

    @dg.asset(io_manager_key="csv", partitions_def=parts)
    def after(multi: pd.DataFrame) -> pd.DataFrame:
        return multi

    key = dg.MultiPartitionKey({"date": "2024-01-01", "shop": "a/b"})
    result = run([multi, after], resource, partition_key=key)
    assert next(iter(metadata_of(result, "multi").values()))["uri"] == "memory://multi/multi/day=2024-01-01/s=a%2Fb"
    assert next(iter(metadata_of(result, "after").values()))["uri"] == "memory://multi/after/2024-01-01/a%2Fb.csv"


SCHEMA = dg.TableSchema([dg.TableColumn("n", "long", description="a number"), dg.TableColumn("t", "string")])


@dg.asset(
    key=["movies", "top"],
    io_manager_key="by_list",
    partitions_def=DAYS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    metadata={"dagster/column_schema": SCHEMA},
)
def top(context: dg.AssetExecutionContext) -> Any:
    frames = {key: pd.DataFrame({"n": [1, 2], "t": ["=1+1", key]}) for key in context.partition_keys}
    return frames if len(frames) > 1 else frames[context.partition_key]


def test_csv_files_one_a_partition_typed_by_the_definition(resource: ObjectStoreResource) -> None:
    seen: dict[str, Any] = {}

    @dg.asset(ins={"top": dg.AssetIn(["movies", "top"])}, partitions_def=DAYS, io_manager_key="by_list")
    def single(top: pd.DataFrame) -> pd.DataFrame:
        seen["single"] = top
        return top

    window = dg.TimeWindowPartitionMapping(start_offset=-1)
    both = {"top": dg.AssetIn(["movies", "top"], partition_mapping=window, metadata={"allow_missing_partitions": True})}

    @dg.asset(ins=both, partitions_def=DAYS, io_manager_key="by_list")
    def as_dict(top: dict[str, pl.DataFrame]) -> pd.DataFrame:
        seen["dict"] = {key: frame["t"].to_list() for key, frame in top.items()}
        return pd.DataFrame({"n": [1]})

    @dg.asset(ins=both, partitions_def=DAYS, io_manager_key="by_list")
    def as_one(top: pa.Table) -> pd.DataFrame:
        seen["one"] = top["t"].to_pylist()
        return pd.DataFrame({"n": [1]})

    about = metadata_of(run([top], resource, **ranged("2024-01-01", "2024-01-02")), "top")
    store = resource.open()
    for day in ("2024-01-01", "2024-01-02"):
        path = f"movies/top/popular/{day}.csv"
        assert about[day]["uri"] == store.uri(path)
        assert about[day]["size_bytes"] == store.head(path).size
        assert day in shown(about[day]["preview"])
        assert about[day]["dagster/column_schema"].columns[0].description == "a number"
        assert store.get(path) == f"n,t\r\n1,'=1+1\r\n2,{day}\r\n".encode()
    run([top, single, as_dict, as_one], resource, partition_key="2024-01-02", selection=["single", "as_dict", "as_one"])
    assert seen["single"].to_dict("list") == {"n": [1, 2], "t": ["=1+1", "2024-01-02"]}
    assert seen["dict"] == {day: ["=1+1", day] for day in ("2024-01-01", "2024-01-02")}
    assert seen["one"] == ["=1+1", "2024-01-01", "=1+1", "2024-01-02"]
    run([top, as_dict], resource, partition_key="2024-01-01", selection=["as_dict"])
    assert list(seen["dict"]) == ["2024-01-01"]
    with pytest.raises(errors.MissingPartition, match=r"popular/2024-01-03.csv: partition '2024-01-03' was never writ"):
        run([top, single], resource, partition_key="2024-01-03", selection=["single"])


def test_json_keeps_plain_values_and_frames() -> None:
    resource, seen = ObjectStoreResource(url="memory://json"), {}

    @dg.asset(io_manager_key="json")
    def raw() -> dict[str, Any]:
        return {"z": 1, "a": [None, "\ud800é"]}

    @dg.asset(io_manager_key="json")
    def frame() -> pd.DataFrame:
        return pd.DataFrame({"n": [1], "d": [pd.Timestamp("2024-01-01", tz="UTC")]})

    @dg.asset(io_manager_key="json")
    def after(raw: dict[str, Any], frame: pa.Table) -> list[Any]:
        seen.update(raw=raw, frame=frame.to_pylist())
        return []

    run([raw, frame, after], resource)
    assert seen["raw"] == {"z": 1, "a": [None, "\ud800é"]}
    assert seen["frame"] == [{"n": 1, "d": "2024-01-01T00:00:00Z"}]
    assert resource.open().get("raw.json").startswith(b'{\n  "a": [\n    null,')


@pytest.mark.parametrize(
    ("value", "manager", "said"),
    [
        (pd.DataFrame({"a": [1, 2]}).iloc[1:], "tables", "reset_index"),
        (pd.DataFrame({"a": [1]}, index=["x"]), "csv", "reset_index"),
        (pd.DataFrame({1: [1]}), "csv", "must be text"),
        (pd.DataFrame({"a": [1, "x"]}), "tables", "mixes types"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "csv", "unique"),
        (pd.Series([1]), "tables", "Series is no frame"),
        (object(), "tables", "object is no frame"),
        ({"a": float("nan")}, "json", "NaN"),
        (None, "tables", "returned None"),
    ],
)
def test_what_cannot_be_stored_is_refused_with_what_to_do(value: Any, manager: str, said: str) -> None:
    @dg.asset(io_manager_key=manager)
    def made() -> Any:
        return value

    with pytest.raises(errors.InvalidFrame, match=said):
        run([made], ObjectStoreResource(url="memory://refused"))


@pytest.mark.parametrize(
    ("changes", "kind", "said"),
    [
        (
            {"aws_secret_access_key": "topsecret"},
            errors.WrongSecret,
            "made.*secret does not belong.*correct AWS_ACCESS",
        ),
        (
            {"endpoint_url": "http://127.0.0.1:9"},
            errors.NothingListening,
            "made.*nothing listens at http://127.0.0.1:9",
        ),
    ],
)
@pytest.mark.parametrize("manager", ["tables", "csv"])
def test_a_store_that_refuses_or_is_down_fails_the_step_with_uri_and_remedy(
    s3_store: S3Server, manager: str, changes, kind, said: str
) -> None:
    @dg.asset(io_manager_key=manager)
    def made() -> pd.DataFrame:
        return pd.DataFrame({"a": [1]})

    resource = on_s3(s3_store, **changes)
    with pytest.raises(kind, match=said):
        run([made], resource)
    assert "topsecret" not in repr(resource)


def test_a_missing_file_is_named() -> None:
    @dg.asset(io_manager_key="csv")
    def never() -> pd.DataFrame: ...

    @dg.asset(io_manager_key="csv")
    def after(never: pd.DataFrame) -> pd.DataFrame:
        return never

    with pytest.raises(errors.MissingObject, match=r"memory://nofile/never.csv: there is no such object: materialize"):
        run([never, after], ObjectStoreResource(url="memory://nofile"), selection=["after"])


def test_a_profile_gives_its_credentials_and_one_without_is_named(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "credentials").write_text("[good]\naws_access_key_id=AK\naws_secret_access_key=topsecret\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    options = s3_options(S3Resource(profile_name="good", region_name="eu-west-1"))
    assert (options.access_key_id, options.secret_access_key, options.region) == ("AK", "topsecret", "eu-west-1")
    assert "topsecret" not in repr(options)
    with pytest.raises(errors.NoCredentials, match="AWS profile 'bad' has no credentials: run `aws configure"):
        s3_options(S3Resource(profile_name="bad"))


def test_the_environment_gives_what_the_resource_does_not(s3_store: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3_store.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3_store.secret_key)
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_store.endpoint)
    store = ObjectStoreResource(url=s3_store.fresh_url()).open()
    store.put("a", b"1")
    delta.replace_table(store, "t", pa.table({"a": [1]}))
    assert (store.get("a"), delta.read_table(store, "t").num_rows) == (b"1", 1)


def test_resources_work_from_environment_variables_in_definitions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_STORE", "memory://from-env")

    @dg.asset
    def made() -> pd.DataFrame:
        return pd.DataFrame({"a": [1]})

    store = ObjectStoreResource(url=dg.EnvVar("TEST_STORE"))
    defs = dg.Definitions([made], resources={"store": store, "io_manager": DeltaIOManager(store=store)})
    assert defs.resolve_implicit_global_asset_job_def().execute_in_process().success
    assert delta.exists(ObjectStoreResource(url="memory://from-env").open(), "made")
