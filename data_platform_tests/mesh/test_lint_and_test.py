"""`lint` and `test`: what is wrong with files, by line; what a contract says of data, without publishing it."""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_platform.products.errors import ProductError
from data_platform.products.folder import read_product
from data_platform.products.publish import publish
from data_platform.products.schema import cast
from data_platform.project import Project
from data_platform.storage.delta import exists, replace_table
from data_platform.storage.objects.store import ObjectStore
from data_platform.testing import run
from data_platform_tests.mesh.authoring import Author, an_author

DAY = "2026-11-21"
ORDER = {
    "day": date(2026, 11, 21),
    "order_id": 1,
    "customer_id": 7,
    "total": Decimal("2.50"),
    "country": "SE",
    "campaign": "CMP",
}


@pytest.fixture
def author(tmp_path: Path) -> Iterator[Author]:
    with an_author(tmp_path) as author:
        yield author


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return ObjectStore.open(f"file://{tmp_path}/store")


def tried(author: Author, store: ObjectStore, *arguments: str) -> tuple[int, str, str]:
    return author.call("test", *arguments, store=store)


def published(author: Author, store: ObjectStore, key: str, rows: list[dict[str, Any]], partition: str | None) -> None:
    product = read_product(author.shop.domains / key)
    batch = cast(pa.Table.from_pylist(rows), product.schema.properties)
    assert publish(store, product, batch, run_id="a-run", partition=partition).published


def test_a_mesh_without_a_fault_has_no_finding(author: Author) -> None:
    assert author.json("lint") == {"looked_at": 2, "errors": 0, "warnings": 0, "findings": []}


def test_a_test_of_a_product_or_a_domain_that_is_gone_is_told_with_what_to_do(author: Author) -> None:
    tests = Project.of_domains(author.shop.domains).tests
    left = ["sales/test_gone_v1.py", "finance/test_plan_v1.py", "finance/test_more.py"]
    for name in [*left, "sales/test_orders_v1.py", "sales/test_other_things.py"]:
        (tests / name).parent.mkdir(parents=True, exist_ok=True)
        (tests / name).write_text("def test_it(): ...\n")
    findings = author.json("lint")["findings"]
    assert [finding["file"].removeprefix(f"{tests}/").rpartition("domains/")[2] for finding in findings] == sorted(left)
    assert [finding["severity"] for finding in findings] == ["warning"] * 3
    gone = next(finding for finding in findings if "gone_v1" in finding["file"])
    assert gone["message"] == "this tests the product sales/gone_v1, which is not in this project any more"
    assert gone["fix"].startswith("delete ")
    with pytest.raises(ProductError, match="delete this test if the product, or its domain, was deleted"):
        run("sales/gone_v1")


def test_errors_of_contracts_folders_and_queries_are_told_by_file_and_line(author: Author) -> None:
    folder = author.shop.domains / "sales" / "orders_v1"
    (folder / "contract.odcs.yaml").write_text(
        (folder / "contract.odcs.yaml").read_text().replace("minimum: 1", "minimun: 1")
    )
    author.shop.product(
        "sales/buyers_v1",
        "- {name: a, logicalType: string, description: A.}",
        sql="SELECT\n  emial AS a\nFROM sales.customers_v1",
    )
    code, answer, said = author.call("lint")
    assert code == 1
    at = f"{author.shop.package}/domains/sales"
    assert f"{at}/orders_v1/contract.odcs.yaml:19:57: error[option-not-applicable]" in answer
    assert "did you mean 'minimum'?" in answer
    assert f"{at}/buyers_v1/transform.sql:2:3: error[columns]" in answer
    assert "3 products or files: 2 errors, 1 warning" in said
    code, answer, _ = author.call("lint", "sales.orders_v1", "--format", "github")
    assert code == 1
    assert answer.startswith(f"::error file={at}/orders_v1/contract.odcs.yaml,line=19,col=57,")
    assert author.call("lint", "sales/customers_v1")[0] == 0


def test_warnings_fail_only_where_they_are_to(author: Author) -> None:
    author.shop.product(
        "sales/plain_v1", "- {name: a, logicalType: string}", sql="SELECT email AS a FROM sales.customers_v1"
    )
    assert author.call("lint", "sales/plain_v1")[0] == 0
    code, answer, _ = author.call("lint", "sales/plain_v1", "--strict")
    assert code == 1
    assert "warning[no-description]" in answer


def test_by_the_standard_alone_policy_is_left_out_of_every_form_of_answer(author: Author) -> None:
    loose = author.shop.root / "loose.yaml"
    loose.write_text("apiVersion: v3.1.0\nkind: DataContract\nid: a\nversion: '1'\nstatus: live\ntags: 7\n")
    by_both = json.loads(author.call("lint", str(loose), "--json")[1])["findings"]
    assert {finding["basis"] for finding in by_both} == {"standard", "policy"}
    code, answer, _ = author.call("lint", str(loose), "--standard", "--json")
    assert code == 1
    assert [(finding["element"], finding["basis"]) for finding in json.loads(answer)["findings"]] == [
        ("tags", "standard")
    ]
    assert "title=json-schema (standard)::" in author.call("lint", str(loose), "--standard", "--format", "github")[1]
    loose.write_text(loose.read_text().replace("tags: 7", "tags: []"))
    assert author.call("lint", str(loose), "--standard")[:2] == (0, "")
    assert author.call("lint", str(loose))[0] == 1


def test_products_that_need_each_other_are_an_error_at_each_input(author: Author) -> None:
    one = "- {name: a, logicalType: string, description: A., primaryKey: true, required: true}"
    for key, other in (("a_v1", "b_v1"), ("b_v1", "c_v1"), ("c_v1", "a_v1")):
        author.shop.product(f"sales/{key}", one, sql=f"SELECT a FROM sales.{other}")
    code, answer, _ = author.call("lint", "sales/b_v1")
    assert code == 1
    assert "sales/b_v1 needs itself: sales/b_v1 reads sales/c_v1 reads sales/a_v1 reads sales/b_v1" in answer
    assert "b_v1/transform.sql:1:15: error[cycle]" in answer
    assert author.call("lint")[1].count("error[cycle]") == 3


def test_files_folders_and_domains_can_be_named(author: Author) -> None:
    loose = author.shop.root / "loose.yaml"
    loose.write_text("kind: DataContract\n")
    found = json.loads(author.call("lint", str(loose), "--json")[1])
    assert found["looked_at"] == 1
    assert found["errors"] > 3
    for target in ("sales", str(author.shop.domains / "sales"), str(author.shop.domains), "all"):
        assert author.json("lint", target)["looked_at"] == 2
    for target in ("orders_v1", "orders_v1/contract.odcs.yaml"):
        assert author.json("lint", str(author.shop.domains / "sales" / target))["looked_at"] == 1
    assert "did you mean 'sales/orders_v1'" in author.refused("lint", "sales/order_v1")


def test_what_is_published_is_checked_by_the_contract_as_it_is_here(author: Author, store: ObjectStore) -> None:
    published(author, store, "sales/orders_v1", [ORDER], DAY)
    code, answer, _ = tried(author, store, "sales.orders_v1")
    assert code == 0
    assert "passed: 1 row," in answer
    contract = author.shop.domains / "sales" / "orders_v1" / "contract.odcs.yaml"
    contract.write_text(contract.read_text().replace("{minimum: 0}", "{minimum: 10}"))
    code, answer, _ = tried(author, store, "sales/orders_v1", "--partition", DAY, "--json")
    assert code == 1
    failed = [one for one in json.loads(answer)["results"] if one["status"] == "failed"]
    assert [(one["check"], one["failing_rows"]) for one in failed] == [("total_minimum", 1)]
    assert "materialize it first" in tried(author, store, "sales/customers_v1")[2]


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_a_file_is_checked_and_personal_values_stay_masked(
    author: Author, store: ObjectStore, tmp_path: Path, ending: str
) -> None:
    author.shop.product(
        "sales/mails_v1",
        "- {name: id, logicalType: integer, primaryKey: true, required: true, description: N.}\n"
        "- {name: since, logicalType: date, description: When.}\n"
        "- {name: email, logicalType: string, classification: personal, description: Who.,\n"
        "   logicalTypeOptions: {pattern: '@'}}\n",
        sql="SELECT customer_id AS id, CAST(NULL AS DATE) AS since, email FROM sales.customers_v1",
    )
    rows = [{"id": 1, "since": "2026-11-01", "email": "a@example.org"}, {"id": 2, "since": None, "email": "secret"}]
    file = tmp_path / f"mails.{ending}"
    if ending == "csv":
        file.write_text("id,since,email\n1,2026-11-01,a@example.org\n2,,secret\n")
    elif ending == "jsonl":
        file.write_text("\n".join(map(json.dumps, rows)))
    else:
        table = pa.Table.from_pylist(rows)
        pq.write_table(table.set_column(1, "since", table.column("since").cast(pa.date32())), file)
    code, answer, _ = tried(author, store, "sales/mails_v1", "--data", str(file))
    assert code == 1
    assert "email_pattern: {'id': 2" in answer
    assert "***" in answer
    assert "secret" not in answer
    assert "1 failed" in answer.splitlines()[-1]


def test_the_transform_is_run_on_what_is_there_and_nothing_is_published(author: Author, store: ObjectStore) -> None:
    replace_table(
        store, "sales/raw_orders", pa.Table.from_pylist([ORDER | {"total": Decimal("-1.00")}]), partition_by=["day"]
    )
    code, answer, _ = tried(author, store, "sales/orders_v1", "--run", "--partition", DAY)
    assert code == 1
    assert "total_minimum: {'day'" in answer
    assert not exists(store, "sales/orders_v1")
    assert "say which one, such as --partition" in tried(author, store, "sales/orders_v1", "--run")[2]
    assert "is missing" in tried(author, store, "sales/customers_v1", "--run")[2]
    assert "leave --partition out" in tried(author, store, "sales/customers_v1", "--run", "--partition", DAY)[2]


def test_what_cannot_be_tried_says_why(author: Author) -> None:
    assert "Or set DATA_PLATFORM_STORE" in author.refused("test", "sales/orders_v1")
    assert "exclude each other" in author.refused("test", "sales/orders_v1", "--run", "--data", "x.csv")
    assert "there is no file gone.jsonl" in author.refused("test", "sales/orders_v1", "--data", "gone.jsonl")
    assert "gone.csv" in author.refused("test", "sales/orders_v1", "--data", "gone.csv")
