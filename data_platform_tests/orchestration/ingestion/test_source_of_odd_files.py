"""Files as they come from other people: half a package, rows like comments, digits, names, folders that are closed."""

import gzip
import os
from pathlib import Path
from typing import Any

import pytest

from data_platform.ingestion.errors import MalformedError, PermanentSourceError
from data_platform.ingestion.sources.files.places import LocalFiles
from data_platform.ingestion.sources.rows import rows_of
from data_platform_tests.domains.platforms import Domain, failure_of
from data_platform_tests.own_sources import platform_of, run_whole, values, write_source

WHOLE = """
source: {{type: files, url: "{url}"}}
{more}
columns: {columns}
"""


def rows(data: bytes, extension: str) -> list[dict[str, Any]]:
    return rows_of(data, extension, f"orders{extension}").to_pylist()


def a_source(tmp_path: Path, url: str, *, more: str = "", columns: str = "{id: string}") -> Path:
    return write_source(tmp_path, "raw_orders", WHOLE.format(url=url, more=more, columns=columns))


@pytest.mark.parametrize("kind", [".csv.gz", ".jsonl.gz"])
@pytest.mark.parametrize("cut", ["half", "sum"])
def test_half_a_package_is_refused_also_where_its_half_ends_with_a_line(kind: str, cut: str) -> None:
    line = b'{"id": "1"}\n' if kind.startswith(".jsonl") else b"id\n"
    pack = gzip.compress(line * 3)
    broken = pack[:-8] if cut == "half" else pack[:-8] + bytes(8)
    with pytest.raises(MalformedError, match="is no gzip file, or half of one"):
        rows(broken, kind)
    assert rows(pack, kind)


def test_a_line_that_begins_like_a_comment_is_a_row() -> None:
    assert [row["id"] for row in rows(b"id,total\n#1001,2\n#1002,3\n1003,4\n", ".csv")] == ["#1001", "#1002", "1003"]


def test_a_long_row_is_a_row() -> None:
    text = "x" * 5_000_000
    assert rows(f"id,note\n1,{text}\n2,y\n".encode(), ".csv") == [{"id": "1", "note": text}, {"id": "2", "note": "y"}]
    with pytest.raises(MalformedError, match="Maximum line size"):
        rows(f"id,note\n1,{text * 5}\n".encode(), ".csv")


@pytest.mark.parametrize("kind", [".json", ".jsonl"])
def test_a_number_of_json_keeps_its_digits(kind: str) -> None:
    record = b'{"a": 1.10, "b": 12345678901234567890.123456789, "c": 123456789012345678901234, "d": {"e": [1.10]}}'
    assert rows(b"[" + record + b"]" if kind == ".json" else record, kind) == [
        {
            "a": "1.10",
            "b": "12345678901234567890.123456789",
            "c": "123456789012345678901234",
            "d": '{"e": [1.10]}',
        }
    ]


def test_names_of_json_are_told_apart_by_case_and_a_byte_order_mark_is_none_of_the_text() -> None:
    assert rows(b'\xef\xbb\xbf{"id": 1, "ID": 2}\n\n{"id": 3}\n', ".jsonl") == [
        {"id": "1", "ID": "2"},
        {"id": "3", "ID": None},
    ]


@pytest.mark.parametrize(
    ("data", "kind", "told"),
    [
        (b'{"id": 1}\nnull\n', ".jsonl", "line 2 is no object"),
        (b'[{"id": 1}]\n', ".jsonl", "one list is called .json"),
        (b'{"id": 1}\n{"id":', ".jsonl", "line 2 is no JSON"),
        (b'[{"id": "\\ud83d"}]', ".json", "half of a character"),
        (b'{"id": "\\ud83d"}\n', ".jsonl", "half of a character"),
    ],
)
def test_json_that_is_none_says_where(data: bytes, kind: str, told: str) -> None:
    with pytest.raises(MalformedError, match=told):
        rows(data, kind)


@pytest.mark.parametrize("text", ["<html><body>Try again later</body></html>", "ident,amount\n"])
def test_a_file_without_rows_that_has_other_columns_is_no_empty_delivery(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    (tmp_path / "orders.csv").write_text(text)
    folder = a_source(tmp_path, f"{tmp_path}/orders.csv", more="empty: allowed")
    with platform_of(tmp_path / "store", monkeypatch, folder) as platform:
        assert "column id is missing" in failure_of(run_whole(platform))
        (tmp_path / "orders.csv").write_text("id\n")
        assert run_whole(platform).success


def test_a_text_of_a_time_without_a_zone_is_in_utc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "orders.csv").write_text("at\n2026-11-30 10:00:00\n2026-11-30T12:00:00+02:00\n2026-11-30T10:00:00Z\n\n")
    folder = a_source(tmp_path, f"{tmp_path}/orders.csv", columns="{at: timestamp}")
    with platform_of(tmp_path / "store", monkeypatch, folder) as platform:
        result = run_whole(platform)
        assert result.success, failure_of(result)
        assert {str(at) for at in platform.table("raw_orders")["at"].to_pylist()} == {
            "2026-11-30 10:00:00+00:00",
            "None",
        }


def test_a_project_that_moves_knows_its_files_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for home in (tmp_path / "here", tmp_path / "there"):
        (home / "drops").mkdir(parents=True)
        (home / "drops" / "a.csv").write_text("id\n1\n")
    folder = a_source(tmp_path, "drops/*.csv")
    for home in (tmp_path / "here", tmp_path / "there"):
        monkeypatch.setattr("data_platform.ingestion.sources.files.places.project_root", lambda home=home: home)
        with platform_of(tmp_path / "store", monkeypatch, folder) as platform:
            assert run_whole(platform).success
            assert values(platform, "raw_orders", "id") == ["1"]


def test_a_name_that_is_too_long_for_a_disk_once_it_is_encoded_is_landed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = tmp_path / "Bestellungen über alles"
    inbox.mkdir()
    names = [f"{'ü' * 100}{number}.csv" for number in range(2)]
    for number, name in enumerate(names):
        (inbox / name).write_text(f"id\n{number}\n")

    def taken(platform: Domain) -> list[str]:
        result = run_whole(platform)
        assert result.success, failure_of(result)
        return values(platform, "raw_orders", "id")

    with platform_of(tmp_path / "store", monkeypatch, a_source(tmp_path, f"{inbox}/*.csv")) as platform:
        assert taken(platform) == ["0", "1"]
        landed = platform.landed()
        (inbox / names[1]).unlink()
        assert taken(platform) == ["0", "1"]  # what was landed stays
        assert platform.landed() == landed


def test_a_folder_that_may_not_be_listed_is_told_and_what_is_gone_meanwhile_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = tmp_path / "in"
    (inbox / "closed").mkdir(parents=True)
    (inbox / "a.csv").write_text("id\n1\n")
    (inbox / "gone.csv").symlink_to(inbox / "nothing.csv")
    assert list(LocalFiles(inbox).marks("")) == ["a.csv"]
    scandir = os.scandir

    def closed(path: str) -> Any:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    with pytest.raises(PermanentSourceError, match="closed cannot be listed: Permission denied"):
        LocalFiles(inbox).marks("")
