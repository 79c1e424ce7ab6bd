"""The one world behind the feeds: consistent, deterministic, and with campaigns that matter."""

import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from statistics import mean

import pytest
import sqlalchemy as sa

from data_platform.simulator.ads.export import RESTATED_FOR, export
from data_platform.simulator.carriers import drops
from data_platform.simulator.carriers.dialects import DIALECTS
from data_platform.simulator.carriers.reports import LATEST, reported
from data_platform.simulator.orders.database import advance, open_database
from data_platform.simulator.orders.tables import CUSTOMERS, ORDER_LINES, ORDERS
from data_platform.simulator.shop import campaigns, customers, demand, orders
from data_platform.simulator.tmdb import catalogue, ranking

DAY = date(2026, 3, 14)
SINCE = DAY - timedelta(days=6)
TABLES = (CUSTOMERS, ORDERS, ORDER_LINES)


def at(day: date, hour: int = 0) -> datetime:
    return datetime.combine(day, time(hour), UTC)


def content(engine: sa.Engine) -> list[list[tuple[object, ...]]]:
    with engine.connect() as connection:
        return [
            [tuple(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key))]
            for table in TABLES
        ]


@pytest.mark.slow
def test_other_processes_with_other_hash_seeds_see_the_same_world() -> None:
    code = (
        "import datetime, hashlib\n"
        "from data_platform.simulator.shop import campaigns, customers, orders\n"
        "from data_platform.simulator.carriers import drops\n"
        "day = datetime.date(2026, 3, 14)\n"
        "seen = day + datetime.timedelta(days=1)\n"
        "files = drops.file(0, 'nordpost', f'events_{day}.csv', seen, since=day)\n"
        "said = repr((orders.orders_on(0, day), customers.states(0, 77), campaigns.spend_on(0, day), files))\n"
        "print(hashlib.sha256(said.encode()).hexdigest())\n"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "4242")
    }
    assert len(said) == 1


def test_orders_are_of_films_customers_and_campaigns_that_there_are() -> None:
    on_sale = {catalogue.film(0, film.number).id for film in ranking.ranked(0, DAY, "popular")[:100]}
    begun = {each.id for each in campaigns.begun_by(0, DAY)}
    found = orders.orders_on(0, DAY)
    assert 100 < len(found) < 1_000
    for order in found:
        assert {line.film for line in order.changes[0].lines or ()} <= on_sale
        assert customers.states(0, order.customer)[0].since <= order.placed
        assert order.placed.date() == DAY
        assert all(change.moment - order.placed < orders.LIFE for change in order.changes)
    tags = {order.campaign for order in found if order.campaign}
    assert tags & begun
    known = [order for order in found if order.campaign in begun]
    assert len(known) > 0.8 * sum(order.campaign is not None for order in found)


def test_an_order_is_shipped_when_its_parcel_is_and_delivered_when_the_last_one_is() -> None:
    for order in orders.orders_on(0, DAY):
        moments = {change.status: change.moment for change in order.changes}
        assert [change.moment for change in order.changes] == sorted(change.moment for change in order.changes)
        for parcel in order.parcels:
            assert moments["paid"] < parcel.picked_up
            assert moments["shipped"] == order.parcels[0].picked_up
            if parcel.delivered and "delivered" in moments:
                assert parcel.delivered <= moments["delivered"]


def test_campaigns_lift_the_orders_of_their_days() -> None:
    days = [DAY - timedelta(days=back) for back in range(60)]
    lifts = sorted(days, key=lambda day: demand.campaign_lift(0, day))
    weak, strong = lifts[:20], lifts[-20:]
    share = [
        mean(demand.orders_on(0, day) / demand._BY_WEEKDAY[day.weekday()] for day in part) for part in (weak, strong)
    ]
    assert share[1] > 1.1 * share[0]


@pytest.mark.parametrize("steps", [1, 3, 9])
def test_a_database_is_the_same_however_often_it_was_moved_on_the_way(steps: int) -> None:
    whole, stepwise = open_database("sqlite://"), open_database("sqlite://")
    advance(whole, 0, at(DAY, 9), since=SINCE)
    start = at(SINCE, 5)
    for step in range(1, steps + 1):
        moment = start + (at(DAY, 9) - start) * step / steps
        advance(stepwise, 0, moment, since=SINCE)
    assert content(stepwise) == content(whole)


def test_moving_to_the_same_moment_or_back_writes_nothing() -> None:
    engine = open_database("sqlite://")
    assert advance(engine, 0, at(DAY, 9), since=SINCE) > 1_000
    before = content(engine)
    assert advance(engine, 0, at(DAY, 9), since=SINCE) == 0
    assert advance(engine, 0, at(DAY, 3), since=SINCE) == 0
    assert content(engine) == before


def test_rows_change_and_never_go_and_the_total_is_that_of_the_lines() -> None:
    engine = open_database("sqlite://")
    advance(engine, 0, at(DAY, 9), since=SINCE)
    before = [
        {row[: len(table.primary_key)] for row in rows} for table, rows in zip(TABLES, content(engine), strict=True)
    ]
    assert advance(engine, 0, at(DAY + timedelta(days=2)), since=SINCE) > 100
    after = [
        {row[: len(table.primary_key)] for row in rows} for table, rows in zip(TABLES, content(engine), strict=True)
    ]
    assert all(old <= new for old, new in zip(before, after, strict=True))
    with engine.connect() as connection:
        lines: dict[int, Decimal] = {}
        for line in connection.execute(sa.select(ORDER_LINES)):
            lines[line.order_id] = lines.get(line.order_id, Decimal(0)) + line.unit_price * line.quantity
        for order in connection.execute(sa.select(ORDERS)):
            assert order.total_amount == lines[order.order_id] + order.shipping_fee


def test_an_export_appears_on_the_day_after_and_settles_within_three_more() -> None:
    assert export(0, DAY, DAY) is None
    days = [DAY + timedelta(days=number) for number in range(12)]
    changed = 0
    for day in days:
        versions = [export(0, day, day + timedelta(days=age)) for age in range(1, 10)]
        changed += len(set(versions)) - 1
        assert len(set(versions[RESTATED_FOR:])) == 1
    assert changed > len(days)


def test_every_scan_is_reported_once_at_least_and_three_days_late_at_most() -> None:
    day = DAY - timedelta(days=1)
    wanted = {
        (parcel.tracking, scan.moment)
        for back in range((day - SINCE).days + 1)
        for order in orders.orders_on(0, day - timedelta(days=back))
        for parcel in order.parcels
        for scan in parcel.scans
        if scan.moment.date() == day
    }
    found = [
        (parcel.tracking, scan.moment)
        for carrier in DIALECTS
        for lag in range(LATEST + 1)
        for parcel, scan in reported(0, carrier, day + timedelta(days=lag), since=SINCE)
        if scan.moment.date() == day
    ]
    assert set(found) == wanted
    assert len(found) > len(wanted)


@pytest.mark.slow
def test_folders_keep_two_weeks_and_some_files_come_late_are_replaced_or_are_empty() -> None:
    seen = [DAY + timedelta(days=number) for number in range(20)]
    folders = [
        {file.name: file.etag for file in drops.files(0, carrier, day, since=SINCE)}
        for carrier in DIALECTS
        for day in seen
    ]
    assert max(map(len, folders)) <= 2 * drops.KEPT_DAYS
    contents = [
        drops.file(0, carrier, f"events_{day}.csv", day + timedelta(days=age), since=SINCE)
        for carrier in DIALECTS
        for day in seen
        for age in (1, 2)
    ]
    pairs = list(zip(contents[::2], contents[1::2], strict=True))
    assert any(early is None and late is not None for early, late in pairs)
    assert any(early and late and early.content != late.content for early, late in pairs)
    assert any(late and late.content == b"" for _, late in pairs)
