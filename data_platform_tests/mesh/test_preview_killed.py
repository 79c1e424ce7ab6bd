"""A preview that is ended from outside leaves nothing in the store, and nothing for long on this machine."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from data_platform.mesh.preview import scratch as scratch_module
from data_platform.mesh.preview.scratch import scratch
from data_platform_tests.mesh.registry_shop import ORDERS, RAW, Desk, new_desk
from data_platform_tests.mesh.test_preview import DAYS, files, published, raw

SLOW = """
SELECT order_id, day, total, email FROM sales.raw_orders
WHERE (SELECT count(*) FROM range(4000000000) AS a(i) WHERE (i * 7919) % 1000003 = order_id) >= 0
"""
"""A query that takes minutes, and hears an interrupt."""


@pytest.fixture(autouse=True)
def _signals_as_in_a_terminal() -> Iterator[None]:
    """What started the tests may ignore signals, as a shell does in the background; processes inherit that."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    defaults = dict.fromkeys(numbers, signal.SIG_DFL) | {signal.SIGINT: signal.default_int_handler}
    before = {number: signal.signal(number, defaults[number]) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "tmp").mkdir()
    with new_desk(tmp_path) as desk:
        desk.shop.write("sales/ingestion.py", "def raw_orders(): ...\n")
        desk.orders()
        raw(desk.store, DAYS[0], [(1, 5)])
        published(desk, ORDERS, DAYS[0])
        desk.shop.write(f"{ORDERS}/transform.sql", SLOW)
        yield desk


def started(desk: Desk) -> "subprocess.Popen[str]":
    """The command, once it is at the query."""
    command = [str(Path(sys.executable).with_name("data-platform")), "preview", ORDERS]
    environment = os.environ | {
        "DATA_PLATFORM_STORE": str(desk.store.url),
        "DATA_PLATFORM_STATE": "/nowhere",
        "TMPDIR": str(desk.shop.root / "tmp"),
    }
    process = subprocess.Popen(
        [*command, "--domains", str(desk.shop.domains)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    while not any(folder.iterdir() for folder in left(desk)):  # DuckDB's own folder: it is about to run the query
        assert process.poll() is None, process.stdout and process.stdout.read()
        time.sleep(0.05)
    return process


def left(desk: Desk) -> list[Path]:
    return list((desk.shop.root / "tmp").glob("data_platform-preview-*"))


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_an_interrupted_preview_leaves_nothing_anywhere(desk: Desk, number: int) -> None:
    before = files(desk.shop.root / "store")
    process = started(desk)
    os.killpg(process.pid, number)
    output, _ = process.communicate()
    assert process.returncode not in {0, 1}, output
    assert list((desk.shop.root / "tmp").iterdir()) == []
    assert files(desk.shop.root / "store") == before


@pytest.mark.slow
def test_what_a_killed_preview_left_is_deleted_by_the_next_one_and_the_store_never_saw_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files(desk.shop.root / "store")
    process = started(desk)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert len(left(desk)) == 1
    assert files(desk.shop.root / "store") == before
    monkeypatch.setattr("tempfile.tempdir", str(desk.shop.root / "tmp"))
    desk.shop.write(f"{ORDERS}/transform.sql", f"SELECT {RAW} FROM sales.raw_orders")
    assert desk.run("preview", ORDERS)[0] == 0
    assert left(desk) == []


def test_folders_of_previews_that_still_run_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with scratch() as first:
        (first / "rows").write_text("x")
        with scratch() as second:
            scratch_module.sweep()
            assert (first / "rows").exists()
            assert second.stat().st_mode & 0o077 == 0
        assert not second.exists()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "raised"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)], ids=["Ctrl-C", "SIGTERM"]
)
def test_an_interrupt_that_a_library_swallows_comes_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, raised: type[BaseException]
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def swallows() -> None:
        with scratch():
            for _ in range(2):  # as what a library makes of it
                with suppress(raised):
                    os.kill(os.getpid(), number)
                    time.sleep(600)
            time.sleep(600)

    with pytest.raises(raised):
        swallows()
    assert list(tmp_path.iterdir()) == []
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
