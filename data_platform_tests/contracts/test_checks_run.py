"""The one call: whatever holds the batch, the results are the same; what a report says, and what it hides."""

import json
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import deltalake
import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from data_platform.contracts.checks.compiling import compile_checks
from data_platform.contracts.checks.model import Check, Severity, TableChecks
from data_platform.contracts.checks.results import Status
from data_platform.contracts.checks.run import check
from data_platform.contracts.checks.sources import UnreadableDataError
from data_platform.contracts.loading import load
from data_platform.contracts.model import Contract
from data_platform.contracts.reading import contract as contract_of
from data_platform.contracts.rules.thresholds import Operator, Threshold
from data_platform.contracts.source import read
from data_platform_tests.contracts import rule_kinds as rules

CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: shop-orders
version: 1.2.0
status: active
schema:
  - name: orders
    properties:
      - {name: id, id: order_id, logicalType: integer, physicalType: BIGINT, required: true, primaryKey: true,
         primaryKeyPosition: 1}
      - {name: email, logicalType: string, classification: restricted, unique: true,
         logicalTypeOptions: {format: email}}
      - name: price
        logicalType: number
        physicalType: DECIMAL(10,2)
        logicalTypeOptions: {minimum: 0, multipleOf: 0.01}
        quality:
          - {name: few nulls, metric: nullValues, mustBeLessThan: 60, unit: percent, dimension: completeness}
          - {type: sql, query: "SELECT avg({property}) FROM {object}", mustBeLessThan: 1, severity: warning}
      - {name: day, logicalType: date, logicalTypeOptions: {minimum: '2024-01-01'}, enum: [{value: '2024-01-01'}]}
      - name: customer
        logicalType: integer
        relationships: [{to: customers.id}, {to: ../../crm/people_v1/contract.odcs.yaml#people.id}]
      - name: tags
        logicalType: array
        items: {logicalType: string, logicalTypeOptions: {maxLength: 2}}
      - {name: spread, logicalType: number, semanticType: measure, transformLogic: max(price) - min(price)}
    quality:
      - {metric: rowCount, mustBeGreaterThan: 0}
      - {metric: duplicateValues, mustBe: 0, arguments: {properties: [id, day]}}
      - {type: text, name: kind, description: Be nice.}
      - {type: custom, engine: soda, implementation: x}
  - name: customers
    properties:
      - {name: id, logicalType: integer, required: true, primaryKey: true}
slaProperties:
  - {property: latency, value: 1, unit: d, element: orders.day}
  - {property: ly, value: 1, unit: d, element: customers.id}
  - {property: availability, value: 99}
"""
SCHEMA = pa.schema({"id": pa.int64(), "price": pa.float64(), "name": pa.string(), "day": pa.date32()})
BATCH = pa.table(
    {
        "id": [1, 2, 2, None],
        "price": [1.5, -1.0, None, 2.0],
        "name": ["a", "", None, 'é,"x"\ny'],
        "day": [date(2024, 1, 1), None, date(2024, 1, 2), date(2024, 1, 3)],
    },
    SCHEMA,
)
CHECKS = TableChecks(
    "orders",
    (
        Check("columns", rules.Columns(("id", "price", "name", "day"))),
        *(Check(f"{name}_type", rules.LogicalType(kind), (name,))
          for name, kind in {"id": "integer", "price": "number", "name": "string", "day": "date"}.items()),
        Check("key", rules.PrimaryKey((("id",),))),
        Check("price_minimum", rules.Bound("minimum", 0), ("price",)),
        Check("name_length", rules.Size("length", "minimum", 1), ("name",)),
        Check("day_maximum", rules.Bound("maximum", "2024-01-02"), ("day",), Severity.WARNING, blocking=False),
    ),
)  # fmt: skip


def contract() -> Contract:
    return contract_of(read(CONTRACT))


def sources(folder: Path) -> dict[str, Any]:
    pq.write_table(BATCH, folder / "orders.parquet")
    pyarrow.csv.write_csv(BATCH, folder / "orders.csv")
    deltalake.write_deltalake(str(folder / "orders"), BATCH)
    (folder / "many").mkdir()
    for number in range(4):
        pq.write_table(BATCH.slice(number, 1), folder / "many" / f"{number}.parquet")
    return {
        "table": BATCH,
        "batch": BATCH.to_batches()[0],
        "reader": BATCH.to_reader(2),
        "dataset": ds.dataset(folder / "many"),
        "polars": pl.from_arrow(BATCH),
        "lazy polars": pl.from_arrow(BATCH).lazy(),  # type: ignore[union-attr]
        "pandas": BATCH.to_pandas(types_mapper=pd.ArrowDtype),
        "relation": duckdb.connect().from_arrow(BATCH),
        "parquet path": folder / "orders.parquet",
        "parquet URL": (folder / "orders.parquet").as_uri(),
        "csv path": str(folder / "orders.csv"),
        "delta path": str(folder / "orders"),
        "delta URL": (folder / "orders").as_uri(),
    }


def test_whatever_holds_the_batch_the_results_are_the_same(tmp_path: Path) -> None:
    expected = check(CHECKS, BATCH)
    assert [one.check.name for one in expected.failures] == ["key", "price_minimum", "name_length", "day_maximum"]
    for name, data in sources(tmp_path).items():
        report = check(CHECKS, data)
        assert [(one.status, one.failing or 0) for one in report.results] == [
            (one.status, one.failing or 0) for one in expected.results
        ], f"{name}: {report}"
        assert report.rejected_rows().tolist() == [1, 2, 3], name


def test_texts_of_a_csv_that_are_not_of_their_type_break_the_type_rule(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text('id,price,name,day\n1,1.5,a,2024-01-01\n1.5,x,"",2024-1-1\n,,,\nN/A,NaN,b,2023-02-29\n', "utf-8")

    report = check(CHECKS, path)

    assert {one.check.name: one.failing for one in report.results if one.check.name.endswith("_type")} == {
        "id_type": 2, "price_type": 1, "name_type": 0, "day_type": 2,
    }  # fmt: skip
    assert report["name_length"].sample_rows == (1,)


@pytest.mark.parametrize("data", ["/nowhere/a.parquet", "/nowhere/a.csv", "/nowhere", 5, "https://example.com/a.csv"])
def test_what_cannot_be_read_says_so(data: Any) -> None:
    with pytest.raises(UnreadableDataError):
        check(CHECKS, data)


def test_a_report_names_rows_reasons_and_shares() -> None:
    report = check(CHECKS, BATCH, partition="2024-01-01")

    assert not report.passed
    assert report.separable
    assert report.mask().to_pylist() == [False, True, True, True]
    assert report.reasons().to_pylist() == [["key", "price_minimum", "name_length"], ["key"], ["key", "day_maximum"]]
    assert report.mask(["price_minimum"]).to_pylist() == [False, True, False, False]
    assert report["key"].share == 0.75
    assert "key: 3 of 4 rows (75.00%)" in str(report)
    told = json.loads(report.to_json())
    assert (told["passed"], told["partition"], told["rejected_rows"]) == (False, "2024-01-01", 3)
    assert told["results"][8]["samples"][0]["day"] == "2024-01-03"
    with pytest.raises(KeyError, match="there are"):
        report["nothing"]


def test_only_what_blocks_rejects() -> None:
    checks = TableChecks("t", (Check("w", rules.Required(), ("v",), Severity.WARNING, blocking=False),))

    report = check(checks, pa.table({"v": pa.array([None, 1])}))

    assert report.passed
    assert report["w"].status is Status.FAILED
    assert report.rejected_rows().tolist() == []
    assert report.mask(["w"]).to_pylist() == [True, False]


def test_samples_are_the_first_twenty_rows_with_classified_columns_masked() -> None:
    rows = 50
    table = pa.table({"v": pa.nulls(rows, pa.int64()), "email": ["secret@x.de", None] * 25, "n": range(rows)})
    checks = TableChecks("t", (Check("r", rules.Required(), ("v",)),), frozenset({"email"}))

    report = check(checks, table)

    assert [row["n"] for row in report["r"].samples] == list(range(20))
    assert {row["email"] for row in report["r"].samples} == {"***", None}
    assert "secret" not in report.to_json() + str(report) + repr(report)


def test_a_message_of_the_engine_repeats_no_classified_value() -> None:
    rule = rules.Sql("SELECT max(email)::INTEGER FROM {object}", Threshold(Operator.BE, (1,)))
    checks = TableChecks("t", (Check("r", rule),), frozenset({"email"}))

    report = check(checks, pa.table({"email": ["secret@x.de"]}))

    assert report["r"].status is Status.ERROR
    assert "secret" not in report.to_json()


def test_a_contract_becomes_checks_with_stable_names_and_grades() -> None:
    checks = compile_checks(contract(), "orders")

    assert [(one.name, one.element, one.severity.value, one.blocking) for one in checks.checks] == [
        ("columns", "", "error", True),
        ("id_type", "id", "error", True),
        ("id_physical_type", "id", "error", True),
        ("id_required", "id", "error", True),
        ("email_type", "email", "error", True),
        ("email_unique", "email", "error", True),
        ("email_format", "email", "error", True),
        ("price_type", "price", "error", True),
        ("price_physical_type", "price", "error", True),
        ("price_minimum", "price", "error", True),
        ("price_multiple_of", "price", "error", True),
        ("day_type", "day", "error", True),
        ("day_minimum", "day", "error", True),
        ("day_enum", "day", "error", True),
        ("customer_type", "customer", "error", True),
        ("tags_type", "tags", "error", True),
        ("tags_items_type", "tags[]", "error", True),
        ("tags_items_max_length", "tags[]", "error", True),
        ("primary_key", "", "error", True),
        ("price_few_nulls", "price", "error", True),
        ("price_sql", "price", "warning", False),
        ("row_count", "", "error", True),
        ("duplicate_values", "", "error", True),
        ("kind", "", "error", True),
        ("custom", "", "error", True),
        ("customer_foreign_key", "customer", "error", True),
        ("customer_foreign_key_2", "customer", "error", True),
        ("sla_day_latency", "day", "warning", False),
    ]
    assert checks.classified == {"email"}
    assert [one.rule for one in checks.checks if isinstance(one.rule, rules.ForeignKey)] == [
        rules.ForeignKey((("customer",),), "customers", ("id",)),
        rules.ForeignKey((("customer",),), "crm/people_v1", ("id",)),
    ]


def test_a_relationship_may_be_told_and_not_enforced() -> None:
    mild = "{to: customers.id, customProperties: [{property: dataPlatform.severity, value: warning}]}"
    told = contract_of(read(CONTRACT.replace("{to: customers.id}", mild)))
    found = [one for one in compile_checks(told, "orders").checks if isinstance(one.rule, rules.ForeignKey)]
    assert [(one.severity.value, one.blocking) for one in found] == [("warning", False), ("error", True)]


def test_a_contract_checks_a_batch_from_end_to_end() -> None:
    batch = pa.table(
        {
            "customer": pa.array([1, 2, None], pa.int64()),
            "id": pa.array([1, 2, 3], pa.int64()),
            "email": ["a@b.de", "c@d.de", None],
            "price": pa.array([1, None, 2], pa.decimal128(10, 2)),
            "day": [date(2024, 1, 1)] * 3,
            "tags": pa.array([["a"], [], None], pa.list_(pa.string())),
        }
    )
    others = {"customers": pa.table({"id": [1, 2], "more": [1, 2]}), "crm/people_v1": pl.DataFrame({"id": [1, 2, 3]})}

    report = check(contract(), batch, schema="orders", others=others, now=datetime(2024, 1, 1, 12, tzinfo=UTC))

    assert report.passed, report
    assert [one.check.name for one in report.failures] == ["price_sql"]
    assert [one.check.name for one in report.not_evaluated] == ["kind", "custom"]
    assert report.contract == "shop-orders 1.2.0"


REQUIRED_AND_OPTIONAL = """
apiVersion: v3.1.0
kind: DataContract
id: 0b4ef2a8-8f1c-4a8e-9a53-7d2a3a5b6c7d
version: 1.0.0
status: active
name: notes
domain: shop
team: {name: shop}
schema:
  - name: notes
    properties:
      - {name: id, logicalType: integer, required: true, primaryKey: true}
      - {name: note, logicalType: string, logicalTypeOptions: {pattern: "^a"}}
      - {name: at, logicalType: timestamp, physicalType: TIMESTAMP}
      - name: place
        logicalType: object
        properties: [{name: city, logicalType: string, required: true}, {name: zip, logicalType: string}]
    quality:
      - {name: Long notes, type: sql, query: "SELECT count(*) FROM {object} WHERE length(note) > 3", mustBe: 0}
"""


def test_an_optional_column_that_is_missing_reads_as_null_and_a_required_one_is_told() -> None:
    notes = load(REQUIRED_AND_OPTIONAL)

    report = check(notes, pa.table({"id": [1, 2]}))

    assert report.passed, report
    assert report["columns"].reason == "not there, so read as null: note, at, place"
    assert report["long_notes"].status is Status.PASSED
    assert check(notes, pa.table({"note": ["a"]}))["columns"].reason == "missing: id"
    assert not check(notes, pa.table({"note": ["a"]})).passed
    renamed = check(notes, pa.table({"id": [1], "notes": ["a"]}))
    assert renamed["columns"].reason == "unexpected: notes"


def test_an_optional_column_that_a_text_file_lacks_reads_as_null_too(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("id\n1\n2\n")

    report = check(load(REQUIRED_AND_OPTIONAL), str(file))

    assert report.passed, report
    assert not any(result.failed for result in report.results)


def test_a_number_of_a_text_file_that_is_too_large_breaks_the_physical_type_alone(tmp_path: Path) -> None:
    head = REQUIRED_AND_OPTIONAL.partition("    properties:")[0]
    notes = load(head + "    properties: [{name: v, logicalType: number, physicalType: 'DECIMAL(6, 2)'}]\n")
    file = tmp_path / "rows.csv"
    file.write_text("v\n40000\n.5\n9999.99\n")

    report = check(notes, str(file))

    assert [result.check.name for result in report.failures] == ["v_physical_type"]
    assert report["v_physical_type"].samples == ({"v": Decimal("40000.00")},)


def test_an_optional_property_that_is_missing_reads_as_null_and_a_required_one_is_told() -> None:
    notes = load(REQUIRED_AND_OPTIONAL)

    assert check(notes, pa.table({"id": [1], "place": [{"city": "Rome"}]})).passed
    broken = check(notes, pa.table({"id": [1, 2], "place": [{"zip": "1"}, None]}))
    assert broken["place_properties"].reason == "missing: city"
    assert broken["place_city_required"].failing == 1


def test_columns_that_the_contract_lacks_are_refused_or_ignored_as_it_says() -> None:
    lenient = REQUIRED_AND_OPTIONAL + "customProperties: [{property: dataPlatform.extraColumns, value: ignore}]\n"

    assert check(load(lenient), pa.table({"id": [1], "more": [2]})).passed
    assert not check(load(REQUIRED_AND_OPTIONAL), pa.table({"id": [1], "more": [2]})).passed


@pytest.mark.parametrize(
    ("keys", "good", "bad"),
    [
        ("logicalType: integer, physicalType: INTEGER", ["1", "2", "7.0"], ["1.5", "3000000000", "x", "1e3"]),
        ("logicalType: integer, physicalType: SMALLINT", ["1", "-32768"], ["40000"]),
        ("logicalType: integer, physicalType: UTINYINT", ["0", "255"], ["-1", "256"]),
        ("logicalType: integer, physicalType: HUGEINT", ["170141183460469231731687303715884105"], ["1.5"]),
        ("logicalType: number, physicalType: REAL", ["0.5", "0.1", "1e10"], ["a", "1e99"]),
        ("logicalType: number, physicalType: 'DECIMAL(6, 2)'", ["1234.50", "0.10", "1.000"], ["1.234", "12345.00"]),
        ("logicalType: date, logicalTypeOptions: {format: dd.MM.yyyy}", ["31.12.2024"], ["2024-12-31", "31.02.2024"]),
        ("logicalType: timestamp, logicalTypeOptions: {format: \"dd.MM.yyyy HH:mm\"}", ["31.12.2024 23:59"],
         ["2024-12-31T23:59:00", "31.12.2024 24:59"]),
        ("logicalType: time, logicalTypeOptions: {format: HHmm}", ["2359"], ["23:59", "2560"]),
        ("logicalType: timestamp, physicalType: TIMESTAMPTZ", ["2024-12-31T23:59:00Z"], ["2024-12-31T23:59:00"]),
        ("logicalType: timestamp, physicalType: TIMESTAMP_S", ["2024-12-31T23:59:00"], ["2024-12-31T23:59:00.5"]),
        ("logicalType: string, physicalType: UUID", ["0b4ef2a8-8f1c-4a8e-9a53-7d2a3a5b6c7d"], ["0b4"]),
        ("logicalType: object, physicalType: JSON", ["\"{\"\"a\"\": 1}\""], ["[1]", "{"]),
    ],
)  # fmt: skip
def test_text_is_judged_by_its_value(tmp_path: Path, keys: str, good: list[str], bad: list[str]) -> None:
    notes = load(REQUIRED_AND_OPTIONAL.partition("    properties:")[0] + f"    properties: [{{name: v, {keys}}}]\n")
    file = tmp_path / "rows.csv"

    file.write_text("v\n" + "\n".join(["", *good]) + "\n")
    assert check(notes, str(file)).passed, check(notes, str(file))
    for text in bad:
        file.write_text("v\n" + "\n".join([*good, text]) + "\n")
        assert not check(notes, str(file)).passed, text


@pytest.mark.parametrize(
    ("frame", "passed"),
    [
        (pd.DataFrame({"v": [1, None]}), True),
        (pd.DataFrame({"v": [1, 2.5]}), False),
        (pd.DataFrame({"v": []}), True),
        (pd.DataFrame({"v": pd.Series([], dtype="float64")}), True),
        (pd.DataFrame({"v": [None, None]}), True),
        (pa.table({"v": pa.array([1.0, float("nan")])}), False),
        (pa.table({"v": pa.array([Decimal("3.00")])}), True),
        (pa.table({"v": pa.array([2**40])}), False),
    ],
)
def test_a_whole_number_is_an_integer_whatever_carries_it(frame: object, passed: bool) -> None:
    head = REQUIRED_AND_OPTIONAL.partition("    properties:")[0]
    notes = load(head + "    properties: [{name: v, logicalType: integer, physicalType: INTEGER}]\n")
    assert check(notes, frame).passed is passed, check(notes, frame)


def test_several_tables_need_a_name_and_now_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="several tables"):
        check(contract(), BATCH)
    with pytest.raises(ValueError, match="no time zone"):
        check(CHECKS, BATCH, now=datetime(2024, 1, 1))  # noqa: DTZ001 - that is what is wrong with it


@pytest.mark.parametrize(
    "name", ['a"b', "a'b", "select", "c0", "ID; DROP TABLE x", "Größe", "a.b", "a\nb", "#rows", "*"]
)
def test_a_column_may_have_any_name(name: str) -> None:
    table = pa.table({name: pa.array(["it's", None, "it's"])})
    checks = TableChecks(
        name,
        (
            Check("required", rules.Required(), (name,)),
            Check("enum", rules.OneOf(("it's", "'; DROP TABLE x; --")), (name,)),
            Check("unique", rules.Unique(((name,),))),
            Check("sql", rules.Sql("SELECT count({property}) FROM {object}", Threshold(Operator.BE, (2,))), (name,)),
        ),
    )

    report = check(checks, table)

    assert [one.failing for one in report.results] == [1, 0, 2, None]
    assert report["sql"].status is (Status.ERROR if name == "#rows" else Status.PASSED), report["sql"]


def test_two_columns_that_differ_by_case_are_two_columns() -> None:
    table = pa.table({"id": [1, 2], "ID": [None, 2]})
    checks = TableChecks("t", (Check("a", rules.Required(), ("id",)), Check("b", rules.Required(), ("ID",))))

    assert [one.failing for one in check(checks, table).results] == [0, 1]


def test_failing_rows_that_cannot_be_found_are_not_taken_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise duckdb.OutOfMemoryException("no memory")

    monkeypatch.setattr("data_platform.contracts.checks.duckdb.failing.find", broken)

    report = check(CHECKS, BATCH)

    assert not report.passed
    assert not report.separable
    assert "could not be found" in (report["price_minimum"].reason or "")


BIG = """
import resource, sys
import pyarrow.dataset as ds
from data_platform_tests.contracts import rule_kinds as rules
from data_platform.contracts.checks.duckdb.session import Limits
from data_platform.contracts.checks.model import Check, TableChecks
from data_platform.contracts.checks.run import check
checks = TableChecks("t", (
    Check("key", rules.Unique((("text",),))), Check("length", rules.Size("length", "maximum", 39), ("text",)),
    Check("minimum", rules.Bound("minimum", 10), ("id",))))
report = check(checks, ds.dataset(sys.argv[1]), limits=Limits(memory="500MB", threads=2))
print(report.total_rows, report["key"].failing, report["minimum"].failing, report.rejected_rows().tolist()[:3],
      resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.slow
def test_a_batch_larger_than_memory_is_checked_within_it(tmp_path: Path) -> None:
    with duckdb.connect() as connection:  # 3.3 GB in memory
        connection.execute(
            "COPY (SELECT range AS id, lpad(greatest(range, 1)::VARCHAR, 39, 'x') AS text "
            f"FROM range(60000000)) TO '{tmp_path}/big.parquet' (ROW_GROUP_SIZE 100000)"
        )

    done = subprocess.run(
        [sys.executable, "-c", BIG, str(tmp_path)], check=True, capture_output=True, text=True, timeout=280
    )

    *found, megabytes = done.stdout.rsplit(maxsplit=1)
    assert found == ["60000000 2 10 [0, 1, 2]"]
    assert int(megabytes) < 3000  # all in memory, with the grouping, it would be more than 6000


def test_nothing_but_nulls_in_an_array_or_object_without_a_type_keeps_every_rule_about_what_is_inside() -> None:
    inner = {"name": "a", "logicalType": "integer", "required": True, "physicalType": "INT"}
    contract = {
        "schema": [
            {
                "name": "t",
                "properties": [
                    {"name": "l", "logicalType": "array", "items": {"logicalType": "object", "properties": [inner]}},
                    {"name": "o", "logicalType": "object", "properties": [inner]},
                ],
            }
        ]
    }
    report = check(contract_of(read(json.dumps(contract))), pa.table({"l": pa.nulls(2), "o": pa.nulls(2)}))
    assert (report.passed, report.failures) == (True, ())
