"""A product's picture: drawn of what was published, and never in the way of it."""

import base64
from typing import Any

import pytest

from data_platform.orchestration.products.picture import MOST_BYTES
from data_platform.products.errors import InvalidProductError
from data_platform.settings import START_DATE_VARIABLE
from data_platform_tests.products.shop import ORDERS_COLUMNS, Platform, failure_of, metadata_of

KEY = "sales/orders_v1"
PNG = b"\x89PNG\r\n\x1a\n"
SQL = """\
SELECT order_id, CAST(day AS DATE) AS day, CAST(total AS DECIMAL(10, 2)) AS total, email
FROM sales.raw_orders WHERE day = $partition_key
"""
DEFS = """
partitions: {type: daily}
inputs: {sales.raw_orders: {columns: [order_id, day, total, email], partitions: all}}
picture: {columns: [day, total], lookback_days: 2}
"""
PICTURE = """
import pandas as pd


def sold(published: pd.DataFrame) -> bytes:
    text = ";".join(sorted(f"{day}={total}" for day, total in published.itertuples(index=False)))
    return b"\\x89PNG\\r\\n\\x1a\\n" + text.encode()
"""


@pytest.fixture
def daily(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Platform:
    monkeypatch.setenv(START_DATE_VARIABLE, "2026-11-01")
    platform.shop.write("sales/ingestion.py", '"""Raw."""\n\nNAME = "raw_orders"\n')
    platform.put("sales/raw_orders", [order(day) for day in range(1, 7) if day != 3])
    define(platform)
    return platform


def order(day: int) -> dict[str, Any]:
    return {"order_id": day, "day": f"2026-11-0{day}", "total": float(day), "email": "ada@shop.example"}


def define(platform: Platform, *, picture: str | None = PICTURE, defs: str = DEFS) -> None:
    platform.shop.product(KEY, ORDERS_COLUMNS, sql=SQL, defs=defs, mode="replace_partition")
    if picture is not None:
        platform.shop.write(f"{KEY}/picture.py", picture)


def drawn(metadata: dict[str, Any]) -> str:
    start, _, encoded = metadata["sold"].partition("base64,")
    assert start == "![sold](data:image/png;"
    data = base64.b64decode(encoded.removesuffix(")"))
    assert data.startswith(PNG)
    return data.removeprefix(PNG).decode()


@pytest.mark.slow
def test_the_picture_is_of_the_partition_and_of_the_days_before_it_that_there_are(daily: Platform) -> None:
    for day in (1, 2, 4):
        result = daily.run(KEY, f"2026-11-0{day}")
    assert drawn(metadata_of(result)["2026-11-04"]) == "2026-11-02=2.00;2026-11-04=4.00"


@pytest.mark.slow
def test_without_a_lookback_it_is_of_the_partition_alone_and_of_the_whole_table_where_there_are_none(
    daily: Platform,
) -> None:
    define(daily, defs=DEFS.replace(", lookback_days: 2", ""))
    daily.run(KEY, "2026-11-01")
    assert drawn(metadata_of(daily.run(KEY, "2026-11-02"))["2026-11-02"]) == "2026-11-02=2.00"
    whole = "\n".join(line for line in DEFS.splitlines() if "type: daily" not in line).replace(", lookback_days: 2", "")
    columns = ORDERS_COLUMNS.replace(", partitioned: true", "")
    sql = SQL.partition("WHERE")[0]
    daily.shop.product("sales/all_v1", columns, sql=sql, defs=whole.replace(", partitions: all", ""))
    daily.shop.write("sales/all_v1/picture.py", PICTURE)
    assert drawn(metadata_of(daily.run("sales/all_v1"))[None]).count("=") == 5


@pytest.mark.slow
def test_of_many_partitions_the_newest_that_was_published_has_one(daily: Platform) -> None:
    found = metadata_of(daily.run_range(KEY, "2026-11-01", "2026-11-04"))
    assert [key for key, metadata in found.items() if "sold" in metadata] == ["2026-11-04"]
    assert drawn(found["2026-11-04"]) == "2026-11-02=2.00;2026-11-04=4.00"
    daily.put("sales/raw_orders", [order(5), order(6) | {"total": -6.0}])
    result = daily.run_range(KEY, "2026-11-05", "2026-11-06")
    assert "1 of 2 partitions failed" in failure_of(result)
    assert drawn(metadata_of(result)["2026-11-05"]) == "2026-11-04=4.00;2026-11-05=5.00"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise ValueError('no ink')", "ValueError: no ink"),
        ("return published['email']", "KeyError: 'email'"),
        ("return 'a drawing'", "sold gave str, and no PNG"),
        ("return b'GIF89a'", "sold gave bytes, and no PNG"),
        (f"return {PNG!r} + bytes({MOST_BYTES})", "the PNG has 300,008 bytes; at most 300,000 are shown"),
        ("import a_library_that_nobody_has", "ModuleNotFoundError"),
    ],
)
def test_a_picture_that_fails_is_told_and_fails_nothing(daily: Platform, body: str, said: str) -> None:
    define(daily, picture=f"def sold(published):\n    {body}\n")
    result = daily.run(KEY, "2026-11-01")
    assert result.success
    assert "sold" not in metadata_of(result)["2026-11-01"]
    told = [str(record) for record in daily.instance.all_logs(result.run_id) if record.level == 30]
    assert any("sales/orders_v1: there is no picture" in line and said in line for line in told)


def test_another_picture_is_another_code_version(daily: Platform) -> None:
    before = daily.shop.read(KEY).code_version
    daily.shop.write(f"{KEY}/picture.py", PICTURE.replace(";", ","))
    assert daily.shop.read(KEY).code_version != before


@pytest.mark.parametrize(
    ("picture", "change", "said"),
    [
        (PICTURE, "", "picture.py:1:1: error[picture]: nothing says what it gets"),
        (
            None,
            "picture: {columns: [day]}",
            "defs.yaml:5:3: error[picture]: attributes.picture: there is no picture.py",
        ),
        (
            PICTURE,
            "picture: {columns: [day, email]}",
            "defs.yaml:5:28: error[picture]: attributes.picture.columns[1]: the column 'email' is classified",
        ),
        (PICTURE, "picture: {columns: [day, totl]}", "the contract has no column 'totl'. Fix: did you mean 'total'?"),
        (PICTURE, "picture: {columns: []}", "name at least one column"),
        (PICTURE, "picture: {columns: [day], lookback_days: 0}", "write a number of days from 1"),
        ("def one(a): ...\ndef two(a): ...\n", "picture: {columns: [day]}", "picture.py:2:1"),
        ("def one(a, b): ...\n", "picture: {columns: [day]}", "one takes other arguments than the published rows"),
        ("def one(a\n", "picture: {columns: [day]}", "picture.py:1:8: error[transform]: this is no Python"),
    ],
)
def test_a_picture_that_cannot_be_is_refused_with_file_and_line(
    daily: Platform, picture: str | None, change: str, said: str
) -> None:
    define(daily, picture=picture, defs=DEFS.replace("picture: {columns: [day, total], lookback_days: 2}", change))
    if picture is None:
        (daily.shop.domains / KEY / "picture.py").unlink()
    with pytest.raises(InvalidProductError) as error:
        daily.shop.read(KEY)
    assert said in str(error.value)


def test_only_days_can_be_looked_back_to(daily: Platform) -> None:
    define(daily, defs=DEFS.replace("type: daily", "type: dynamic, name: shops"))
    with pytest.raises(InvalidProductError, match="the product has no days to look back to"):
        daily.shop.read(KEY)
