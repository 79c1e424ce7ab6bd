"""Marketing's products in SQL, each by itself: what it makes of the platform's dirt, and what its contract refuses."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_platform.products.testing import RunResult, run
from data_platform_tests.examples import examples

Row = Mapping[str, Any]

TAKEN: Final = datetime(2026, 11, 2, 2, 30, tzinfo=UTC)
LISTED: Final = {
    "id": "cmp-0042 ",
    "name": " Film Noir – Best of ",
    "channel": "Social",
    "start_date": "2026-10-20",
    "end_date": None,
    "budget": "€12,345.60",
    "status": "ACTIVE",
    "_taken_at": TAKEN,
}
EXPORTED: Final = {
    "day": "2026-11-01",
    "campaign_id": "CMP-0042",
    "market": "DE",
    "device": "mobile",
    "impressions": "1,234",
    "clicks": "56",
    "cost": "€1,000.50",
    "currency": "EUR",
    "_taken_at": TAKEN,
}
TOTAL: Final = EXPORTED | {"campaign_id": "Total", "market": "", "device": ""}
CAMPAIGN: Final = {"campaign_id": "CMP-0042", "name": "Film Noir", "channel": "social"}
DAY: Final = date(2026, 11, 1)
SPENT: Final = {
    "day": DAY,
    "campaign_id": "CMP-0042",
    "market": "DE",
    "device": "mobile",
    "currency": "EUR",
    "impressions": 900,
    "clicks": 12,
    "cost": Decimal("10.00"),
}
SOLD: Final = {
    "day": DAY,
    "campaign_id": "CMP-0042",
    "ship_to_country": "DE",
    "currency": "EUR",
    "status": "paid",
    "total_amount": Decimal("20.00"),
}


def campaigns(**changes: Any) -> RunResult:
    return run("marketing/campaigns_v1", {"marketing.raw_campaigns": [LISTED | changes]}, now=TAKEN)


def spend(*rows: Row) -> RunResult:
    inputs = {"marketing.raw_ad_exports": list(rows), "marketing.campaigns_v1": [CAMPAIGN]}
    others = {"marketing/campaigns_v1": [CAMPAIGN]}
    return run("marketing/ad_spend_v1", inputs, partition="2026-11-01", others=others)


def performance(spent: list[Row], sold: list[Row], visited: list[Row] | None = None) -> RunResult:
    inputs = {"marketing.ad_spend_v1": spent, "sales.orders_v1": sold, "marketing.campaigns_v1": [CAMPAIGN]}
    if visited is not None:
        inputs["logs.access_events_v1"] = visited
    return run("marketing/campaign_performance_v1", inputs, partition="2026-11-01")


def broken(made: RunResult) -> set[str]:
    return {one.check.name for one in made.report.failures}


def test_campaigns_are_typed_and_spelled_alike() -> None:
    made = campaigns()
    assert made.report.passed
    (row,) = made.rows
    assert (row["campaign_id"], row["name"], row["channel"]) == ("CMP-0042", "Film Noir – Best of", "social")
    assert (row["start_date"], row["end_date"], row["status"]) == (date(2026, 10, 20), None, "active")
    assert (row["budget"], row["currency"]) == (Decimal("12345.60"), "EUR")


def test_campaigns_refuse_budgets_without_currency_ends_before_starts_and_unknown_channels() -> None:
    assert broken(campaigns(budget="12,345.60")) == {"currency_required"}
    assert broken(campaigns(budget="much")) == {"budget_required", "currency_required"}
    assert broken(campaigns(budget="€12,34.60")) == {"budget_required"}
    assert broken(campaigns(end_date="2026-10-19")) == {"ends_after_it_starts"}
    assert broken(campaigns(status="ENDED")) == {"what_ended_has_an_end"}
    assert broken(campaigns(channel="carrier pigeon", status="LOST")) == {"channel_known", "status_known"}


def test_a_date_that_is_none_is_refused_and_not_taken_for_a_campaign_without_end() -> None:
    assert broken(campaigns(end_date="soon")) == {"ends_after_it_starts"}
    assert broken(campaigns(start_date="soon")) == {"start_date_required"}
    assert campaigns(end_date=" ").rows[0]["end_date"] is None


def test_spend_is_typed_and_has_the_totals_beside_it_and_not_among_it() -> None:
    made = spend(EXPORTED, TOTAL)
    assert made.report.passed
    (row,) = made.rows
    assert (row["impressions"], row["clicks"], row["cost"]) == (1234, 56, Decimal("1000.50"))
    assert (row["total_impressions"], row["total_clicks"], row["total_cost"]) == (1234, 56, Decimal("1000.50"))
    assert (row["day"], row["channel"], row["taken_at"]) == (DAY, "social", TAKEN)


def test_two_dashes_are_none_of_it() -> None:
    made = spend(EXPORTED | {"clicks": "--"}, TOTAL | {"clicks": "--"})
    assert made.report.passed
    assert made.rows[0]["clicks"] == 0


@pytest.mark.parametrize("again", [{}, {"cost": "1,000.50 €", "device": "Mobile "}])
def test_a_row_that_comes_twice_counts_once_however_it_is_spelled(again: Row) -> None:
    made = spend(EXPORTED, EXPORTED | again, TOTAL)
    assert made.report.passed
    assert len(made.rows) == 1


def test_a_row_that_comes_twice_with_other_figures_is_refused() -> None:
    made = spend(EXPORTED, EXPORTED | {"cost": "€0.50"}, TOTAL | {"cost": "€1,001.00", "clicks": "112"})
    assert "primary_key" in broken(made)


@pytest.mark.parametrize("figures", [{"impressions": "1,235"}, {"clicks": "57"}, {"cost": "€1,000.52"}])
def test_totals_that_the_rows_do_not_add_up_to_keep_the_day_out(figures: Row) -> None:
    assert broken(spend(EXPORTED, TOTAL | figures)) == {"adds_up_to_the_platforms_totals"}


def test_totals_may_be_off_by_rounding() -> None:
    assert spend(EXPORTED, TOTAL | {"cost": "€1,000.51"}).report.passed


def test_spend_without_totals_is_refused() -> None:
    assert broken(spend(EXPORTED)) == {
        "total_impressions_required",
        "total_clicks_required",
        "total_cost_required",
    }


def test_a_day_without_ads_has_no_rows_and_is_in_order() -> None:
    made = spend(TOTAL | {"impressions": "0", "clicks": "--", "cost": "€0.00"})
    assert made.report.passed
    assert made.rows == []


@pytest.mark.slow
def test_spend_refuses_unknown_campaigns_and_what_is_no_number() -> None:
    unknown = spend(EXPORTED | {"campaign_id": "CMP-0043"}, TOTAL)
    assert broken(unknown) == {"campaign_id_foreign_key", "channel_required"}
    assert "clicks_required" in broken(spend(EXPORTED | {"clicks": "n/a"}, TOTAL))
    assert "clicks_required" in broken(spend(EXPORTED | {"clicks": "9" * 30}, TOTAL))
    assert "cost_required" in broken(spend(EXPORTED | {"cost": "$1,000.50"}, TOTAL))
    assert "cost_minimum" in broken(spend(EXPORTED | {"cost": "€-1,000.50"}, TOTAL))
    assert "no_more_clicks_than_impressions" in broken(spend(EXPORTED | {"impressions": "55"}, TOTAL))
    assert "taken_when_the_day_was_over" in broken(spend(EXPORTED | {"_taken_at": TAKEN.replace(day=1)}, TOTAL))


WAYS: Final = ("€{:,.2f}", "{:,.2f} €", "{:.2f}\u00a0€", " € {:,.2f} ", "EUR {:,.2f}", "{:,.2f}")


def costs(texts: list[str]) -> tuple[list[Decimal | None], set[str]]:
    """What is read of some costs, one row each, and the rules that are broken."""
    rows = [EXPORTED | {"campaign_id": f"CMP-{at:04d}", "cost": text} for at, text in enumerate(texts)]
    made = spend(*rows, TOTAL)
    return [row["cost"] for row in sorted(made.rows, key=lambda row: str(row["campaign_id"]))], broken(made)


@settings(max_examples=examples(8))
@given(st.lists(st.tuples(st.integers(0, 10**11), st.sampled_from(WAYS)), min_size=1, max_size=30))
def test_money_is_read_whichever_way_it_is_written(amounts: list[tuple[int, str]]) -> None:
    found, _ = costs([way.format(Decimal(cents) / 100) for cents, way in amounts])
    assert found == [Decimal(cents) / 100 for cents, _ in amounts]


@settings(max_examples=examples(8))
@given(st.lists(st.text("0123456789.,-€$ ", max_size=8), min_size=1, max_size=60))
def test_what_is_no_amount_is_refused_and_never_guessed(texts: list[str]) -> None:
    found, rules = costs(texts)
    assert ("cost_required" in rules) == (None in found)
    for text, cost in zip(texts, found, strict=True):
        plain = text.replace(" ", "")
        if cost is not None and plain != "--":
            assert cost == Decimal(re.sub("[€,]", "", plain))
            assert "€" not in plain[1:-1], "a sign stands before or after"
            assert re.search(r",(?!\d{3}(?!\d))|[.].*,", plain) is None, "commas stand before three digits"


def test_performance_puts_orders_beside_the_spend_that_brought_them() -> None:
    desktop = SPENT | {"device": "desktop", "clicks": 8}
    made = performance([SPENT, desktop], [SOLD, SOLD, SOLD | {"status": "refunded"}])
    assert made.report.passed
    (row,) = made.rows
    assert (row["day"], row["campaign"], row["channel"], row["clicks"]) == (DAY, "Film Noir", "social", 20)
    assert (row["spend"], row["orders"], row["lost_orders"]) == (Decimal("20.00"), 3, 1)
    assert (row["revenue"], row["cost_per_order"]) == (Decimal("40.00"), Decimal("10.00"))
    assert row["return_on_ad_spend"] == Decimal("2.0000")


def test_money_of_two_currencies_is_never_added_and_gives_no_return() -> None:
    pounds = SOLD | {"ship_to_country": "GB", "currency": "GBP"}
    made = performance([SPENT | {"market": "GB"}], [pounds, pounds])
    assert made.report.passed
    found = {row["currency"]: row for row in made.rows}
    assert (found["EUR"]["spend"], found["EUR"]["revenue"], found["EUR"]["orders"]) == (Decimal(10), Decimal(0), 0)
    assert (found["GBP"]["spend"], found["GBP"]["revenue"], found["GBP"]["orders"]) == (Decimal(0), Decimal(40), 2)
    assert (found["EUR"]["cost_per_order"], found["GBP"]["cost_per_order"]) == (Decimal("5.00"), None)
    assert {row["return_on_ad_spend"] for row in made.rows} == {None}


def test_spend_without_orders_returned_nothing_and_orders_without_spend_have_no_ratio() -> None:
    made = performance([SPENT], [SOLD | {"ship_to_country": "FR"}])
    assert made.report.passed
    found = {row["market"]: (row["cost_per_order"], row["return_on_ad_spend"]) for row in made.rows}
    assert found == {"DE": (None, Decimal(0)), "FR": (None, None)}


def test_orders_of_an_unknown_campaign_are_kept_visible_and_those_of_none_are_not_its() -> None:
    made = performance([SPENT], [SOLD] * 3 + [SOLD | {"campaign_id": "CMP-9042"}, SOLD | {"campaign_id": None}])
    assert made.report.passed
    found = {row["campaign_id"]: (row["campaign_known"], row["campaign"], row["orders"]) for row in made.rows}
    assert found == {"CMP-0042": (True, "Film Noir", 3), "CMP-9042": (False, None, 1)}


def test_visits_by_a_campaigns_links_have_a_row_of_no_market_and_no_money() -> None:
    seen = {"campaign": "CMP-0042", "bot": False, "status": 200}
    not_counted = [seen | {"bot": True}, seen | {"status": 404}, seen | {"campaign": None}, seen | {"campaign": "sale"}]
    made = performance([SPENT], [SOLD], [seen, seen | {"campaign": " cmp-0042"}, *not_counted])
    assert made.report.passed
    found = {(row["market"], row["currency"]): (row["visits"], row["orders"], row["campaign"]) for row in made.rows}
    assert found == {("ZZ", "XXX"): (2, 0, "Film Noir"), ("DE", "EUR"): (0, 1, "Film Noir")}
    assert [row["return_on_ad_spend"] for row in made.rows if row["market"] == "DE"] == [Decimal("2.0000")]


def test_a_day_without_a_log_has_ads_and_orders_all_the_same() -> None:
    made = performance([SPENT], [SOLD])
    assert [(row["visits"], row["orders"]) for row in made.rows] == [(0, 1)]


def test_many_orders_of_unknown_campaigns_are_a_warning_that_keeps_nothing_out() -> None:
    made = performance([], [SOLD | {"campaign_id": "CMP-9042"}])
    assert [(one.check.name, one.check.blocking) for one in made.report.failures] == [
        ("few_orders_of_unknown_campaigns", False)
    ]


def test_performance_refuses_spend_of_campaigns_that_nobody_knows() -> None:
    assert broken(performance([SPENT | {"campaign_id": "CMP-9042"}], [])) == {"only_known_campaigns_cost"}


def test_a_day_without_ads_and_without_orders_of_campaigns_is_empty_and_in_order() -> None:
    made = performance([], [SOLD | {"campaign_id": None}])
    assert made.report.passed
    assert made.rows == []
