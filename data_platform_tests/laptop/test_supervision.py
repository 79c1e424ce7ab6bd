"""Parts that end are started again; waits are spoken of; logs and disks have limits."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from data_platform.laptop import space, waiting
from data_platform.laptop.errors import DiskFullError, LaptopError, NotReadyError
from data_platform.laptop.processes import Service, trim_logs
from data_platform.laptop.supervision import Supervisor


class Part:
    def __init__(self, folder: Path, code: str) -> None:
        command = [sys.executable, "-c", code]
        self.service = Service("part", command, {}, folder / "part.log", folder)
        self.starts = 0

    def launch(self) -> None:
        self.starts += 1
        self.service.start()

    def ready(self) -> bool:
        return True


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_part_that_ended_is_started_again_and_its_last_words_are_told(tmp_path: Path) -> None:
    part = Part(tmp_path, "print('out of luck', flush=True); raise SystemExit(3)")
    part.launch()
    until(lambda: not part.service.running)
    part.service.command = [sys.executable, "-c", "import time; time.sleep(60)"]
    supervisor = Supervisor([part])
    first, *others = supervisor.look()
    assert "part had ended (exit code 3); it is restarted now" in first
    assert "out of luck" in others[0]
    assert part.starts == 2
    assert "part answers again." in [*others, *supervisor.look()]
    assert supervisor.look() == []
    part.service.kill()


def test_a_part_that_ends_again_and_again_is_started_ever_more_slowly_and_never_given_up(tmp_path: Path) -> None:
    now = 1000.0
    part = Part(tmp_path, "raise SystemExit(1)")
    part.ready = lambda: False  # type: ignore[method-assign]
    part.launch()
    supervisor = Supervisor([part], lambda: now)
    waits = []
    for _ in range(9):
        part.service._process.wait()  # type: ignore[union-attr]
        before = now
        starts = part.starts
        while part.starts == starts:
            supervisor.look()
            now += 1
        waits.append(now - before - 1)
    assert waits == [0, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_wait_is_spoken_of_and_ends_with_the_process_that_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "TELL_SECONDS", 0.0)
    part = Part(tmp_path, "import sys; sys.stdin.read(); import time; time.sleep(0.5)")
    part.launch()
    told: list[str] = []
    with pytest.raises(NotReadyError, match=r"part ended by itself \(exit code 0\): no answer yet"):
        part.service.wait_until(lambda: False, "no answer yet", told.append)
    assert told[0].startswith("Still waiting after 0 s: no answer yet (process ")


def test_patience_is_spent_only_when_nothing_comes_further() -> None:
    now, seen = 1000.0, 0
    patience = waiting.Patience(lambda: seen, lambda: now)
    for _ in range(10):
        now, seen = now + 20, seen + 1
        assert not patience.spent
    now += waiting.PATIENCE_SECONDS + 1
    assert patience.spent


def test_a_log_that_is_too_large_begins_anew_while_its_process_goes_on_writing(tmp_path: Path) -> None:
    log = tmp_path / "part.log"
    with log.open("ab", buffering=0) as file:
        file.write(b"x" * 100)
        trim_logs(tmp_path, largest=99)
        file.write(b"next\n")
    assert log.read_bytes() == b"next\n"
    assert (tmp_path / "part.log.1").read_bytes() == b"x" * 100
    trim_logs(tmp_path, largest=99)
    assert log.read_bytes() == b"next\n"


def test_too_little_space_names_the_folder_what_is_free_and_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert space.shortage(tmp_path) == ""
    monkeypatch.setenv(space.FLOOR_VARIABLE, str(1 << 40))
    with pytest.raises(DiskFullError, match=rf"{tmp_path} has \d+ MiB free, .* {space.FLOOR_VARIABLE}"):
        space.require(tmp_path)
    monkeypatch.setenv(space.FLOOR_VARIABLE, "1 GB")
    with pytest.raises(LaptopError, match="'1 GB'; it has to be a whole number of MiB"):
        space.require(tmp_path)
