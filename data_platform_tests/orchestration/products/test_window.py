"""What a source changes late flows on: every product looks back as far as what it is made of is taken again."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest
from typer.testing import CliRunner

from data_platform.cli import app
from data_platform.domains.movies import schedules as movies
from data_platform.mesh.checking.windows import window_findings
from data_platform.mesh.files.checkout import Checkout
from data_platform.orchestration.ingestion.asking_again import DailySource
from data_platform.orchestration.ingestion.restatement import restated_for
from data_platform.orchestration.ingestion.source_automation import daily_source
from data_platform.orchestration.ingestion.source_group import group_in
from data_platform.orchestration.products.asset import product_spec
from data_platform.products.errors import InvalidProductError
from data_platform.products.folder import Product
from data_platform.products.window import LATE, LEAST, lookback_of
from data_platform.settings import START_DATE_VARIABLE
from data_platform_tests.mesh.authoring import an_author
from data_platform_tests.products.shop import ORDERS_COLUMNS, Platform, Shop
from data_platform_tests.repository import PROJECT_ROOT

DOMAINS = PROJECT_ROOT / "data_platform" / "domains"
SHOP = Checkout(DOMAINS)
BY_DAY = "partitions: {type: daily}\ninputs: {sales.raw_orders: {columns: [order_id, day, total, email]}}"
DAILY = (
    "- {name: orders, logicalType: integer, description: So many.}\n"
    "- {name: day, logicalType: date, partitioned: true, description: The day.}\n"
)


def daily_products(checkout: Checkout) -> Iterator[Product]:
    for product in checkout.products.values():
        if product.partitions is not None and product.partitions.type == "daily" and product.spec.automation:
            yield product


def looks_back(product: Product) -> timedelta | None:
    """How far the condition that Dagster evaluates looks back; None: without bound."""
    condition = product_spec(product).automation_condition
    assert condition is not None
    todo, windows = [condition], []
    while todo:
        one = todo.pop()
        todo += one.children
        windows += [one] if "latest_time_window" in one.name else []
    if not windows:
        return None
    (found,) = windows
    return found.lookback_timedelta


def made_of(checkout: Checkout, product: Product) -> set[str]:
    """The raw assets whose changes make a product anew, through others; nothing of what is read as a whole."""
    keys: set[str] = set()
    for upstream in product.inputs:
        if upstream.triggers and not upstream.optional and upstream.partitions != "all":
            inner = checkout.products.get(upstream.key)
            keys |= made_of(checkout, inner) if inner is not None else {upstream.key}
    return keys


def taken_again() -> dict[str, timedelta]:
    """The daily raw assets of the film shop, and for how long their domains' sensors take their days again."""
    known = {}
    groups = [
        group_in(SHOP.folder(key))
        for key in ("sales/raw_orders", "marketing/raw_ad_exports", "logistics/raw_shipments")
    ]
    for source in (movies.SOURCE, *map(daily_source, groups)):
        assert isinstance(source, DailySource)
        for key in (source.asset, *source.made):
            known[key.to_user_string()] = source.horizon.lasts
    for group in groups:  # a file that is replaced on its last day may have rows of days before it
        for name, spec in group.days.items():
            known[group.key(name).to_user_string()] += timedelta(days=spec.late_days)
    return known


@pytest.mark.parametrize("product", daily_products(SHOP), ids=lambda product: product.key)
def test_every_product_of_the_film_shop_looks_back_as_far_as_its_sources_change(product: Product) -> None:
    sources, raw = taken_again(), made_of(SHOP, product)
    assert raw <= sources.keys(), "each is taken again for as long as its domain says"
    assert looks_back(product) == lookback_of(product), "the sensor that catches up looks as far as the condition"
    for key in raw:
        back = looks_back(product)
        assert back is not None
        assert back >= sources[key]


def test_the_products_of_the_film_shop_reach_the_orders_of_forty_five_days() -> None:
    reached = {product.key for product in daily_products(SHOP) if "sales/raw_orders" in made_of(SHOP, product)}
    assert {"sales/orders_v1", "sales/daily_revenue_v1", "marketing/campaign_performance_v1"} <= reached
    assert lookback_of(SHOP.products["marketing/campaign_performance_v1"]) == timedelta(days=45) + LATE


def test_a_product_of_a_new_project_looks_back_without_bound_until_its_source_says_how_long(tmp_path: Path) -> None:
    runner, root = CliRunner(), tmp_path / "mesh"
    assert runner.invoke(app, ["init", str(root)]).exit_code == 0
    options = ["--domains", str(root / "domains"), "--input", "acme.raw_orders:day DATE,amount DOUBLE"]
    sql = "SELECT CAST($partition_key AS DATE) AS day, sum(amount) AS amount FROM acme.raw_orders"
    done = runner.invoke(app, ["new", "acme/earnings_v1", "--sql", sql, "--partitions", "daily", *options])
    assert done.exit_code == 0, done.output
    products = [*daily_products(Checkout(root / "domains"))]
    assert products
    for product in products:
        assert looks_back(product) is None
    (root / "domains" / "acme" / "restated.yaml").write_text("raw_orders: 60\n")
    defs = root / "domains" / "acme" / "earnings_v1" / "defs.yaml"
    assert "partitions: all" in defs.read_text(), "of a raw asset that nothing is known of it reads the whole"
    defs.write_text(defs.read_text().replace("partitions: all", "partitions: same"))
    assert [looks_back(product) for product in daily_products(Checkout(root / "domains"))] == [
        timedelta(days=60) + LATE
    ]


def test_a_product_that_new_makes_of_others_follows_their_windows(tmp_path: Path) -> None:
    with an_author(tmp_path) as author:
        sql = "SELECT day, sum(total) AS total FROM sales.orders_v1 GROUP BY day"
        earnings = author.new("finance/earnings_v1", "--sql", sql)
        assert earnings.partitions is not None
        assert looks_back(earnings) is None
        author.shop.write("sales/restated.yaml", "raw_orders: 90\n")
        assert looks_back(earnings) == timedelta(days=90) + LATE
        author.shop.write("sales/restated.yaml", "raw_orders: 3\n")
        assert looks_back(earnings) == LEAST


def follows(shop: Shop, inputs: str = "", **custom: object) -> Product:
    """A product by day that reads orders by day, which are made of raw ones."""
    shop.product(
        "sales/orders_v1",
        ORDERS_COLUMNS,
        sql="SELECT order_id, day, total, email FROM sales.raw_orders",
        defs=BY_DAY,
        mode="replace_partition",
        custom=custom,
    )
    shop.product(
        "sales/daily_v1",
        DAILY,
        sql="SELECT count(*) AS orders, day FROM sales.orders_v1 GROUP BY day",
        defs=f"partitions: {{type: daily}}\n{inputs}",
        mode="replace_partition",
    )
    return shop.read("sales/daily_v1")


def test_what_is_read_as_a_whole_has_no_bound_but_the_one_that_its_reader_says(shop: Shop) -> None:
    shop.write("sales/restated.yaml", "raw_orders: 10\n")
    assert looks_back(follows(shop)) == LEAST
    assert looks_back(follows(shop, "inputs: {sales.orders_v1: {partitions: all}}")) is None
    bounded = follows(shop, "inputs: {sales.orders_v1: {partitions: all, restated_days: 50}}")
    assert looks_back(bounded) == timedelta(days=50) + LATE


def test_what_a_contract_says_counts_for_its_readers_here_and_elsewhere(shop: Shop) -> None:
    assert looks_back(follows(shop)) is None
    product = follows(shop, restatedDays=40)
    assert looks_back(product) == timedelta(days=40) + LATE
    folder = shop.domains / "sales" / "orders_v1"
    for file in ("defs.yaml", "transform.sql"):
        (folder / file).unlink()
    (folder / "imported.yaml").write_text("product: sales/orders_v1\nversion: 1.0.0\ndigest: x\n")
    assert lookback_of(product) == timedelta(days=40) + LATE
    contract = folder / "contract.odcs.yaml"
    contract.write_text(contract.read_text().replace("dataPlatform.restatedDays", "tool.other"))
    assert lookback_of(product) is None, "nothing here says when another repository changes what"


def test_a_contract_that_says_less_than_the_inputs_is_told_at_its_line(shop: Shop) -> None:
    shop.write("sales/ingestion.py", '"""Raw."""\n\nNAME = "raw_orders"\n')
    shop.write("sales/restated.yaml", "raw_orders: 45\n")
    follows(shop, restatedDays=30)
    (finding,) = window_findings(shop.read("sales/orders_v1"))
    assert "dataPlatform.restatedDays is 30, and sales/raw_orders changes for 45 days. Fix: write 45 or more" in str(
        finding
    )
    assert "contract.odcs.yaml" in finding.file
    follows(shop, restatedDays=45)
    assert not list(window_findings(shop.read("sales/orders_v1")))
    (shop.domains / "sales" / "restated.yaml").unlink()
    (finding,) = window_findings(shop.read("sales/orders_v1"))
    assert "nothing says for how long sales/raw_orders changes" in finding.message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("raw_orders: soon\n", "restated.yaml:1:1: error[restated]: raw_orders: 'soon' is no number of days"),
        ("raw_orders: -1\n", "write a whole number from 0 to 3660"),
        ("- raw_orders\n", "the restated.yaml file is not a mapping of keys. Fix: start with raw_orders: 45"),
    ],
)
def test_a_file_that_says_something_else_is_an_error_with_its_line(shop: Shop, text: str, says: str) -> None:
    product = follows(shop)
    shop.write("sales/restated.yaml", text)
    with pytest.raises(InvalidProductError) as raised:
        lookback_of(product)
    assert says in str(raised.value)
    assert says in " ".join(map(str, window_findings(product)))


def test_a_sensor_whose_source_the_file_does_not_name_says_what_to_write(tmp_path: Path) -> None:
    (tmp_path / "restated.yaml").write_text("raw_orders: 45\n")
    assert restated_for(tmp_path, "raw_orders") == timedelta(days=45)
    with pytest.raises(KeyError, match="says nothing of raw_films: write a line raw_films: 30, in days"):
        restated_for(tmp_path, "raw_films")


def test_a_change_beyond_a_month_flows_on_where_the_source_changes_for_longer(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(START_DATE_VARIABLE, "2026-01-01")
    shop, instance = platform.shop, platform.instance
    shop.write("sales/restated.yaml", "raw_orders: 45\n")
    shop.write("sales/ingestion.py", '"""Raw."""\n\nNAME = "raw_orders"\n')
    follows(shop)
    daily, definitions = dg.AssetKey(["sales", "daily_v1"]), platform.definitions("sales")
    days = dg.DailyPartitionsDefinition("2026-01-01").get_partition_keys()
    cursor = dg.evaluate_automation_conditions(definitions, instance).cursor
    for back in (40, 60):
        instance.report_runless_asset_event(dg.AssetMaterialization(["sales", "orders_v1"], partition=days[-back]))
    asked = dg.evaluate_automation_conditions(definitions, instance, cursor=cursor)
    assert asked.get_requested_partitions(daily) == {days[-40]}
