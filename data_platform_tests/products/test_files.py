"""Inputs that are files: which are found for which partition, what they hold, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_platform.products.errors import InvalidProductError
from data_platform.products.file_paths import FilePath
from data_platform.products.testing import run
from data_platform.settings import START_DATE_VARIABLE
from data_platform.storage.objects.url import encode_segment
from data_platform_tests.products.shop import Platform, failure_of

KEY = "sales/tills_v1"
COLUMNS = """\
- {name: day, logicalType: date, required: true, partitioned: true, description: The day.}
- {name: till, logicalType: string, required: true, description: Which.}
- {name: note, logicalType: string, description: What was typed.}
- {name: total, logicalType: integer, description: What was taken.}
"""
SQL = """\
SELECT CAST($partition_key AS DATE) AS day, till, note, CAST(total AS BIGINT) AS total
FROM sales.till_csv
"""
INPUT = "inputs: {sales.till_csv: {files: 'sales/till_csv/{till}/{partition}.csv', columns: [till, note, total]%s}}"
DAILY = "partitions: {type: daily}\n"


@pytest.fixture
def tills(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Platform:
    monkeypatch.setenv(START_DATE_VARIABLE, "2026-11-01")
    platform.shop.write("sales/ingestion.py", '"""Raw."""\n\nNAME = "till_csv"\n')
    define(platform)
    return platform


def define(platform: Platform, *, sql: str = SQL, defs: str = DAILY + INPUT % "") -> None:
    mode = "replace_partition" if "partitions: {type" in defs else None
    platform.shop.product(KEY, COLUMNS, sql=sql, defs=defs, mode=mode)


def put(platform: Platform, path: str, *rows: str, header: str = "note,total") -> None:
    platform.store.put(f"sales/till_csv/{path}.csv", "\r\n".join([header, *rows, ""]).encode())


def made(platform: Platform) -> list[tuple[str, str | None, int]]:
    return sorted((row["till"], row["note"], row["total"]) for row in platform.rows(KEY))


def test_the_files_of_a_partition_are_one_input_with_the_placeholder_as_a_column(tills: Platform) -> None:
    put(tills, "north/2026-11-01", "NA,007", "'=1+1,2")
    put(tills, "south/2026-11-01", ",3")
    put(tills, "south/2026-11-02", "other day,4")
    put(tills, "south/deeper/2026-11-01", "too deep,5")
    put(tills, "south/2026-11-01.csv.old", "another name,6")
    assert tills.run(KEY, "2026-11-01").success
    assert made(tills) == [("north", "=1+1", 2), ("north", "NA", 7), ("south", None, 3)]


def test_a_partition_without_a_file_fails_naming_it_and_a_file_without_rows_does_not(tills: Platform) -> None:
    put(tills, "north/2026-11-01")
    assert tills.run(KEY, "2026-11-01").success
    said = failure_of(tills.run(KEY, "2026-11-02"))
    assert "sales/tills_v1 2026-11-02: its input sales/till_csv is missing" in said
    assert "there is no file sales/till_csv/{till}/{partition}.csv of partition 2026-11-02" in said


@pytest.mark.slow
def test_a_lookback_reads_the_days_that_are_there_and_knows_them_apart(tills: Platform) -> None:
    sql = SQL.replace("till, note", "till, partition AS note")
    looking_back = (INPUT % ", lookback_days: 2").replace("note, total", "partition, total")
    define(tills, sql=sql, defs=DAILY + looking_back)
    for day, total in (("01", 1), ("02", 2), ("04", 4)):
        put(tills, f"north/2026-11-{day}", f"x,{total}")
    assert tills.run(KEY, "2026-11-04").success
    assert made(tills) == [("north", "2026-11-02", 2), ("north", "2026-11-04", 4)]
    assert "of partition 2026-11-03" in failure_of(tills.run(KEY, "2026-11-03"))


def test_all_partitions_are_read_by_a_product_without_any(tills: Platform) -> None:
    define(tills, sql=SQL.replace("$partition_key", "'2026-11-01'"), defs=INPUT % "")
    assert "there is no file" in failure_of(tills.run(KEY))
    put(tills, "north/2026-11-01", "x,1")
    put(tills, "north/2026-11-02", "y,2")
    assert tills.run(KEY).success
    assert made(tills) == [("north", "x", 1), ("north", "y", 2)]


def test_one_file_without_placeholders_is_read_without_looking_around(tills: Platform) -> None:
    defs = "inputs: {sales.till_csv: {files: sales/till_csv/all.csv, columns: [till, note, total]}}"
    define(tills, sql=SQL.replace("$partition_key", "'2026-11-01'"), defs=defs)
    put(tills, "all", "north,x,1", header="till,note,total")
    assert tills.run(KEY).success
    assert made(tills) == [("north", "x", 1)]


def test_a_python_transform_reads_files_too(tills: Platform) -> None:
    (tills.shop.domains / KEY / "transform.sql").unlink()
    python = """
        import pandas as pd


        def tills(raw: pd.DataFrame, partition_key: str) -> pd.DataFrame:
            day = pd.Timestamp(partition_key).date()
            return raw.assign(day=day, total=raw["total"].astype(int))
    """
    named = (INPUT % "").replace("sales.till_csv: {", "raw: {asset: sales/till_csv, ")
    tills.shop.product(KEY, COLUMNS, python=python, defs=DAILY + named, mode="replace_partition")
    put(tills, "north/2026-11-01", "x,1")
    assert tills.run(KEY, "2026-11-01").success
    assert made(tills) == [("north", "x", 1)]


def test_a_file_may_say_itself_where_it_lies(tills: Platform) -> None:
    put(tills, "north/2026-11-01", "x,1,north", header="note,total,till")
    put(tills, "south/2026-11-01", "y,2")
    assert tills.run(KEY, "2026-11-01").success
    assert made(tills) == [("north", "x", 1), ("south", "y", 2)]


@pytest.mark.parametrize(
    ("header", "rows", "said"),
    [
        ("note", ["x"], "there is no column ['total']; the file has ['note']"),
        ("note,total,till", ["x,1,south"], "till is 'north' in the path and 'south' in the file"),
        ("note,total", ["x,1,2"], "this is no CSV in UTF-8 with a header"),
    ],
)
def test_a_file_that_is_not_as_declared_fails_naming_it(
    tills: Platform, header: str, rows: list[str], said: str
) -> None:
    put(tills, "north/2026-11-01", *rows, header=header)
    message = failure_of(tills.run(KEY, "2026-11-01"))
    assert said in message
    assert "sales/till_csv/north/2026-11-01.csv" in message


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("sales/till_csv/{till}/{partition}.parquet", "does not end in .csv"),
        ("/sales/{partition}.csv", "a segment may not be empty"),
        ("sales/../hr/{partition}.csv", "a segment may not be empty, '.' or '..'"),
        ("sales/{the till}/{partition}.csv", "{the till} in"),
        ("sales/{till}/{till}.csv", "a placeholder occurs twice"),
        ("sales/{till}-{partition}.csv", "is not clear"),
        ("sales/{till/{partition}.csv", "is not clear"),
        ("{domain}/{partition}.csv", "starts with a placeholder"),
        ("hr/{till}/{partition}.csv", "is in the folder of hr, whose files are private to it"),
    ],
)
def test_a_path_that_cannot_be_is_refused_with_its_line(tills: Platform, path: str, said: str) -> None:
    define(tills, defs=DAILY + (INPUT % "").replace("sales/till_csv/{till}/{partition}.csv", path))
    with pytest.raises(InvalidProductError) as error:
        tills.shop.read(KEY)
    assert "defs.yaml:4:" in str(error.value)
    assert "attributes.inputs.sales.till_csv.files" in str(error.value)
    assert said in str(error.value)


@pytest.mark.parametrize("more", [", partitions: same", ", lookback_days: 3"])
def test_files_of_no_partition_cannot_be_those_of_one(tills: Platform, more: str) -> None:
    define(tills, defs=DAILY + (INPUT % more).replace("{till}/{partition}", "{till}/all"))
    with pytest.raises(InvalidProductError, match=r"has no \{partition\}, so there is no partition to match"):
        tills.shop.read(KEY)


def test_a_product_is_never_read_as_files(tills: Platform) -> None:
    columns = "- {name: till, logicalType: string, description: Which.}\n"
    defs = "inputs: {sales.tills_v1: {files: 'sales/tills_v1/{x}.csv', columns: [till]}}"
    for domain, said in (("sales", "is a product, and products are read as tables"), ("hr", "private to it")):
        tills.shop.product(f"{domain}/names_v1", columns, sql="SELECT till FROM sales.tills_v1", defs=defs)
        with pytest.raises(InvalidProductError, match=said):
            tills.shop.read(f"{domain}/names_v1")


def test_the_kit_takes_frames_in_place_of_files(tills: Platform) -> None:
    rows = [{"till": "north", "note": None, "total": "7"}]
    found = run(tills.shop.domains / KEY, {"sales.till_csv": rows}, partition="2026-11-01")
    assert found.report.passed
    assert [(row["till"], row["note"], row["total"]) for row in found.rows] == [("north", None, 7)]


texts = st.text(min_size=1, max_size=12).filter(lambda text: text.encode("utf-8", "ignore").decode() == text)


@given(till=texts, partition=texts)
def test_every_text_comes_back_out_of_the_path_that_it_went_into(till: str, partition: str) -> None:
    files = FilePath.parse("sales/till_csv/of-{till}/{partition}.csv")
    path = f"sales/till_csv/of-{encode_segment(till)}/{encode_segment(partition)}.csv"
    assert files.values(path) == {"till": till, "partition": partition}
    assert files.values(f"{path}/more") is None
    assert files.values(f"x{path}") is None
    one = FilePath.parse("sales/{partition}.csv")
    assert one.exactly(partition) == f"sales/{encode_segment(partition)}.csv"
    assert one.values(one.exactly(partition) or "") == {"partition": partition}
