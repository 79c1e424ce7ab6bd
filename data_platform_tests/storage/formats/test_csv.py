import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data_platform.storage.errors import InvalidFrame
from data_platform.storage.formats.csv import read_csv, write_csv
from data_platform.storage.formats.frames import to_arrow
from data_platform_tests.examples import examples

NASTY = [
    "",
    "NA",
    "null",
    "NaN",
    "'",
    "''=",
    "=1+1",
    "-1",
    "@x",
    "\t",
    "\r",
    "\n",
    "a,b",
    '"',
    '"a"',
    "\uff1dx",
    "a\r\nb",
]
TEXT = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    st.text("'=+-@\t\r\n\uff1d\uff0b\uff0d\uff20,\"a ", max_size=8),
    st.sampled_from(NASTY),
)


@settings(max_examples=examples(400))
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=8))
@example([(text, text) for text in NASTY])
def test_any_text_reads_back_as_it_was_with_the_empty_text_as_null(rows: list[tuple[str, str]]) -> None:
    table = pa.table({"a": [a for a, _ in rows], "b": [b for _, b in rows]})
    back = read_csv(write_csv(table))
    assert [tuple(row.values()) for row in back.to_pylist()] == [(a or None, b or None) for a, b in rows]


@settings(max_examples=examples(200))
@given(st.lists(TEXT, min_size=1, max_size=8))
def test_one_column_of_any_text_reads_back(texts: list[str]) -> None:
    assert read_csv(write_csv(pa.table({"a": texts})))["a"].to_pylist() == [text or None for text in texts]


@settings(max_examples=examples(300))
@given(TEXT, TEXT)
def test_two_different_texts_are_never_written_alike(one: str, other: str) -> None:
    files = [write_csv(pa.table({"a": [text]})) for text in (one, other)]
    assert (files[0] == files[1]) == (one == other)


@settings(max_examples=examples(300))
@given(st.lists(TEXT, min_size=1, max_size=6))
def test_no_cell_of_text_starts_with_something_that_a_spreadsheet_runs(texts: list[str]) -> None:
    written = write_csv(pa.table({"a": texts, "b": texts})).decode()
    for row in csv.reader(io.StringIO(written, newline="")):
        assert not any(cell.startswith(tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")) for cell in row)


def test_the_bytes_are_rfc_4180_with_minimal_quotes() -> None:
    table = pa.table({"n": [1, -2, None], "t": ["a", 'b,"c"', None], "f": [1.0, -0.1, None]})
    assert write_csv(table) == b'n,t,f\r\n1,a,1.0\r\n-2,"b,""c""",-0.1\r\n,,\r\n'


def test_each_type_has_its_form_and_reads_back_by_its_name() -> None:
    table = pa.table(
        {
            "bool": [True, None],
            "date": [date(2024, 2, 29), None],
            "utc": pa.array([datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC), None], pa.timestamp("us", "UTC")),
            "local": pa.array([datetime.fromisoformat("2024-01-02T03:04:05.000600"), None], pa.timestamp("us")),
            "decimal": pa.array([Decimal("-1.50"), None], pa.decimal128(9, 2)),
            "small": pa.array([0.1, None], pa.float32()),
            "big": [1e300, float("nan")],
        }
    )
    written = write_csv(table)
    line = "true,2024-02-29,2024-01-02T03:04:05Z,2024-01-02T03:04:05.000600,-1.50,0.1,1e+300"
    assert written.decode().split("\r\n")[1] == line
    back = read_csv(written, {field.name: str(field.type) for field in table.schema if field.name != "small"})
    assert back.drop(["small", "big"]).equals(table.drop(["small", "big"]))
    assert str(back["big"].to_pylist()) == "[1e+300, nan]"


@settings(max_examples=examples(300))
@given(st.lists(st.floats(allow_nan=False), min_size=1))
def test_floats_read_back_to_the_last_bit(values: list[float]) -> None:
    assert read_csv(write_csv(pa.table({"f": values})), {"f": "double"})["f"].to_pylist() == values


def test_nul_and_lone_surrogates_are_replaced_not_lost_silently() -> None:
    assert read_csv(write_csv(pa.table({"a": ["x\0y"]})))["a"].to_pylist() == ["x\ufffdy"]
    assert to_arrow(pd.DataFrame({"a": ["x\ud800y", None, "é😀"]}))["a"].to_pylist() == ["x\ufffdy", None, "é😀"]


def test_na_and_null_stay_text_with_and_without_a_schema() -> None:
    written = write_csv(pa.table({"a": ["NA", "null"]}))
    assert read_csv(written)["a"].to_pylist() == read_csv(written, {"a": "string"})["a"].to_pylist() == ["NA", "null"]


def test_an_empty_table_keeps_its_header_and_types() -> None:
    written = write_csv(pa.table({"a": pa.array([], pa.int64()), "b": pa.array([], pa.string())}))
    assert written == b"a,b\r\n"
    assert read_csv(written, {"a": "long"}).schema == pa.schema([("a", pa.int64()), ("b", pa.string())])


def test_pandas_duckdb_and_python_read_the_same_rows(tmp_path) -> None:
    texts = ["plain", "a,b", 'say "hi"', "two\nlines", "two\r\nlines", "é😀", " space ", "'=1+1"]
    table = pa.table({"rank": list(range(len(texts))), "title": texts, "vote": [1.5] * len(texts)})
    path = tmp_path / "a.csv"
    path.write_bytes(write_csv(table))
    seen = [text if text != "'=1+1" else "''=1+1" for text in texts]
    assert pd.read_csv(path).title.tolist() == seen
    assert [row[1] for row in duckdb.sql(f"select * from read_csv('{path}')").fetchall()] == seen
    with path.open(newline="", encoding="utf-8") as file:
        assert [row["title"] for row in csv.DictReader(file)] == seen


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (pa.table({"a": [[1]]}), "'a' is list"),
        (pa.table({"a": [b"x"]}), "'a' is binary"),
        (pa.table({"": [1]}), "column names"),
        (pa.table({"\ufeffa": [1]}), "byte order mark"),
        (pa.table({}), "column names"),
    ],
)
def test_what_csv_cannot_hold_is_refused_by_name(table: pa.Table, said: str) -> None:
    with pytest.raises(InvalidFrame, match=said):
        write_csv(table)


@pytest.mark.parametrize(
    ("data", "schema", "said"),
    [
        (b"a\r\nx\r\n", {"a": "long"}, "column 'a'.*int64"),
        (b"a\r\n1\r\n", {"b": "long"}, r"no column \['b'\]"),
        (b"a\r\n\xff\r\n", None, "UTF-8"),
        (b"", None, "no CSV"),
        (b"a,b\r\n1\r\n", None, "no CSV"),
        (b"a\r\n1\r\n", {"a": "blob9"}, "'blob9' is not known"),
    ],
)
def test_what_is_no_such_csv_is_refused(data: bytes, schema, said: str) -> None:
    with pytest.raises(InvalidFrame, match=said):
        read_csv(data, schema)
