"""Asking a source again: when, for which days, until when, and what is told of a day that was missed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_platform.ingestion.horizon import LAST_CALL, Horizon
from data_platform.orchestration.ingestion import asking_again
from data_platform.orchestration.ingestion.asking_again import (
    MISSED,
    REASON,
    TAKEN,
    DailySource,
    leave_reason,
    look,
    taken,
)

DAYS = dg.DailyPartitionsDefinition("2026-11-01", end_offset=1)
KEY, MADE = dg.AssetKey(["shop", "pages"]), dg.AssetKey(["shop", "file"])
TODAY_ONLY = Horizon(due=time(2), lag=0, lasts=timedelta(days=1))
SOURCE = DailySource("shop_daily", KEY, (MADE,), TODAY_ONLY, date(2026, 11, 1))
DATABASE = replace(SOURCE, made=(), horizon=Horizon(due=time(2, 15), lag=1, lasts=timedelta(days=45)))
DOWN: set[str] = set()


@dg.asset(key=KEY, partitions_def=DAYS, check_specs=[asking_again.taken_spec(["shop", "pages"])])
def pages(context: dg.AssetExecutionContext) -> Iterator[Any]:
    if context.partition_key in DOWN:
        leave_reason(context, f"https://u:s3cret-w0rd@api.example.com was down on {context.partition_key}")
        raise dg.Failure("down", allow_retries=False)
    yield dg.MaterializeResult(check_results=[taken()])


@dg.asset(key=MADE, partitions_def=DAYS, deps=[pages])
def file() -> None: ...


DEFINITIONS = dg.Definitions(assets=[pages, file], jobs=[dg.define_asset_job("shop_daily", selection=[KEY, MADE])])
JOB = DEFINITIONS.resolve_job_def("shop_daily")


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=UTC)


class Shop:
    """Runs and ticks by a clock of the test's own."""

    def __init__(self, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> None:
        self.instance = instance
        self.cursor: str | None = None
        self.ended: dict[str, datetime] = {}
        monkeypatch.setattr(asking_again, "_ended", lambda run: self.ended[run.dagster_run.run_id])

    def run(self, day: str, moment: datetime, **more: Any) -> None:
        result = JOB.execute_in_process(
            partition_key=f"2026-11-{day}", instance=self.instance, raise_on_error=False, **more
        )
        self.ended[result.run_id] = moment

    def tick(self, moment: datetime, source: DailySource = SOURCE) -> dg.SensorResult:
        tick = look(self.instance, source, self.cursor, moment)
        self.cursor = tick.cursor
        for event in tick.asset_events:
            self.instance.report_runless_asset_event(event)
        return tick

    def told(self) -> list[tuple[str, str]]:
        """The days that were told as missed, and why."""
        records = self.instance.fetch_observations(KEY, limit=100, ascending=True).records
        seen = [record.asset_observation for record in records if record.asset_observation]
        return [(one.partition or "", str(one.metadata[REASON].value)) for one in seen if one.metadata[MISSED].value]


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    DOWN.clear()
    with dg.DagsterInstance.ephemeral() as instance:
        yield Shop(instance, monkeypatch)


def asked(tick: dg.SensorResult) -> list[tuple[str | None, str | None]]:
    return [(request.partition_key, request.run_key) for request in tick.run_requests or []]


def test_a_day_is_asked_for_again_under_a_key_of_its_own_and_not_while_a_run_goes_on(shop: Shop) -> None:
    DOWN.add("2026-11-20")
    shop.run("20", at("20 02:00"))
    assert asked(shop.tick(at("20 02:01"))) == []
    assert asked(shop.tick(at("20 02:02"))) == [("2026-11-20", "2026-11-20:1")]
    shop.cursor = None  # a restart, or a daemon that was killed before it could store its cursor
    assert asked(shop.tick(at("20 02:02"))) == [("2026-11-20", "2026-11-20:1")]
    going_on = shop.instance.create_run_for_job(
        JOB, tags={"dagster/partition": "2026-11-20"}, status=dg.DagsterRunStatus.STARTED
    )
    assert asked(shop.tick(at("20 03:30"))) == []
    shop.instance.report_run_canceled(going_on)
    shop.ended[going_on.run_id] = at("20 03:30")
    assert asked(shop.tick(at("20 03:34"))) == [("2026-11-20", "2026-11-20:2")]


def test_a_day_that_is_there_is_looked_for_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.run("20", at("20 02:00"))
    assert asked(shop.tick(at("20 02:05"))) == []
    monkeypatch.setattr(dg.DagsterInstance, "fetch_materializations", None)
    monkeypatch.setattr(dg.DagsterInstance, "get_run_records", None)
    for minute in range(6, 60):
        assert asked(shop.tick(at(f"20 02:{minute:02}"))) == []


def test_nothing_is_asked_for_before_it_is_due(shop: Shop) -> None:
    assert asked(shop.tick(at("20 01:58"))) == asked(shop.tick(at("20 01:59"))) == []


def test_a_missed_day_is_told_once_with_its_last_reason_and_without_a_secret(shop: Shop) -> None:
    shop.run("19", at("19 02:00"))
    shop.tick(at("19 12:00"))
    DOWN.add("2026-11-20")
    shop.run("20", at("20 02:00"))
    shop.run("20", at("20 02:02"))
    assert shop.tick(at("20 23:59")).asset_events == []
    observation, evaluation = shop.tick(at("21 00:00")).asset_events
    assert isinstance(evaluation, dg.AssetCheckEvaluation)
    assert (evaluation.asset_key, evaluation.check_name, evaluation.passed) == (KEY, TAKEN, False)
    assert (evaluation.severity, evaluation.partition) == (dg.AssetCheckSeverity.ERROR, "2026-11-20")
    assert evaluation.description == observation.description
    assert "2 runs ended without it; the last reason: https://***@api.example.com was down" in evaluation.description
    for moment in ("21 00:01", "21 12:00", "22 00:00"):
        shop.cursor = None if moment == "21 12:00" else shop.cursor
        shop.run("21", at("21 02:00"))
        shop.tick(at(moment))
    assert [day for day, _ in shop.told()] == ["2026-11-20"]


def test_days_on_which_the_platform_did_not_run_are_told_as_such_and_those_before_it_ran_are_not(shop: Shop) -> None:
    shop.tick(at("17 12:00"))
    assert shop.told() == []
    shop.run("17", at("17 12:00"))
    shop.tick(at("17 12:01"))
    shop.tick(at("20 09:00"))
    why = "the platform did not run: there was no run of shop_daily for it"
    assert shop.told() == [("2026-11-18", why), ("2026-11-19", why)]


def test_a_lost_cursor_tells_no_day_twice_and_forgets_none(shop: Shop) -> None:
    shop.run("15", at("15 02:00"))
    shop.tick(at("17 00:00"))
    shop.cursor = None
    shop.tick(at("18 00:00"))
    assert [day for day, _ in shop.told()] == ["2026-11-16", "2026-11-17"]


def test_what_is_made_of_a_stored_day_is_asked_for_after_midnight_and_the_day_is_not_missed(shop: Shop) -> None:
    shop.run("20", at("20 23:55"), asset_selection=[KEY])
    assert asked(shop.tick(at("21 00:00"))) == [("2026-11-20", "2026-11-20:1")]
    shop.run("20", at("21 00:01"))
    assert asked(shop.tick(at("21 00:30"))) == []
    assert shop.told() == []


def test_a_source_that_keeps_its_days_is_asked_for_each_after_the_first_that_was_taken(shop: Shop) -> None:
    for moment in ("20 08:00", "20 08:01"):
        tick = shop.tick(at(moment), DATABASE)
    assert asked(tick) == [("2026-11-19", "2026-11-19:0")]  # what is before it is a backfill's business
    shop.run("16", at("20 08:02"))
    for moment in ("20 08:03", "20 08:04"):
        tick = shop.tick(at(moment), DATABASE)
    assert [day for day, _ in asked(tick)] == ["2026-11-19", "2026-11-18", "2026-11-17"]
    assert shop.told() == []


horizons = st.builds(
    Horizon,
    due=st.times(),
    lag=st.integers(0, 2),
    lasts=st.timedeltas(min_value=timedelta(hours=25), max_value=timedelta(days=60)),
)
moments = st.builds(datetime.combine, st.dates(date(2026, 1, 1), date(2027, 1, 1)), st.times(), st.just(UTC))


@given(horizons, moments, st.integers(1, 40))
def test_a_day_is_either_due_or_too_late_or_not_yet(horizon: Horizon, now: datetime, most: int) -> None:
    due, late = horizon.to_be_had(now, most), horizon.too_late_for(now, most)
    assert not set(due) & set(late)
    assert all(horizon.due_at(day) <= now < horizon.until(day) for day in due)
    assert all(horizon.until(day) <= now < horizon.until(day + timedelta(days=1 + most)) for day in late)
    assert due == sorted(due, reverse=True)
    after = late[0] + timedelta(days=1)
    assert now < horizon.until(after)


@given(horizons, st.dates(date(2026, 1, 1), date(2027, 1, 1)))
def test_asking_again_is_ever_slower_ends_in_time_and_calls_once_more_at_the_end(horizon: Horizon, day: date) -> None:
    until, moment, times = horizon.until(day), horizon.due_at(day), []
    while moment < until:
        times.append(moment)
        moment = horizon.next_at(len(times), moment, until)
    waits = [later - earlier for earlier, later in pairwise(times)]
    assert waits[:1] == [timedelta(minutes=2)]
    assert until - times[-1] <= max(LAST_CALL, timedelta(minutes=2))
    assert waits[:-2] == sorted(waits[:-2])
    assert len(times) < 30 + 24 * horizon.lasts / timedelta(days=1)
