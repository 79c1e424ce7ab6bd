"""Past days of a fresh laptop: of the jobs that say how many, while their source is the simulator's."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from data_platform.orchestration.ingestion.seeding import PAST_DAYS, seed_jobs
from data_platform.settings import STATE_VARIABLE
from data_platform.simulator.orders.keeper import OrderDatabase
from data_platform_tests.domains.platforms import TODAY, domain, loaded


@pytest.mark.parametrize(("name", "days"), [("sales", "14"), ("marketing", "7"), ("logistics", "7")])
def test_the_daily_job_of_a_domain_says_how_many_days(name: str, days: str) -> None:
    repository = loaded(name).get_repository_def()
    tags = [repository.get_job(job).tags for job in repository.job_names if not job.startswith("__")]
    assert [tag[PAST_DAYS] for tag in tags if PAST_DAYS in tag] == [days]


@pytest.mark.slow
def test_past_days_are_filled_once_and_only_of_a_simulated_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path))
    monkeypatch.setenv("SALES_DATABASE_URL", "postgresql://shop")
    with domain("sales", tmp_path, monkeypatch) as platform:
        assert seed_jobs(platform.instance, platform.definitions) == 0
        monkeypatch.delenv("SALES_DATABASE_URL")
        since = TODAY - timedelta(days=17)
        OrderDatabase(f"sqlite:///{tmp_path}/sales.sqlite", 0, since=since, pinned=TODAY).advance(
            datetime.combine(TODAY, time(), UTC)
        )
        before = len(list(platform.instance.get_runs()))
        filled = seed_jobs(platform.instance, platform.definitions)
        assert filled == 14
        assert len(list(platform.instance.get_runs())) == before + 1
        assert seed_jobs(platform.instance, platform.definitions) == 0
