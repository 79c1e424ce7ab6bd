"""A product is made by one repository: the first that registers it, until another one takes it over on purpose."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from data_platform.contracts.registry.events import EventKind, events
from data_platform.contracts.registry.owners import owner_of
from data_platform.contracts.registry.versions import newest
from data_platform.mesh.errors import Refused
from data_platform.mesh.files.checkout import Checkout
from data_platform.mesh.life.registering import register
from data_platform.products import registered
from data_platform.products.errors import UnregisteredError
from data_platform.products.repository import repository_of_product
from data_platform.settings import PROJECT_VARIABLE
from data_platform_tests.mesh.authoring import ORDERS, Author
from data_platform_tests.mesh.pull_request import git
from data_platform_tests.mesh.repositories import (
    Repositories,
    identified,
    in_git,
    orders,
    publish_orders,
    two_repositories,
)

KEY = "sales/orders_v1"
TAKE_OVER = f"if it moved here, data-platform register {KEY} --take-over says so to everybody"


@pytest.fixture
def repositories(tmp_path: Path) -> Iterator[Repositories]:
    """Both have an identity; marketing, too, has a product that it calls sales' orders, as compatible as can be."""
    with two_repositories(tmp_path) as made:
        identified(made.sales, "sales-1111111111")
        identified(made.marketing, "marketing-2222222222")
        yield made


def same_orders(author: Author) -> None:
    author.shop.product(
        KEY,
        ORDERS,
        sql="SELECT day, order_id, customer_id, total, country, campaign FROM sales.raw_orders",
        defs="""
        partitions: {type: daily, includes_today: true}
        inputs: {sales.raw_orders: {columns: [day, order_id, customer_id, total, country, campaign]}}
        """,
        mode="replace_partition",
    )
    author.shop.write("sales/ingestion.py", "def raw_orders(): ...\n")


def owner(repositories: Repositories) -> str | None:
    known = owner_of(events(repositories.store, KEY))
    return known.repository if known else None


def test_the_first_repository_that_registers_a_product_makes_it_and_another_one_is_refused_with_both_names(
    repositories: Repositories,
) -> None:
    repositories.ok(repositories.sales, "register", KEY)
    assert owner(repositories) == "sales-1111111111"
    same_orders(repositories.marketing)
    for arguments in (("register", KEY), ("register", KEY, "--dry-run")):
        said = repositories.refused(repositories.marketing, *arguments)
        assert f"{KEY} is made by the repository sales-1111111111 (since " in said
        assert "and this one is marketing-2222222222" in said
        assert TAKE_OVER in said
    repositories.ok(repositories.sales, "register", KEY)
    assert len([event for event in events(repositories.store, KEY) if event.kind is EventKind.OWNED]) == 1


def test_another_repository_publishes_nothing_under_the_name_though_its_contract_is_the_same(
    repositories: Repositories,
) -> None:
    repositories.ok(repositories.sales, "register", KEY)
    same_orders(repositories.marketing)
    assert publish_orders(repositories)
    with pytest.raises(
        UnregisteredError, match=r"made by the repository sales-1.* this one is marketing-2.*--take-over"
    ):
        publish_orders(repositories, repositories.marketing.shop.read(KEY))


def test_taking_a_product_over_is_an_event_and_refuses_the_former_repository_from_then_on(
    repositories: Repositories,
) -> None:
    repositories.ok(repositories.sales, "register", KEY)
    same_orders(repositories.marketing)
    said = repositories.ok(repositories.marketing, "register", KEY, "--take-over", "--by", "ann@example.org")
    assert "taken over from sales-1111111111 by marketing-2222222222" in said
    (event,) = (event for event in events(repositories.store, KEY) if event.details.get("before"))
    assert (event.kind, event.by) == (EventKind.OWNED, "ann@example.org")
    assert event.details == {"repository": "marketing-2222222222", "before": "sales-1111111111"}
    registered.forget()
    assert publish_orders(repositories, repositories.marketing.shop.read(KEY))
    with pytest.raises(UnregisteredError, match="is made by the repository marketing-2"):
        publish_orders(repositories)
    assert "is made by the repository marketing-2" in repositories.refused(repositories.sales, "register", KEY)
    shown = repositories.ok(repositories.marketing, "show", KEY)
    assert "owned by ann@example.org: marketing-2222222222, before: sales-1111111111" in shown


def test_a_repository_that_lost_a_product_is_told_by_status_lint_and_ci(repositories: Repositories) -> None:
    repositories.ok(repositories.sales, "register", KEY)
    in_git(repositories.sales.shop.root)
    same_orders(repositories.marketing)
    repositories.ok(repositories.marketing, "register", KEY, "--take-over")
    told = f"{KEY} is made by the repository marketing-2222222222"
    assert told in repositories.sales.call("status", store=repositories.store)[1]
    assert f"warning[made-elsewhere]: {told}" in repositories.sales.call("lint", store=repositories.store)[1]
    orders(repositories, version="1.0.1", extra="tags: [core]")
    assert told in repositories.refused(repositories.sales, "ci", "--base", "main")
    for verb in (("deprecate", KEY, "--replacement", KEY, "--sunset", "2999-01-01"), ("retire", KEY)):
        repositories.refused(repositories.sales, *verb)


def test_a_product_that_moved_to_its_own_repository_may_go_from_the_one_that_made_it(
    repositories: Repositories,
) -> None:
    """A domain's own repository takes over, and the former one imports what it still reads."""
    former = repositories.sales
    former.shop.product(
        "finance/plan_v1",
        "- {name: total, logicalType: number, required: true, description: All of it.}",
        sql="SELECT sum(total) AS total FROM sales.orders_v1",
    )
    repositories.ok(former, "register", KEY)
    repositories.ok(former, "register", "finance/plan_v1")
    in_git(former.shop.root)
    same_orders(repositories.marketing)
    folder = former.shop.domains / KEY
    for file in folder.iterdir():
        file.unlink()
    said = repositories.refused(former, "ci", "--base", "main")
    assert "is removed" in said, "as long as it is its own"
    repositories.ok(repositories.marketing, "register", KEY, "--take-over")
    repositories.ok(former, "use", KEY)
    said = repositories.ok(former, "ci", "--base", "main")
    assert "never retired" not in said


def test_a_registry_without_owners_goes_on_as_it_was_and_the_first_with_an_identity_claims(
    repositories: Repositories,
) -> None:
    identified(repositories.sales, "")
    said = repositories.ok(repositories.sales, "register", KEY)
    assert 'this one has no identity: add repository = "sales-' in said
    assert "under [tool.data_platform] in" in said
    assert owner(repositories) is None
    assert publish_orders(repositories)
    identified(repositories.sales, "sales-1111111111")
    repositories.ok(repositories.sales, "register", KEY)
    assert owner(repositories) == "sales-1111111111"


def test_a_repository_without_an_identity_registers_nothing_of_anothers_and_takes_nothing_over(
    repositories: Repositories,
) -> None:
    repositories.ok(repositories.sales, "register", KEY)
    same_orders(repositories.marketing)
    identified(repositories.marketing, "")
    said = repositories.refused(repositories.marketing, "register", KEY)
    assert 'this one has no identity: add repository = "marketing-' in said
    said = repositories.refused(repositories.marketing, "register", KEY, "--take-over")
    assert "has no identity to take sales/orders_v1 over with" in said
    assert owner(repositories) == "sales-1111111111"


def test_a_clone_a_shallow_clone_and_a_fork_are_the_same_repository(repositories: Repositories, tmp_path: Path) -> None:
    in_git(repositories.sales.shop.root)
    git(repositories.sales.shop.root, "commit", "--quiet", "--allow-empty", "-m", "more")
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{repositories.sales.shop.root}", str(tmp_path / "ci"))
    clone = tmp_path / "ci" / repositories.sales.shop.package / "domains"
    register(Checkout(clone), repositories.store, KEY, by="ci")
    repositories.ok(repositories.sales, "register", KEY)
    assert owner(repositories) == "sales-1111111111"


def test_of_two_repositories_that_register_one_name_at_once_one_makes_it(repositories: Repositories) -> None:
    same_orders(repositories.marketing)
    done: list[str] = []

    def attempt(author: Author) -> None:
        with suppress(Refused):
            done.append(register(Checkout(author.shop.domains), repositories.store, KEY, by="me").repository)

    threads = [threading.Thread(target=attempt, args=[one]) for one in (repositories.sales, repositories.marketing)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [owner(repositories)]
    assert newest(repositories.store, products=[KEY]).by_product[KEY].version == "1.0.0"


def test_where_an_event_is_gone_that_may_say_whose_it_is_nothing_is_taken_over(repositories: Repositories) -> None:
    repositories.ok(repositories.sales, "register", KEY)
    repositories.ok(repositories.sales, "subscribe", KEY, "--consumer", "board", "--owner", "bi")
    repositories.store.delete(f"_registry/{KEY}/events/000001.json")
    same_orders(repositories.marketing)
    said = repositories.refused(repositories.marketing, "register", KEY, "--take-over")
    assert "until then nobody knows whose it is" in said


def test_a_domain_that_was_installed_from_its_image_has_the_identity_of_the_files_beside(
    repositories: Repositories, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = repositories.sales.shop.domains / KEY
    installed = tmp_path / "site-packages" / "domains" / KEY
    installed.mkdir(parents=True)
    (installed / "contract.odcs.yaml").write_bytes((source / "contract.odcs.yaml").read_bytes())
    assert repository_of_product(installed) == ""
    monkeypatch.setenv(PROJECT_VARIABLE, str(repositories.sales.shop.root))
    assert repository_of_product(installed) == "sales-1111111111"
    monkeypatch.setenv(PROJECT_VARIABLE, str(repositories.marketing.shop.root))
    assert repository_of_product(installed) == "", "the project has another product of that name, or none"
