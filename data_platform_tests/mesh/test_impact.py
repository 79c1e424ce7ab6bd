"""Who breaks, from the files of a mesh: verdicts, reasons, owners, pins, rules of contracts, consumers outside."""

from dataclasses import dataclass

import pytest

from data_platform.contracts.compatibility.compare import compare
from data_platform.lineage.edges import KnownBy
from data_platform.lineage.effects import ColumnChange, Effect, Verdict
from data_platform.mesh.errors import MeshError
from data_platform.mesh.files.checkout import Checkout
from data_platform.mesh.files.links import links_of
from data_platform.mesh.impact.answer import Impact, impact_of
from data_platform.mesh.impact.graph import MeshGraph, graph_of
from data_platform.mesh.impact.proposal import Proposal
from data_platform.mesh.impact.text import lines, markdown_of
from data_platform.mesh.overview.neighbours import neighbours
from data_platform.products.testing import DOMAINS
from data_platform_tests.products.shop import ORDERS_COLUMNS, Shop, new_shop
from data_platform_tests.shown import shown

BREAKS, MAY, FINE = Verdict.BREAKS, Verdict.MAY_BREAK, Verdict.UNAFFECTED
RAW = "inputs: {sales.raw_orders: {columns: [order_id, day, total, email]}}"
REVENUE = """\
- {name: day, logicalType: date, required: true, description: D.}
- {name: revenue, logicalType: number, description: R.}
"""
LETTERS = """\
- name: order_id
  logicalType: integer
  description: The order.
  relationships:
    - {type: foreignKey, to: ../../sales/orders_v1/contract.odcs.yaml#/schema/orders/properties/order_id}
"""


@pytest.fixture
def shop(tmp_path):
    with new_shop(tmp_path) as made:
        yield made


@pytest.fixture
def mesh(shop: Shop) -> Shop:
    """sales/orders_v1 from a raw table, read by SQL, by Python of another domain, copied, and looked at by a rule."""
    orders = ORDERS_COLUMNS.replace("logicalType: string", "logicalType: string, required: true")
    shop.product("sales/orders_v1", orders, sql="SELECT * FROM sales.raw_orders", defs=RAW)
    shop.product(
        "sales/revenue_v1", REVENUE, sql="SELECT day, sum(total) AS revenue FROM sales.orders_v1 GROUP BY day"
    )  # fmt: skip
    shop.product(
        "marketing/emails_v1",
        "- {name: email, logicalType: string, description: E.}\n",
        python="def emails(orders):\n    return orders[['email']].drop_duplicates()\n",
        defs="inputs: {orders: {asset: sales/orders_v1, columns: [order_id, email]}}",
    )
    shop.product(
        "sales/copy_v1",
        "- {name: total, logicalType: number, physicalType: 'DECIMAL(10, 2)', description: T.}\n"
        "- {name: email, logicalType: string, required: true, description: E.}\n",
        sql='SELECT o.total, o.email FROM "sales"."Orders_V1" AS o',
    )
    shop.product(
        "marketing/report_v1", "- {name: revenue, logicalType: number, description: R.}\n",
        sql="SELECT revenue FROM sales.revenue_v1",
    )  # fmt: skip
    shop.product(
        "marketing/letters_v1", LETTERS,
        python="def letters(orders):\n    return orders\n",
        defs="inputs: {orders: {asset: marketing/raw, columns: [order_id]}}",
    )  # fmt: skip
    return shop


@dataclass(frozen=True)
class Reader:
    """A consumer outside, as a subscription is one."""

    consumer: str
    product: str
    columns: tuple[str, ...] = ()
    kind: str = "dashboard"
    owner: str = "board"
    pin: str | None = None


def proposed(shop: Shop, key: str, outside=(), **wishes) -> Impact:
    checkout = Checkout(shop.domains)
    columns = MeshGraph(checkout, also=(key,)).columns(key.replace("/", "."))
    changes, after = Proposal(**wishes).effects(key, columns, checkout.contracts.get(key))
    return impact_of(checkout, key, changes, outside, after=after)


def verdicts(found: Impact) -> dict[str, Verdict]:
    return {each.name: each.verdict for each in found.consumers}


def test_dropping_a_column_breaks_its_readers_and_those_behind_them_across_domains(mesh: Shop) -> None:
    found = proposed(mesh, "sales/orders_v1", drop=("total",))
    assert verdicts(found) == {
        "sales/copy_v1": BREAKS,
        "sales/revenue_v1": BREAKS,
        "marketing/report_v1": BREAKS,
        "marketing/emails_v1": FINE,
        "marketing/letters_v1": FINE,
    }
    revenue = found.consumers[1]
    assert (revenue.owner, str(revenue.pins[0]), revenue.pins[0].major) == ("sales-team", "sales/orders_v1 1.0.0", 1)
    report = found.consumers[2]
    assert [str(each) for each in report.reasons[1].path] == [
        "sales.orders_v1.total", "sales.revenue_v1.revenue", "marketing.report_v1.revenue",
    ]  # fmt: skip
    assert found.verdict is BREAKS
    assert [each["consumer"] for each in found.as_dict()["consumers"]] == [each.name for each in found.consumers]


def test_a_foreign_key_of_another_contract_breaks_though_its_transform_never_reads_the_product(mesh: Shop) -> None:
    found = {each.name: each for each in proposed(mesh, "sales/orders_v1", drop=("order_id",)).consumers}
    assert found["marketing/letters_v1"].verdict is BREAKS
    assert "the foreign key order_id of its contract" in found["marketing/letters_v1"].reasons[0].text
    tightened = verdicts(proposed(mesh, "sales/orders_v1", tighten=("order_id",)))
    assert tightened["marketing/letters_v1"] is MAY
    assert tightened["marketing/emails_v1"] is FINE


def test_a_wider_type_is_safe_for_a_copy_only_where_the_consumers_contract_has_room(mesh: Shop) -> None:
    wider = {
        each.name: each for each in proposed(mesh, "sales/orders_v1", retype=(("total", "DECIMAL(14, 2)"),)).consumers
    }
    assert (wider["sales/copy_v1"].verdict, wider["sales/revenue_v1"].verdict) == (MAY, MAY)
    assert "its own contract promises more of total" in wider["sales/copy_v1"].reasons[0].text
    other = verdicts(proposed(mesh, "sales/orders_v1", retype=(("total", "string"),)))
    assert (other["sales/copy_v1"], other["sales/revenue_v1"]) == (BREAKS, MAY)
    email = verdicts(proposed(mesh, "sales/orders_v1", retype=(("email", "VARCHAR(20)"),)))
    assert email["sales/copy_v1"] is FINE


def test_nulls_that_may_come_now_break_no_copy_whose_contract_allows_them(mesh: Shop) -> None:
    checkout = Checkout(mesh.domains)
    before = checkout.contracts["sales/orders_v1"]
    file = mesh.domains / "sales/orders_v1/contract.odcs.yaml"
    file.write_text(file.read_text().replace("logicalType: string, required: true", "logicalType: string"))
    now = Checkout(mesh.domains)
    changes = compare(before, now.contracts["sales/orders_v1"])
    found = verdicts(impact_of(now, "sales/orders_v1", changes))
    assert (found["sales/copy_v1"], found["marketing/emails_v1"], found["sales/revenue_v1"]) == (MAY, MAY, FINE)
    copy = mesh.domains / "sales/copy_v1/contract.odcs.yaml"
    copy.write_text(copy.read_text().replace("required: true, ", ""))
    assert verdicts(impact_of(Checkout(mesh.domains), "sales/orders_v1", changes))["sales/copy_v1"] is FINE


def test_a_contract_that_lacks_a_column_already_tells_who_still_reads_it(mesh: Shop) -> None:
    before = Checkout(mesh.domains).contracts["sales/orders_v1"]
    file = mesh.domains / "sales/orders_v1/contract.odcs.yaml"
    text = file.read_text()
    start = text.index("      - name: total")
    file.write_text(text[:start] + text[text.index("      - {name: email") :])
    now = Checkout(mesh.domains)
    found = verdicts(impact_of(now, "sales/orders_v1", compare(before, now.contracts["sales/orders_v1"])))
    assert {name for name, verdict in found.items() if verdict is BREAKS} == {
        "sales/copy_v1", "sales/revenue_v1", "marketing/report_v1",
    }  # fmt: skip


def test_a_new_column_breaks_a_query_that_hands_everything_on_or_that_it_makes_ambiguous(shop: Shop) -> None:
    one = "- {name: a, logicalType: integer, description: A.}\n"
    shop.product("d/left_v1", one, sql="SELECT a FROM d.raw", defs="inputs: {d.raw: {columns: [a]}}")
    both = one + "- {name: b, logicalType: integer, description: B.}\n"
    shop.product("d/right_v1", both, sql="SELECT a, b FROM d.raw", defs="inputs: {d.raw: {columns: [a, b]}}")
    shop.product("d/all_v1", one, sql="SELECT * FROM d.left_v1")
    shop.product("d/joined_v1", both, sql="SELECT l.a, b FROM d.left_v1 AS l JOIN d.right_v1 AS r ON l.a = r.a")
    shop.product("d/plain_v1", one, sql="SELECT a FROM d.left_v1")
    added = ColumnChange("d.left_v1", "b", Effect.ADDED, "is added")
    found = {each.name: each for each in impact_of(Checkout(shop.domains), "d/left_v1", [added]).consumers}
    assert {name: each.verdict for name, each in found.items()} == {
        "d/all_v1": BREAKS, "d/joined_v1": BREAKS, "d/plain_v1": FINE,
    }  # fmt: skip
    assert "no column b" in found["d/all_v1"].reasons[0].text
    assert "ambiguous" in found["d/joined_v1"].reasons[0].text


def test_consumers_outside_of_the_platform_count_also_behind_others(mesh: Shop) -> None:
    outside = [
        Reader("revenue board", "sales/revenue_v1", ("revenue",), pin="1.0"),
        Reader("day board", "sales/orders_v1", ("day",)),
        Reader("notebook", "sales/orders_v1", kind="notebook"),
    ]
    found = {each.name: each for each in proposed(mesh, "sales/orders_v1", outside, drop=("total",)).consumers}
    assert [found[name].verdict for name in ("revenue board", "notebook", "day board")] == [BREAKS, MAY, FINE]
    assert str(found["revenue board"].pins[0]) == "sales/revenue_v1 1.0"
    assert found["notebook"].reasons[0].known_by is KnownBy.UNKNOWN
    assert (found["notebook"].kind, found["notebook"].owner) == ("notebook", "board")


def test_raw_assets_of_a_domain_have_an_impact_too(mesh: Shop) -> None:
    found = verdicts(proposed(mesh, "sales/raw_orders", drop=("email",)))
    assert found["sales/orders_v1"] is BREAKS
    assert found["marketing/emails_v1"] is BREAKS


def test_one_broken_product_leaves_the_others_and_counts_as_reading_everything(mesh: Shop) -> None:
    mesh.write("sales/revenue_v1/transform.sql", "SELECT day, FROM WHERE sales.orders_v1")
    checkout = Checkout(mesh.domains)
    assert set(checkout.problems) == {"sales/revenue_v1"}
    assert "marketing/emails_v1" in checkout.products
    found = {each.name: each for each in proposed(mesh, "sales/orders_v1", drop=("email",)).consumers}
    assert found["sales/revenue_v1"].verdict is MAY
    assert found["sales/revenue_v1"].reasons[0].known_by is KnownBy.UNKNOWN


def test_the_graph_has_products_raw_assets_and_how_each_edge_is_known(mesh: Shop) -> None:
    graph = graph_of(Checkout(mesh.domains))
    assert graph.nodes["sales.raw_orders"].columns == ("order_id", "day", "total", "email")
    assert {edge.known_by for edge in graph.edges} == {KnownBy.ENFORCED}
    assert graph.downstream("sales.raw_orders") == {
        "sales.orders_v1", "sales.revenue_v1", "sales.copy_v1", "marketing.emails_v1", "marketing.report_v1",
    }  # fmt: skip


def test_the_quick_look_at_names_finds_the_inputs_that_the_products_have() -> None:
    checkout = Checkout(DOMAINS)
    links = links_of(checkout.domains, checkout.keys)
    for key, product in checkout.products.items():
        inputs = {one.key.replace("/", ".") for one in product.inputs if one.contract}
        assert links.inputs[key.replace("/", ".")] == inputs


def test_names_in_python_products_and_under_other_names_are_found(shop: Shop) -> None:
    one = "- {name: a, logicalType: integer, description: A.}\n"
    shop.product("d/x_v1", one, sql="SELECT a FROM d.raw", defs="inputs: {d.raw: {columns: [a]}}")
    shop.product("d/y_v1", one, sql="SELECT a FROM d.given", defs="inputs: {d.given: {asset: d/x_v1}}")
    shop.product(
        "d/z_v1", one, python="def z(g):\n    return g\n", defs='inputs: {g: {asset: "d\\/x_v1", columns: [a]}}'
    )
    shop.write("d/w_v1/defs.yaml", "asset: [d/x_v1\n")
    checkout = Checkout(shop.domains)
    links = links_of(checkout.domains, checkout.keys)
    assert links.consumers["d.x_v1"] == {"d.y_v1", "d.z_v1", "d.w_v1"}


def test_lineage_shows_both_directions_with_columns(mesh: Shop) -> None:
    found = neighbours(Checkout(mesh.domains), "sales.revenue_v1")
    up, down = found.tree("upstream"), found.tree("downstream")
    assert (up.children[0].product, up.children[0].columns) == (
        "sales/orders_v1",
        ["day (copied, group)", "total (computed)"],
    )
    assert up.children[0].children[0].product == "sales/raw_orders"
    assert [each.product for each in down.children] == ["marketing/report_v1"]
    assert "subgraph sales" in found.mermaid()
    assert "revenue (copied)" in found.mermaid(columns=True)
    assert found.as_dict()["upstream"] == ["sales/orders_v1", "sales/raw_orders"]


def test_what_is_not_there_is_told_with_what_may_be_meant(mesh: Shop) -> None:
    checkout = Checkout(mesh.domains)
    with pytest.raises(MeshError, match="did you mean 'sales/orders_v1'"):
        neighbours(checkout, "sales/order_v1")
    with pytest.raises(MeshError, match="did you mean 'total'"):
        proposed(mesh, "sales/orders_v1", drop=("totl",))
    with pytest.raises(MeshError, match="has a column 'day' already"):
        proposed(mesh, "sales/orders_v1", rename=(("total", "day"),))
    with pytest.raises(MeshError, match="'MONEY' is no type"):
        proposed(mesh, "sales/orders_v1", retype=(("total", "MONEY"),))
    with pytest.raises(MeshError, match="there is no folder"):
        Checkout(mesh.domains / "nowhere")


def test_the_words_name_verdict_owner_pin_use_and_path(mesh: Shop) -> None:
    found = proposed(mesh, "sales/orders_v1", drop=("total",))
    text = "\n".join(line for _, line in lines(found))
    assert "breaks: 3" in text
    assert "sales/revenue_v1  (owner: sales-team; pinned to sales/orders_v1 1.0.0)" in text
    assert "sales.orders_v1.total -> sales.revenue_v1.revenue -> marketing.report_v1.revenue" in text
    assert "of sales.orders_v1 it reads only email, order_id" in text
    table = shown(markdown_of(found))
    assert "| breaks | `sales/copy_v1` | sales-team | sales/orders_v1 1.0.0 | select | enforced |" in table
    assert "<summary>unaffected: 2</summary>" in table
