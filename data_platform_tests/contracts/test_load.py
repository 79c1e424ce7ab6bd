"""Loading: the typed view of a valid contract, and everything that is wrong with an invalid one."""

import importlib.resources
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from jsonschema import Draft201909Validator
from open_data_contract_standard.model import OpenDataContractStandard

from data_platform.contracts import schema
from data_platform.contracts.errors import ContractError, InvalidContractError, UnreadableContractError
from data_platform.contracts.lint import lint
from data_platform.contracts.loading import load
from data_platform.contracts.model import Contract
from data_platform.contracts.properties import CompatibilityMode, Pseudonymisation, PublishMode, pseudonymisation
from data_platform.contracts.semver import SemanticVersion
from data_platform.contracts.service_levels import duration, service_level, sunset
from data_platform.contracts.source import read
from data_platform_tests.contracts.examples import MOVIES, ORDERS, edited, line_of


@pytest.fixture(scope="module")
def orders() -> Contract:
    return load(ORDERS)


def _rejected(text: str) -> InvalidContractError:
    with pytest.raises(InvalidContractError) as caught:
        load(text)
    return caught.value


def test_a_contract_carries_what_it_says_of_itself(orders: Contract) -> None:
    assert (orders.id, orders.name, orders.domain, orders.status) == (
        "urn:shop:sales:orders",
        "Orders",
        "sales",
        "deprecated",
    )
    assert orders.version == SemanticVersion(1, 2, 0)
    assert orders.owner == "sales-team"
    assert orders.description is not None
    assert orders.description.usage == "Revenue and fulfilment."
    assert [server.type for server in orders.servers] == ["s3"]
    assert orders.raw["team"]["members"] == [{"username": "ada@shop.example", "role": "owner"}]


def test_properties_carry_their_types_options_keys_and_rules(orders: Contract) -> None:
    table = orders.schema("orders")
    assert table is not None
    assert [one.name for one in table.primary_key] == ["order_id", "order_day"]
    assert [one.name for one in table.partition_key] == ["order_day"]
    status = table.find("status")
    assert status is not None
    assert (status.column, status.logical_type, status.required) == ("status", "string", True)
    assert status.logical_type_options["pattern"] == "^[a-z]+$"
    rule = status.quality[0]
    assert (rule.metric, rule.unit, [(one.name, one.value) for one in rule.operators]) == (
        "invalidValues",
        "percent",
        [("mustBeLessThan", 5)],
    )
    key = table.find("order_id")
    assert key is not None
    assert key.column == "order_nr"
    lines = table.find("lines")
    assert lines is not None
    assert [one.name for one in lines.walk()] == ["lines", "", "sku"]


def test_personal_data_is_known_by_its_classification(orders: Contract) -> None:
    personal = [(table.name, one.name) for table, one in orders.properties() if one.is_personal]
    assert personal == [("orders", "customer_email"), ("customers", "email")]


def test_every_element_leads_to_its_line(orders: Contract) -> None:
    for table, one in orders.properties():
        if one.id:
            assert orders.position(one.path).line == line_of(f"id: {one.id}\n", ORDERS)
        assert orders.position(table.path).line == line_of(f"id: {table.id}\n", ORDERS)
    for _, _, rule in orders.quality():
        if rule.id is None:
            assert orders.position(rule.path).line == line_of(f"- name: {rule.name}\n", ORDERS)


def test_our_own_custom_properties_are_typed(orders: Contract) -> None:
    custom = orders.custom
    assert custom.publish_mode is PublishMode.REPLACE
    assert custom.quarantine_share == 0.05
    assert custom.compatibility is CompatibilityMode.CONSUMER_TRANSITIVE
    assert custom.version_retention == timedelta(days=7)
    assert custom.replaced_by == "sales/orders_v2"
    email = next(one for _, one in orders.properties() if one.name == "customer_email")
    assert pseudonymisation(email) is Pseudonymisation.HASH


def test_without_custom_properties_the_defaults_hold() -> None:
    custom = load(MOVIES).custom
    assert (custom.publish_mode, custom.quarantine_share) == (PublishMode.REPLACE, 0)
    assert (custom.compatibility, custom.version_retention) == (CompatibilityMode.CONSUMER, timedelta(days=30))


def test_service_levels_are_durations_and_moments(orders: Contract) -> None:
    latency = service_level(orders, "latency")
    assert latency is not None
    assert duration(latency) == timedelta(hours=4)
    assert sunset(orders) == datetime(2027, 6, 30, tzinfo=UTC)


def test_the_standards_own_reader_reads_our_example_too() -> None:
    read = OpenDataContractStandard.from_string(ORDERS)
    assert read.schema_ is not None
    assert [table.name for table in read.schema_] == [table.name for table in load(ORDERS).schemas]


def test_a_contract_is_loaded_from_a_file_given_as_path_or_as_text(tmp_path: Path) -> None:
    path = tmp_path / "contract.odcs.yaml"
    path.write_text(ORDERS)
    assert load(path).file == str(path)
    assert load(str(path)).name == load(ORDERS.encode()).name == "Orders"


def test_warnings_do_not_keep_a_contract_from_loading() -> None:
    text = edited("description: Who ordered.", "businessName: Who ordered.")
    assert [finding.rule for finding in lint(text)] == ["no-description"]
    assert load(text).name == "Orders"


def test_an_error_reads_as_one_line_each_with_file_line_column_rule_and_fix() -> None:
    text = edited("status: deprecated", "status: actve", edited("version: 1.2.0", "version: v1"))
    with pytest.raises(ContractError) as caught:
        load(text, file="orders/contract.odcs.yaml")
    first, second = str(caught.value).splitlines()
    assert first == (
        "orders/contract.odcs.yaml:5:1: error[version-not-semver]: version: version 'v1' is no semantic version. "
        "Fix: write major.minor.patch, such as 1.0.0 [policy]"
    )
    assert second == (
        "orders/contract.odcs.yaml:6:1: error[unknown-status]: status: status 'actve' is not known. "
        "Fix: did you mean 'active'? [policy]"
    )


def test_a_text_that_is_no_yaml_is_unreadable() -> None:
    with pytest.raises(UnreadableContractError):
        load("a: [\n")


@pytest.mark.parametrize(
    ("old", "new", "at", "told"),
    [
        ("kind: DataContract\n", "", "apiVersion", "'kind' is missing"),
        ("kind: DataContract", "kind: Contract", "kind: Contract", "none of the allowed"),
        ("required: true\n        unique", "required: yes\n        unique", "required: yes", "not true or false"),
        ("description: Who ordered.", "description: 7", "description: 7", "7 is not text"),
        ("name: customers\n", "nam: customers\n", "nam: customers", "'nam' is not known"),
        ("format: i64", "format: i65", "i65", "none of the allowed"),
        ("minLength: 2\n", "minLength: two\n", "two", "not a whole number"),
        ("dimension: conformity", "color: red", "color: red", "'color' is not known"),
        (
            "to: customers.email",
            "from: orders.total\n            to: customers.email",
            "- from: orders.total",
            "has a `from`",
        ),
        ("type: s3", "type: s4", "type: s4", "none of the allowed"),
        ("- username: ada@shop.example\n      role", "- role", "- role", "'username' is missing"),
        ("to: customers.email", "to: 7", "to: 7", "fits none"),
    ],
)
def test_what_the_json_schema_refuses_is_reported_at_its_line(old: str, new: str, at: str, told: str) -> None:
    text = edited(old, new)
    found = [one for one in _rejected(text).errors if told in one.message]
    assert [finding.line for finding in found] == [line_of(at, text)], _rejected(text)


def test_one_mistake_makes_one_error_even_where_the_schema_branches() -> None:
    for old, new in (
        ("description: Who ordered.", "description: 7"),
        ("      role: owner", "      role: 7"),
        ("format: i64", "format: i65"),
    ):
        assert len(_rejected(edited(old, new)).errors) == 1


@pytest.mark.parametrize("version", ["v3.0.3", "v2.2.2", "v4.0.0", "3.1", "''", "[]"])
def test_another_version_of_the_standard_is_refused_once_with_what_to_write(version: str) -> None:
    errors = _rejected(edited("apiVersion: v3.1.0", f"apiVersion: {version}")).errors
    assert [(one.rule, one.line) for one in errors] == [("unsupported-api-version", 1)]
    assert "v3.1.0" in errors[0].fix


def test_a_key_of_3_2_in_a_3_1_contract_says_which_version_it_needs() -> None:
    text = edited(
        "        description: Who ordered.\n", "        description: Who ordered.\n        semanticType: dimension\n"
    )
    assert "came with ODCS 3.2" in str(_rejected(text))
    assert load(edited("v3.1.0", "v3.2.0", text)).raw["apiVersion"] == "v3.2.0"


def test_a_key_at_the_wrong_place_of_a_3_2_contract_is_just_unknown() -> None:
    text = edited("v3.1.0", "v3.2.0", edited("team:\n", "vendor: us\nteam:\n"))
    assert [finding.message for finding in _rejected(text).errors] == ["the key 'vendor' is not known here"]


def test_types_of_3_2_are_refused_in_3_1_and_read_in_3_2() -> None:
    text = edited("v3.1.0", "v3.2.0", MOVIES) + (
        "      - name: by_language\n"
        "        description: Titles by language.\n"
        "        logicalType: map\n"
        "        map:\n"
        "          key: {logicalType: string}\n"
        "          value: {logicalType: string}\n"
    )
    column = load(text).schemas[0].find("by_language")
    assert column is not None
    assert column.map_key is not None
    with pytest.raises(InvalidContractError):
        load(edited("v3.2.0", "v3.1.0", text))


@pytest.mark.parametrize("version", schema.VERSIONS)
def test_a_property_without_a_logical_type_is_valid_though_the_published_schema_refuses_it(version: str) -> None:
    text = edited("v3.1.0", version, edited("        logicalType: number\n", ""))
    assert lint(text) == []


def test_the_published_schema_still_has_the_mistake_that_is_mended_here() -> None:
    package = importlib.resources.files("open_data_contract_standard")
    published = json.loads(package.joinpath("schema.json").read_text("utf-8"))
    data = read(edited("v3.1.0", "v3.2.0", edited("        logicalType: number\n", ""))).data
    assert [error.message for error in Draft201909Validator(published).iter_errors(data)] != []


def test_versions_are_ordered_as_semantic_versioning_orders_them() -> None:
    ordered = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0", "1.10.0"]
    parsed = [SemanticVersion.parse(text) for text in ordered]
    shuffled = [parsed[index] for index in (3, 6, 0, 5, 1, 4, 2)]
    assert sorted(shuffled) == parsed
    assert [str(version) for version in parsed] == ordered


def test_importing_contracts_imports_no_heavy_library() -> None:
    code = (
        "import sys, data_platform.contracts, data_platform.contracts.loading\n"
        "heavy = {'dagster', 'pandas', 'duckdb', 'jsonschema', 'sqlglot', 'pyarrow', 'pydantic', 'yaml'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.strip() == "[]"


def test_linting_a_contract_with_a_pattern_and_a_query_does_not_import_pandas() -> None:
    code = (
        "import sys\n"
        "from data_platform.contracts.lint import lint\n"
        f"assert lint({ORDERS!r}) == []\n"
        "print(sorted({'dagster', 'pandas', 'pyarrow', 'pydantic'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.strip() == "[]"
