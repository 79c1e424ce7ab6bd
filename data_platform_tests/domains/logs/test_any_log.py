"""Any log, damaged, cut and delivered in any way, gives what a slow and obvious parser gives of the final files."""

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_platform.domains.logs import catalogue as catalogues
from data_platform.domains.logs.catalogue import Catalogue
from data_platform.domains.logs.chunks import ChunkReader
from data_platform.domains.logs.landing import list_landing
from data_platform.domains.logs.pseudonyms import Pseudonyms
from data_platform.domains.logs.publisher import Making
from data_platform.domains.logs.reading import SCHEMA, Lines, Reader
from data_platform.domains.logs.reconciliation import load_accounts
from data_platform.domains.logs.scanning import scan_file
from data_platform.domains.logs.scans import to_scan
from data_platform.domains.logs.settings import LogSettings
from data_platform.domains.logs.weblog.sizes import Sizes
from data_platform.products.folder import read_product
from data_platform.storage.delta import read_table
from data_platform.storage.errors import MissingTable
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.domains.logs.histories import History, Truth, histories, truth
from data_platform_tests.domains.logs.location import EVENTS, LANDING, REJECTED
from data_platform_tests.examples import examples
from data_platform_tests.repository import PROJECT_ROOT

ZONES = st.sampled_from(["UTC", "UTC", "Europe/Berlin", "Asia/Kathmandu"])
SMALL = st.builds(
    Sizes,
    window=st.just((1 << 20) + 1),
    piece=st.integers(1, 300),
    gap=st.integers(0, 300),
    smallest_range=st.integers(1, 400),
    block=st.integers(1, 2_000),
)
"""Sizes for which a log of some hundred bytes is a large one."""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@contextmanager
def scaled(sizes: Sizes) -> Iterator[None]:
    """Everything that is done to large files is done to small ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("data_platform.domains.logs.scanning._sizes", lambda _: sizes)
        patch.setattr("data_platform.domains.logs.scanning.MOST_STEPS", 2)
        patch.setattr("data_platform.domains.logs.scanning._CHUNK", sizes.piece)
        patch.setattr("data_platform.domains.logs.chunks.CHUNK_BYTES", sizes.block)
        patch.setattr("data_platform.domains.logs.publisher.LARGE_LINES", 3)
        patch.setattr("data_platform.domains.logs.publisher.GROUP_DATES", 2)
        yield


def wanted(zone: str) -> LogSettings:
    return LogSettings(LANDING, ZoneInfo(zone), timedelta(0), rejected_share=1.0)


def scan(store: ObjectStore, how: LogSettings) -> Catalogue:
    """What `raw_scans` does, file by file."""
    landing = list_landing(store, how, datetime.now(UTC) + timedelta(seconds=1))
    known = catalogues.with_gone(catalogues.load(store, how.zone.key), landing.keys)
    for found in to_scan(landing, known):
        known.files[found.path] = scan_file(store, found, known.files.get(found.path), how.zone)
    catalogues.save(store, known)
    return catalogues.load(store, how.zone.key)


class Published:
    """What a reader would see if dates were made again only where their fingerprints change."""

    def __init__(self) -> None:
        self.marks: dict[str, str] = {}
        self.events: dict[str, pa.Table] = {}
        self.lines: dict[str, Lines] = {}

    def follow(self, store: ObjectStore, known: Catalogue) -> None:
        reader = Reader(ChunkReader(store, known), ZoneInfo(known.zone), Pseudonyms())
        found = {date: one.fingerprint for date, one in known.dates().items()}
        for date in {**found, **self.marks}:
            if self.marks.get(date) != found.get(date, ""):
                lines = Lines(date)
                self.events[date] = pa.concat_tables([SCHEMA.empty_table(), *reader.events(date, lines)])
                self.lines[date] = lines
        self.marks = found

    def assert_is(self, true: Truth) -> None:
        events = [row for table in self.events.values() for row in table.to_pylist()]
        rejected = [row for lines in self.lines.values() for row in lines.rejected_table().to_pylist()]
        assert_same(events, rejected, true)
        blank = {date: lines.blank for date, lines in self.lines.items() if lines.blank}
        assert blank == true.blank
        for date, lines in self.lines.items():
            assert lines.lines == lines.events + lines.blank + lines.rejected_lines, date


def assert_same(events: list[dict[str, Any]], rejected: list[dict[str, Any]], true: Truth) -> None:
    twice = [place for place, times in Counter(map(place_of, [*events, *rejected])).items() if times > 1]
    assert twice == [], "each line once"
    assert {place_of(row): row for row in events} == true.events
    assert {place_of(row): row for row in rejected} == true.rejected


def place_of(row: dict[str, Any]) -> tuple[str, int]:
    return row["file"], row["offset"]


def in_landing(files: dict[str, bytes]) -> dict[str, bytes]:
    return {f"{LANDING}/{name}": content for name, content in files.items()}


@settings(max_examples=examples(80), suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(histories(), ZONES, SMALL)
def test_any_log_in_any_files_gives_what_the_reference_parser_gives_of_them(
    folder: Path, history: History, zone: str, sizes: Sizes
) -> None:
    how, published = wanted(zone), Published()
    with tempfile.TemporaryDirectory(dir=folder) as own, scaled(sizes):
        store = ObjectStore.open(Path(own).as_uri())
        for number, (name, content) in enumerate(history.steps):
            store.put(f"{LANDING}/{name}", content)
            if number in history.looks:
                published.follow(store, scan(store, how))
        published.assert_is(truth(in_landing(history.final), how.zone))


@pytest.mark.slow
@settings(max_examples=examples(5), suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(histories(), ZONES, SMALL)
def test_any_log_is_published_as_the_reference_parser_reads_it(
    folder: Path, history: History, zone: str, sizes: Sizes
) -> None:
    how = wanted(zone)
    product = read_product(PROJECT_ROOT / "data_platform/domains/logs/access_events_v1")
    with tempfile.TemporaryDirectory(dir=folder) as own, scaled(sizes):
        store = ObjectStore.open(Path(own).as_uri())
        seen: set[str] = set()
        for number, (name, content) in enumerate(history.steps):
            store.put(f"{LANDING}/{name}", content)
            if number in history.looks:
                seen |= scan(store, how).dates().keys()
                making = Making(store, product, how, dg.DagsterRun("logs_dates"))
                same = set(making.unchanged(sorted(seen)))
                assert set(making.make(sorted(seen - same))) == seen - same
                assert making.outcome.failed == {}
                making.save(told=making.outcome.commits)
                assert set(Making(store, product, how, dg.DagsterRun("logs_dates")).unchanged(sorted(seen))) == seen
        true = truth(in_landing(history.final), how.zone)
        assert_same(rows(store, EVENTS), rows(store, REJECTED), true)
        accounts = load_accounts(store)
        assert [date for date, one in accounts.items() if one.missing] == []
        assert {date: one.blank for date, one in accounts.items() if one.blank} == true.blank


def rows(store: ObjectStore, table: str) -> list[dict[str, Any]]:
    try:
        return read_table(store, table).to_pylist()
    except MissingTable:
        return []
