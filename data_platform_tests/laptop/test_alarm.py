"""Waking when a SQLite database is written to."""

import sqlite3
import threading
from pathlib import Path

import pytest

from data_platform.laptop.alarm import Alarm, Watched


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_each_transaction_is_seen_and_without_one_nothing_is(tmp_path: Path, mode: str) -> None:
    file = tmp_path / "index.db"
    watched = Watched(file)
    assert not watched.is_there
    assert not watched.changed()
    with sqlite3.connect(file) as connection:
        connection.execute(f"PRAGMA journal_mode={mode}")
        connection.execute("CREATE TABLE events (id)")
    assert watched.changed()
    for number in range(5):
        while watched.changed():
            pass
        assert not watched.changed()
        with sqlite3.connect(file) as connection:
            connection.execute("INSERT INTO events VALUES (?)", (number,))
        assert watched.changed()
        assert watched.changed()  # told twice: a file's time goes in steps
    connection.close()


def test_an_alarm_rings_at_the_end_and_for_a_reason_and_else_waits_as_long_as_it_was_told() -> None:
    ended, asked = threading.Event(), []

    def rings() -> bool:
        asked.append(True)
        return len(asked) == 3

    alarm = Alarm(ended, rings)
    assert not alarm.wait(600)
    assert len(asked) == 3
    assert not alarm.wait(0.0)
    ended.set()
    assert alarm.is_set()
    assert alarm.wait(600)
    assert len(asked) == 3
