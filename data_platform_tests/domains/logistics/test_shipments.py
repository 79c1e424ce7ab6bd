"""`logistics/shipments_v1`: what carriers write, typed; and what its contract refuses."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from data_platform.products.folder import read_product
from data_platform.products.source_file import read_source
from data_platform.products.testing import DOMAINS, RunResult, run
from data_platform.storage.formats.column_types import schema_of
from data_platform_tests.examples import examples

PRODUCT: Final = read_product(DOMAINS / "logistics" / "shipments_v1")
KEY: Final = "2026-11-02"
DAY: Final = date(2026, 11, 2)
ORDER: Final = 20330042

PARCEL: Final = {
    "day": KEY,
    "tracking_number": "PA0203300421",
    "order_reference": str(ORDER),
    "shipped_on": "2026-11-02",
    "promised_on": "2026-11-05",
    "postcode": "ls1 4ab",
    "city": "Leeds",
    "country": "gb",
    "weight_kg": "1.25",
    "freight_eur": "12.90",
    "_carrier": "parcelo",
    "_line": 2,
}
SOURCE: Final = read_source(DOMAINS / "logistics" / "raw_shipments")[0]
SCHEMA: Final = schema_of({"day": "string", **{name: column.type for name, column in SOURCE.columns.items()}})


def made(*parcels: Mapping[str, Any], known: tuple[int, ...] = (ORDER,), today: tuple[int, ...] = ()) -> RunResult:
    """The product of some lines; `known` are all published orders, `today` those of the parcels' day."""
    read = pa.schema([field for field in SCHEMA if field.name in PARCEL])
    inputs = {
        "logistics.raw_shipments": pa.Table.from_pylist([{**PARCEL, **one} for one in parcels], schema=read),
        "sales.orders_v1": pa.table({"order_id": pa.array(today, pa.int64())}),
    }
    orders = pa.table({"order_id": pa.array(known, pa.int64())})
    return run(PRODUCT, inputs, partition=KEY, others={"sales/orders_v1": orders})


def row(**cells: Any) -> dict[str, Any]:
    (one,) = made(cells).rows
    return one


def numbered(name: str, texts: Sequence[str | None], **cells: Any) -> list[dict[str, Any]]:
    """A parcel for each text in a column."""
    return [{"tracking_number": f"PA{number:010}", name: text} | cells for number, text in enumerate(texts)]


def broken(result: RunResult) -> set[str]:
    return {one.check.name for one in result.report.failures}


def test_a_line_becomes_a_typed_parcel_of_its_order() -> None:
    result = made({}, today=(ORDER,))
    assert result.report.passed
    (one,) = result.rows
    assert (one["day"], one["carrier"], one["order_id"], one["same_day"]) == (DAY, "parcelo", ORDER, True)
    assert (one["shipped_on"], one["promised_on"]) == (DAY, date(2026, 11, 5))
    assert (one["weight_kg"], one["freight_eur"]) == (Decimal("1.250"), Decimal("12.90"))
    assert (one["postcode"], one["country"]) == ("LS1 4AB", "GB")
    assert not any(one[name] for name in one if name.endswith("_note"))


def test_days_are_read_in_every_carriers_spelling() -> None:
    result = made(*numbered("shipped_on", ["2-Nov-26", "02-Nov-2026", "2-nov-26", " 2026-11-02 "]))
    assert [one["shipped_on"] for one in result.rows] == [DAY] * 4


def test_a_day_that_cannot_be_read_or_cannot_be_is_null_and_its_words_are_kept() -> None:
    words = ["Date Not Captured", "11/2/2026", "31-Feb-26", "2-Nov-62", "3-Nov-26", "18-Oct-26", "Pre-PQ Process"]
    result = made(*numbered("shipped_on", words))
    assert result.report.passed
    assert {one["shipped_on"] for one in result.rows} == {None}
    assert sorted(one["shipped_note"] for one in result.rows) == sorted(words)


def test_so_is_a_promise_for_the_past_or_for_months_later() -> None:
    words = ["Date Not Captured", "1-Nov-26", "2-Nov-62", "3-Dec-26"]
    result = made(*numbered("promised_on", words))
    assert result.report.passed
    assert {one["promised_on"] for one in result.rows} == {None}
    assert sorted(one["promised_note"] for one in result.rows) == sorted(words)


def test_a_promise_may_be_kept_on_the_day_of_the_pick_up_and_must_be_within_a_month() -> None:
    rows = made(*numbered("promised_on", ["2026-11-02", "2-Dec-26"])).rows
    assert {one["promised_on"] for one in rows} == {DAY, date(2026, 12, 2)}
    assert row(shipped_on="2026-10-31", promised_on="2026-11-01")["promised_on"] == date(2026, 11, 1)
    assert row(shipped_on="N/A", promised_on="2026-11-01")["promised_on"] is None


def test_words_in_place_of_a_number_are_kept_in_its_note() -> None:
    words = ["Weight Captured Separately", "See DN-304 (ID#:10589)", "N/A - From RDC", "12,34,5", "1e3", "-3", "2 kg"]
    for column in ("weight_kg", "freight_eur"):
        result = made(*numbered(column, words))
        assert result.report.passed
        assert {one[column] for one in result.rows} == {None}
        assert sorted(one[f"{column.partition('_')[0]}_note"] for one in result.rows) == sorted(words)


def test_what_says_nothing_is_null_without_a_note() -> None:
    names = ("shipped_on", "promised_on", "postcode", "city", "country", "weight_kg", "freight_eur")
    nothings = [None, "", "  ", "N/A", "n/a", "-", "--", "null", "None"]
    result = made(*({"tracking_number": f"PA{n:010}"} | dict.fromkeys(names, one) for n, one in enumerate(nothings)))
    assert result.report.passed
    notes = [name for name in result.table.column_names if name.endswith("_note")]
    assert {one[name] for one in result.rows for name in (*names, *notes)} == {None}


NUMBERS: Final = st.tuples(
    st.integers(1, 900_000), st.integers(0, 3), st.sampled_from(["parcelo", "nordpost", "swiftline"]), st.booleans()
)


@given(st.lists(NUMBERS, min_size=1, max_size=30))
@settings(max_examples=examples(10))
def test_a_number_is_read_as_its_carrier_writes_it(drawn: list[tuple[int, int, str, bool]]) -> None:
    numbers = [round(Decimal(grams) / 1000 + 1, places) for grams, places, _, _ in drawn]
    texts = [f"{one:,}" if grouped else str(one) for one, (_, _, _, grouped) in zip(numbers, drawn, strict=True)]
    lines = numbered("weight_kg", texts)
    for line, (_, _, carrier, _) in zip(lines, drawn, strict=True):
        line["_carrier"] = carrier
        if carrier == "nordpost":
            line["weight_kg"] = line["weight_kg"].translate(str.maketrans(",.", ".,"))
    found = {one["tracking_number"]: one["weight_kg"] for one in made(*lines).rows}
    assert found == {line["tracking_number"]: number for line, number in zip(lines, numbers, strict=True)}


def test_an_order_is_found_however_its_number_is_spelled() -> None:
    spelled = ["20330042", "#20330042", "ORD-020330042", " 0020330042 ", "20330042.0", "Auftrag 20330042"]
    result = made(*numbered("order_reference", spelled))
    assert result.report.passed
    assert [one["order_id"] for one in result.rows] == [ORDER] * len(spelled)


def test_a_reference_that_is_no_number_is_refused() -> None:
    result = made({}, *numbered("order_reference", ["20330-042", "N/A", "", None, "2033004200000000000000"]))
    assert broken(result) == {"order_id_required"}
    assert result.report["order_id_required"].failing == 5


def test_a_parcel_of_an_order_that_sales_has_not_published_is_refused() -> None:
    result = made({}, known=(1,))
    assert broken(result) == {"order_id_foreign_key"}
    assert result.report.separable


def test_of_a_parcel_that_a_drop_has_twice_the_last_line_counts() -> None:
    result = made({"_line": 2}, {"_line": 7, "tracking_number": " pa0203300421", "weight_kg": "2.00"}, {"_line": 3})
    assert result.report.passed
    assert [one["weight_kg"] for one in result.rows] == [Decimal("2.000")]


def test_two_carriers_may_have_the_same_number() -> None:
    result = made({}, {"_carrier": "swiftline"})
    assert result.report.passed
    assert len(result.rows) == 2


def test_a_parcel_that_is_announced_a_day_late_says_nothing_about_same_day() -> None:
    assert row(shipped_on="2026-11-01")["same_day"] is None
    assert row()["same_day"] is False


def test_a_day_without_parcels_is_published_empty() -> None:
    result = made()
    assert result.report.passed
    assert result.rows == []


def test_what_no_parcel_can_be_is_refused() -> None:
    assert broken(made({"tracking_number": "?"})) == {"tracking_number_pattern"}
    assert broken(made({"country": "Atlantis"})) == {"country_pattern"}
    assert broken(made({"weight_kg": "0.00"})) == {"weight_kg_exclusive_minimum"}
    assert broken(made({"weight_kg": "1,001.5"})) == {"weight_kg_maximum"}


def test_a_day_of_which_hardly_a_weight_can_be_read_is_noticed_and_published() -> None:
    result = made({"weight_kg": "1.2.3"}, {"tracking_number": "PA0203300422", "weight_kg": "1.2.4"})
    assert broken(result) == {"weight_kg_mostly_weighed"}
    assert result.report.passed
