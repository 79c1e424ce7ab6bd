"""The registry: immutable versions in one order, events, subscriptions; and what is not ours in it."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_platform.contracts.model import Contract
from data_platform.contracts.reading import contract as contract_of
from data_platform.contracts.registry import events, subscriptions, versions
from data_platform.contracts.registry.errors import InvalidName, Overtaken, UnreadableEntry
from data_platform.contracts.registry.events import EventKind
from data_platform.contracts.registry.names import line, product_name
from data_platform.contracts.registry.state import Standing, state_of
from data_platform.contracts.registry.subscriptions import Subscription
from data_platform.contracts.source import read
from data_platform.storage.objects.s3_options import S3Options
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.contracts.registry_reading import all_versions
from data_platform_tests.products.shop import ORDERS_COLUMNS, contract
from data_platform_tests.s3 import S3Server

KEY = "sales/orders_v1"


def text_of(version: str, purpose: str = "To be tested.") -> str:
    return contract(KEY, ORDERS_COLUMNS, version=version).replace("To be tested.", purpose)


def parsed(text: str) -> Contract:
    return contract_of(read(text.encode()))


def add(store: ObjectStore, version: str, after: int, purpose: str = "To be tested.") -> versions.RegisteredVersion:
    text = text_of(version, purpose)
    return versions.add(store, KEY, parsed(text), text, after=after, by="me@example.org", commit="abc")


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return ObjectStore.open(f"file://{tmp_path}/store")


def real_s3(server: S3Server) -> ObjectStore:
    options = S3Options(server.access_key, server.secret_key, None, server.region, server.endpoint)
    return ObjectStore.open(server.fresh_url(), options)


def test_a_version_comes_back_from_a_real_s3_as_it_was_registered(s3_store: S3Server) -> None:
    store = real_s3(s3_store)
    done = add(store, "1.0.0", 0)
    (found,) = all_versions(store, KEY)
    assert found == done
    assert (found.version, found.by, found.commit, found.number) == ("1.0.0", "me@example.org", "abc", 1)
    assert found.text == text_of("1.0.0")
    assert found.contract.version_text == "1.0.0"
    assert found.at.tzinfo is not None


def test_of_two_that_decided_on_the_same_versions_the_second_is_told_to_look_again(store: ObjectStore) -> None:
    add(store, "1.0.0", 0)
    with pytest.raises(Overtaken, match="another writer was first"):
        add(store, "1.1.0", 0)
    assert [each.version for each in all_versions(store, KEY)] == ["1.0.0"]


@pytest.mark.slow
def test_of_eight_processes_that_register_at_once_exactly_one_wins_and_the_others_are_told(s3_store: S3Server) -> None:
    url = s3_store.fresh_url()
    script = Path(__file__).with_name("registrar.py")
    processes = [
        subprocess.Popen(
            [sys.executable, str(script), url, KEY, text_of("1.0.0", f"Process {number}.")],
            env={**os.environ, **s3_store.environment, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(8)
    ]
    for each in processes:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    answers = together(processes)
    assert sorted(each.split()[0] for each in answers) == ["told"] * 7 + ["won"]
    winner = answers.index("won 1\n")
    options = S3Options(s3_store.access_key, s3_store.secret_key, None, s3_store.region, s3_store.endpoint)
    (only,) = all_versions(ObjectStore.open(url, options), KEY)
    assert f"Process {winner}." in only.text


def together(processes: Sequence["subprocess.Popen[str]"]) -> list[str]:
    """Let all go, then read what each answers."""
    for each in processes:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    return [each.communicate()[0] for each in processes]


def test_comments_order_and_layout_are_no_other_content_but_a_value_is() -> None:
    text = text_of("1.0.0")
    moved = "# a comment\n" + "\n".join([*text.splitlines()[2:], *text.splitlines()[:2]]) + "\n"
    assert versions.digest(parsed(moved)) == versions.digest(parsed(text))
    assert versions.digest(parsed(text_of("1.0.0", "Another."))) != versions.digest(parsed(text))


def test_a_contract_is_registered_differs_or_is_new(store: ObjectStore) -> None:
    add(store, "1.0.0", 0)
    last = add(store, "1.2.0", 1)
    found = {
        (version, purpose): state_of(store, KEY, parsed(text_of(version, purpose)), last).standing
        for version in ("1.0.0", "1.1.0", "1.2.0", "1.3.0")
        for purpose in ("To be tested.", "Another.")
    }
    assert found == {
        ("1.0.0", "To be tested."): Standing.REGISTERED,
        ("1.0.0", "Another."): Standing.DIFFERS,
        ("1.1.0", "To be tested."): Standing.NEW,
        ("1.1.0", "Another."): Standing.NEW,
        ("1.2.0", "To be tested."): Standing.REGISTERED,
        ("1.2.0", "Another."): Standing.DIFFERS,
        ("1.3.0", "To be tested."): Standing.NEW,
        ("1.3.0", "Another."): Standing.NEW,
    }
    assert state_of(store, KEY, parsed(text_of("1.0.0")), None).standing is Standing.NEW


def test_the_newest_of_each_product_is_found_by_domain(store: ObjectStore) -> None:
    add(store, "1.0.0", 0)
    add(store, "1.1.0", 1)
    other = contract("movies/films_v1", ORDERS_COLUMNS)
    versions.add(store, "movies/films_v1", parsed(other), other, after=0, by="me", commit=None)
    found = versions.newest(store).by_product
    assert {key: each.version for key, each in found.items()} == {"movies/films_v1": "1.0.0", KEY: "1.1.0"}
    assert list(versions.newest(store, "sales").by_product) == [KEY]
    assert list(versions.newest(store, products=["movies/films_v1"]).by_product) == ["movies/films_v1"]
    assert versions.newest(store, "logs").by_product == {}


FOREIGN = {
    "a file by another name": ("notes.txt", b"hello", "notes.txt: it is no entry"),
    "no JSON": ("000002.json", b"\xff{", "000002.json: it is no JSON"),
    "another JSON": ("000002.json", b"[1]", "000002.json: it is no entry of format 1"),
    "a later format": ("000002.json", b'{"format": 2}', "use a newer data-platform"),
    "an entry of something else": ("000002.json", b'{"format": 1, "kind": "x"}', "no registered version of sales"),
    "a gap": ("000003.json", b"{}", "000002.json: it was deleted"),
}


@pytest.mark.parametrize("case", FOREIGN)
def test_what_is_foreign_in_the_registry_is_named_with_what_to_do(store: ObjectStore, case: str) -> None:
    add(store, "1.0.0", 0)
    name, content, said = FOREIGN[case]
    store.put(f"_registry/{KEY}/versions/{name}", content)
    with pytest.raises(UnreadableEntry, match=said) as caught:
        all_versions(store, KEY)
    assert caught.value.uri.startswith("file://")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"contract": "id: other\n"}, "changed after it was registered"),
        ({"contract": "- a list\n"}, "it holds no contract"),
        ({"at": "yesterday"}, "Invalid isoformat"),
        ({"version": "one"}, "no semantic version"),
        ({"product": "sales/orders_v2"}, "no registered version of sales/orders_v1"),
        ({"digest": None}, "no registered version of"),
    ],
)
def test_a_version_that_was_changed_by_hand_is_noticed(store: ObjectStore, change: dict[str, str], said: str) -> None:
    add(store, "1.0.0", 0)
    path = f"_registry/{KEY}/versions/000001.json"
    store.put(path, json.dumps({**json.loads(store.get(path)), **change}).encode())
    with pytest.raises(UnreadableEntry, match=said):
        all_versions(store, KEY)


@pytest.mark.parametrize("content", [{"event": "vanished"}, {"at": 3}, {"details": []}, {"by": None}])
def test_an_event_that_is_not_understood_is_named(store: ObjectStore, content: dict[str, object]) -> None:
    events.add(store, KEY, EventKind.RETIRED, by="me", after=0, details={})
    path = f"_registry/{KEY}/events/000001.json"
    store.put(path, json.dumps({**json.loads(store.get(path)), **content}).encode())
    with pytest.raises(UnreadableEntry, match=r"000001\.json: it is no event of sales/orders_v1"):
        events.events(store, KEY)


def subscription(consumer: str = "dashboard", **changes: object) -> Subscription:
    raw = {"consumer": consumer, "kind": "dashboard", "owner": "bi", "product": KEY, "since": "2026-11-22"}
    return Subscription.of({**raw, **changes})


def test_the_latest_subscription_of_a_consumer_stands_until_it_ends(store: ObjectStore) -> None:
    first, second, other = subscription(), subscription(columns=["day"], pin="1.0"), subscription("notebook")
    for number, one in enumerate((first, other, second)):
        events.add(store, KEY, EventKind.SUBSCRIBED, by="me", after=number, details=one.as_details())
    assert subscriptions.subscriptions(store).by_product == {KEY: (second, other)}
    events.add(store, KEY, EventKind.UNSUBSCRIBED, by="me", after=3, details={"consumer": "dashboard"})
    assert subscriptions.subscriptions(store, [KEY]).by_product == {KEY: (other,)}
    assert subscriptions.subscriptions(store, ["sales/orders_v2"]).by_product == {}


def test_a_subscription_that_was_changed_by_hand_is_named(store: ObjectStore) -> None:
    events.add(store, KEY, EventKind.SUBSCRIBED, by="me", after=0, details={"subscription": {"consumer": "x"}})
    (said,) = subscriptions.subscriptions(store).messages
    assert "000001.json: it holds no subscription" in said
    with pytest.raises(UnreadableEntry, match=r"000001\.json: it holds no subscription"):
        subscriptions.current(events.events(store, KEY))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": "dashbord"}, "did you mean 'dashboard'"),
        ({"owner": ""}, "owner"),
        ({"owner": "a\nb"}, "line break"),
        ({"consumer": "x" * 201}, "201 characters"),
        ({"product": "../orders_v1"}, "names no product"),
        ({"columns": "day"}, "list of names"),
        ({"since": "soon"}, "no date"),
        ({"consumer": 3}, "names its consumer"),
    ],
)
def test_names_are_checked_at_the_edge(changes: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidName, match=said):
        subscription(**changes)


@given(st.text(max_size=30))
def test_whatever_passes_for_a_product_stays_inside_its_folder(text: str) -> None:
    try:
        name = product_name(text)
    except InvalidName:
        return
    assert name.count("/") == 1
    assert ".." not in name


@given(st.text(max_size=250))
def test_a_line_is_one_line(text: str) -> None:
    try:
        found = line(text, "owner")
    except InvalidName:
        return
    assert found == text.strip()
    assert len(found.splitlines()) == 1
