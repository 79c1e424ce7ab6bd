"""A product without partitions, made by Dagster in this process."""

import dagster as dg
import pandas as pd
import pytest
from markdown_it import MarkdownIt

from data_platform.orchestration.resources import ObjectStoreResource
from data_platform.products import quarantine
from data_platform.storage.delta import open_table
from data_platform_tests.products.shop import (
    ORDERS_COLUMNS,
    Platform,
    Shop,
    checks_of,
    failure_of,
    metadata_of,
)
from data_platform_tests.s3 import S3Server
from data_platform_tests.shown import shown

COLUMNS = ORDERS_COLUMNS.replace(", partitioned: true", "")
SQL = """\
SELECT order_id, CAST(day AS DATE) AS day, CAST(total AS DECIMAL(10, 2)) AS total, email
FROM sales.raw_orders
"""
DEFS = "inputs: {sales.raw_orders: {columns: [order_id, day, total, email]}}"
GOOD = {"order_id": 1, "day": "2026-11-01", "total": 5.5, "email": "ada@shop.example"}
BAD = {"order_id": 2, "day": "2026-11-01", "total": -1.0, "email": "bob@shop.example"}
KEY = "sales/orders_v1"


@pytest.fixture
def orders(platform: Platform) -> Platform:
    platform.shop.write("sales/ingestion.py", '"""Raw."""\n\nNAME = "raw_orders"\n')
    platform.shop.product(KEY, COLUMNS, sql=SQL, defs=DEFS)
    return platform


def test_a_batch_that_keeps_its_contract_is_published_with_one_passed_check_a_rule(orders: Platform) -> None:
    orders.put("sales/raw_orders", [GOOD])
    result = orders.run(KEY)
    assert result.success
    assert [row["order_id"] for row in orders.rows(KEY)] == [1]
    rules = {one.name for one in orders.shop.read(KEY).checks.checks}
    assert checks_of(result) == dict.fromkeys(rules, True)


def test_a_batch_that_breaks_its_contract_leaves_what_readers_had_and_is_not_tried_again(orders: Platform) -> None:
    orders.put("sales/raw_orders", [GOOD])
    assert orders.run(KEY).success
    orders.put("sales/raw_orders", [GOOD | {"order_id": 7}, BAD])
    result = orders.run(KEY)
    assert not result.success
    assert [row["order_id"] for row in orders.rows(KEY)] == [1]
    assert [name for name, passed in checks_of(result).items() if not passed] == ["total_minimum"]
    assert not result.get_asset_materialization_events()
    (event,) = [one for one in result.all_events if one.event_type_value == "STEP_FAILURE"]
    assert event.step_failure_data.user_failure_data is not None
    assert "total_minimum: 1 of 2 rows" in failure_of(result)
    assert "_quarantine/sales/orders_v1" in failure_of(result)
    assert not [one for one in result.all_events if one.event_type_value == "STEP_RESTARTED"]


def test_rejected_rows_are_kept_with_the_reasons_of_each(orders: Platform) -> None:
    orders.put("sales/raw_orders", [GOOD, BAD | {"day": None}])
    result = orders.run(KEY)
    (row,) = quarantine.read(orders.store, orders.shop.read(KEY)).to_pylist()
    assert row["reasons"] == ["day_required", "total_minimum"]
    assert row["run_id"] == result.run_id
    assert '"order_id": 2' in row["row"]


def test_a_commit_names_contract_run_product_and_what_the_checks_found(orders: Platform) -> None:
    orders.put("sales/raw_orders", [GOOD])
    result = orders.run(KEY)
    (commit,) = open_table(orders.store, KEY).history(1)
    assert commit["contract"] == "urn:sales:orders"
    assert commit["contract_version"] == "1.0.0"
    assert commit["run_id"] == result.run_id
    assert commit["product"] == KEY
    assert commit["checks"]["failed"] == 0
    assert commit["checks"]["rows"] == 1


def test_a_materialization_shows_rows_version_rules_and_a_preview_without_personal_data(orders: Platform) -> None:
    orders.put("sales/raw_orders", [GOOD])
    metadata = metadata_of(orders.run(KEY))[None]
    assert metadata["dagster/row_count"] == 1
    assert metadata["table_version"] == 0
    assert metadata["contract_version"] == "1.0.0"
    assert metadata["size_bytes"] > 0
    assert metadata["uri"].endswith("/store/sales/orders_v1")
    assert metadata["checks"]["failed"] == {}
    assert "ada@" not in shown(metadata["preview"])
    assert "5.50" in shown(metadata["preview"])


PICTURE = "![seen](http://evil.example/x.png) [click](http://evil.example) www.evil.example <b>"
OPEN = ORDERS_COLUMNS.replace("classification: personal, ", "").replace("email", "note")


def test_nothing_from_data_or_contracts_becomes_a_picture_or_link_in_what_dagster_shows(orders: Platform) -> None:
    columns = OPEN.replace("What was paid.", f"'{PICTURE}'").replace(", partitioned: true", "")
    orders.shop.product(KEY, columns, sql=SQL.replace("email", "note"), defs=DEFS.replace("email", "note"))
    row = {name: value for name, value in GOOD.items() if name != "email"} | {"note": PICTURE}
    orders.put("sales/raw_orders", [row])
    metadata = metadata_of(orders.run(KEY))[None]
    orders.put("sales/raw_orders", [row | {"total": -1.0}])
    failed = [one for one in orders.run(KEY).get_asset_check_evaluations() if not one.passed]
    asset = orders.definitions("sales").resolve_assets_def(dg.AssetKey(["sales", "orders_v1"]))
    schema = asset.metadata_by_key[asset.key]["dagster/column_schema"]
    said = [
        metadata["preview"],
        *(str(one.metadata["samples"].value) for one in failed),
        *(column.description or "" for column in schema.columns),
        *(one.description or "" for one in (*asset.check_specs, *failed)),
    ]
    assert sum("evil" in each for each in said) >= 3
    parser = MarkdownIt("commonmark").enable("table")
    shows = [leaf for each in said for token in parser.parse(each) for leaf in token.children or []]
    assert {leaf.type for leaf in shows} == {"text"}
    assert not [leaf.content for leaf in shows if "http://" in leaf.content or "www." in leaf.content]


def test_samples_of_failing_rows_show_no_personal_data(orders: Platform) -> None:
    orders.put("sales/raw_orders", [GOOD, BAD])
    (failed,) = [one for one in orders.run(KEY).get_asset_check_evaluations() if not one.passed]
    assert "bob@" not in shown(str(failed.metadata))
    assert failed.severity is dg.AssetCheckSeverity.ERROR
    assert failed.metadata["failing_rows"].value == 1


def test_what_nobody_evaluated_is_skipped_and_neither_passed_nor_in_the_way(platform: Platform) -> None:
    shop = platform.shop
    shop.product(KEY, COLUMNS, sql=SQL, defs=DEFS, quality="- {id: prose, type: text, description: All is well.}")
    platform.put("sales/raw_orders", [GOOD])
    result = platform.run(KEY)
    assert result.success
    assert "prose" not in checks_of(result)
    asset = platform.definitions("sales").resolve_assets_def(dg.AssetKey(["sales", "orders_v1"]))
    (spec,) = [one for one in asset.check_specs if one.name == "prose"]
    assert not spec.blocking
    assert "Not evaluated" in (spec.description or "")


def test_a_rule_that_only_warns_does_not_keep_a_batch_back(platform: Platform) -> None:
    rule = "- {id: few, name: few, type: library, metric: rowCount, mustBeLessThan: 1, severity: warning}"
    platform.shop.product(KEY, COLUMNS, sql=SQL, defs=DEFS, quality=rule)
    platform.put("sales/raw_orders", [GOOD])
    result = platform.run(KEY)
    assert result.success
    (few,) = [one for one in result.get_asset_check_evaluations() if one.check_name == "few"]
    assert not few.passed
    assert few.severity is dg.AssetCheckSeverity.WARN


def test_a_missing_input_fails_without_a_retry_and_names_it(orders: Platform) -> None:
    assert "its input sales/raw_orders is missing" in failure_of(orders.run(KEY))


def test_the_asset_carries_what_the_contract_says(orders: Platform) -> None:
    definitions = orders.definitions("sales")
    (spec,) = [one for one in definitions.resolve_all_asset_specs() if one.key == dg.AssetKey(["sales", "orders_v1"])]
    assert spec.group_name == "sales"
    assert spec.owners == ["team:sales-team"]
    assert {"domain": "sales", "version": "1.0.0", "status": "active"}.items() <= spec.tags.items()
    assert spec.kinds == {"sql", "deltalake"}
    assert "To be tested." in shown(spec.description or "")
    assert spec.code_version == orders.shop.read(KEY).code_version
    assert spec.automation_condition is not None
    columns = {one.name: one for one in spec.metadata["dagster/column_schema"].columns}
    assert columns["total"].type == "decimal128(10, 2)"
    assert shown(columns["total"].description or "") == "What was paid."
    assert columns["total"].constraints.other == ["minimum: 0"]
    assert not columns["order_id"].constraints.nullable
    assert columns["email"].tags == {"classification": "personal"}
    lineage = spec.metadata["dagster/column_lineage"].deps_by_column
    assert [(one.asset_key.to_user_string(), one.column_name) for one in lineage["total"]] == [
        ("sales/raw_orders", "total")
    ]


def test_the_code_version_changes_with_transform_contract_and_attributes(shop: Shop) -> None:
    versions = set()
    for sql, columns, defs in [
        (SQL, COLUMNS, DEFS),
        (SQL + "LIMIT 5", COLUMNS, DEFS),
        (SQL, COLUMNS.replace("What was paid", "Paid"), DEFS),
        (SQL, COLUMNS, DEFS + "\nmemory: 2GB"),
    ]:
        shop.product(KEY, columns, sql=sql, defs=defs)
        versions.add(shop.read(KEY).code_version)
    assert len(versions) == 4


def test_a_product_is_made_and_refused_on_a_real_s3(
    orders: Platform, s3_store: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3_store.environment.items():
        monkeypatch.setenv(name, value)
    resource = ObjectStoreResource(url=s3_store.fresh_url())
    on_s3 = Platform(orders.shop, resource.open(), orders.instance, resource)
    on_s3.put("sales/raw_orders", [GOOD])
    assert on_s3.run(KEY).success
    on_s3.put("sales/raw_orders", [BAD])
    assert not on_s3.run(KEY).success
    assert [row["order_id"] for row in on_s3.rows(KEY)] == [1]
    assert quarantine.read(on_s3.store, on_s3.shop.read(KEY)).num_rows == 1


def test_checks_run_alone_judge_what_readers_see_and_make_nothing(orders: Platform) -> None:
    orders.put("sales/raw_orders", [GOOD])
    assert orders.run(KEY).success
    orders.put("sales/raw_orders", [BAD])
    definitions = orders.definitions("sales")
    check = dg.AssetSelection.checks(dg.AssetCheckKey(dg.AssetKey(["sales", "orders_v1"]), "total_minimum"))
    job = dg.define_asset_job("only_checks", selection=check)
    merged = dg.Definitions.merge(definitions, dg.Definitions(jobs=[job]))
    result = merged.resolve_job_def("only_checks").execute_in_process(instance=orders.instance)
    assert checks_of(result) == {"total_minimum": True}
    assert not result.get_asset_materialization_events()


def test_an_ordinary_asset_takes_a_product_as_its_argument(orders: Platform) -> None:
    @dg.asset(
        key=["sales", "report"], ins={"orders": dg.AssetIn(["sales", "orders_v1"], metadata={"columns": ["total"]})}
    )
    def report(orders: pd.DataFrame) -> dg.MaterializeResult:
        return dg.MaterializeResult(metadata={"total": float(orders["total"].sum()), "columns": list(orders.columns)})

    orders.put("sales/raw_orders", [GOOD, GOOD | {"order_id": 2}])
    merged = dg.Definitions.merge(orders.definitions("sales"), dg.Definitions(assets=[report]))
    result = merged.resolve_implicit_global_asset_job_def().execute_in_process(instance=orders.instance)
    found = {one.asset_key.path[-1]: one.materialization.metadata for one in result.get_asset_materialization_events()}
    assert found["report"]["total"].value == 11.0
    assert found["report"]["columns"].value == ["total"]


def test_the_type_of_the_output_is_a_pandas_frame_with_the_contracts_columns(orders: Platform) -> None:
    asset = orders.definitions("sales").resolve_assets_def(dg.AssetKey(["sales", "orders_v1"]))
    (type_,) = [one.dagster_type for one in asset.op.output_defs if one.name == "orders_v1"]
    assert type_.display_name == "SalesOrdersV1"
    assert "What was paid." in shown(type_.description or "")
