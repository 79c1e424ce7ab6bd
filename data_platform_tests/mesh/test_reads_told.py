"""What a product reads is known to other repositories from its publications too; people are told where it is not."""

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from data_platform.contracts.registry.events import EventKind, events
from data_platform.products import guard, registered
from data_platform.products.guard import UntoldReadsWarning
from data_platform.products.reads import last_reads
from data_platform.storage.errors import Unreachable
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.mesh.repositories import (
    BY_DAY,
    Repositories,
    in_git,
    publish_by_day,
    publish_orders,
    two_repositories,
)

KEY = "marketing/by_day_v1"
OTHER = BY_DAY.replace("country", "campaign")


@pytest.fixture
def repositories(tmp_path: Path) -> Iterator[Repositories]:
    with two_repositories(tmp_path) as made:
        made.consumer()
        yield made


def reads_another_column(repositories: Repositories) -> None:
    repositories.marketing.shop.write(f"{KEY}/transform.sql", OTHER)


def columns(repositories: Repositories) -> set[str]:
    return {read["column"] for read in last_reads(events(repositories.store, KEY))["reads"]}


def test_a_publication_tells_what_is_read_where_that_changed_since_it_was_registered(
    repositories: Repositories,
) -> None:
    reads_another_column(repositories)
    impact = ["impact", "sales/orders_v1", "--drop", "campaign", "--json"]
    code, _, _ = repositories.sales.call(*impact, store=repositories.store)
    assert code == 0, "nobody knows yet"
    assert publish_by_day(repositories, run="run-7")
    assert columns(repositories) == {"day", "total", "campaign"}
    assert events(repositories.store, KEY)[-1].by == "the publication of run run-7"
    code, said, _ = repositories.sales.call(*impact, store=repositories.store)
    (consumer,) = json.loads(said)["consumers"]
    assert (code, consumer["verdict"]) == (1, "breaks")


def test_what_the_registry_has_already_is_not_told_again_and_a_process_tells_once(repositories: Repositories) -> None:
    assert publish_by_day(repositories)
    registered.forget()
    assert publish_by_day(repositories)
    assert [event.kind for event in events(repositories.store, KEY)] == [EventKind.READS]
    reads_another_column(repositories)
    with mock.patch.object(guard, "tell_reads", side_effect=guard.tell_reads) as told:
        for _ in range(3):
            assert publish_by_day(repositories)
        assert told.call_count == 1
    assert len(events(repositories.store, KEY)) == 2


def test_a_product_of_which_nothing_is_registered_tells_nothing(repositories: Repositories, tmp_path: Path) -> None:
    with two_repositories(tmp_path / "others") as fresh:
        assert publish_orders(fresh)
        assert events(fresh.store, "sales/orders_v1") == ()


def test_a_registry_that_cannot_be_written_to_fails_no_publication_and_warns(repositories: Repositories) -> None:
    reads_another_column(repositories)

    def refuse(store: ObjectStore, path: str, *arguments: object, **options: object) -> object:
        if path.startswith("_registry/"):
            raise Unreachable("nobody may write here")
        return put(store, path, *arguments, **options)

    put = ObjectStore.put
    with mock.patch.object(ObjectStore, "put", refuse), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert publish_by_day(repositories)
    (said,) = [str(warning.message) for warning in caught if issubclass(warning.category, UntoldReadsWarning)]
    assert f"the registry could not be told what {KEY} reads: nobody may write here" in said
    assert columns(repositories) == {"day", "total", "country"}


def test_where_an_event_is_missing_a_publication_writes_none_in_its_place(repositories: Repositories) -> None:
    subscribe = ["subscribe", KEY, "--consumer", "board", "--owner", "bi"]
    repositories.ok(repositories.marketing, *subscribe)
    assert publish_by_day(repositories)
    path = f"_registry/{KEY}/events/000002.json"
    kept = repositories.store.get(path)
    repositories.store.delete(path)
    registered.forget()
    reads_another_column(repositories)
    assert publish_by_day(repositories)
    repositories.store.put(path, kept, if_absent=True)
    assert [event.kind for event in events(repositories.store, KEY)] == [EventKind.READS, EventKind.SUBSCRIBED]


def test_a_publication_asks_the_registry_once(repositories: Repositories) -> None:
    with mock.patch.object(guard, "newest", side_effect=guard.newest) as asked:
        assert publish_by_day(repositories)
        assert asked.call_count == 1
        assert publish_by_day(repositories)
        assert asked.call_count == 1, "what was seen is good for a minute"


def test_status_and_lint_say_that_reads_changed_and_what_tells_it(repositories: Repositories) -> None:
    marketing, store = repositories.marketing, repositories.store
    said = marketing.call("status", store=store)[1] + marketing.call("lint", store=store)[1]
    assert "changed since the registry was told" not in said
    reads_another_column(repositories)
    told = (
        f"what {KEY} reads changed since the registry was told: now sales/orders_v1.campaign, "
        "no longer sales/orders_v1.country"
    )
    (remark,) = json.loads(marketing.call("status", "--json", store=store)[1])["registry"]
    assert remark["message"] == told
    assert f"data-platform register {KEY} tells it" in remark["fix"]
    code, said, _ = marketing.call("lint", "--strict", store=store)
    assert code == 0, "that comes after the merge"
    assert f"info[reads-changed]: {told}. Fix: data-platform register {KEY} tells it" in said
    assert "reads-changed" not in marketing.call("lint")[1], "without a store nothing is known"


def test_a_pull_request_that_reads_another_column_is_told_so_and_is_not_refused(repositories: Repositories) -> None:
    marketing = repositories.marketing
    in_git(marketing.shop.root)
    reads_another_column(repositories)
    said = repositories.ok(marketing, "ci", "--base", "main")
    assert f"what {KEY} reads changed since the registry was told" in said
    repositories.ok(marketing, "register", KEY)
    assert "changed since the registry was told" not in repositories.ok(marketing, "ci", "--base", "main")


def test_a_product_that_can_have_no_entry_in_the_registry_is_linted_all_the_same(repositories: Repositories) -> None:
    columns = "- {name: total, logicalType: number, description: All of it.}"
    repositories.sales.shop.product("sales/plain", columns, sql="SELECT total FROM sales.raw_orders")
    said = repositories.refused(repositories.sales, "lint", "sales/plain")
    assert "error[" in said
