"""Files of rows, wherever they are."""

import gzip
from pathlib import Path
from typing import Final

import pytest

from data_platform.ingestion.errors import MissingFileError, PermanentSourceError
from data_platform.ingestion.table_files import kind_of, opened_rows, read_rows
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.s3 import S3Server


def test_a_file_in_s3_is_read_as_one_on_disk(
    s3_store: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3_store.environment.items():
        monkeypatch.setenv(name, value)
    store = ObjectStore.open(s3_store.fresh_url())
    content = b"a,b\n1,x\n2,\n"
    store.put("drop/rows.csv", content)
    (tmp_path / "rows.csv").write_bytes(content)
    there = read_rows(store.uri("drop/rows.csv"), {"first": "a", "second": "b"})
    assert there.to_pylist() == [{"first": "1", "second": "x"}, {"first": "2", "second": None}]
    assert read_rows(tmp_path / "rows.csv", {"first": "a", "second": "b"}) == there
    with pytest.raises(MissingFileError, match="there is no file"):
        read_rows(store.uri("drop/gone.csv"), {"a": "a"})


def test_what_a_file_lacks_is_said_and_what_a_line_of_json_lacks_is_null(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("a,b\n1,2\n")
    with pytest.raises(PermanentSourceError, match=r"has no column \['c'\]; it has \['a', 'b'\]"):
        read_rows(tmp_path / "rows.csv", {"c": "c"})
    (tmp_path / "rows.jsonl").write_text('{"a": 1}\n')
    assert read_rows(tmp_path / "rows.jsonl", {"a": "a", "c": "c"}).to_pylist() == [{"a": "1", "c": None}]


def test_a_name_that_duckdb_takes_for_a_pattern_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rows[1].csv").write_text("a\n1\n")
    with pytest.raises(PermanentSourceError, match="rename it"), opened_rows(tmp_path / "rows[1].csv"):
        pass


def test_the_kind_of_a_file_is_told_by_its_ending() -> None:
    kinds = {
        "a.csv": "csv",
        "A.CSV": "csv",
        "s3://b/x.jsonl.gz": "json",
        "x.parquet": "parquet",
        "memory://m/x.tsv": "csv",
    }
    assert {name: kind_of(name) for name in kinds} == kinds
    with pytest.raises(PermanentSourceError, match="its format is not known"):
        kind_of("rows.xlsx")


@pytest.mark.parametrize(
    "text",
    [
        "id,patient,diagnosis,born\n" + "".join(f"{row},Schneider A{row},flu,1950-01-10,x\n" for row in range(200)),
        "id,diagnosis,ref\n" + "".join(f"{row},HIV positive since 2019, see letter,S/{row}\n" for row in range(200)),
    ],
    ids=["fewer names than fields", "a comma that is not quoted"],
)
def test_no_row_is_taken_for_the_names_of_the_columns(tmp_path: Path, text: str) -> None:
    (tmp_path / "rows.csv").write_text(text)
    with pytest.raises(PermanentSourceError, match=r"the first line has another number of fields.*give the file"):
        read_rows(tmp_path / "rows.csv", {"id": "id"})


LATE: Final = "a,b\n" + "".join(f"{row},x\n" for row in range(30_000))
"""More rows without a quote than DuckDB looks at to learn how a file is written."""


@pytest.mark.parametrize("ending", [".csv", ".csv.gz"])
def test_the_first_quotes_of_a_file_may_come_late(tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"rows{ending}"
    content = (LATE + '1,"q,r"\n2,"s\nt"\n').encode()
    file.write_bytes(gzip.compress(content) if ending == ".csv.gz" else content)
    assert read_rows(file, {"b": "b"})["b"].to_pylist()[-2:] == ["q,r", "s\nt"]


def test_a_quote_that_never_ends_is_no_value(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text('a,b\n1,"x\n2,y\n')
    with pytest.raises(PermanentSourceError, match="cannot be read as csv"):
        read_rows(tmp_path / "rows.csv", {"b": "b"})


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("name,b\nMüller,1\n".encode("latin-1"), "line 2 is not in UTF-8, but in Windows-1252 perhaps: iconv"),
        ("a,b\n1,2\n".encode("utf-16"), "it is in UTF-16, not in UTF-8: iconv"),
        (b"", "it is empty"),
    ],
    ids=["latin-1", "utf-16", "empty"],
)
@pytest.mark.parametrize("ending", [".csv", ".csv.gz"])
def test_a_file_in_another_encoding_or_none_says_so_and_what_to_do(
    tmp_path: Path, content: bytes, why: str, ending: str
) -> None:
    file = tmp_path / f"rows{ending}"
    file.write_bytes(gzip.compress(content) if ending == ".csv.gz" else content)
    with pytest.raises(PermanentSourceError, match=f"cannot be read as csv: {why}"):
        read_rows(file, {"b": "b"})


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("it's;b\n1;x\n", [("1", "x")]),
        ("it's\tb\r\n1\t\r\n", [("1", None)]),
        ("it's,b\n'1,2',x\n'3,4',y\n", [("1,2", "x"), ("3,4", "y")]),
        ('it\'s,b\n"say ""hi""",x\n2,5" pipe\n', [('say "hi"', "x"), ("2", '5" pipe')]),
    ],
    ids=["semicolons", "tabs", "single quotes", "quotes in quotes"],
)
def test_however_a_file_is_written_it_is_looked_at_once(
    tmp_path: Path, text: str, rows: list[tuple[str, str | None]]
) -> None:
    (tmp_path / "rows.csv").write_text(text, newline="")
    with opened_rows(tmp_path / "rows.csv") as file:
        assert file.connection.execute("SELECT * FROM rows").fetchall() == rows
        (view,) = file.connection.execute("SELECT sql FROM duckdb_views() WHERE view_name = 'rows'").fetchall()[0]
        assert "auto_detect = " in view
        assert list(file.columns) == ["it's", "b"]
