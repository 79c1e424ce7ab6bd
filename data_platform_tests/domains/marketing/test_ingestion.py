"""The ad platform, whole: over real HTTP, into a store, with restatements, faults and what must never happen."""

import json
from datetime import UTC, datetime

import pytest

from data_platform.ingestion.archive import Archive
from data_platform.settings import SIMULATOR_VARIABLE
from data_platform.simulator.ads.export import export
from data_platform.simulator.settings import SimulatorSettings
from data_platform_tests.answering import Asked, Reply, answering
from data_platform_tests.domains.platforms import (
    TODAY,
    YESTERDAY,
    Domain,
    asked_days,
    back,
    failure_of,
    retries_of,
    world_on,
)

DAY = back(2)


def test_a_day_is_taken_line_by_line_as_it_came(platform: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    with world_on(TODAY, monkeypatch):
        assert platform.run(DAY).success
    (landed,) = [content for path, content in platform.landed().items() if "/exports/" in path]
    lines = landed.decode().splitlines()
    rows = sorted(platform.rows("raw_ad_exports"), key=lambda row: row["_line"])
    assert len(rows) == len([line for line in lines if not line.startswith("#")]) - 1
    assert rows[-1]["campaign_id"] == "Total"
    assert rows[0]["impressions"] in lines[rows[0]["_line"] - 1]
    assert any("€" in row["cost"] for row in rows)
    assert any(comment.startswith("Exported:") for comment in platform.metadata("raw_ad_exports", DAY)["comments"])
    assert platform.table("raw_campaigns").num_rows > 100


def test_a_restated_export_makes_its_day_again_and_no_other(platform: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    days = [back(number) for number in range(9, 1, -1)]
    with world_on(YESTERDAY, monkeypatch) as simulator:
        assert platform.run(days[0], days[-1]).success
        seed = simulator.settings.seed
        assert platform.look("marketing_raw_ad_exports_changes").run_requests == []
    restated = [day for day in days if _export(seed, day, 1) != _export(seed, day, 0)]
    with world_on(TODAY, monkeypatch):
        tick = platform.look("marketing_raw_ad_exports_changes")
        asked = [day for first, last in asked_days(tick) for day in [*days, back(1)] if first <= day <= last]
        assert asked == [*restated, back(1)]  # yesterday was never made: its run failed, or the laptop was off
        before = platform.landed()
        for request in tick.run_requests:
            assert platform.do(request).success
        assert before.items() < platform.landed().items()
        assert platform.look("marketing_raw_ad_exports_changes").run_requests == []
        assert platform.look("marketing_raw_ad_exports_changes", cursor=tick.cursor).run_requests == []


def _export(seed: int, day: str, days_ago: int) -> bytes | None:
    seen = datetime.fromisoformat(back(days_ago)).date()
    return export(seed, datetime.fromisoformat(day).date(), seen)


def test_running_again_lands_nothing_and_fetches_no_export(platform: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    with world_on(TODAY, monkeypatch) as simulator:
        platform.run(DAY)
        before, rows = platform.landed(), platform.rows("raw_ad_exports")
        simulator.forget()
        assert platform.run(DAY).success
        assert f"/ads/exports/{DAY}.csv" not in simulator.requests
        assert platform.landed() == before
        assert platform.rows("raw_ad_exports") == rows


def test_an_export_that_was_cut_off_is_landed_and_refused_with_what_shows_it(
    platform: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = the_export()
    half = content[: content.rindex(b"\nTotal")]

    def answer(asked: Asked) -> Reply:
        if asked.path.endswith("/exports/"):
            return Reply(json.dumps({"files": [{"name": f"{DAY}.csv", "etag": '"half"'}]}).encode())
        return Reply(half, headers={"ETag": '"half"'})

    with answering(answer) as server:
        monkeypatch.setenv("ADS_API_URL", server.url)
        monkeypatch.setenv("ADS_API_TOKEN", "t0ken-of-tests")
        result = platform.run(DAY, only=[platform.key("raw_ad_exports")])
    assert "nothing was written; format_as_agreed: " in failure_of(result)
    assert "there is no line of totals" in failure_of(result)
    assert half in platform.landed().values()


def test_what_was_landed_before_sources_were_components_is_still_read(
    platform: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = the_export()
    Archive(platform.store, "marketing/landing/exports").add(
        back(20), content.replace(DAY.encode(), back(20).encode()), "0" * 16, ".csv"
    )
    with world_on(TODAY, monkeypatch):  # whose exports begin later
        assert platform.run(back(20), only=[platform.key("raw_ad_exports")]).success
    assert len(platform.rows("raw_ad_exports", back(20))) > 1


def the_export() -> bytes:
    """A day's export as the simulator gives it."""
    content = _export(SimulatorSettings().seed, DAY, 0)
    assert content is not None
    return content


def test_a_day_that_has_no_export_yet_is_permanent(platform: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    with world_on(YESTERDAY, monkeypatch):
        result = platform.run(back(1), only=[platform.key("raw_ad_exports")])
    assert f"there is nothing of {back(1)}" in failure_of(result)
    assert retries_of(result) == 0


def test_faults_of_all_kinds_are_survived(platform: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    with world_on(TODAY, monkeypatch) as simulator:
        simulator.set_faults(rate_429=0.25, rate_5xx=0.25, rate_reset=0.25, max_consecutive=4, retry_after_seconds=0)
        assert platform.run(back(8), DAY).success
        assert simulator.faults_served.total() > 3


@pytest.mark.slow
def test_an_outage_is_retried_by_the_step_and_a_refusal_is_not(
    platform: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    with world_on(TODAY, monkeypatch, token="another") as simulator:
        refused = platform.run(DAY, only=[platform.key("raw_ad_exports")])
        assert "HTTP 401" in failure_of(refused)
        assert retries_of(refused) == 0
        simulator.set_faults(rate_5xx=1.0)
        down = platform.run(DAY, only=[platform.key("raw_ad_exports")])
        assert retries_of(down) == 3
        assert platform.landed() == {}


def test_a_platform_of_ones_own_is_asked_with_its_token_which_is_told_nowhere(
    platform: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    with world_on(TODAY, monkeypatch, token="s3cret-t0ken") as simulator:
        monkeypatch.delenv(SIMULATOR_VARIABLE)
        monkeypatch.setenv("ADS_API_URL", f"{simulator.url}/ads")
        monkeypatch.setenv("ADS_API_TOKEN", "s3cret-t0ken")
        result = platform.run(DAY)
    assert result.success
    told = "".join(str(record) for record in platform.instance.all_logs(result.run_id))
    assert "s3cret-t0ken" not in told


def test_without_any_source_it_says_what_to_set(platform: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SIMULATOR_VARIABLE, raising=False)
    assert "set ADS_API_URL" in failure_of(platform.run(DAY))


def test_the_schedule_asks_for_the_day_that_has_ended(platform: Domain) -> None:
    request = platform.scheduled(datetime(2026, 11, 22, 2, 30, tzinfo=UTC))
    assert request.partition_key == request.run_key == "2026-11-21"
