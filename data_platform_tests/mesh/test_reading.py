"""Looking at what a product holds, at what was rejected, and reading it from one's own program."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from data_platform.mesh.overview.reading import LIBRARIES, how_to_read
from data_platform.storage.objects.s3_options import S3Options
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.mesh.registry_shop import ORDERS, Desk, new_desk, put
from data_platform_tests.s3 import S3Server

DAYS = ["2026-11-20", "2026-11-21"]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with new_desk(tmp_path_factory.mktemp("desk")) as desk:
        desk.orders()
        desk.reader()
        for day, total in zip(DAYS, ["1.50", "2.50"], strict=True):
            assert put(desk, day, total)
        assert not put(desk, "2026-11-22", "-3.00", run="bad")
        yield desk


def test_a_look_at_a_product_shows_its_first_rows_and_hides_what_is_classified(desk: Desk) -> None:
    found = desk.json("read", ORDERS, "--partition", DAYS[1])
    assert found["rows"] == [{"order_id": 1, "day": DAYS[1], "total": "2.50", "email": "***"}]
    assert found["uri"].endswith("/sales/orders_v1")
    code, said = desk.run("read", ORDERS)
    assert code == 0
    assert "2 rows of file://" in said
    assert "hidden: email (--clear shows them)" in said
    assert "a@b.c" not in said
    assert "a@b.c" in desk.run("read", ORDERS, "--clear")[1]
    assert "1 row of file://" in desk.run("read", ORDERS, "--limit", "1")[1]


def test_columns_come_in_the_order_that_is_asked_for(desk: Desk) -> None:
    found = desk.json("read", ORDERS, "--column", "total", "--column", "day", "--partition", DAYS[0])
    assert [list(row.items()) for row in found["rows"]] == [[("total", "1.50"), ("day", DAYS[0])]]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((ORDERS, "--column", "totl"), "has no column 'totl': did you mean 'total'?"),
        ((ORDERS, "--partition", "2026-11-2"), "has no partition '2026-11-2' yet: did you mean '2026-11-2"),
        (("marketing/spend_v1", "--partition", DAYS[0]), "was never published"),
        (("slaes",), "there is no product slaes: did you mean 'sales'?"),
    ],
)
def test_what_is_not_there_is_told_with_what_was_meant(desk: Desk, arguments: tuple[str, ...], told: str) -> None:
    code, said = desk.run("read", *arguments)
    assert code == 2
    assert told in said


def test_rejected_rows_are_shown_with_their_rules_and_without_personal_values(desk: Desk) -> None:
    (row,) = desk.json("quarantine", ORDERS, "--partition", "2026-11-22")["rows"]
    assert (row["partition"], row["run_id"], row["reasons"]) == ("2026-11-22", "bad", ["total_minimum"])
    assert row["row"] == {"order_id": 1, "day": "2026-11-22", "total": "-3.00", "email": "***"}
    code, said = desk.run("quarantine", ORDERS)
    assert code == 0
    assert "UTC, the batch of 2026-11-22, run bad: total_minimum" in said
    assert "a@b.c" not in said
    assert "a@b.c" in desk.run("quarantine", ORDERS, "--clear")[1]
    assert desk.run("quarantine", ORDERS, "--run", "other") == (0, "Nothing of sales/orders_v1 was rejected.\n")


TOTALS = {
    "pandas": "rows['total']",
    "polars": "rows['total']",
    "duckdb": "[total for (total,) in rows.project('total').fetchall()]",
}


def run_lines(library: str, program: str, environment: dict[str, str]) -> list[str]:
    """The totals that the lines read, by a process of its own."""
    code = f"{program}\nprint(*sorted(map(str, {TOTALS[library]})))"
    variables = {**os.environ, **environment}
    done = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.slow
@pytest.mark.parametrize("library", LIBRARIES)
def test_the_lines_that_are_printed_read_the_product_from_a_real_s3(
    library: str, desk: Desk, s3_store: S3Server
) -> None:
    keys = {"access_key_id": s3_store.access_key, "secret_access_key": s3_store.secret_key}
    options = S3Options(endpoint=s3_store.endpoint, region=s3_store.region, **keys)
    s3 = Desk(desk.shop, ObjectStore.open(s3_store.fresh_url(), options))
    for day, total in zip(DAYS, ["1.50", "2.50"], strict=True):
        assert put(s3, day, total)
    product = desk.checkout.products[ORDERS]
    environment = {**s3_store.environment, "AWS_ALLOW_HTTP": "true"}
    assert run_lines(library, how_to_read(s3.store, product)[library], environment) == ["1.50", "2.50"]
    assert run_lines(library, how_to_read(s3.store, product, DAYS[1])[library], environment) == ["2.50"]


def test_the_lines_say_where_the_keys_come_from(desk: Desk) -> None:
    code, said = desk.run("read", ORDERS, "--how", "--partition", DAYS[0])
    assert code == 0
    assert 'eval "$(data-platform env)"' in said
    assert [library for library in LIBRARIES if f"# {library}\n" in said] == list(LIBRARIES)


def test_reading_writes_nothing(desk: Desk) -> None:
    folder = Path(str(desk.store.url).removeprefix("file://"))
    files = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    for arguments in (("read", ORDERS), ("quarantine", ORDERS), ("read", ORDERS, "--how"), ("status",), ("list",)):
        desk.run(*arguments)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()} == files


def test_values_keep_their_types_in_json(desk: Desk) -> None:
    (row,) = desk.json("read", ORDERS, "--partition", DAYS[0])["rows"]
    assert Decimal(row["total"]) == Decimal("1.50")
    assert date.fromisoformat(row["day"]) == date(2026, 11, 20)
