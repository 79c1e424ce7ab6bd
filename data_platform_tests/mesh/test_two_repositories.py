"""Two repositories that share nothing but a store: who reads what crosses by the registry, contracts by `use`."""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
import yaml

from data_platform.contracts.registry.events import EventKind, events
from data_platform.mesh.files.checkout import Checkout
from data_platform.mesh.impact.elsewhere import elsewhere
from data_platform.products.errors import UnregisteredError
from data_platform.products.publish import publish
from data_platform.products.reads import last_reads
from data_platform.products.schema import arrow_schema
from data_platform.storage.delta import exists
from data_platform.workspace_file import workspace_text
from data_platform_tests.mesh.authoring import ORDERS, Author
from data_platform_tests.mesh.repositories import BY_DAY, Repositories, in_git, orders, row, two_repositories
from data_platform_tests.products.shop import contract, new_shop


@pytest.fixture
def repositories(tmp_path: Path) -> Iterator[Repositories]:
    with two_repositories(tmp_path) as made:
        yield made


def test_a_product_of_another_repository_is_unknown_until_it_is_used_and_the_error_says_how(
    repositories: Repositories,
) -> None:
    said = repositories.refused(repositories.marketing, "new", "marketing/by_day_v1", "--sql", BY_DAY, code=2)
    assert "if another repository makes it: data-platform use sales/orders_v1" in said
    said = repositories.refused(repositories.marketing, "use", "sales/orders_v1", code=2)
    assert "is not registered in" in said
    repositories.ok(repositories.sales, "register", "sales/orders_v1")
    repositories.ok(repositories.marketing, "use", "sales/orders_v1")
    repositories.ok(repositories.marketing, "new", "marketing/by_day_v1", "--sql", BY_DAY)
    defs = yaml.safe_load((repositories.marketing.shop.domains / "marketing/by_day_v1/defs.yaml").read_text())
    assert defs["attributes"]["partitions"] == {"type": "daily", "includes_today": True}, "as its input is, elsewhere"


def test_what_is_used_is_the_contract_as_registered_byte_for_byte_and_no_product_of_this_repository(
    repositories: Repositories,
) -> None:
    repositories.consumer()
    ours, theirs = repositories.sales.shop.domains, repositories.marketing.shop.domains
    file = "sales/orders_v1/contract.odcs.yaml"
    assert (theirs / file).read_bytes() == (ours / file).read_bytes()
    checkout = Checkout(theirs)
    assert (checkout.keys, checkout.imported) == (("marketing/by_day_v1",), ("sales/orders_v1",))
    code, _, counted = repositories.marketing.call("lint", store=repositories.store)
    assert (code, counted.partition(":")[0]) == (0, "1 product or file")
    assert "nothing new" in repositories.ok(repositories.marketing, "use", "sales/orders_v1")


def test_a_consumer_in_another_repository_breaks_by_column_and_use(repositories: Repositories) -> None:
    repositories.consumer()
    for column, breaks in (("total", True), ("country", True), ("campaign", False)):
        line = ["impact", "sales/orders_v1", "--drop", column, "--json"]
        code, said, complaints = repositories.sales.call(*line, store=repositories.store)
        assert code == int(breaks), said + complaints
        answer = json.loads(said)
        assert [one["consumer"] for one in answer["consumers"]] == ["marketing/by_day_v1"]
        assert answer["consumers"][0]["kind"].startswith("product of another repository")
        assert answer["consumers"][0]["owner"] == "marketing"


def test_a_version_that_breaks_a_consumer_in_another_repository_is_refused_with_its_name(
    repositories: Repositories,
) -> None:
    repositories.consumer()
    orders(repositories, without="country", version="1.1.0")
    sql = "SELECT day, order_id, customer_id, total, campaign FROM sales.raw_orders"
    repositories.sales.shop.write("sales/orders_v1/transform.sql", sql)
    said = repositories.refused(repositories.sales, "register", "sales/orders_v1")
    assert "marketing/by_day_v1 (product of another repository, of marketing) breaks" in said


def test_a_consumer_of_a_consumer_in_a_third_repository_is_met_as_well(
    repositories: Repositories, tmp_path: Path
) -> None:
    repositories.consumer()
    (tmp_path / "finance").mkdir()
    with new_shop(tmp_path / "finance") as shop:
        finance = Author(shop)
        repositories.ok(finance, "use", "marketing/by_day_v1")
        repositories.ok(
            finance, "new", "finance/plan_v1", "--sql", "SELECT day, revenue * 2 AS plan FROM marketing.by_day_v1"
        )
        repositories.ok(finance, "register", "finance/plan_v1")
    code, said, _ = repositories.sales.call(
        "impact", "sales/orders_v1", "--drop", "total", "--json", store=repositories.store
    )
    met = {one["consumer"]: (one["verdict"], one["distance"]) for one in json.loads(said)["consumers"]}
    assert (code, met) == (1, {"marketing/by_day_v1": ("breaks", 1), "finance/plan_v1": ("breaks", 2)})
    assert "finance/plan_v1 (finance, elsewhere)" in repositories.ok(repositories.sales, "lineage", "sales/orders_v1")


def test_the_list_shows_products_and_consumers_of_all_repositories(repositories: Repositories) -> None:
    repositories.consumer()
    rows = repositories.sales.json("list", store=repositories.store)["products"]
    seen = {row["product"]: (row["status"], row["consumers"]) for row in rows}
    assert seen == {"sales/orders_v1": ("active", 1), "marketing/by_day_v1": ("active, elsewhere", 0)}


def test_what_another_repository_reads_cannot_be_retired(repositories: Repositories) -> None:
    repositories.consumer()
    orders(
        repositories,
        status="deprecated",
        version="1.1.0",
        extra="slaProperties: [{property: endOfSupport, value: '2026-01-01'}]",
    )
    said = repositories.refused(repositories.sales, "retire", "sales/orders_v1")
    assert "marketing/by_day_v1 (product of another repository of marketing) still reads it" in said


def test_what_a_product_reads_is_told_anew_when_it_changed_and_else_is_not(repositories: Repositories) -> None:
    repositories.consumer()
    first = events(repositories.store, "marketing/by_day_v1")
    assert [event.kind for event in first] == [EventKind.READS]
    assert {read["column"] for read in last_reads(first)["reads"]} == {"day", "total", "country"}
    repositories.ok(repositories.marketing, "register", "marketing/by_day_v1")
    assert events(repositories.store, "marketing/by_day_v1") == first
    repositories.marketing.shop.write("marketing/by_day_v1/transform.sql", BY_DAY.replace("country", "campaign"))
    repositories.ok(repositories.marketing, "register", "marketing/by_day_v1")
    (_, now) = events(repositories.store, "marketing/by_day_v1")
    assert {read["column"] for read in now.details["reads"]} == {"day", "total", "campaign"}


def test_a_product_that_never_said_what_it_reads_is_taken_to_read_everything(repositories: Repositories) -> None:
    repositories.consumer()
    (event,) = events(repositories.store, "marketing/by_day_v1")
    repositories.store.delete(event.uri.partition("/store/")[2])
    (product,), unread = elsewhere(repositories.store, {"sales/orders_v1"})
    assert (product.edges, unread) == (None, ())
    code, said, _ = repositories.sales.call(
        "impact", "sales/orders_v1", "--drop", "campaign", "--json", store=repositories.store
    )
    (consumer,) = json.loads(said)["consumers"]
    assert (code, consumer["verdict"]) == (0, "may break")


def test_using_brings_later_versions_and_lists_the_location_that_follows_them(repositories: Repositories) -> None:
    workspace = repositories.marketing.shop.root / "workspace.yaml"
    workspace.write_text(workspace_text([]))
    repositories.consumer()
    names = [entry["python_module"]["location_name"] for entry in yaml.safe_load(workspace.read_text())["load_from"]]
    assert names == ["marketing", "imported"]
    orders(repositories, version="1.0.1", extra="tags: [core]")
    repositories.ok(repositories.sales, "register", "sales/orders_v1")
    said = repositories.ok(repositories.marketing, "use", "sales/orders_v1")
    assert "sales/orders_v1 1.0.1, before: 1.0.0" in said


def test_what_has_ended_or_is_made_here_is_not_used(repositories: Repositories) -> None:
    repositories.ok(repositories.sales, "register", "sales/orders_v1")
    assert "is made here" in repositories.refused(repositories.sales, "use", "sales/orders_v1", code=2)
    orders(repositories, status="retired", version="1.1.0")
    repositories.ok(repositories.sales, "register", "sales/orders_v1")
    assert "is retired, so others cannot read it" in repositories.refused(
        repositories.marketing, "use", "sales/orders_v1"
    )
    assert not (repositories.marketing.shop.domains / "sales").exists()


def test_a_pull_request_is_refused_for_a_consumer_in_another_repository(repositories: Repositories) -> None:
    repositories.consumer()
    in_git(repositories.sales.shop.root)
    orders(repositories, without="country", version="2.0.0")
    sql = "SELECT day, order_id, customer_id, total, campaign FROM sales.raw_orders"
    repositories.sales.shop.write("sales/orders_v1/transform.sql", sql)
    said = repositories.refused(repositories.sales, "ci", "--base", "main")
    assert "breaks marketing/by_day_v1 (product of another repository, of marketing)" in said


def test_an_announced_end_is_told_where_the_product_is_used(repositories: Repositories) -> None:
    repositories.consumer()
    marketing = repositories.marketing
    in_git(marketing.shop.root)
    sql = BY_DAY.replace("'XX'", "'YY'")
    marketing.shop.write("marketing/by_day_v1/transform.sql", sql)
    assert "is registered as" not in repositories.ok(marketing, "ci", "--base", "main")
    end = "slaProperties: [{property: endOfSupport, value: '2999-01-31'}]"
    orders(repositories, status="deprecated", version="1.1.0", extra=end)
    repositories.ok(repositories.sales, "register", "sales/orders_v1")
    told = "sales/orders_v1 is registered as 1.1.0, deprecated, it ends on 2999-01-31; here is 1.0.0"
    assert told in repositories.ok(marketing, "ci", "--base", "main")
    code, said, _ = marketing.call("status", store=repositories.store)
    assert code == 1, "nothing is published yet"
    assert told in said
    repositories.ok(marketing, "use", "sales/orders_v1")
    _, said, _ = marketing.call("status", store=repositories.store)
    assert told not in said
    code, _, complaints = marketing.call("lint", store=repositories.store)
    assert code == 0
    assert "sales/orders_v1 is deprecated, and ends on 2999-01-31" in said + complaints + marketing.call("lint")[1]


def test_what_breaks_the_registered_promise_is_not_published_by_whichever_repository(
    repositories: Repositories, tmp_path: Path
) -> None:
    repositories.ok(repositories.sales, "register", "sales/orders_v1")
    (tmp_path / "impostor").mkdir()
    with new_shop(tmp_path / "impostor") as shop:
        # Another team's repository that calls a product of its own the same.
        columns = "- {name: number, logicalType: integer, description: Something else.}\n"
        shop.product("sales/orders_v1", columns, sql="SELECT number FROM sales.raw_numbers",
                     defs="inputs: {sales.raw_numbers: {columns: [number]}}")  # fmt: skip
        shop.write("sales/ingestion.py", "def raw_numbers(): ...\n")
        with pytest.raises(UnregisteredError, match=r"breaks the registered version 1\.0\.0"):
            publish(repositories.store, shop.read("sales/orders_v1"), row(number=1), run_id="r")
    assert not exists(repositories.store, "sales/orders_v1")
    orders(repositories, without="campaign", version="1.1.0")
    sql = "SELECT day, order_id, customer_id, total, country FROM sales.raw_orders"
    repositories.sales.shop.write("sales/orders_v1/transform.sql", sql)
    with pytest.raises(UnregisteredError, match=r"version 1\.1\.0 breaks the registered version 1\.0\.0"):
        publish(repositories.store, repositories.sales.shop.read("sales/orders_v1"), row(), run_id="r", partition="x")


def test_a_successor_that_breaks_nobody_is_published_before_it_is_registered(repositories: Repositories) -> None:
    repositories.ok(repositories.sales, "register", "sales/orders_v1")
    orders(repositories, version="1.0.1", extra="tags: [core]")
    product = repositories.sales.shop.read("sales/orders_v1")
    values = {"day": date(2026, 11, 1), "order_id": 1, "customer_id": 1, "total": Decimal("1.00"), "country": "DE"}
    schema = arrow_schema(product.schema.properties)
    batch = pa.Table.from_pylist([{**values, "campaign": None}], schema)
    assert publish(repositories.store, product, batch, run_id="r", partition="2026-11-01").published


def test_an_import_that_was_edited_or_lost_is_brought_back_by_using_it_again(repositories: Repositories) -> None:
    repositories.consumer()
    folder = repositories.marketing.shop.domains / "sales" / "orders_v1"
    before = (folder / "imported.yaml").read_text()
    for damage in (lambda: (folder / "imported.yaml").write_text("garbage: ["), (folder / "imported.yaml").unlink):
        damage()
        assert "imported.yaml" in repositories.ok(repositories.marketing, "use", "sales/orders_v1")
        assert (folder / "imported.yaml").read_text() == before
    contract = folder / "contract.odcs.yaml"
    contract.write_text(contract.read_text().replace("description: Who ordered.", "description: Whoever."))
    code, said, _ = repositories.marketing.call("lint", store=repositories.store)
    assert code == 1
    assert "error[imported]: the contract of sales/orders_v1 was changed here" in said
    repositories.ok(repositories.marketing, "use", "sales/orders_v1")
    repositories.ok(repositories.marketing, "lint")


def test_what_is_imported_can_be_read_and_other_verbs_say_whose_it_is(repositories: Repositories) -> None:
    repositories.consumer()
    values = {"day": date(2026, 11, 1), "order_id": 1, "customer_id": 1, "total": Decimal("1.00"), "country": "DE"}
    product = repositories.sales.shop.read("sales/orders_v1")
    batch = pa.Table.from_pylist([{**values, "campaign": None}], arrow_schema(product.schema.properties))
    assert publish(repositories.store, product, batch, run_id="r", partition="2026-11-01").published
    read = ["read", "sales/orders_v1", "--partition", "2026-11-01", "--json"]
    (shown,) = repositories.marketing.json(*read[:-1], store=repositories.store)["rows"]
    assert shown["order_id"] == 1
    said = repositories.refused(repositories.marketing, "deprecate", "sales/orders_v1", "--replacement",
                                "marketing/by_day_v1", "--sunset", "2999-01-01", code=2)  # fmt: skip
    assert "sales/orders_v1 is made in another repository" in said


def test_nothing_is_made_in_a_domain_of_another_repository(repositories: Repositories) -> None:
    repositories.consumer()
    line = ("new", "sales/mine_v1", "--sql", "SELECT order_id FROM sales.orders_v1")
    assert "sales is a domain of another repository" in repositories.refused(repositories.marketing, *line, code=2)
    assert not (repositories.marketing.shop.domains / "sales" / "__init__.py").exists()


def test_an_older_registered_version_takes_nothing_back_that_the_newest_promises(repositories: Repositories) -> None:
    repositories.ok(repositories.sales, "register", "sales/orders_v1")
    old = repositories.sales.shop.read("sales/orders_v1")
    text = ORDERS + "- {name: extra, logicalType: string, description: More.}\n"
    shop = repositories.sales.shop
    shop.write(
        "sales/orders_v1/contract.odcs.yaml",
        contract("sales/orders_v1", text, mode="replace_partition", version="1.1.0"),
    )
    shop.write(
        "sales/orders_v1/transform.sql",
        "SELECT day, order_id, customer_id, total, country, campaign, campaign AS extra FROM sales.raw_orders",
    )
    repositories.ok(repositories.sales, "register", "sales/orders_v1")
    with pytest.raises(UnregisteredError, match=r"version 1\.0\.0 breaks the registered version 1\.1\.0"):
        publish(repositories.store, old, row(), run_id="r", partition="2026-11-01")


def test_while_nobody_knows_what_is_registered_nothing_is_published(repositories: Repositories) -> None:
    repositories.ok(repositories.sales, "register", "sales/orders_v1")
    product = repositories.sales.shop.read("sales/orders_v1")
    repositories.store.put("_registry/sales/orders_v1/versions/000001.json", b"{")
    with pytest.raises(UnregisteredError, match="nobody knows what is registered"):
        publish(repositories.store, product, row(), run_id="r", partition="2026-11-01")


def test_using_a_product_never_writes_over_files_of_ones_own(repositories: Repositories, tmp_path: Path) -> None:
    repositories.ok(repositories.sales, "register", "sales/orders_v1")
    folder = repositories.marketing.shop.domains / "sales" / "orders_v1"
    folder.mkdir(parents=True)
    (folder / "contract.odcs.yaml").write_text("# mine\n")
    said = repositories.refused(repositories.marketing, "use", "sales/orders_v1")
    assert "is no file of an import, and would be lost" in said
    assert (folder / "contract.odcs.yaml").read_text() == "# mine\n"
    (folder / "contract.odcs.yaml").unlink()
    (tmp_path / "precious").write_text("precious\n")
    (folder / "contract.odcs.yaml").symlink_to(tmp_path / "precious")
    repositories.refused(repositories.marketing, "use", "sales/orders_v1")
    assert (tmp_path / "precious").read_text() == "precious\n"


def test_what_cannot_be_read_of_what_a_product_reads_hides_nothing_and_counts_as_everything(
    repositories: Repositories,
) -> None:
    repositories.consumer()
    (event,) = events(repositories.store, "marketing/by_day_v1")
    path = event.uri.partition("/store/")[2]
    content = json.loads(repositories.store.get(path))
    for details in ({"inputs": 5}, {"inputs": [1]}, {"reads": "abc"}, {"reads": [{"product": "a/b_v1"}]}):
        content["details"] = {**event.details, **details}
        repositories.store.put(path, json.dumps(content).encode())
        products, unread = elsewhere(repositories.store, {"sales/orders_v1"})
        assert [product.edges for product in products] == [None]
        assert "what it said that it reads cannot be read" in unread[0]
        repositories.ok(repositories.sales, "list")
