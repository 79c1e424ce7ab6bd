from datetime import UTC, date, datetime

import pytest

from data_platform.simulator.clock import day_of
from data_platform.simulator.settings import DEFAULT_TOKEN, SimulatorSettings, SimulatorSettingsError, from_environment
from data_platform.simulator.tmdb.faults import Faults


def test_without_variables_the_simulator_is_on_loopback_and_without_faults() -> None:
    settings = from_environment({})
    assert settings == SimulatorSettings()
    assert settings.host == "127.0.0.1"
    assert settings.faults == Faults()


def test_every_setting_is_read_from_its_variable() -> None:
    settings = from_environment(
        {
            "DATA_PLATFORM_SIMULATOR_HOST": "127.0.0.2",
            "DATA_PLATFORM_SIMULATOR_PORT": "8123",
            "DATA_PLATFORM_SIMULATOR_TOKEN": "another-token",
            "DATA_PLATFORM_SIMULATOR_SEED": "7",
            "DATA_PLATFORM_SIMULATOR_DAY": "2026-03-14",
            "DATA_PLATFORM_SIMULATOR_FAULTS": '{"rate_429": 0.3, "only_pages": [2]}',
            "DATA_PLATFORM_SIMULATOR_URL": "http://127.0.0.1:1/",
        }
    )
    faults = Faults(rate_429=0.3, only_pages=(2,))
    assert settings == SimulatorSettings("127.0.0.2", 8123, "another-token", 7, date(2026, 3, 14), faults)


@pytest.mark.parametrize(
    ("variable", "value", "named"),
    [
        ("PORT", "many", "DATA_PLATFORM_SIMULATOR_PORT"),
        ("PORT", "65536", "port"),
        ("SEED", "0.5", "DATA_PLATFORM_SIMULATOR_SEED"),
        ("DAY", "2026-02-30", "DATA_PLATFORM_SIMULATOR_DAY"),
        ("DAY", "1999-01-01", "DATA_PLATFORM_SIMULATOR_DAY"),
        ("TOKEN", "two words", "token"),
        ("FAULTS", '{"rate_429": 2}', "DATA_PLATFORM_SIMULATOR_FAULTS: rate_429"),
        ("FAULTS", '{"rate_42": 1}', "DATA_PLATFORM_SIMULATOR_FAULTS: rate_42"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(variable: str, value: str, named: str) -> None:
    with pytest.raises(SimulatorSettingsError, match=named):
        from_environment({f"DATA_PLATFORM_SIMULATOR_{variable}": value})


def test_the_token_is_not_shown() -> None:
    assert DEFAULT_TOKEN not in repr(SimulatorSettings())


def test_the_day_is_today_in_utc_unless_it_is_pinned() -> None:
    assert day_of(None, date(2026, 3, 14)) == date(2026, 3, 14)
    before = datetime.now(UTC).date()
    assert before <= day_of(None, None) <= datetime.now(UTC).date()
