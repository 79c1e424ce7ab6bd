"""Cycles, leftovers, edited imports and drafts between repositories: refused or told where people can mend them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from data_platform.contracts.reading import contract as contract_of
from data_platform.contracts.registry.events import EventKind, events
from data_platform.contracts.registry.versions import digest, newest
from data_platform.contracts.source import read
from data_platform.mesh.impact.elsewhere import elsewhere
from data_platform.products.errors import InvalidProductError
from data_platform_tests.mesh.pull_request import git
from data_platform_tests.mesh.repositories import (
    BY_DAY,
    Repositories,
    identified,
    in_git,
    orders,
    two_repositories,
)

KEY = "sales/orders_v1"
CONSUMER = "marketing/by_day_v1"


@pytest.fixture
def repositories(tmp_path: Path) -> Iterator[Repositories]:
    with two_repositories(tmp_path) as made:
        identified(made.sales, "sales-1111111111")
        identified(made.marketing, "marketing-2222222222")
        made.consumer()
        yield made


def orders_read_their_consumer(repositories: Repositories) -> None:
    """Sales' orders come to read what marketing makes of them."""
    repositories.ok(repositories.sales, "use", CONSUMER)
    repositories.sales.shop.write(
        f"{KEY}/transform.sql",
        """
        SELECT raw.day, order_id, customer_id, total, country, campaign
        FROM sales.raw_orders AS raw JOIN marketing.by_day_v1 AS days ON raw.day = days.day
        """,
    )


CYCLE = f"{KEY} needs itself: {KEY} reads {CONSUMER} (another repository's) reads {KEY}"


def test_a_product_that_needs_itself_through_another_repository_is_not_registered(repositories: Repositories) -> None:
    before = events(repositories.store, KEY)
    orders_read_their_consumer(repositories)
    for arguments in (("register", KEY), ("register", KEY, "--dry-run")):
        said = repositories.refused(repositories.sales, *arguments)
        assert CYCLE in said
        assert f"data-platform register {CONSUMER} in its repository tells it" in said
    assert events(repositories.store, KEY) == before, "nor is it told what it would read"


def test_a_pull_request_that_closes_a_cycle_through_another_repository_is_refused(repositories: Repositories) -> None:
    in_git(repositories.sales.shop.root)
    orders_read_their_consumer(repositories)
    assert CYCLE in repositories.refused(repositories.sales, "ci", "--base", "main")


def test_a_cycle_through_a_product_of_ones_own_is_found_as_well(repositories: Repositories) -> None:
    sales = repositories.sales
    repositories.ok(sales, "use", CONSUMER)
    repositories.ok(sales, "new", "sales/plan_v1", "--sql", "SELECT day, revenue FROM marketing.by_day_v1")
    repositories.ok(sales, "register", "sales/plan_v1")
    sql = """
    SELECT raw.day, order_id, customer_id, total, country, campaign
    FROM sales.raw_orders AS raw JOIN sales.plan_v1 AS plan ON raw.day = plan.day
    """
    sales.shop.write(f"{KEY}/transform.sql", sql)
    said = repositories.refused(sales, "register", KEY)
    assert f"{KEY} reads sales/plan_v1 reads {CONSUMER} (another repository's) reads {KEY}" in said


def without_folder(repositories: Repositories) -> None:
    folder = repositories.marketing.shop.domains / CONSUMER
    for file in folder.iterdir():
        if file.is_file():
            file.unlink()
    folder.rmdir()


def drop_country(repositories: Repositories) -> None:
    orders(repositories, without="country", version="1.1.0")
    sql = "SELECT day, order_id, customer_id, total, campaign FROM sales.raw_orders"
    repositories.sales.shop.write(f"{KEY}/transform.sql", sql)


def test_a_consumer_whose_folder_is_gone_is_retired_by_its_repository_and_counts_no_more(
    repositories: Repositories,
) -> None:
    without_folder(repositories)
    end = "slaProperties: [{property: endOfSupport, value: '2026-01-01'}]"
    orders(repositories, status="deprecated", version="1.1.0", extra=end)
    said = repositories.refused(repositories.sales, "retire", KEY)
    assert f"if it is not made any more, `data-platform retire {CONSUMER}` in its repository" in said
    assert "would be retired as 1.1.0" in repositories.ok(repositories.marketing, "retire", CONSUMER, "--dry-run")
    said = repositories.ok(repositories.marketing, "retire", CONSUMER)
    assert f"{CONSUMER} 1.0.0 retired as 1.1.0" in said
    assert "Commit the contract" not in said
    record = newest(repositories.store, products=[CONSUMER]).by_product[CONSUMER]
    assert (record.contract.status, record.version) == ("retired", "1.1.0")
    assert events(repositories.store, CONSUMER)[-1].kind is EventKind.RETIRED
    assert elsewhere(repositories.store, {KEY}) == ((), ())
    repositories.ok(repositories.sales, "retire", KEY)
    assert "is retired already" in repositories.refused(repositories.marketing, "retire", CONSUMER)


def test_status_tells_the_repository_of_a_product_whose_folder_is_gone(repositories: Repositories) -> None:
    told = f"{CONSUMER} is registered by this repository, which has no folder of it, and still counts as a reader"
    assert told not in repositories.marketing.call("status", store=repositories.store)[1]
    without_folder(repositories)
    assert told in repositories.marketing.call("status", store=repositories.store)[1]
    assert told not in repositories.sales.call("status", store=repositories.store)[1]
    repositories.ok(repositories.marketing, "retire", CONSUMER)
    assert told not in repositories.marketing.call("status", store=repositories.store)[1]


def test_what_refuses_a_change_for_a_consumer_elsewhere_says_how_that_is_removed(repositories: Repositories) -> None:
    in_git(repositories.sales.shop.root)
    drop_country(repositories)
    for arguments in (("register", KEY), ("ci", "--base", "main")):
        said = repositories.refused(repositories.sales, *arguments)
        assert f"if it is not made any more, `data-platform retire {CONSUMER}` in its repository" in said


def test_another_repository_retires_a_product_without_a_folder_only_with_a_reason(repositories: Repositories) -> None:
    without_folder(repositories)
    said = repositories.refused(repositories.sales, "retire", CONSUMER)
    assert "is made by the repository marketing-2222222222" in said
    assert "or set it aside with --override --why" in said
    why = ["--override", "--why", "The repository is gone."]
    repositories.ok(repositories.sales, "retire", CONSUMER, *why)
    last = events(repositories.store, CONSUMER)[-1]
    assert (last.kind, last.details["why"]) == (EventKind.RETIRED, "The repository is gone.")
    assert any("marketing-2222222222" in reason for reason in last.details["overridden"])


def test_a_product_without_a_folder_that_is_still_read_is_not_retired(repositories: Repositories) -> None:
    repositories.ok(repositories.marketing, "subscribe", CONSUMER, "--consumer", "board", "--owner", "bi")
    without_folder(repositories)
    assert "board (dashboard of bi) still reads it" in repositories.refused(repositories.marketing, "retire", CONSUMER)


def test_a_product_that_nobody_claimed_and_that_has_no_folder_needs_a_reason(tmp_path: Path) -> None:
    with two_repositories(tmp_path) as made:
        made.consumer()
        without_folder(made)
        assert "no repository ever claimed" in made.refused(made.marketing, "retire", CONSUMER)
        made.ok(made.marketing, "retire", CONSUMER, "--override", "--why", "We made it.")
        assert "there is no product marketing/by_night_v1" in made.refused(
            made.marketing, "retire", "marketing/by_night_v1", code=2
        )


def edit_import(repositories: Repositories, *, forge: bool) -> None:
    """Edit an imported contract; with ``forge`` also the digest beside it."""
    folder = repositories.marketing.shop.domains / KEY
    contract = folder / "contract.odcs.yaml"
    contract.write_text(contract.read_text().replace("description: Who ordered.", "description: Whoever."))
    if forge:
        file = folder / "imported.yaml"
        said = yaml.safe_load(file.read_text())
        file.write_text(file.read_text().replace(said["digest"], digest(contract_of(read(contract)))))


@pytest.mark.parametrize("forge", [False, True])
def test_an_edited_import_is_found_by_lint_ci_and_status(repositories: Repositories, forge: bool) -> None:
    marketing, store = repositories.marketing, repositories.store
    in_git(marketing.shop.root)
    edit_import(repositories, forge=forge)
    told = f"what is here of {KEY} as version 1.0.0 is another contract" if forge else "was changed here"
    for arguments in (("lint",), ("ci", "--base", "main"), ("status",)):
        code, said, complaints = marketing.call(*arguments, store=store)
        assert (code, told in said) == (1, True), said + complaints
    code, junit, _ = marketing.call("ci", "--base", "main", "--junit", "-", store=store)
    assert (code, told in junit) == (1, True), junit
    git(marketing.shop.root, "add", ".")
    git(marketing.shop.root, "commit", "--quiet", "-m", "edited")
    marketing.shop.write(f"{CONSUMER}/transform.sql", BY_DAY.replace("'XX'", "'YY'"))
    said = marketing.call("ci", "--base", "main", store=store)[1]
    assert told in said, "also where another change is judged"
    repositories.ok(marketing, "use", KEY)
    assert told not in marketing.call("status", store=store)[1]
    repositories.ok(marketing, "ci", "--base", "main")


def test_an_import_of_a_version_that_never_was_registered_is_found(repositories: Repositories) -> None:
    folder = repositories.marketing.shop.domains / KEY
    file = folder / "imported.yaml"
    file.write_text(file.read_text().replace("version: 1.0.0", "version: 1.9.0"))
    said = repositories.refused(repositories.marketing, "lint")
    assert f"what is here of {KEY} as version 1.9.0 is no registered version" in said


def test_a_consumer_of_an_edited_import_does_not_load_and_is_named_by_a_lint_of_it_alone(
    repositories: Repositories,
) -> None:
    repositories.marketing.shop.read(CONSUMER)
    edit_import(repositories, forge=False)
    with pytest.raises(InvalidProductError, match=f"the contract of {KEY} was changed here"):
        repositories.marketing.shop.read(CONSUMER)
    assert f"data-platform use {KEY} writes it" in repositories.refused(repositories.marketing, "lint", CONSUMER)


def draft(repositories: Repositories, version: str = "1.1.0", status: str = "draft") -> str:
    orders(repositories, status=status, version=version, extra="tags: [core]")
    return repositories.ok(repositories.sales, "register", KEY)


@pytest.mark.parametrize(
    ("version", "status", "why"),
    [("1.1.0", "draft", "a draft version"), ("1.1.0-rc.1", "active", "a pre-release")],
)
def test_a_registered_draft_is_no_promise_and_readers_have_the_last_active_version(
    repositories: Repositories, version: str, status: str, why: str
) -> None:
    sales, store = repositories.sales, repositories.store
    assert f"{why} promises nothing: readers have 1.0.0" in draft(repositories, version, status)
    told = f"{version} is registered as a draft: readers have 1.0.0"
    assert told in sales.call("status", store=store)[1]
    assert told in sales.call("show", KEY, store=store)[1]
    (row,) = (row for row in sales.json("list", store=store)["products"] if row["product"] == KEY)
    assert row["registered"] == {"standing": "registered", "last": version, "promised": "1.0.0"}
    assert "as a draft" in sales.call("list", store=store)[1]
    assert "nothing new" in repositories.ok(repositories.marketing, "use", KEY)
    assert "is registered as" not in repositories.marketing.call("status", store=store)[1]


def test_what_only_was_registered_as_a_draft_cannot_be_used(tmp_path: Path) -> None:
    with two_repositories(tmp_path) as made:
        orders(made, status="draft", version="1.0.0")
        assert "others cannot use the product yet" in made.ok(made.sales, "register", KEY)
        assert "is draft, so others cannot read it" in made.refused(made.marketing, "use", KEY)
        said = made.sales.call("status", "--json", store=made.store)[1]
        assert "nothing is promised to readers yet" in json.loads(said)["registry"][0]["message"]
