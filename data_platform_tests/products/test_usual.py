"""A product that looks back: what was measured of earlier publications, and what becomes of an odd batch."""

from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest

from data_platform.contracts.checks.results import Status
from data_platform.products.publish import Publication, publish
from data_platform.products.schema import cast
from data_platform.products.versions import versions
from data_platform_tests.products.shop import Platform

KEY = "sales/visits_v1"
COLUMNS = """\
- {name: day, logicalType: date, required: true, partitioned: true, primaryKey: true, primaryKeyPosition: 1,
   description: The day.}
- {name: id, logicalType: integer, required: true, primaryKey: true, primaryKeyPosition: 2, description: The number.}
- name: country
  logicalType: string
  description: From where.
  customProperties:
    - {property: dataPlatform.usualValues, value: true}
    - {property: dataPlatform.usualNulls, value: true}
- {name: seconds, logicalType: number, description: How long.,
   customProperties: [{property: dataPlatform.usualValues, value: {least: 3}}]}
- {name: email, logicalType: string, classification: personal, description: Who.,
   customProperties: [{property: dataPlatform.usualValues, value: true}]}
"""
FIRST = date(2026, 11, 1)


def visits(day: date, rows: int, country: str | None = "SE") -> list[dict[str, Any]]:
    return [
        {"day": day, "id": at, "country": country if at % 4 else "DE", "seconds": float(at % 60), "email": f"{at}@x.de"}
        for at in range(rows)
    ]


def put(platform: Platform, number: int, rows: int, country: str | None = "SE") -> Publication:
    product = platform.shop.read(KEY)
    day = FIRST + timedelta(days=number)
    batch = cast(pa.Table.from_pylist(visits(day, rows, country)), product.schema.properties)
    return publish(platform.store, product, batch, run_id=f"run-{number}-{rows}", partition=day.isoformat())


@pytest.fixture
def shop(platform: Platform) -> Platform:
    platform.shop.product(
        KEY,
        COLUMNS,
        sql="SELECT day, id, country, seconds, email FROM sales.raw_visits",
        defs="partitions: {type: daily}\ninputs: {sales.raw_visits: {columns: [day, id, country, seconds, email]}}",
        mode="replace_partition",
        custom={"usualRows": "{window: 10, severity: error}"},
    )
    return platform


def test_without_a_history_there_is_no_answer_and_with_one_what_is_odd_is_told_or_refused(shop: Platform) -> None:
    for number in range(8):
        publication = put(shop, number, 200 + number)
        assert publication.published
        status = publication.report["usual_rows"].status
        assert status is (Status.NOT_EVALUATED if number < 7 else Status.PASSED), publication.report
    reason = publication.report["usual_rows"].reason or ""
    assert reason.startswith("207 rows; of 7 batches before, the middle is 203")

    few = put(shop, 8, 20)
    assert not few.published
    assert few.report["usual_rows"].status is Status.FAILED

    strange = put(shop, 9, 205, country=None)
    assert strange.published  # it only warns
    assert strange.report["country_usual_nulls"].reason == (
        "74.6% of the values are null; of 8 batches before, the middle is 0.0%, and 0.0% to 2.0% is usual"
    )
    assert strange.report["country_usual_values"].status is Status.FAILED
    assert strange.report["seconds_usual_values"].status is Status.PASSED
    assert strange.report["email_usual_values"].reason == (
        "the column is classified, so nothing of its values is kept to compare with"
    )


def test_nothing_of_classified_values_is_kept_and_of_others_what_was_measured(shop: Platform) -> None:
    put(shop, 0, 100)
    (version,) = (version for version in versions(shop.store, shop.shop.read(KEY)) if version.rows)
    assert version.metadata["usual"] == {
        "usual_rows": 100.0,
        "country_usual_nulls": 0.0,
        "country_usual_values": {"SE": 0.75, "DE": 0.25},
        "seconds_usual_values": {"p10": 4.9, "p50": 24.5, "p90": 49.1},
    }


def test_a_partition_that_is_made_anew_is_not_compared_with_itself(shop: Platform) -> None:
    for number in range(7):
        put(shop, number, 200)
    again = put(shop, 6, 200)
    assert again.report["usual_rows"].reason == ("6 batches were published before, and it takes 7 to say what is usual")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("{windw: 3}", "'windw' is not known"), ("{least: 40}", "least 40 is more than window 30"),
        ("{tolerance: 0}", "tolerance: 0 is out of range"), ("{severity: loud}", "severity: 'loud' is not known"),
        ("often", "'often' says nothing of it"), ("{window: 2.5}", "window: 2.5 is out of range"),
    ],
)  # fmt: skip
def test_settings_that_mean_nothing_are_told(shop: Platform, value: str, message: str) -> None:
    file = shop.shop.domains / KEY / "contract.odcs.yaml"
    file.write_text(file.read_text().replace("{window: 10, severity: error}", value))
    with pytest.raises(Exception, match="house-property") as error:
        shop.shop.read(KEY)
    assert message in str(error.value)
