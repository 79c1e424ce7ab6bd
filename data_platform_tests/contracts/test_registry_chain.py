"""The registry in bad shape: what can be read is shown, and what was deleted is missed by whoever relied on it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_platform.contracts.registry import events, log, subscriptions, versions
from data_platform.contracts.registry.errors import DeletedEntry, UnreadableEntry
from data_platform.contracts.registry.events import EventKind
from data_platform.contracts.registry.heads import Head, NamedHead, missing_events, missing_versions
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.contracts.registry_reading import all_versions
from data_platform_tests.contracts.test_registry import KEY, parsed, subscription, text_of
from data_platform_tests.examples import examples
from data_platform_tests.products.shop import ORDERS_COLUMNS, contract

OTHER = "movies/films_v1"
VERSIONS = f"_registry/{KEY}/versions"


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    made = ObjectStore.open(f"file://{tmp_path}/store")
    other = contract(OTHER, ORDERS_COLUMNS)
    versions.add(made, OTHER, parsed(other), other, after=0, by="me", commit=None)
    for number, version in enumerate(("1.0.0", "1.1.0", "1.2.0")):
        text = text_of(version)
        versions.add(made, KEY, parsed(text), text, after=number, by="me", commit="abc")
    events.add(made, KEY, EventKind.SUBSCRIBED, by="me", after=0, details=subscription().as_details())
    events.add(made, OTHER, EventKind.SUBSCRIBED, by="me", after=0, details=subscription(product=OTHER).as_details())
    return made


def put(path: str, content: bytes) -> Callable[[ObjectStore], None]:
    return lambda store: store.put(path, content) and None  # type: ignore[func-returns-value]


def cut(path: str) -> Callable[[ObjectStore], None]:
    return lambda store: store.put(path, store.get(path)[:-40]) and None  # type: ignore[func-returns-value]


def deleted(path: str) -> Callable[[ObjectStore], None]:
    return lambda store: store.delete(path)


BAD_SHAPES = {
    "a later format": put(f"{VERSIONS}/000003.json", b'{"format": 2}'),
    "cut off": cut(f"{VERSIONS}/000003.json"),
    "no text": put(f"{VERSIONS}/000003.json", b"\xff\xfe\x00"),
    "too deep": put(f"{VERSIONS}/000003.json", b"[" * 100_000),
    "a commit that is none": put(f"{VERSIONS}/000003.json", b'{"format": 1, "kind": "contract version", "commit": 3}'),
    "an editor's copy": put(f"{VERSIONS}/000003.json~", b"{}"),
    "number zero": put(f"{VERSIONS}/000000.json", b"{}"),
    "a number too many": put(f"{VERSIONS}/000900.json", b"{}"),
    "a folder in a log": put(f"{VERSIONS}/old/000001.json", b"{}"),
    "a file of the registry": put("_registry/readme.txt", b"hello"),
    "a file of a domain": put("_registry/sales/readme.txt", b"hello"),
    "a file of a product": put(f"_registry/{KEY}/readme.txt", b"hello"),
    "no product's name": put("_registry/sales/Orders 1/versions/000001.json", b"{}"),
    "no domain's name": put("_registry/.trash/orders_v1/versions/000001.json", b"{}"),
    "an unknown folder": put(f"_registry/{KEY}/leases/000001.json", b"{}"),
    "a deleted entry": deleted(f"{VERSIONS}/000002.json"),
    "an event of a later platform": put(f"_registry/{KEY}/events/000002.json", b'{"format": 3}'),
    "an event cut off": cut(f"_registry/{KEY}/events/000001.json"),
}


@pytest.mark.parametrize("shape", BAD_SHAPES)
def test_one_object_in_bad_shape_hides_nothing_of_other_products_and_is_named_with_what_to_do(
    store: ObjectStore, shape: str
) -> None:
    BAD_SHAPES[shape](store)
    newest, outside = versions.newest(store), subscriptions.subscriptions(store)
    assert newest.by_product[OTHER].version == "1.0.0"
    assert outside.by_product[OTHER] == (subscription(product=OTHER),)
    messages = {*newest.messages, *outside.messages}
    assert messages
    for said in messages:
        assert said.startswith("file://")
        assert any(word in said for word in ("restore", "move it", "newer data-platform")), said
    assert OTHER not in {*newest.problems, *outside.problems}
    assert all_versions(store, OTHER)


def test_what_can_be_read_of_a_product_is_read_and_who_must_be_sure_is_told(store: ObjectStore) -> None:
    store.put(f"{VERSIONS}/000002.json", b"{")
    found, problems = versions.readable(store, KEY)
    assert [each.version for each in found] == ["1.0.0", "1.2.0"]
    assert ["000002.json" in str(each) for each in problems] == [True]
    with pytest.raises(UnreadableEntry, match=r"000002\.json: it is no JSON, or cut off"):
        all_versions(store, KEY)


def test_an_object_that_is_far_too_large_is_not_read_into_memory(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "LARGEST", 10_000)
    store.put(f"{VERSIONS}/000003.json", b"[" + b" " * 20_000)
    assert "and at most 10,000 are read" in versions.newest(store).messages[0]


def test_an_entry_names_the_one_before_it_and_the_first_names_none(store: ObjectStore) -> None:
    first, second, third = all_versions(store, KEY)
    assert first.previous is None
    assert second.previous == Head(1, "1.0.0", first.digest, "abc")
    assert third.previous == Head(2, "1.1.0", second.digest, "abc")


def test_an_entry_that_was_replaced_by_another_valid_one_is_noticed_by_the_one_after_it(store: ObjectStore) -> None:
    content = json.loads(store.get(f"{VERSIONS}/000002.json"))
    text = text_of("1.1.0", "Another promise.")
    content |= {"contract": text, "digest": versions.digest(parsed(text))}
    store.put(f"{VERSIONS}/000002.json", json.dumps(content).encode())
    with pytest.raises(UnreadableEntry, match=r"000002\.json: version 1\.1\.0 .* is named by the version after it"):
        all_versions(store, KEY)


def test_entries_that_were_renamed_to_hide_a_deleted_one_are_noticed(store: ObjectStore) -> None:
    store.put(f"{VERSIONS}/000002.json", store.get(f"{VERSIONS}/000003.json"))
    store.delete(f"{VERSIONS}/000003.json")
    with pytest.raises(UnreadableEntry, match="registered as number 3, so entries were renamed"):
        all_versions(store, KEY)


def test_entries_of_an_earlier_platform_are_read_and_the_chain_begins_after_them(store: ObjectStore) -> None:
    for number in (1, 2, 3):
        path = f"{VERSIONS}/00000{number}.json"
        content = json.loads(store.get(path))
        for name in ("previous", "events", "last_event", "inputs"):
            del content[name]
        store.put(path, json.dumps(content).encode())
    text = text_of("1.3.0")
    versions.add(store, KEY, parsed(text), text, after=3, by="me", commit=None)
    found = all_versions(store, KEY)
    assert [each.previous.version if each.previous else None for each in found] == [None, None, None, "1.2.0"]


def test_an_event_that_was_changed_or_replaced_is_noticed_by_the_one_after_it(store: ObjectStore) -> None:
    second = subscription("notebook")
    events.add(store, KEY, EventKind.SUBSCRIBED, by="me", after=1, details=second.as_details())
    path = f"_registry/{KEY}/events/000001.json"
    content = json.loads(store.get(path))
    content["details"] = subscription("somebody else").as_details()
    store.put(path, json.dumps(content).encode())
    with pytest.raises(UnreadableEntry, match=r"000001\.json: it is not what .*000002\.json says was there"):
        events.events(store, KEY)


def test_what_is_named_and_not_there_is_gone_also_where_it_was_the_only_one(store: ObjectStore) -> None:
    only = all_versions(store, OTHER)[0]
    named = NamedHead(versions.head_of(only), "the board")
    assert missing_versions([only], [named]) == ()
    (found,) = missing_versions([], [named])
    assert str(found).startswith("version 1.0.0 (number 1, digest ")
    assert "is named by the board, and it is not in the registry any more: restore" in str(found)


def test_a_deleted_last_event_is_missed_by_whoever_knew_of_it(store: ObjectStore) -> None:
    (known,) = events.events(store, KEY)
    named = [NamedHead(Head(1, "1.0.0", "x", events=1, last_event=known.digest), "its table")]
    assert missing_events([known], named) == ()
    assert "event 1 of the product is named by its table, and is not in the registry" in missing_events([], named)[0]
    store.delete(f"_registry/{KEY}/events/000001.json")
    events.add(store, KEY, EventKind.SUBSCRIBED, by="me", after=0, details=subscription("other").as_details())
    assert "is another one now" in missing_events(events.events(store, KEY), named)[0]


@given(st.data())
@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_deletion_that_leaves_a_later_entry_is_noticed(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    store = ObjectStore.open(f"file://{tmp_path_factory.mktemp('registry')}")
    count = data.draw(st.integers(2, 4))
    for number in range(count):
        text = text_of(f"1.{number}.0")
        versions.add(store, KEY, parsed(text), text, after=number, by="me", commit=None)
    lost = data.draw(st.sets(st.integers(1, count - 1), min_size=1))
    for number in lost:
        store.delete(f"{VERSIONS}/{number:06}.json")
    found, problems = versions.readable(store, KEY)
    assert [each.number for each in found] == [each for each in range(1, count + 1) if each not in lost]
    assert any(isinstance(each, DeletedEntry) for each in problems)
    assert missing_versions(found, versions.chain(found))


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5), lambda each: st.dictionaries(st.text(max_size=8), each)
    )
)
def test_whatever_stands_where_a_head_should_is_a_head_or_nothing(raw: object) -> None:
    head = Head.of(raw)
    assert head is None or Head.of(head.as_details()) == head
