"""Contracts in other tools' forms and back: names, types, what is required, and keys survive; the forms are valid."""

import json
import string
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb
import jsonschema
import pytest
import sqlglot
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from data_platform.contracts.checks.run import check
from data_platform.contracts.drafting import About
from data_platform.contracts.exchange import dbt, external, json_schema_reading, markdown, sql_ddl
from data_platform.contracts.exchange.errors import ExchangeError
from data_platform.contracts.exchange.forms import export, import_
from data_platform.contracts.lint import lint
from data_platform.contracts.loading import load
from data_platform.contracts.model import Contract
from data_platform.contracts.reading import contract as contract_of
from data_platform.contracts.source import read
from data_platform.contracts.writing import yaml_text
from data_platform_tests.examples import examples
from data_platform_tests.repository import PROJECT_ROOT

DOMAINS: Final = PROJECT_ROOT / "data_platform" / "domains"
PRODUCTS: Final = sorted(DOMAINS.glob("*/*/contract.odcs.yaml"))
TYPES: Final = ("string", "integer", "number", "boolean", "date", "timestamp")
ABOUT: Final = About("sales", "things_v1")

names = st.text(string.ascii_lowercase, min_size=1, max_size=6).map(lambda each: f"c_{each}")


@st.composite
def contracts(draw: st.DrawFn) -> Contract:
    """Contracts of one table with columns of all types, some required, some the key."""
    columns = []
    chosen = draw(st.lists(names, min_size=1, max_size=5, unique=True))
    keys = draw(st.integers(0, len(chosen)))
    for at, name in enumerate(chosen):
        kind = draw(st.sampled_from(TYPES))
        one: dict[str, Any] = {
            "name": name,
            "logicalType": kind,
            "description": draw(st.sampled_from(['It\'s \\ "x".', "é|"])),
        }
        if at < keys:
            one |= {"primaryKey": True, "primaryKeyPosition": at + 1, "required": True}
        elif draw(st.booleans()):
            one["required"] = True
        if kind == "number" and draw(st.booleans()):
            one["physicalType"] = "DECIMAL(12, 2)"
        if kind == "integer" and draw(st.booleans()):
            one["logicalTypeOptions"] = {"minimum": 1, "maximum": 9}
        columns.append(one)
    document = {
        "schema": [{"name": "things", "description": "One thing.", "properties": columns}],
        "name": "Things",
        "domain": "sales",
    }
    return contract_of(read(yaml_text(document).encode()))


def kept(contract: Contract) -> list[tuple[Any, ...]]:
    return [
        (one.name, one.logical_type, one.physical_type, one.required or one.primary_key, one.primary_key_position)
        for one in contract.schemas[0].properties
    ]


def written(text: str, form: str, dialect: str, folder: Path) -> Contract:
    """The text as a file, and the contract that is made of it."""
    file = folder / "exported"
    file.write_text(text)
    made = import_(file, form, ABOUT, dialect)
    assert [one for one in lint(made.encode()) if one.rule != "no-primary-key"] == []
    return contract_of(read(made.encode()))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("exchange")


@settings(max_examples=examples(25))
@given(contract=contracts(), dialect=st.sampled_from(sql_ddl.DIALECTS))
def test_names_types_what_is_required_and_keys_come_back_from_every_form(
    folder: Path, contract: Contract, dialect: str
) -> None:
    before = kept(contract)
    assert kept(written(export(contract, "json-schema", dialect), "json-schema", dialect, folder)) == before
    for form in ("sql-ddl", "dbt"):
        after = kept(written(export(contract, form, dialect), form, dialect, folder))
        assert after == before
        said = [one.description for one in contract.schemas[0].properties]
        again = written(export(contract, form, dialect), form, dialect, folder).schemas[0].properties
        assert [one.description for one in again] == said


@pytest.mark.parametrize("file", PRODUCTS, ids=lambda file: f"{file.parent.parent.name}/{file.parent.name}")
def test_the_meshs_own_products_can_be_exported_and_their_ddl_runs(file: Path) -> None:
    contract = load(file)
    table = contract.schemas[0]
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(f"CREATE SCHEMA {contract.domain}")
        connection.execute(export(contract, "sql-ddl", "duckdb"))
        found = connection.execute("SELECT column_name, is_nullable FROM information_schema.columns").fetchall()
    assert found == [(one.column, "NO" if one.required else "YES") for one in table.properties]
    for dialect in sql_ddl.DIALECTS:
        assert sqlglot.parse(export(contract, "sql-ddl", dialect), dialect=dialect)
    jsonschema.Draft202012Validator.check_schema(json.loads(export(contract, "json-schema", "duckdb")))
    page = markdown.exported(contract)
    assert all(f"| `{one.column}` |" in page for one in table.properties)


def values(kind: str, options: dict[str, Any]) -> st.SearchStrategy[Any]:
    low, high = options.get("minimum", -100), options.get("maximum", 100)
    made: dict[str, st.SearchStrategy[Any]] = {
        "string": st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=5),
        "integer": st.integers(low, high),
        "number": st.decimals(-100, 100, places=2),
        "boolean": st.booleans(),
        "date": st.dates(),
        "timestamp": st.datetimes(timezones=st.just(UTC)),
    }
    return made[kind]


def as_json(value: Any) -> Any:
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


@settings(max_examples=examples(40))
@given(data=st.data(), contract=contracts())
def test_the_json_schema_takes_rows_that_keep_the_contract_and_no_others(
    data: st.DataObject, contract: Contract
) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(export(contract, "json-schema", "duckdb")))
    columns = contract.schemas[0].properties
    row = {}
    for one in columns:
        value = values(one.logical_type or "", dict(one.logical_type_options))
        row[one.name] = data.draw(value if one.required else st.one_of(st.none(), value))
    told = {name: as_json(value) for name, value in row.items()}
    assert list(validator.iter_errors(told)) == []
    for one in columns:
        if one.required:
            assert not validator.is_valid({**told, one.name: None})
            assert not validator.is_valid({name: value for name, value in told.items() if name != one.name})
        if one.logical_type_options:
            assert not validator.is_valid({**told, one.name: 10})
    assert not validator.is_valid({**told, "unknown": 1})


def test_dbt_has_the_tests_that_its_documentation_names() -> None:
    text = export(load(DOMAINS / "sales" / "orders_v1" / "contract.odcs.yaml"), "dbt", "duckdb")
    (model,) = yaml.safe_load(text)["models"]
    assert model["name"] == "orders_v1"
    assert model["constraints"] == [{"type": "primary_key", "columns": ["day", "order_id"]}]
    columns = {one["name"]: one for one in model["columns"]}
    assert columns["order_id"]["data_type"] == "BIGINT"
    assert columns["order_id"]["data_tests"] == ["not_null", "unique"]
    listed = columns["payment_method"]["data_tests"][1]
    assert listed == {"accepted_values": {"arguments": {"values": ["card", "wallet", "invoice"]}}}
    related = [each for each in columns["customer_id"]["data_tests"] if "relationships" in each]
    assert related == [{"relationships": {"arguments": {"to": "ref('customers_v1')", "field": "customer_id"}}}]
    assert columns["customer_id"]["config"]["meta"]["classification"] == "internal"


def test_older_dbt_and_its_tests_with_plain_arguments_are_read() -> None:
    text = """
version: 2
models:
  - name: returns
    columns:
      - name: id
        data_type: integer
        tests: [unique, not_null]
      - name: kind
        data_type: varchar
        tests: [{accepted_values: {values: [a, b], config: {severity: warn}}}]
"""
    name, table = dbt.imported(text, "schema.yml", "postgres")
    assert name == "returns"
    assert (table.columns[0].required, table.columns[0].more) == (True, {"unique": True})
    assert table.columns[1].more["quality"][0]["severity"] == "warning"
    assert table.columns[1].more["quality"][0]["arguments"] == {"validValues": ["a", "b"]}


def test_a_json_schema_of_others_is_read_with_its_references_and_alternatives() -> None:
    schema = {
        "type": "array",
        "items": {"$ref": "#/$defs/row"},
        "$defs": {
            "row": {
                "type": "object",
                "required": ["id", "maybe"],
                "properties": {
                    "id": {"$ref": "#/$defs/id"},
                    "maybe": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
                    "kind": {"enum": ["a", "b"], "type": "string"},
                    "inner": {"type": "object", "properties": {"x": {"type": "number"}}, "required": ["x"]},
                },
            },
            "id": {"type": "integer", "minimum": 1},
        },
    }
    _, table = json_schema_reading.imported(json.dumps(schema), "x.json")
    told = {one.name: (one.type["logicalType"], one.required) for one in table.columns}
    assert told == {
        "id": ("integer", True),
        "maybe": ("date", False),
        "kind": ("string", False),
        "inner": ("object", False),
    }
    assert table.columns[3].type["properties"][0]["required"]


@pytest.mark.parametrize(
    ("form", "text", "said"),
    [
        ("json-schema", "{", "is no JSON"),
        ("json-schema", '{"type": "string"}', "no object with properties"),
        ("json-schema", '{"$ref": "#/nowhere"}', "leads nowhere"),
        ("json-schema", '{"$ref": "#"}', "circle"),
        ("sql-ddl", "SELECT 1", "has to have one CREATE TABLE"),
        ("sql-ddl", "CREATE TABLE a (x INT); CREATE TABLE b (x INT)", "and has 2 (a, b)"),
        ("sql-ddl", "CREATE TABLE a (x WHATEVER)", "column x"),
        ("sql-ddl", "CREATE TABLE", "no SQL"),
        ("dbt", "models: []", "has the models none"),
        ("dbt", "models: [{name: a}, {name: b}]", "name one with --name"),
        ("dbt", "models: [{name: a, columns: [{name: x, data_type: nope}]}]", "'nope' is no type"),
        ("dbt", "- x", "no schema.yml"),
        ("odcs", "schema: []", "has 0 tables"),
    ],
)
def test_what_is_not_of_the_form_is_refused_with_its_file(tmp_path: Path, form: str, text: str, said: str) -> None:
    file = tmp_path / "given"
    file.write_text(text)
    with pytest.raises(ExchangeError) as caught:
        import_(file, form, ABOUT, "duckdb")
    assert said in str(caught.value)
    assert "given" in str(caught.value)


def test_a_contract_of_another_tool_keeps_its_columns_under_our_names(tmp_path: Path) -> None:
    file = DOMAINS / "sales" / "orders_v1" / "contract.odcs.yaml"
    made = contract_of(read(import_(file, "odcs", ABOUT, "duckdb").encode()))
    theirs = load(file)
    assert (made.domain, made.data_product, made.version_text) == ("sales", "things_v1", "1.0.0")
    assert kept(made) == kept(theirs)


def test_a_form_that_is_not_built_in_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    contract = load(DOMAINS / "sales" / "orders_v1" / "contract.odcs.yaml")
    monkeypatch.setattr(external, "command", lambda: None)
    with pytest.raises(ExchangeError, match="pip install datacontract-cli"):
        export(contract, "avro", "duckdb")
    built_in = ("json-schema", "sql-ddl", "dbt", "markdown", "odcs")
    assert all(export(contract, form, "duckdb") for form in built_in)


@pytest.mark.slow
@pytest.mark.skipif(external.command() is None, reason="datacontract-cli is not installed")
def test_other_forms_go_through_datacontract_cli(tmp_path: Path) -> None:
    contract = load(DOMAINS / "sales" / "orders_v1" / "contract.odcs.yaml")
    avro = export(contract, "avro", "duckdb")
    assert {one["name"] for one in json.loads(avro)["fields"]} == {one.column for one in contract.schemas[0].properties}
    file = tmp_path / "orders.json"
    file.write_text(export(contract, "jsonschema", "duckdb"))
    made = contract_of(read(import_(file, "jsonschema", ABOUT, "duckdb").encode()))
    assert [one.name for one in made.schemas[0].properties] == [one.name for one in contract.schemas[0].properties]
    with pytest.raises(ExchangeError, match="datacontract export nonsense failed"):
        export(contract, "nonsense", "duckdb")


def test_the_dialect_is_one_that_is_known() -> None:
    contract = load(DOMAINS / "sales" / "orders_v1" / "contract.odcs.yaml")
    with pytest.raises(ExchangeError, match="use one of duckdb, postgres"):
        export(contract, "sql-ddl", "cobol")


def test_a_checked_batch_fits_the_table_that_the_ddl_makes() -> None:
    contract = load(DOMAINS / "sales" / "daily_revenue_v1" / "contract.odcs.yaml")
    row = {"day": date(2026, 11, 1), "currency": "EUR", "orders": 1, "lost_orders": 0, "revenue": Decimal("1.50")}
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("CREATE SCHEMA sales")
        connection.execute(export(contract, "sql-ddl", "duckdb"))
        insert = "INSERT INTO sales.daily_revenue_v1 VALUES (?, ?, ?, ?, ?)"
        connection.execute(insert, list(row.values()))
        batch = connection.execute("SELECT * FROM sales.daily_revenue_v1").to_arrow_table()
        with pytest.raises(duckdb.ConstraintException):
            connection.execute(insert, list(row.values()))
    assert check(contract, batch).passed


FOREIGN: Final = "apiVersion: v3.1.0\nkind: DataContract\nid: x\nversion: 1.0.0\nstatus: active\n"
NESTED: Final = """\
schema:
  - name: readings
    description: One reading.
    properties:
      - {name: at, logicalType: time, logicalTypeOptions: {timezone: false, minimum: '08:00:00'}, description: When.}
      - {name: counts, logicalType: object, physicalType: 'MAP(VARCHAR, BIGINT)', description: How many of each.}
"""


def of_others(text: str) -> Contract:
    return contract_of(read((FOREIGN + text).encode()))


@pytest.mark.parametrize("dialect", sql_ddl.DIALECTS)
@pytest.mark.parametrize(
    ("about", "table"), [("", "orders"), ("domain: customer care\n", "order"), ("domain: a-b\n", "The 'or\"der")]
)
def test_a_table_is_created_and_described_whatever_it_is_called_and_without_a_domain(
    about: str, table: str, dialect: str
) -> None:
    properties = "    description: D.\n    properties: [{name: group, logicalType: string, description: B.}]\n"
    statement = export(of_others(f"{about}schema:\n  - name: {json.dumps(table)}\n{properties}"), "sql-ddl", dialect)
    name, draft = sql_ddl.imported(statement, "x.sql", dialect)
    assert (name, draft.row, draft.columns[0].description) == (table, "D.", "B.")


@pytest.mark.parametrize("form", ["json-schema", "sql-ddl", "dbt"])
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "has the tables none.*add schema"),
        ("schema: [{name: a}, {name: b}]\n", "has the tables a, b.*name one with --schema"),
        ("schema: [{name: a, properties: [{name: ''}]}]\n", "a property of a has no name"),
    ],
)
def test_what_a_form_of_one_table_cannot_say_is_refused_in_words(form: str, text: str, reason: str) -> None:
    with pytest.raises(ExchangeError, match=reason):
        export(of_others(text), form, "duckdb")


def test_one_of_several_tables_is_exported_by_its_name() -> None:
    tables = "schema:\n  - {name: a, properties: [{name: x}]}\n  - {name: b, properties: [{name: y}]}\n"
    text = export(of_others("dataProduct: shop\n" + tables), "sql-ddl", "duckdb", "b")
    assert text == 'CREATE TABLE b (\n  "y" VARCHAR\n);\n'
    with pytest.raises(ExchangeError, match="a has no properties"):
        export(of_others("schema: [{name: a}]\n"), "sql-ddl", "duckdb")


def test_markdown_of_a_contract_without_domain_or_tables_is_a_page() -> None:
    assert "| product | `x` |" in export(of_others("name: x\n"), "markdown", "duckdb")


def test_times_without_an_offset_and_maps_come_back_as_what_they_are(folder: Path) -> None:
    contract = of_others(NESTED)
    back = written(export(contract, "json-schema", "duckdb"), "json-schema", "duckdb", folder).schemas[0].properties
    assert [column.logical_type for column in back] == ["time", "object"]
    assert dict(back[0].logical_type_options) == {"timezone": False, "minimum": "08:00:00"}
    for form in ("sql-ddl", "dbt"):
        back = written(export(contract, form, "duckdb"), form, "duckdb", folder).schemas[0].properties
        assert (back[1].logical_type, back[1].physical_type) == ("object", "MAP(VARCHAR, BIGINT)")


@pytest.mark.parametrize(
    ("kind", "reason"), [("INTERVAL", "cast it to a number of seconds"), ("VARIANT", "cast it to VARCHAR")]
)
@pytest.mark.parametrize("form", ["sql-ddl", "dbt"])
def test_a_type_that_no_table_can_hold_is_told_for_what_it_is(
    tmp_path: Path, form: str, kind: str, reason: str
) -> None:
    file = tmp_path / "x"
    models = f"models: [{{name: a, columns: [{{name: x, data_type: {kind}}}]}}]"
    file.write_text(models if form == "dbt" else f"CREATE TABLE a (x {kind})")
    with pytest.raises(ExchangeError, match=f"column x.*no table can hold; {reason}"):
        import_(file, form, ABOUT, "snowflake")


@pytest.mark.parametrize(
    ("version", "column", "kind"),
    [
        ("v3.0.2", "{name: a, logicalType: date, physicalType: timestamp}", "timestamp"),
        ("v3.2.0", "{name: a, logicalType: map, map: {key: {logicalType: string}, value: {logicalType: date}}}", "map"),
    ],
)
def test_a_contract_of_another_version_is_adopted_as_what_it_means(
    tmp_path: Path, version: str, column: str, kind: str
) -> None:
    file = tmp_path / "theirs.yaml"
    file.write_text(FOREIGN.replace("v3.1.0", version) + f"schema:\n  - name: t\n    properties:\n      - {column}\n")
    text = import_(file, "odcs", ABOUT, "duckdb")
    assert {finding.rule for finding in lint(text)} <= {"no-primary-key"}
    assert contract_of(read(text)).schemas[0].properties[0].logical_type == kind
