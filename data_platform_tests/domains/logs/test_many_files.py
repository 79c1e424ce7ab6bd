"""10,000 files of 2,000 dates: what a tick of the sensor asks of the store, of Dagster and of the processor."""

import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import obstore
import pytest

from data_platform.domains.logs import catalogue as catalogues
from data_platform.domains.logs.catalogue import Catalogue, LogFile, Step
from data_platform.domains.logs.scanning import marks_of
from data_platform.domains.logs.weblog.scan import Place
from data_platform_tests.domains.logs.location import FIRST, LANDING, LAST, Location, line

pytestmark = pytest.mark.slow

FILES, DATES, DATES_OF_A_FILE = 10_000, 2_000, 5
TEXT = line(1)
ALL = [(date(2021, 1, 1) + timedelta(days=number)).isoformat() for number in range(DATES)]


@pytest.fixture
def many(logs: Location) -> Location:
    """As many files as a year of a small farm of servers, scanned; five dates in each, as if each were much larger."""
    landing = Path(logs.store.url.folder, LANDING)
    for server in range(40):
        (landing / f"web-{server}").mkdir(parents=True)
    for number in range(FILES):
        (landing / f"web-{number % 40}" / f"{number:05}.log").write_bytes(TEXT + b"%d" % number)
    known = Catalogue("UTC")
    for number, found in enumerate(sorted(logs.store.list(LANDING), key=lambda one: one.path)):
        lines = {ALL[(number // DATES_OF_A_FILE + more) % DATES]: [20, 1, 2_000] for more in range(DATES_OF_A_FILE)}
        end = Place(found.size, 101, 0)
        marks = marks_of(logs.store, found, found.size) if number == 0 else ("", "")
        step = Step(f"{number:024x}", Place(), end, lines)
        known.files[found.path] = LogFile(found.path, found.etag or "", found.size, f"{number:x}", (step,), marks)
    catalogues.save(logs.store, known)
    return logs


def asked(tick: Any) -> Counter[str]:
    """How often each date is asked for by the runs of a tick."""
    counted: Counter[str] = Counter()
    for request in tick.run_requests or []:
        if request.job_name == "logs_dates":
            first, last = ALL.index(request.tags[FIRST]), ALL.index(request.tags[LAST])
            counted.update(ALL[first : last + 1])
    return counted


def counted(
    seen: Counter[tuple[str, str]], kind: str, real: Any, store: Any, path: Any, *rest: Any, **more: Any
) -> Any:
    seen[kind, str(path)] += 1
    return real(store, path, *rest, **more)


@contextmanager
def requests(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[tuple[str, str]]]:
    """Counts what is asked of the store, by kind and path, and passes it on."""
    seen: Counter[tuple[str, str]] = Counter()
    with monkeypatch.context() as patch:
        for kind in ("get", "get_range", "head", "list", "put", "delete"):
            real = getattr(obstore, kind)

            patch.setattr(obstore, kind, partial(counted, seen, kind, real))
        yield seen


def test_a_tick_over_many_files_lists_once_reads_one_object_and_asks_for_every_date_once(
    many: Location, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one_tick = {("list", LANDING): 1, ("get", "logs/_scan/catalogue.json"): 1}
    spent = []
    for what in ("the first tick", "a tick with nothing new"):
        before = time.process_time()
        with requests(monkeypatch) as seen:
            tick = many.look()
        spent.append(f"{what}: {time.process_time() - before:.2f} s of CPU")
        assert seen == one_tick
        if what == "the first tick":
            assert len(tick.run_requests) == 1, "they follow each other: one run"
            assert asked(tick) == Counter(ALL)
            assert sorted(many.dates()) == ALL
    assert not tick.run_requests
    assert f"all {FILES} files are scanned" in tick.skip_message
    with capsys.disabled():
        sys.stdout.write(f"\n{FILES:,} files, {DATES:,} dates: {', '.join(spent)}\n")


def test_of_many_files_the_one_that_changed_is_scanned_and_its_dates_are_asked_for(
    many: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    many.look()
    first = min(catalogues.load(many.store, "UTC").files)
    text = many.store.get(first)
    many.store.put(first, text + line(1))
    with requests(monkeypatch) as seen:
        (scan,) = many.look().run_requests
        assert many.do(scan).success
    assert {path for _, path in seen if path.startswith(f"{LANDING}/")} == {first}
    tick = many.look()
    assert [request.job_name for request in tick.run_requests] == ["logs_dates"]
    assert tick.run_requests[0].tags[FIRST] == tick.run_requests[0].tags[LAST] == "2026-11-01"
    assert not many.look().run_requests
