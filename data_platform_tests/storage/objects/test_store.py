import os
import threading
from collections.abc import Callable
from pathlib import Path

import obstore
import pytest

from data_platform.storage import delta, error_texts, errors
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.s3 import S3Server

ODD = "movies/a b/c%2Fd=1+@,#1~é.csv"


def test_what_was_put_can_be_got_listed_and_deleted(store: ObjectStore) -> None:
    assert not store.exists(ODD)
    info = store.put(ODD, b"hello")
    assert (info.path, info.size) == (ODD, 5)
    assert store.get(ODD) == b"hello"
    assert store.head(ODD) == info
    store.put("movies/other", b"")
    assert sorted(each.path for each in store.list("movies")) == [ODD, "movies/other"]
    assert [each.path for each in store.list("mov")] == []
    assert len(list(store.list())) == 2
    store.delete(ODD)
    store.delete(ODD)
    assert not store.exists(ODD)


def test_a_put_replaces_unless_told_not_to(store: ObjectStore) -> None:
    store.put("a", b"1")
    store.put("a", b"22")
    with pytest.raises(errors.Conflict, match=r"a: it exists already.*delete it first"):
        store.put("a", b"3", if_absent=True)
    assert store.get("a") == b"22"


@pytest.mark.slow
def test_of_many_that_put_if_absent_one_succeeds(store: ObjectStore) -> None:
    won, lost = [], []

    def put(number: int) -> None:
        try:
            store.put("once", bytes([number]) * 1000, if_absent=True)
            won.append(number)
        except errors.Conflict:
            lost.append(number)

    threads = [threading.Thread(target=put, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (len(won), len(lost)) == (1, 7)
    assert store.get("once") == bytes(won) * 1000


def test_a_large_object_survives(store: ObjectStore) -> None:
    data = bytes(range(256)) * 4 * 1024 * 12
    assert store.put("big", data).size == len(data)
    assert store.get("big") == data


def test_a_missing_object_is_named_with_what_to_do(store: ObjectStore) -> None:
    for call in (store.get, store.head):
        with pytest.raises(errors.MissingObject, match=r"no/such: there is no such object: materialize") as caught:
            call("no/such")
        assert caught.value.uri == store.uri("no/such")
        assert store.uri("no/such") in str(caught.value)


@pytest.mark.parametrize("path", ["../a", "/a", "a/", ""])
def test_paths_are_checked_at_the_edge(store: ObjectStore, path: str) -> None:
    with pytest.raises(errors.InvalidLocation):
        store.put(path, b"")


def test_a_lost_object_is_noticed(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    real = obstore.put

    def lossy(native, path, data, **options):
        done = real(native, path, data[:-1], **options)
        return {**done, "e_tag": None}

    monkeypatch.setattr(obstore, "put", lossy)
    with pytest.raises(errors.Unverified, match=r"3 bytes .* were written, the store has 2.*Run again"):
        store.put("a", b"123")
    monkeypatch.setattr(obstore, "put", lambda *args, **options: {"e_tag": None, "version": None})
    with pytest.raises(errors.Unverified, match=r"b: written, yet not there"):
        store.put("b", b"123")


CALLS = {
    "get": lambda store: store.get("a/b"),
    "put": lambda store: store.put("a/b", b"x"),
    "exists": lambda store: store.exists("a/b"),
    "list": lambda store: list(store.list("a/b")),
    "delete": lambda store: store.delete("a/b"),
    "delta": lambda store: delta.read_table(store, "a/b"),
    "delta exists": lambda store: delta.exists(store, "a/b"),
}


REFUSED = [
    ({"url": "s3://no-such-bucket/x"}, errors.MissingBucket, "create it, or correct DATA_PLATFORM_STORE"),
    ({"access_key_id": "nobody"}, errors.UnknownAccessKey, "does not know this access key: correct AWS_ACCESS_KEY"),
    ({"secret_access_key": "topsecret"}, errors.WrongSecret, "secret does not belong.*AWS_SECRET_ACCESS_KEY"),
]
UNREACHABLE = [  # each call takes its retries' second
    ({"endpoint": "http://127.0.0.1:9"}, errors.NothingListening, "nothing listens at http://127.0.0.1:9: start"),
    ({"endpoint": "http://x.invalid"}, errors.UnknownHost, "x.invalid does not resolve: correct the endpoint"),
]
FAILURES = [(call, *each) for each in REFUSED for call in CALLS]
FAILURES += [(call, *each) for each in UNREACHABLE for call in ("put", "exists", "delta")]


@pytest.mark.parametrize(("call", "changes", "kind", "said"), FAILURES)
def test_each_failure_is_told_apart_and_says_what_to_do(
    open_s3: Callable[..., ObjectStore], s3_store: S3Server, call: str, changes, kind, said: str
) -> None:
    store = open_s3(**changes)
    with pytest.raises(kind, match=said) as caught:
        CALLS[call](store)
    assert type(caught.value) is kind
    assert str(caught.value).startswith(store.uri("a/b"))
    chain = f"{caught.value} {caught.value.__cause__} {store!r}"
    assert "topsecret" not in chain
    assert s3_store.secret_key not in chain


def test_a_folder_that_cannot_be_made_is_named(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(errors.StorageError, match="file/below"):
        ObjectStore.open((tmp_path / "file" / "below").as_uri())


def test_memory_stores_of_one_name_are_one_and_of_two_are_two() -> None:
    ObjectStore.open("memory://one").put("a", b"1")
    assert ObjectStore.open("memory://one").get("a") == b"1"
    assert not ObjectStore.open("memory://two").exists("a")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("<Code>ExpiredToken</Code><Token-0>topsecret</Token-0>", errors.ExpiredCredentials),
        ("<Code>AccessDenied</Code>", errors.AccessDenied),
        ("<Code>AuthorizationHeaderMalformed</Code>", errors.WrongRegion),
        ("Error performing PUT http://169.254.169.254/latest/api/token", errors.NoCredentials),
        ("Error performing GET http://h:1/x - source: TimedOut", errors.NoAnswer),
        ("503 Service Unavailable", errors.Unreachable),
        ("something new", errors.StorageError),
    ],
)
def test_errors_that_are_hard_to_provoke_are_sorted_by_what_clients_say(text: str, kind: type) -> None:
    ours = error_texts.translate(OSError(text), "s3://b/k")
    assert type(ours) is kind
    assert str(ours).startswith("s3://b/k: ")
    assert "topsecret" not in str(ours)


@pytest.mark.parametrize("size", [10, 9 * 1024 * 1024])
def test_what_s3_is_given_has_the_type_of_bytes_so_that_no_server_packs_it(
    open_s3: Callable[..., ObjectStore], size: int
) -> None:
    store = open_s3()
    store.put("logs/a.log", b"x" * size)
    assert obstore.get(store.native, "logs/a.log").attributes["Content-Type"] == "binary/octet-stream"


def test_what_is_no_object_in_a_folder_hides_no_object(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = ObjectStore.open(tmp_path.as_uri())
    for number in range(3):
        store.put(f"log/{number}.json", b"{}")
    (tmp_path / "log" / "x\x1b[31m.json").write_text("")
    (tmp_path / "log" / "a\nb").write_text("")
    (tmp_path / "log" / os.fsdecode(b"latin-\xe9")).write_text("")
    (tmp_path / "log" / "itself").symlink_to(tmp_path / "log")
    assert sorted(info.path for info in store.list("log")) == [f"log/{number}.json" for number in range(3)]
    assert store.head("log/1.json") in list(store.list("log"))
    told = {record.getMessage() for record in caplog.records}
    assert len(told) >= 3
    assert all("rename or remove it" in message and message.isprintable() for message in told)
