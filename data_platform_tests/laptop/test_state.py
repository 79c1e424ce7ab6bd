"""The state folder and the credentials in it."""

from pathlib import Path

import pytest

from data_platform.laptop.credentials import Credentials
from data_platform.laptop.errors import AlreadyRunningError, LaptopError
from data_platform.laptop.state import StateFolder


def test_the_state_folder_and_its_credentials_are_closed_to_other_users(tmp_path: Path) -> None:
    state = StateFolder(tmp_path / "state")
    state.create()
    Credentials.kept_in(state.credentials)
    assert state.root.stat().st_mode & 0o777 == 0o700
    assert state.credentials.stat().st_mode & 0o777 == 0o600


def test_credentials_are_made_once_and_not_shown(tmp_path: Path) -> None:
    made = Credentials.kept_in(tmp_path / "credentials.json")
    assert Credentials.kept_in(tmp_path / "credentials.json") == made
    assert made.secret_key not in repr(made)
    assert Credentials.generate() != made


def test_two_stacks_on_one_state_folder_refuse_each_other(tmp_path: Path) -> None:
    state = StateFolder(tmp_path)
    with state.lock(), pytest.raises(AlreadyRunningError, match="DATA_PLATFORM_STATE"), state.lock():
        pass
    assert not state.is_locked()


def test_a_record_of_another_version_counts_as_none(tmp_path: Path) -> None:
    state = StateFolder(tmp_path)
    state.record.write_text('{"format": 9}')
    assert state.read_record() is None


def test_a_state_folder_that_cannot_be_made_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LaptopError, match=r"cannot be used: Not a directory .*: name one .* DATA_PLATFORM_STATE"):
        StateFolder(tmp_path / "file" / "state").create()
