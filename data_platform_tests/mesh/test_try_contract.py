"""`test` on a contract that is no product's: every kind of data, every form of the answer, and by value."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import deltalake
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_platform.contracts import Report, UnreadableDataError, check, load
from data_platform.contracts.model import Contract
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.examples import examples
from data_platform_tests.mesh.authoring import Author, an_author

CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: elsewhere
version: 2.3.0
status: active
schema:
  - name: Post Code
    properties: [{name: id, logicalType: integer}]
  - name: readings
    properties:
      - {name: id, logicalType: integer, required: true, primaryKey: true}
      - {name: at, logicalType: date}
      - {name: value, logicalType: number, physicalType: "DECIMAL(8, 2)", logicalTypeOptions: {minimum: 0}}
      - {name: owner, logicalType: string, classification: personal}
    quality:
      - {name: enough, type: library, metric: rowCount, mustBeGreaterThan: 9, severity: warning}
      - {name: kind, type: text, description: Be kind.}
"""
SCHEMA = pa.schema({"id": pa.int64(), "at": pa.date32(), "value": pa.decimal128(8, 2), "owner": pa.string()})
ROWS: list[dict[str, Any]] = [
    {"id": "1", "at": "2026-11-01", "value": "1.50", "owner": "Ann"},
    {"id": "2", "at": None, "value": "-1.00", "owner": "Bob"},
]


@pytest.fixture
def author(tmp_path: Path) -> Iterator[Author]:
    with an_author(tmp_path) as author:
        yield author


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    file = tmp_path / "elsewhere.odcs.yaml"
    file.write_text(CONTRACT)
    return file


def stored(folder: Path, rows: list[dict[str, Any]]) -> dict[str, str]:
    """The rows as every kind of data, by name."""
    texts = pa.Table.from_pylist(rows, pa.schema([(name, pa.string()) for name in SCHEMA.names]))
    typed = pa.table([texts.column(field.name).cast(field.type) for field in SCHEMA], SCHEMA)
    deltalake.write_deltalake(str(folder / "readings"), typed)
    pq.write_table(typed, folder / "readings.parquet")
    pyarrow.csv.write_csv(typed, folder / "readings.csv")
    options = pyarrow.csv.WriteOptions(delimiter="\t")
    pyarrow.csv.write_csv(typed, folder / "readings.tsv", options)
    with pa.CompressedOutputStream(str(folder / "readings.csv.gz"), "gzip") as packed:
        pyarrow.csv.write_csv(typed, packed)
    (folder / "readings.jsonl").write_text("\n".join(map(json.dumps, rows)))
    files = ("readings", "readings.parquet", "readings.csv", "readings.tsv", "readings.csv.gz", "readings.jsonl")
    urls = {f"URL of {name}": (folder / name).as_uri() for name in ("readings", "readings.csv", "readings.jsonl")}
    return {name: str(folder / name) for name in files} | urls


def test_every_kind_of_data_gets_the_same_answer(author: Author, contract: Path, tmp_path: Path) -> None:
    for name, data in stored(tmp_path, ROWS).items():
        code, answer, complaints = author.call("test", str(contract), "--schema", "readings", "--data", data, "--json")
        assert code == 1, (name, complaints)
        report = json.loads(answer)
        assert (report["format"], report["product"], report["file"]) == (1, None, str(contract))
        failed = [result["check"] for result in report["results"] if result["status"] == "failed"]
        assert failed == ["value_minimum", "enough"], name
        assert report["checks"]["not_evaluated"] == 1
        assert "Bob" not in answer


def test_the_answer_is_written_as_json_junit_and_markdown(author: Author, contract: Path, tmp_path: Path) -> None:
    data = stored(tmp_path, ROWS)["readings.csv"]
    files = {form: tmp_path / f"answer.{form}" for form in ("json-file", "junit", "markdown")}
    options = [part for form, file in files.items() for part in (f"--{form}", str(file))]
    code, answer, _ = author.call("test", str(contract), "--schema", "readings", "--data", data, *options)
    assert code == 1
    assert "1 failed" not in answer
    assert answer.splitlines()[-1].endswith("2 failed, 1 not evaluated")
    assert json.loads(files["json-file"].read_text())["passed"] is False
    suite = ET.fromstring(files["junit"].read_text()).find("testsuite")
    assert suite is not None
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    assert {name for name, case in cases.items() if case.find("failure") is not None} == {"value_minimum"}
    assert {name for name, case in cases.items() if case.find("skipped") is not None} == {"kind"}
    assert "enough" in (cases["enough"].findtext("system-out") or "")
    assert {case.get("classname") for case in cases.values()} == {"readings"}
    page = files["markdown"].read_text()
    assert page.startswith("<!-- data-platform test -->\n### ❌ The data break the contract")
    assert "`value_minimum`" in page
    assert "Bob" not in page


def test_one_form_goes_to_standard_output(author: Author, contract: Path, tmp_path: Path) -> None:
    data = stored(tmp_path, ROWS[:1])["readings.parquet"]
    line = ("test", str(contract), "--schema", "readings", "--data", data)
    code, page, _ = author.call(*line, "--markdown", "-")
    assert (code, page.splitlines()[1]) == (0, "### ✅ The data keep the contract")
    code, page, _ = author.call(*line, "--junit", "-")
    assert ET.fromstring(page).get("failures") == "0"
    assert "takes one format" in author.refused(*line, "--markdown", "-", "--junit", "-")
    assert "exclude each other" in author.refused(*line, "--json", "--json-file", "x.json")
    assert "cannot be written" in author.refused(*line, "--junit", str(tmp_path / "gone" / "x.xml"))


def test_a_product_has_the_same_forms(author: Author, tmp_path: Path) -> None:
    data = tmp_path / "customers.jsonl"
    data.write_text('{"customer_id": 1, "email": "x"}\n{"customer_id": "two", "email": "y"}\n')
    code, page, _ = author.call("test", "sales/customers_v1", "--data", str(data), "--junit", "-")
    assert code == 1
    failed = [case for case in ET.fromstring(page).iter("testcase") if case.find("failure") is not None]
    assert [case.get("name") for case in failed] == ["customer_id_type", "customer_id_required", "primary_key"]
    assert failed[0].get("classname") == "sales.customers_v1"


def test_what_cannot_be_tried_says_what_to_do(author: Author, contract: Path, tmp_path: Path) -> None:
    data = stored(tmp_path, ROWS)["readings.csv"]
    several = author.refused("test", str(contract), "--data", data)
    assert "has several tables: name one" in several
    assert "say which with --schema" in several
    assert "has no table 'reading'" in author.refused("test", str(contract), "--schema", "reading", "--data", data)
    assert "give them with --data" in author.refused("test", str(contract))
    assert "leave --partition out" in author.refused("test", str(contract), "--data", data, "--partition", "x")
    assert "one table" in author.refused("test", "sales/orders_v1", "--schema", "orders", "--data", data)
    gone = author.refused("test", str(contract), "--schema", "readings", "--data", str(tmp_path / "gone"))
    assert "is no Delta table" in gone
    broken = tmp_path / "broken.yaml"
    broken.write_text("apiVersion: v3.1.0\nkind: DataContract\nid: x\nversion: 1.0.0\nstatus: a\nschema: 3\n")
    assert "error[nothing-promised]" in author.refused("test", str(broken), "--data", data)


def test_the_public_names_are_those_of_the_parts(contract: Path, tmp_path: Path) -> None:
    known = load(contract, standard_only=True)
    assert isinstance(known, Contract)
    report = check(known, stored(tmp_path, ROWS)["readings"], schema="readings")
    assert isinstance(report, Report)
    assert not report.passed
    with pytest.raises(UnreadableDataError, match="no Delta table"):
        check(known, str(tmp_path / "gone"), schema="readings")


def test_data_in_a_store_are_read_from_there(contract: Path, tmp_path: Path) -> None:
    store = ObjectStore.open("memory://drop")
    for name in ("readings.csv", "readings.jsonl", "readings.parquet"):
        file = Path(stored(tmp_path / name, ROWS)[name]) if (tmp_path / name).mkdir() is None else tmp_path
        store.put(name, file.read_bytes())
        report = check(load(contract, standard_only=True), f"memory://drop/{name}", schema="readings")
        assert [result.check.name for result in report.failures] == ["value_minimum", "enough"], name


NESTED = """apiVersion: v3.1.0
kind: DataContract
id: nested
version: 1.0.0
status: active
schema:
  - name: visits
    properties:
      - {name: id, logicalType: integer, required: true}
      - {name: at, logicalType: date, logicalTypeOptions: {format: dd.MM.yyyy}}
      - name: who
        logicalType: object
        properties: [{name: number, logicalType: integer}, {name: "first/last", logicalType: string}]
      - {name: pages, logicalType: array, items: {logicalType: integer}}
      - {name: free, logicalType: object}
      - name: steps
        logicalType: array
        items:
          logicalType: object
          properties: [{name: day, logicalType: date}, {name: scores, logicalType: array, items: {logicalType: number}}]
"""


def failing(report: Report) -> dict[str, tuple[int, ...]]:
    return {result.check.name: result.sample_rows for result in report.failures}


def test_a_value_in_json_lines_that_is_not_of_its_type_breaks_a_rule_of_its_row_alone(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {
            "id": 1,
            "at": "01.11.2026",
            "who": {"number": 7.0, "first/last": "a"},
            "pages": [1, None],
            "free": {"x": [1]},
        },
        {
            "id": 2,
            "free": {"x": [1]},
            "steps": [{"day": "2026-11-01", "scores": [1, 2.5e3]}, {"scores": []}, None, {}],
            "who": {},
        },
        {"id": "x", "at": "2026-11-01", "who": {"number": 1.5}, "pages": [1, "x"], "free": [1]},
        {"id": 4, "who": {"unknown": 1}, "pages": 3, "steps": [{"day": "31.12.2026"}]},
        {"id": 5, "who": 1, "steps": [{"scores": ["much"]}], "free": "text"},
    ]
    file = tmp_path / "visits.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    report = check(load(NESTED.encode(), standard_only=True), file)
    assert failing(report) == {
        "id_type": (2,),
        "id_required": (2,),
        "at_type": (2,),
        "who_type": (2, 3, 4),
        "pages_type": (2, 3),
        "free_type": (2, 4),
        "steps_type": (3, 4),
    }


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.integers(-(10**9), 10**9).map(lambda number: number / 8),
    st.text(max_size=5),
)


def is_integer(value: object) -> bool:
    """Whether the contract takes a value of JSON for a whole number of 64 bits, by its text."""
    if isinstance(value, bool) or value is None:
        return value is None
    try:
        number = int(str(value).removesuffix(".0"))
    except ValueError:
        return False
    written = str(value).removesuffix(".0")
    return written.lstrip("+-").isascii() and written.lstrip("+-").isdigit() and -(2**63) <= number < 2**63


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(numbers=st.lists(VALUES, min_size=1, max_size=8))
def test_whatever_is_in_json_lines_nested_values_are_read_as_those_of_columns_are(
    tmp_path: Path, numbers: list[Any]
) -> None:
    file = tmp_path / "any.jsonl"
    rows = [{"id": value, "who": {"number": value}, "pages": [value]} for value in numbers]
    file.write_text("\n".join(json.dumps(row) for row in rows))
    report = check(load(NESTED.encode(), standard_only=True), file)
    bad = tuple(at for at, value in enumerate(numbers) if not is_integer(value))
    reasons = failing(report)
    assert [reasons.get(name, ()) for name in ("id_type", "who_type", "pages_type")] == [bad, bad, bad]
