"""A format of one's own: read by a function of the domain, with what it says is wrong, wherever the files are."""

import json
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from data_platform.ingestion.archive import mark_of
from data_platform.products.errors import InvalidProductError
from data_platform_tests.answering import Asked, Reply, answering
from data_platform_tests.domains.platforms import Domain, asked_days, back, failure_of
from data_platform_tests.own_sources import DOMAIN, definitions_of, platform_of, run_whole, values, write_source

CHANGES = "acme_raw_orders_changes"
DAILY = """
source: {{type: files, url: "{url}", reader: prices.read_prices}}
restated_days: 10
columns: {{id: string, price: {{type: "decimal(10, 2)", source: Price}}, file: string}}
"""
READER = """
from data_platform import FileRows


def read_prices(data, name, day):
    head, *lines = data.decode().splitlines()
    if head != f"PRICES OF {day}":
        raise ValueError(f"it begins with {head}")
    rows = [line.split("|") for line in lines if not line.startswith("!")]
    remarks = [line[1:] for line in lines if line.startswith("!")]
    return FileRows(
        [{"id": id, "Price": price, "file": name.rpartition("/")[2]} for id, price in rows],
        problems=[f"{id} costs nothing" for id, price in rows if price == "0"],
        comments=remarks,
    )
"""


def write_reader(domains: Path, text: str) -> None:
    (domains / DOMAIN).mkdir(exist_ok=True)
    (domains / DOMAIN / "prices.py").write_text(dedent(text))


def a_file(folder: Path, day: str, *lines: str) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / f"{day}.prc"
    file.write_text("\n".join([f"PRICES OF {day}", *lines]))
    return file


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    return tmp_path / "in"


@pytest.fixture
def platform(tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Domain]:
    write_reader(tmp_path, READER)
    source = write_source(tmp_path, "raw_orders", DAILY.format(url=f"{inbox}/{{day}}.prc"))
    with platform_of(tmp_path / "store", monkeypatch, source) as platform:
        yield platform


def test_files_are_landed_as_they_are_and_read_by_the_function_into_the_declared_columns(
    platform: Domain, inbox: Path
) -> None:
    file = a_file(inbox, back(2), "!made by hand", "a|1.50", "b|2")
    assert platform.run(back(2)).success
    rows = platform.rows("raw_orders")
    assert [(row["id"], str(row["price"]), row["file"]) for row in rows] == [
        ("a", "1.50", file.name),
        ("b", "2.00", file.name),
    ]
    assert platform.metadata("raw_orders", back(2))["comments"] == ["made by hand"]
    (path, landed) = next(iter(platform.landed().items()))
    assert (path.endswith(".prc"), landed) == (True, file.read_bytes())


def test_what_the_function_finds_wrong_is_a_check_that_blocks_with_all_its_reasons(
    platform: Domain, inbox: Path
) -> None:
    a_file(inbox, back(3), "a|1")
    assert platform.run(back(3)).success
    a_file(inbox, back(3), "a|0", "b|0")
    (request,) = platform.look(CHANGES).run_requests
    result = platform.do(request)
    assert "nothing was written; format_as_agreed: " in failure_of(result)
    (judged,) = (check for check in result.get_asset_check_evaluations() if check.check_name == "format_as_agreed")
    problems = judged.metadata["problems"].value
    assert [problem.rpartition(": ")[2] for problem in problems] == ["a costs nothing", "b costs nothing"]
    assert [str(row["price"]) for row in platform.rows("raw_orders")] == ["1.00"]
    assert len(platform.landed()) == 2


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("raise ValueError('half of a file')", "half of a file"),
        ("return {}['x']", "prices.read_prices failed: KeyError: 'x' (prices.py:2)"),
        ("return 7", "the reader gave int"),
        ("return [3]", "a row that is int"),
        ("return [{'id': 1}, {'id': 'a'}]", "values of several types in id"),
        ("return [{'id': 'a', 'Price': 'dear', 'file': 'x'}]", "a value of Price is no decimal(10, 2)"),
        ("return [{'id': 'a'}]", "column Price is missing"),
    ],
)
def test_a_function_that_fails_or_gives_something_else_is_told_and_nothing_is_written(
    tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch, body: str, told: str
) -> None:
    write_reader(tmp_path, f"def read_prices(data):\n    {body}\n")
    a_file(inbox, back(1), "a|1")
    source = write_source(tmp_path, "raw_orders", DAILY.format(url=f"{inbox}/{{day}}.prc"))
    with platform_of(tmp_path / "store", monkeypatch, source) as platform:
        assert told in failure_of(platform.run(back(1)))
        assert len(platform.landed()) == 1


def test_a_module_that_cannot_be_imported_fails_its_location_and_names_file_and_line(tmp_path: Path) -> None:
    write_reader(tmp_path, "import nothing_of_the_kind\n\ndef read_prices(data): ...\n")
    source = write_source(tmp_path, "raw_orders", DAILY.format(url="in/{day}.prc"))
    with pytest.raises(InvalidProductError, match=r"defs.yaml:3:.*prices.py cannot be imported: ModuleNotFoundError"):
        definitions_of(source)


def test_a_web_file_and_each_page_of_an_api_are_read_by_the_function(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_reader(
        tmp_path,
        """
        import json
        import pyarrow as pa


        def read_lines(data):
            return pa.table({"id": data.decode().split()})


        def read_page(data):
            return [{"id": key, "name": name} for key, name in json.loads(data)["data"][0].items()]
        """,
    )

    def answer(asked: Asked) -> Reply:
        if asked.path == "/lines":
            return Reply(b"a b")
        following = {"next": "/pages?at=1"} if "at" not in asked.query else {}
        return Reply(json.dumps({"data": [{"c": "x"} if following else {"d": "y", "e": "z"}], **following}).encode())

    with answering(answer) as server:
        web = f'source: {{type: http, url: "{server.url}/lines", reader: prices.read_lines}}\ncolumns: {{id: string}}'
        with platform_of(tmp_path / "a", monkeypatch, write_source(tmp_path, "raw_orders", web)) as platform:
            assert run_whole(platform).success
            assert values(platform, "raw_orders", "id") == ["a", "b"]
        api = f"""
        source: {{type: rest, url: "{server.url}/pages", records: data, pages: {{by: link}}, reader: prices.read_page}}
        columns: {{id: string, name: string}}
        """
        with platform_of(tmp_path / "b", monkeypatch, write_source(tmp_path, "raw_orders", api)) as platform:
            assert run_whole(platform).success
            assert values(platform, "raw_orders", "name") == ["x", "y", "z"]


def test_folders_of_a_web_server_are_looked_at_by_their_index_and_older_files_are_asked_for_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {f"/dhl/{back(2)}.csv": b"id\n1\n", f"/l/{back(2)}.csv": b"id\n2\n", f"/dhl/{back(9)}.csv": b"id\n9\n"}

    def answer(asked: Asked) -> Reply:
        assert asked.headers["Authorization"] == "Bearer t0ken-of-acme"
        if asked.path.endswith("/"):
            there = {path: body for path, body in files.items() if path.startswith(asked.path) and back(9) not in path}
            index = [{"name": path.rpartition("/")[2], "etag": mark_of(body)} for path, body in there.items()]
            return Reply(json.dumps({"files": index}).encode())
        if asked.path in files:
            return Reply(files[asked.path], headers={"ETag": mark_of(files[asked.path])})
        return Reply(b"none", 404)

    monkeypatch.setenv("ACME_TOKEN", "t0ken-of-acme")
    with answering(answer) as server:
        monkeypatch.setenv("ACME_URL", server.url)
        text = """
        source: {type: files, url: ACME_URL, path: "/{dhl,l}/{day}.csv", token: ACME_TOKEN}
        restated_days: 5
        columns: {id: string}
        """
        with platform_of(tmp_path / "store", monkeypatch, write_source(tmp_path, "raw_orders", text)) as platform:
            assert platform.run(back(2)).success
            assert values(platform, "raw_orders", "id") == ["1", "2"]
            server.asked.clear()
            assert platform.run(back(2)).success
            assert {asked.path for asked in server.asked} == {"/dhl/", "/l/"}
            assert platform.look(CHANGES).run_requests == []
            files[f"/l/{back(2)}.csv"] = b"id\n3\n"
            assert asked_days(platform.look(CHANGES)) == [(back(2), back(2))]
            result = platform.run(back(9))
            assert result.success
            (told,) = (check for check in result.get_asset_check_evaluations() if check.check_name == "no_file_missing")
            assert (told.passed, told.metadata["problems"].value) == (False, [f"l/{back(9)}.csv"])
