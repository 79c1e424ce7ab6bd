"""What `ci` finds out about changes of a small mesh in a git repository."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from data_platform.contracts.compatibility.report import summary
from data_platform.lineage.effects import Verdict
from data_platform.mesh.ci.report import Level, ProductChange, Rule
from data_platform.mesh.errors import MeshError
from data_platform.mesh.files.git import merge_base
from data_platform_tests.mesh.pull_request import PullRequest, git, new_pull_request, told
from data_platform_tests.mesh.registry_shop import AS_AMOUNT, ORDERS, put
from data_platform_tests.products.shop import ORDERS_COLUMNS

SPEND = "marketing/spend_v1"
COST = "logistics/cost_v1"


@pytest.fixture
def request_(tmp_path: Path) -> Iterator[PullRequest]:
    with new_pull_request(tmp_path) as made:
        yield made


def test_where_nothing_changed_nothing_is_wrong(request_: PullRequest) -> None:
    report = request_.report()
    assert report.fine
    assert report.products == ()
    assert "no product since main" in next(report.sentences())


def test_a_new_column_with_a_minor_version_is_fine(request_: PullRequest) -> None:
    more = ORDERS_COLUMNS + "- {name: note, logicalType: string, description: A note.}\n"
    request_.desk.orders(columns=more, version="1.1.0")
    request_.desk.shop.write(
        f"{ORDERS}/transform.sql", "SELECT day, order_id, total, email, 'x' AS note FROM sales.raw_orders"
    )
    report = request_.report()
    assert report.fine, report.problems
    (orders,) = report.changed
    assert (orders.change, orders.parts, orders.before, orders.after) == (
        ProductChange.CHANGED,
        ("contract", "transform"),
        "1.0.0",
        "1.1.0",
    )


def test_a_changed_contract_of_the_same_version_is_refused(request_: PullRequest) -> None:
    request_.desk.edit(ORDERS, "What was paid.", "What the customer paid.")
    (found,) = request_.report().of(Level.ERROR)
    assert (found.rule, found.product) == (Rule.VERSION, ORDERS)
    assert "both are version 1.0.0" in found.message
    assert "1.0.1" in found.fix
    text = (request_.root / found.place.file).read_text().splitlines()
    assert text[found.place.line - 1].startswith("version:")


def test_a_step_too_small_is_refused_and_says_which_is_enough(request_: PullRequest) -> None:
    more = ORDERS_COLUMNS + "- {name: note, logicalType: string, description: A note.}\n"
    request_.desk.orders(columns=more, version="1.0.1")
    (found,) = request_.report().of(Level.ERROR)
    assert (found.rule, found.fix) == (Rule.VERSION, "write version 1.1.0 or greater")


def test_a_version_that_goes_back_is_refused(request_: PullRequest) -> None:
    request_.desk.edit(ORDERS, "version: 1.0.0", "version: 1.2.0")
    request_.commit()
    git(request_.root, "branch", "--force", "main", "feature")
    request_.desk.edit(ORDERS, "version: 1.2.0", "version: 1.1.0")
    (found,) = request_.report().of(Level.ERROR)
    assert "version 1.1.0 is not greater than 1.2.0" in found.message


def test_a_column_that_others_read_cannot_go_and_its_readers_are_named_at_their_lines(request_: PullRequest) -> None:
    request_.desk.orders(columns=ORDERS_COLUMNS.replace("name: total", "name: amount"), version="1.1.0")
    request_.desk.shop.write("sales/orders_v1/transform.sql", AS_AMOUNT)
    report = request_.report()
    assert set(told(report, Level.ERROR)) == {
        ("compatibility", "column-removed", ORDERS),
        ("consumers", "breaks", ORDERS),
        ("lint", "columns", SPEND),
    }
    assert {one.name: one.verdict for one in report.impact.consumers} == {SPEND: Verdict.BREAKS, COST: Verdict.BREAKS}
    (lint,) = report.at(SPEND, Rule.LINT)
    line = (request_.root / lint.place.file).read_text().splitlines()[lint.place.line - 1]
    assert line[lint.place.column - 1 :].startswith("total")
    (consumers,) = (finding for finding in report.at(ORDERS, Rule.CONSUMERS) if finding.level is Level.ERROR)
    assert f"{SPEND} (of marketing-team)" in consumers.message
    assert COST not in consumers.message


def test_a_break_is_fine_as_a_new_major_beside_the_old_one(request_: PullRequest) -> None:
    request_.desk.orders("sales/orders_v2", ORDERS_COLUMNS.replace("name: total", "name: amount"), version="2.0.0")
    request_.desk.shop.write("sales/orders_v2/transform.sql", AS_AMOUNT)
    report = request_.report()
    assert report.fine, report.problems
    (added,) = report.changed
    assert added.change is ProductChange.ADDED
    (beside,) = added.compared
    assert beside.against == ORDERS
    assert "column-removed" in {each.change.kind for one in beside.judgement.comparisons for each in one.changes}


def test_a_new_major_in_the_old_folder_is_not(request_: PullRequest) -> None:
    request_.desk.orders(columns=ORDERS_COLUMNS.replace("name: total", "name: amount"), version="2.0.0")
    found = [one for one in request_.report().at(ORDERS, Rule.LINT) if one.level is Level.ERROR]
    assert "version 2.0.0 is in the folder orders_v1" in found[0].message


def test_a_product_that_is_read_cannot_be_removed(request_: PullRequest) -> None:
    shutil.rmtree(request_.desk.shop.domains / ORDERS)
    report = request_.report()
    assert told(report, Level.ERROR) == [("lint", "input", SPEND), ("removal", "breaks", ORDERS)]
    assert told(report, Level.WARNING) == [("removal", "not-retired", ORDERS)]
    assert {one.name: one.distance for one in report.impact.breaks} == {SPEND: 1, COST: 2}


def test_a_product_that_nobody_reads_is_removed_with_a_warning_and_retired_without(request_: PullRequest) -> None:
    shutil.rmtree(request_.desk.shop.domains / COST)
    report = request_.report()
    assert report.fine
    assert told(report, Level.WARNING) == [("removal", "not-retired", COST)]
    git(request_.root, "checkout", "--quiet", ".")
    request_.desk.edit(COST, "status: active", "status: retired")
    request_.commit()
    git(request_.root, "branch", "--force", "main", "feature")
    shutil.rmtree(request_.desk.shop.domains / COST)
    assert request_.report().problems == ()


def test_readers_that_move_in_the_same_change_break_nothing(request_: PullRequest) -> None:
    shutil.rmtree(request_.desk.shop.domains / SPEND)
    request_.desk.reader(COST, "sales.orders_v1")
    report = request_.report()
    assert report.fine, report.problems


def test_a_changed_transform_alone_needs_no_version_and_is_told(request_: PullRequest) -> None:
    request_.desk.shop.write(f"{SPEND}/transform.sql", "SELECT sum(total) + 1 AS total FROM sales.orders_v1")
    report = request_.report()
    assert report.fine
    (found,) = report.of(Level.NOTICE)
    assert found.code == "made-otherwise"
    assert found.place.file.endswith("marketing/spend_v1/transform.sql")
    assert "needs no new version" in found.message
    assert "1 consumers read values" in found.message
    assert report.impact.verdict is Verdict.MAY_BREAK


def test_a_cycle_is_told_at_the_input_that_closes_it(request_: PullRequest) -> None:
    request_.desk.reader(SPEND, "logistics.cost_v1")
    report = request_.report()
    assert ("lint", "cycle", SPEND) in told(report, Level.ERROR)
    (found,) = (one for one in report.at(SPEND, Rule.LINT) if one.code == "cycle")
    line = (request_.root / found.place.file).read_text().splitlines()[found.place.line - 1]
    assert line[found.place.column - 1 :].startswith("logistics.cost_v1")


def test_a_retired_product_that_is_read_anew_is_refused(request_: PullRequest) -> None:
    request_.desk.orders("sales/old_v1", status="retired")
    request_.commit()
    git(request_.root, "branch", "--force", "main", "feature")
    request_.desk.reader("marketing/new_v1", "sales.old_v1")
    products = {product for rule, _, product in request_.errors() if rule == "lint"}
    assert products == {"marketing/new_v1", "sales/old_v1"}


def test_a_product_that_is_retired_while_it_is_read_is_refused(request_: PullRequest) -> None:
    request_.desk.edit(ORDERS, "status: active", "status: retired")
    request_.desk.edit(ORDERS, "version: 1.0.0", "version: 1.1.0")
    found = request_.errors()
    assert ("consumers", "breaks", ORDERS) in found
    assert {product for rule, _, product in found if rule == "lint"} == {ORDERS, SPEND}


def test_what_was_wrong_before_in_untouched_products_is_not_blamed_on_the_change(request_: PullRequest) -> None:
    request_.desk.shop.write(f"{SPEND}/transform.sql", "SELECT sum(totl) AS total FROM sales.orders_v1")
    request_.commit()
    git(request_.root, "branch", "--force", "main", "feature")
    request_.desk.edit(ORDERS, "What was paid.", "What the customer paid.")
    request_.desk.edit(ORDERS, "version: 1.0.0", "version: 1.0.1")
    report = request_.report()
    assert report.fine, report.problems
    (found,) = report.at(SPEND)
    assert found.level is Level.NOTICE
    assert "it was so before this change" in found.message
    request_.desk.shop.write(f"{SPEND}/transform.sql", "SELECT sum(totl) AS total FROM sales.orders_v1 -- touched")
    assert [rule for rule, _, product in request_.errors() if product == SPEND] == ["lint"]


def test_the_base_is_what_both_have_in_common_not_what_others_merged_since(request_: PullRequest) -> None:
    git(request_.root, "checkout", "--quiet", "main")
    request_.desk.edit(SPEND, "All of it.", "All.")
    request_.commit()
    git(request_.root, "checkout", "--quiet", "feature")
    request_.desk.edit(ORDERS, "What was paid.", "What the customer paid.")
    request_.desk.edit(ORDERS, "version: 1.0.0", "version: 1.0.1")
    assert [one.product for one in request_.report().changed] == [ORDERS]


def test_a_revision_is_judged_as_it_is_there_and_not_as_the_working_tree_is(request_: PullRequest) -> None:
    request_.desk.edit(ORDERS, "What was paid.", "What the customer paid.")
    request_.commit()
    request_.desk.edit(ORDERS, "version: 1.0.0", "version: 1.0.1")
    (found,) = request_.report(head="feature").of(Level.ERROR)
    assert found.rule is Rule.VERSION
    assert (request_.root / found.place.file).is_file()
    assert request_.report().fine
    assert request_.report(head="main").products == ()


def test_files_that_no_rule_looks_at_are_named(request_: PullRequest) -> None:
    request_.desk.shop.write("sales/ingestion.py", "x = 1\n")
    (found,) = request_.report().others
    assert found.endswith("domains/sales/ingestion.py")


def test_a_contract_that_cannot_be_read_is_a_finding_and_its_other_rules_are_skipped(request_: PullRequest) -> None:
    request_.desk.shop.write(f"{ORDERS}/contract.odcs.yaml", "version: [")
    report = request_.report()
    assert ("lint", "unreadable", ORDERS) in told(report, Level.ERROR)
    (orders,) = report.changed
    assert set(orders.skipped) == {Rule.COMPATIBILITY, Rule.VERSION}
    assert report.impact.verdict is Verdict.BREAKS


def test_registered_versions_and_subscriptions_count_where_the_registry_answers(request_: PullRequest) -> None:
    desk = request_.desk
    subscribed = ("--consumer", "mail", "--owner", "@shop/bi", "--columns", "email")
    assert desk.run("subscribe", ORDERS, *subscribed)[0] == 0
    desk.orders(columns=ORDERS_COLUMNS + "- {name: note, logicalType: string, description: A note.}\n", version="1.1.0")
    desk.shop.write(f"{ORDERS}/transform.sql", "SELECT day, order_id, total, email, '' AS note FROM sales.raw_orders")
    assert desk.run("register", ORDERS, "--by", "t")[0] == 0
    desk.orders(columns=ORDERS_COLUMNS.rpartition("- {")[0], version="1.2.0")
    desk.shop.write(f"{ORDERS}/transform.sql", "SELECT day, order_id, total FROM sales.raw_orders")

    without, within = request_.report(), request_.report(store=True)

    assert without.why_not == "there is no store"
    assert within.why_not == ""
    paths = {one.message.partition(":")[0] for one in within.at(ORDERS, Rule.COMPATIBILITY)}
    assert paths == {"orders.email", "orders.note"}
    assert {one.message.partition(":")[0] for one in without.at(ORDERS, Rule.COMPATIBILITY)} == {"orders.email"}
    (broken,) = within.of(Level.ERROR)[-1:]
    assert [one.name for one in within.impact.breaks] == ["mail"]
    assert [one.name for one in without.impact.breaks] == []
    assert "mail (dashboard of @shop/bi)" in " ".join(one.message for one in within.at(ORDERS, Rule.CONSUMERS))
    assert broken.product == ORDERS


def test_another_content_under_a_registered_version_is_refused(request_: PullRequest) -> None:
    desk = request_.desk
    desk.edit(ORDERS, "version: 1.0.0", "version: 1.0.1")
    desk.edit(ORDERS, "What was paid.", "What the customer paid.")
    assert desk.run("register", ORDERS, "--by", "t")[0] == 0
    assert request_.report(store=True).fine
    desk.edit(ORDERS, "What the customer paid.", "What was paid in full.")
    assert request_.report().fine
    (found,) = request_.report(store=True).of(Level.ERROR)
    assert found.rule is Rule.VERSION
    assert "what is registered never changes" in found.message


@pytest.mark.parametrize(
    ("base", "said"), [("nowhere", "git knows no revision 'nowhere'"), ("other", "have no commit in common")]
)
def test_a_base_that_cannot_be_compared_with_is_told(request_: PullRequest, base: str, said: str) -> None:
    git(request_.root, "checkout", "--quiet", "--orphan", "other")
    request_.commit("of no ancestors")
    git(request_.root, "checkout", "--quiet", "feature")
    with pytest.raises(MeshError, match=said):
        request_.report(base)


def test_a_shallow_clone_is_told_to_fetch_the_rest(request_: PullRequest, tmp_path: Path) -> None:
    request_.commit("here")
    git(request_.root, "checkout", "--quiet", "main")
    request_.commit("there")
    url = f"file://{request_.root}"
    git(tmp_path, "clone", "--quiet", "--depth=1", "--no-single-branch", "--branch=feature", url, str(tmp_path / "c"))
    domains = tmp_path / "c" / request_.desk.shop.domains.relative_to(request_.root)
    with pytest.raises(MeshError, match="git fetch --unshallow"):
        merge_base(domains, "origin/main", "HEAD")


def restating(request_: PullRequest, *, store: bool = True) -> list[str]:
    problems = request_.report(store=store).of(Level.NOTICE)
    return [str(problem) for problem in problems if problem.code == "needs-restatement"]


def test_what_a_change_leaves_as_it_was_is_told_with_what_becomes_of_it(request_: PullRequest) -> None:
    desk = request_.desk
    for day in ("2026-11-01", "2026-11-02"):
        assert put(desk, day)
    assert restating(request_) == []
    more = ORDERS_COLUMNS + "- {name: note, logicalType: string, description: A note.}\n"
    desk.orders(columns=more, version="1.1.0")
    (notice,) = restating(request_)
    assert "2 partitions of sales/orders_v1 were made by an earlier contract or transform (" in notice
    assert "and it stays as it is (dataPlatform.restate: none). Fix: data-platform restate sales/orders_v1" in notice
    (orders,) = request_.report(store=True).changed
    assert "needs restatement" in summary(orders.compared[0].judgement)
    desk.orders(columns=more, version="1.1.0", custom={"restate": 30})
    assert "partitions of the last 30 days are made anew by themselves" in restating(request_)[0]
    desk.orders(columns=more, version="1.1.0", custom={"restate": "all"})
    assert "all of it is made anew by itself after the merge" in restating(request_)[0]
    assert "what was published of sales/orders_v1 needs restatement" in restating(request_, store=False)[0]


def test_a_transform_that_changed_leaves_what_it_made_and_words_leave_the_rows_as_they_are(
    request_: PullRequest,
) -> None:
    assert put(request_.desk, "2026-11-01")
    transform = f"{ORDERS}/transform.sql"
    request_.desk.shop.write(transform, "SELECT day, order_id, total * 1 AS total, email FROM sales.raw_orders")
    (notice,) = restating(request_)
    assert "1 partition of sales/orders_v1 was made by an earlier contract or transform, and" in notice
    assert restating(request_, store=False) == []
    request_.desk.orders(version="1.0.1")
    assert restating(request_, store=False) == [], "words alone need nothing"
