"""Files of rows, wherever they are."""

from pathlib import Path

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
