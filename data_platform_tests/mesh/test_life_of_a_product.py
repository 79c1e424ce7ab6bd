"""Registering, deprecating, retiring and subscribing, from files and through the command line."""

import re
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from data_platform.contracts.registry import events
from data_platform.contracts.registry.events import EventKind
from data_platform.contracts.registry.subscriptions import subscriptions
from data_platform.mesh.errors import MeshError, Refused
from data_platform.mesh.life.registering import Outcome, register
from data_platform.mesh.life.retiring import deprecate, retire
from data_platform.mesh.life.subscriptions import Wish, subscribe
from data_platform_tests.contracts.registry_reading import all_versions
from data_platform_tests.mesh.registry_shop import ORDERS, Desk, new_desk

TOTAL = "- name: total"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with new_desk(tmp_path) as made:
        made.orders()
        yield made


def registered(desk: Desk) -> list[str]:
    return [each.version for each in all_versions(desk.store, ORDERS)]


def refused(desk: Desk) -> str:
    with pytest.raises(Refused) as caught:
        register(desk.checkout, desk.store, ORDERS, by="me")
    return "\n".join(caught.value.reasons)


def test_a_version_is_registered_once_and_the_same_content_again_is_nothing_new(desk: Desk) -> None:
    first = register(desk.checkout, desk.store, "sales.orders_v1", by="me")
    assert first.outcome is Outcome.REGISTERED
    desk.edit(ORDERS, "status: active", "status: active  # a comment is no other content")
    again = register(desk.checkout, desk.store, ORDERS, by="you")
    assert again.outcome is Outcome.ALREADY
    assert again.record == first.record
    assert registered(desk) == ["1.0.0"]


def test_another_content_under_a_registered_version_is_refused_with_who_registered_it(desk: Desk) -> None:
    register(desk.checkout, desk.store, ORDERS, by="me@example.org")
    desk.edit(ORDERS, "description: Who.", "description: Somebody.")
    assert re.search("1.0.0, registered on .* by me@example.org, says something else", refused(desk))


def test_a_dry_run_says_what_would_happen_and_writes_nothing(desk: Desk) -> None:
    done = register(desk.checkout, desk.store, ORDERS, by="me", dry_run=True)
    assert done.outcome is Outcome.WOULD
    assert registered(desk) == []


def test_a_version_that_is_too_small_a_step_is_refused_with_the_least_that_will_do(desk: Desk) -> None:
    register(desk.checkout, desk.store, ORDERS, by="me")
    desk.edit(ORDERS, "version: 1.0.0", "version: 1.0.1")
    desk.edit(ORDERS, TOTAL, "- {name: tip, logicalType: integer, description: On top.}\n      " + TOTAL)
    desk.shop.write(f"{ORDERS}/transform.sql", "SELECT day, order_id, total, email, 1 AS tip FROM sales.raw_orders")
    assert "write version 1.1.0 or greater" in refused(desk)
    desk.edit(ORDERS, "version: 1.0.1", "version: 1.1.0")
    done = register(desk.checkout, desk.store, ORDERS, by="me")
    assert [each["kind"] for each in done.changes] == ["column-added-optional"]
    assert registered(desk) == ["1.0.0", "1.1.0"]


def test_a_lower_version_than_the_last_is_refused(desk: Desk) -> None:
    desk.edit(ORDERS, "version: 1.0.0", "version: 1.4.0")
    register(desk.checkout, desk.store, ORDERS, by="me")
    desk.edit(ORDERS, "version: 1.4.0", "version: 1.3.0")
    assert "version 1.3.0 is not greater than 1.4.0" in refused(desk)


def test_a_breaking_change_is_refused_with_all_reasons_and_the_consumers_named(desk: Desk) -> None:
    desk.reader()
    desk.reader("logistics/cost_v1", "marketing.spend_v1")
    register(desk.checkout, desk.store, ORDERS, by="me")
    subscribe(desk.checkout, desk.store, ORDERS, Wish("weekly report", "report", "finance", ["total"]), by="me")
    desk.edit(ORDERS, "version: 1.0.0", "version: 1.1.0")
    desk.edit(ORDERS, TOTAL, "- name: amount")
    desk.shop.write(f"{ORDERS}/transform.sql", "SELECT day, order_id, total AS amount, email FROM sales.raw_orders")
    said = refused(desk)
    assert "total" in said
    assert re.search(r"marketing/spend_v1 \(product of marketing-team\) breaks", said)
    assert re.search(r"logistics/cost_v1 \(product of logistics-team\) (may )?break", said)
    assert re.search(r"weekly report \(report of finance\) breaks", said)
    assert "data-platform new sales/orders_v2 --next-version" in said
    assert registered(desk) == ["1.0.0"]


def test_a_contract_that_the_lint_refuses_is_not_registered(desk: Desk) -> None:
    desk.edit(ORDERS, "version: 1.0.0", "version: one")
    assert "version-not-semver" in refused(desk)
    desk.edit(ORDERS, "version: one", "version: 2.0.0")
    assert "folder orders_v1" in refused(desk)
    assert registered(desk) == []


def test_whoever_loses_a_race_decides_anew_on_what_the_winner_registered(desk: Desk, tmp_path: Path) -> None:
    with new_desk(tmp_path / "other") as other:
        made: list[str] = []

        def attempt(version: str) -> None:
            one = Desk(other.shop, desk.store)
            try:
                register(one.checkout, desk.store, ORDERS, by=version)
                made.append(version)
            except Refused:
                pass

        other.orders(version="1.1.0")
        threads = [threading.Thread(target=attempt, args=(str(number),)) for number in range(6)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert registered(desk) == ["1.1.0"]
    assert len(made) == 6, "the same content is nothing new, for all but one"
    assert "not greater than 1.1.0" in refused(desk)


def end_announced(desk: Desk, until: date = date(2999, 6, 30)) -> None:
    desk.orders("sales/orders_v2")
    deprecate(desk.checkout, desk.store, ORDERS, replacement="sales.orders_v2", until=until, by="me")


def test_an_end_is_announced_in_the_file_in_the_registry_and_to_each_consumer(desk: Desk) -> None:
    desk.reader()
    subscribe(desk.checkout, desk.store, ORDERS, Wish("board", "dashboard", "bi", contact="#bi"), by="me")
    before = desk.text()
    desk.orders("sales/orders_v2")
    until = date(2999, 6, 30)
    done = deprecate(desk.checkout, desk.store, ORDERS, replacement="sales/orders_v2", until=until, by="me")
    assert [(each.consumer, each.owner, each.contact) for each in done.consumers] == [
        ("marketing/spend_v1", "marketing-team", None),
        ("board", "bi", "#bi"),
    ]
    contract = desk.checkout.products[ORDERS].contract
    assert (contract.status, contract.version_text, contract.custom.replaced_by) == (
        "deprecated",
        "1.1.0",
        "sales/orders_v2",
    )
    kept = [line for line in before.splitlines() if not line.startswith(("status:", "version:"))]
    assert [line for line in desk.text().splitlines() if line in kept] == kept
    last = events.events(desk.store, ORDERS)[-1]
    assert (last.kind, last.by, last.details["sunset"]) == (EventKind.DEPRECATED, "me", "2999-06-30")
    assert [each["consumer"] for each in last.details["consumers"]] == ["marketing/spend_v1", "board"]


def test_what_was_announced_can_be_registered_and_an_end_can_be_moved(desk: Desk) -> None:
    register(desk.checkout, desk.store, ORDERS, by="me")
    end_announced(desk)
    register(desk.checkout, desk.store, ORDERS, by="me")
    end_announced(desk, date(2999, 12, 31))
    register(desk.checkout, desk.store, ORDERS, by="me")
    assert registered(desk) == ["1.0.0", "1.1.0", "1.2.0"]
    assert desk.text().count("endOfSupport") == 1
    with pytest.raises(Refused, match="says so already"):
        end_announced(desk, date(2999, 12, 31))


def test_an_end_that_makes_no_sense_is_refused_with_all_reasons(desk: Desk) -> None:
    with pytest.raises(Refused) as caught:
        deprecate(desk.checkout, desk.store, ORDERS, replacement=ORDERS, until=date(2020, 1, 1), by="me")
    assert [reason.split(":")[0] for reason in caught.value.reasons] == [
        "sales/orders_v1 cannot replace itself",
        "2020-01-01 is past",
    ]
    with pytest.raises(MeshError, match=r"there is no product sales/order_v1: did you mean 'sales/orders_v1'"):
        deprecate(desk.checkout, desk.store, ORDERS, replacement="sales.order_v1", until=date(2999, 1, 1), by="me")
    desk.orders("sales/orders_v2", status="draft")
    with pytest.raises(Refused, match="draft: consumers can move to an active product only"):
        deprecate(desk.checkout, desk.store, ORDERS, replacement="sales/orders_v2", until=date(2999, 1, 1), by="me")
    assert events.events(desk.store, ORDERS) == ()


def test_retiring_is_refused_until_the_end_has_come_and_every_consumer_has_gone(desk: Desk) -> None:
    desk.reader()
    subscribe(desk.checkout, desk.store, ORDERS, Wish("board", "dashboard", "bi"), by="me")
    with pytest.raises(Refused) as caught:
        retire(desk.checkout, desk.store, ORDERS, by="me")
    assert [reason.split(":")[0] for reason in caught.value.reasons] == [
        "its end was never announced (status active)",
        "marketing/spend_v1 (product of marketing-team) still reads it",
        "board (dashboard of bi) still reads it",
    ]
    end_announced(desk)
    with pytest.raises(Refused, match="promised until 2999-06-30"):
        retire(desk.checkout, desk.store, ORDERS, by="me", now=datetime(2999, 6, 29, tzinfo=UTC))
    desk.reader(source="sales.orders_v2")
    assert desk.run("unsubscribe", ORDERS, "--consumer", "board")[0] == 0
    done = retire(desk.checkout, desk.store, ORDERS, by="me", now=datetime(2999, 6, 30, tzinfo=UTC))
    assert done.overridden == ()
    contract = desk.checkout.products[ORDERS].contract
    assert (contract.status, contract.version_text) == ("retired", "1.2.0")
    with pytest.raises(Refused, match="retired already"):
        retire(desk.checkout, desk.store, ORDERS, by="me")
    with pytest.raises(Refused, match="is retired: subscribe to sales/orders_v2"):
        subscribe(desk.checkout, desk.store, ORDERS, Wish("late", "other", "bi"), by="me")


def test_an_override_is_written_down_with_who_and_why_and_consumers_keep_loading(desk: Desk) -> None:
    desk.reader()
    end_announced(desk)
    done = retire(desk.checkout, desk.store, ORDERS, by="boss", why="A judge said so: today's the day")
    assert len(done.overridden) == 2
    last = events.events(desk.store, ORDERS)[-1]
    assert (last.kind, last.by, last.details["why"]) == (EventKind.RETIRED, "boss", "A judge said so: today's the day")
    assert last.details["overridden"] == list(done.overridden)
    checkout = desk.checkout
    assert dict(checkout.problems) == {}
    assert checkout.products[ORDERS].contract.custom.retired_anyway == "A judge said so: today's the day"
    assert any(
        "stays as it was published last" in str(each) for each in checkout.products["marketing/spend_v1"].warnings
    )


def test_a_product_that_cannot_be_read_may_be_a_consumer_so_nothing_is_retired_beside_it(desk: Desk) -> None:
    end_announced(desk)
    folder = desk.reader(source="sales.orders_v2")
    (folder / "transform.sql").write_text("SELECT FROM WHERE")
    with pytest.raises(Refused, match="marketing/spend_v1 cannot be read, so it may read it"):
        retire(desk.checkout, desk.store, ORDERS, by="me", now=datetime(2999, 7, 1, tzinfo=UTC))


def test_a_contract_that_cannot_be_edited_by_machine_is_left_alone_with_what_to_write(desk: Desk) -> None:
    desk.edit(ORDERS, "status: active", "status: &s active\ntags: [*s]")
    desk.orders("sales/orders_v2")
    before = desk.text()
    with pytest.raises(MeshError, match="write 'deprecated' at status by hand"):
        deprecate(desk.checkout, desk.store, ORDERS, replacement="sales/orders_v2", until=date(2999, 1, 1), by="me")
    assert desk.text() == before
    assert events.events(desk.store, ORDERS) == ()


def test_a_subscription_is_checked_against_the_contract_with_what_was_meant(desk: Desk) -> None:
    code, said = desk.run(
        "subscribe", ORDERS, "--consumer", "b", "--owner", "bi", "--columns", "totl,day", "--pin", "2"
    )
    assert code == 1
    assert "no column 'totl': did you mean 'total'?" in said
    assert "the pin 2 is no version of sales/orders_v1: it has 1.0.0" in said
    code, said = desk.run("subscribe", "sales.orders_v1", "--consumer", "b", "--owner", "bi", "--kind", "dashbord")
    assert code == 2
    assert "did you mean 'dashboard'" in said


def test_subscribing_again_changes_what_is_read_and_the_same_again_changes_nothing(desk: Desk) -> None:
    for columns in ("day", "total", "total"):
        said = desk.json("subscribe", ORDERS, "--consumer", "b", "--owner", "bi", "--columns", columns, "--pin", "1.0")
    assert said["changed"] is False
    (only,) = subscriptions(desk.store).by_product[ORDERS]
    assert (only.columns, only.pin) == (("total",), "1.0")
    assert len(events.events(desk.store, ORDERS)) == 2


def test_of_many_that_subscribe_at_once_none_is_lost(desk: Desk) -> None:
    def attempt(number: int) -> None:
        subscribe(desk.checkout, desk.store, ORDERS, Wish(f"board {number}", "dashboard", "bi"), by="me")

    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    found = subscriptions(desk.store).by_product[ORDERS]
    assert [each.consumer for each in found] == [f"board {number}" for number in range(8)]


def test_whoever_never_subscribed_cannot_leave(desk: Desk) -> None:
    assert desk.run("subscribe", ORDERS, "--consumer", "board", "--owner", "bi")[0] == 0
    code, said = desk.run("unsubscribe", ORDERS, "--consumer", "bord")
    assert code == 2
    assert "did you mean 'board'" in said


def test_an_override_needs_a_reason(desk: Desk) -> None:
    code, said = desk.run("retire", ORDERS, "--override")
    assert code == 2
    assert "--override and --why go together" in said.replace("\n", " ")


def test_without_a_store_registering_says_how_to_get_one(desk: Desk) -> None:
    code, said = desk.run("register", ORDERS, store=False)
    assert code == 2
    assert "make run" in said
    assert "DATA_PLATFORM_STORE" in said
