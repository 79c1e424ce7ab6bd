"""Reading ahead gives the bytes that were asked for, whatever the windows, and no other file's."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_platform.domains.logs import ahead
from data_platform.domains.logs.ahead import Ahead
from data_platform.domains.logs.scanning import ChangedMeanwhile
from data_platform.storage.objects.store import ObjectInfo, ObjectStore
from data_platform_tests.examples import examples

CONTENT = bytes(range(256)) * 4
PARTS = st.lists(st.tuples(st.integers(0, len(CONTENT)), st.integers(0, 90)), max_size=30)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> ObjectStore:
    return ObjectStore.open(tmp_path_factory.mktemp("store").as_uri())


@pytest.fixture(scope="module")
def file(store: ObjectStore) -> ObjectInfo:
    return store.put("logs/landing/a.log", CONTENT)


@pytest.fixture(autouse=True, scope="module")
def small_windows() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ahead, "WINDOW", 64)
        yield


@given(parts=PARTS, wanted=st.booleans())
@settings(max_examples=examples(40))
def test_any_parts_in_any_order_are_the_files_bytes(
    store: ObjectStore, file: ObjectInfo, parts: list[tuple[int, int]], wanted: bool
) -> None:
    asked = [(start, min(start + length, len(CONTENT))) for start, length in parts]
    with Ahead(store, wanted=wanted) as reading, ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda part: bytes(reading.part(file, *part)), [one for one in asked if one[1] > one[0]]))
    assert found == [CONTENT[start:end] for start, end in asked if end > start]


def test_a_replaced_file_is_told_of_and_not_mixed_with_what_was_read_before(store: ObjectStore, tmp_path: Path) -> None:
    listed = store.put("logs/landing/b.log", b"a" * 200)
    with Ahead(store, wanted=True) as reading:
        assert bytes(reading.part(listed, 0, 10)) == b"a" * 10
        now = store.put("logs/landing/b.log", b"b" * 201)
        with pytest.raises(ChangedMeanwhile):
            reading.part(listed, 100, 150)
        with pytest.raises(ChangedMeanwhile):  # the failure is not kept in the window's place
            reading.part(listed, 100, 150)
        assert bytes(reading.part(now, 0, 10)) == b"b" * 10
