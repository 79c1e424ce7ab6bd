"""``defs.yaml`` of a source: whatever is wrong is said with its line, its key and what to write."""

import re
from pathlib import Path

import pytest

from data_platform.products.errors import InvalidProductError
from data_platform.products.restated_days import restated_days
from data_platform.products.source_file import read_source
from data_platform_tests.own_sources import write_source

GOOD = """
source: {type: sql, url: ORDERS_URL, table: orders}
partition: {column: placed_at}
key: [order_id]
cursor: updated_at
restated_days: 45
columns:
  order_id: int64
  updated_at: timestamp
  amount: {type: "decimal(12, 2)", source: Amount, description: Money}
"""


def test_a_good_file_is_read_with_what_it_leaves_out(tmp_path: Path) -> None:
    spec, _ = read_source(write_source(tmp_path, "raw_orders", GOOD))
    assert (spec.daily, spec.restated_days, spec.kept_days, spec.empty) == (True, 45, 45, "refused")
    assert spec.columns["order_id"].type == "int64"
    assert spec.source_name("amount") == "Amount"
    assert spec.late.due == "02:00"


@pytest.mark.parametrize(
    ("was", "now", "line", "key", "told", "fix"),
    [
        ("url: ORDERS_URL", "uri: ORDERS_URL", 3, "source.uri", "'uri' is not known", "url"),
        ("type: sql", "type: sq", 3, "source", "type is 'sq'", "'sql'"),
        ("type: sql, ", "", 3, "source", "does not say of what type", "write type: sql or files or http or rest"),
        ("table: orders", "table: 7", 3, "source.table", "7 is not text", "write text"),
        ("ORDERS_URL", "ftp://host/x", 3, "source.url", "cannot be read", "no address of a database"),
        ("{column: placed_at}", "placed_at", 4, "partition", "is not a mapping", "a mapping with column"),
        ("{column: placed_at}", "{column: a, parent: b}", 4, "partition", "cannot be read", "join: [order_id]"),
        ("key: [order_id]", "key: [id]", 5, "key", "id is none of the columns", "order_id"),
        ("key: [order_id]", "key: order_id", 5, "key", "is not a list", "write a list"),
        ("cursor: updated_at", "cursor: changed", 6, "cursor", "changed is none of the columns", "updated_at"),
        ("restated_days: 45", "restated_days: soon", 7, "restated_days", "'soon'", "a whole number"),
        ("restated_days: 45", "restated_days: -1", 7, "restated_days", "-1", "from 0"),
        ("restated_days: 45", "restated_days: 99999", 7, "restated_days", "too many", "3660"),
        ("restated_days: 45", "empty: maybe", 7, "empty", "'maybe' is none", "refused"),
        ("restated_days: 45", "late: {due: 2 o'clock}", 7, "late.due", "cannot be read", '"02:15"'),
        ("order_id: int64", "order_id: whole", 9, "columns.order_id.type", "cannot be read", "known are"),
        ("order_id: int64", "Order-ID: int64", 8, "columns", "cannot be read", "letters, digits"),
        (
            "order_id: int64",
            "day: date\n  order_id: int64",
            9,
            "columns.day",
            "the partition is called so",
            "source_day",
        ),
    ],
)
def test_what_is_wrong_is_said_with_line_key_and_what_to_write(
    tmp_path: Path, was: str, now: str, line: int, key: str, told: str, fix: str
) -> None:
    assert was in GOOD
    with pytest.raises(InvalidProductError) as error:
        read_source(write_source(tmp_path, "raw_orders", GOOD.replace(was, now)))
    findings = [finding for finding in error.value.findings if finding.key == f"attributes.{key}"]
    assert findings, str(error.value)
    assert findings[0].line == line, str(findings[0])
    assert told in findings[0].message
    assert fix in findings[0].fix


@pytest.mark.parametrize(
    "secret",
    [
        "url: 'postgresql://reader:s3cr3t-w0rd@db/shop'",
        "url: 'postgresql://db/shop?password=s3cr3t-w0rd'",
    ],
)
def test_a_password_in_an_address_is_refused_and_never_shown(tmp_path: Path, secret: str) -> None:
    with pytest.raises(InvalidProductError) as error:
        read_source(write_source(tmp_path, "raw_orders", GOOD.replace("url: ORDERS_URL", secret)))
    assert "s3cr3t" not in str(error.value)
    assert "write the name of an environment variable, such as url: ORDERS_URL" in str(error.value)
    assert ":3:" in str(error.value)


def test_a_token_in_the_place_of_a_variables_name_is_refused_and_never_shown(tmp_path: Path) -> None:
    text = "source: {type: rest, url: 'https://api.acme.com/orders', token: s3cr3t-w0rd}\ncolumns: {id: string}"
    with pytest.raises(InvalidProductError) as error:
        read_source(write_source(tmp_path, "raw_orders", text))
    assert "s3cr3t" not in str(error.value)
    assert "write the name of the environment variable" in str(error.value)


def test_a_day_without_a_window_is_refused_and_says_what_to_add(tmp_path: Path) -> None:
    with pytest.raises(InvalidProductError, match=r"Fix: add restated_days: 30"):
        read_source(write_source(tmp_path, "raw_orders", GOOD.replace("restated_days: 45\n", "")))


def test_a_source_says_its_window_in_one_place(tmp_path: Path) -> None:
    folder = write_source(tmp_path, "raw_orders", GOOD)
    assert restated_days(folder.parent) == {"raw_orders": 45}
    (folder.parent / "restated.yaml").write_text("raw_files: 3\n")
    assert restated_days(folder.parent) == {"raw_orders": 45, "raw_files": 3}
    (folder.parent / "restated.yaml").write_text("raw_files: 3\nraw_orders: 3\n")
    with pytest.raises(InvalidProductError, match=r"restated.yaml:2:.*raw_orders says itself.*take the line out"):
        restated_days(folder.parent)


def test_a_source_that_is_taken_with_one_that_is_not_there_is_refused(tmp_path: Path) -> None:
    write_source(tmp_path, "raw_orders", GOOD)
    with pytest.raises(InvalidProductError, match=r"no other source raw_order\b.*did you mean 'raw_orders'"):
        read_source(write_source(tmp_path, "raw_lines", f"{GOOD}\ntaken_with: raw_order"))


OWN = """
source: {type: files, url: "in/{day}.csv", reader: exports.read_export}
restated_days: 3
columns: {id: string}
"""
READS = "def read_export(data, *, name, day=None):\n    raise RuntimeError('nothing is run by reading the file')\n"


def test_a_reader_is_a_function_of_a_module_beside_the_source(tmp_path: Path) -> None:
    folder = write_source(tmp_path, "raw_orders", OWN)
    (folder.parent / "exports.py").write_text(READS)
    assert read_source(folder)[0].reader == "exports.read_export"


@pytest.mark.parametrize(
    ("reader", "module", "told", "fix"),
    [
        ("exports.read_export", None, "the domain acme has no module exports", "write exports.py beside"),
        ("export.read_export", READS, "the domain acme has no module export", "did you mean 'exports'"),
        ("exports.read_exports", READS, "exports.py has no function read_exports", "did you mean 'read_export'"),
        ("exports.read_export", "def read(", "no Python that can be read", "mend it"),
        (
            "exports.read_export",
            "def read_export(rows): ...",
            "takes rows, which nobody gives it",
            "def read_export(data",
        ),
        ("exports.read_export", "def read_export(*data): ...", r"takes \*, \*\* or positional", "def read_export(data"),
        ("exports.read_export", "def read_export(name): ...", "does not take data", "def read_export(data"),
        ("exports.read_export", "async def read_export(data): ...", "has no function read_export", "write def"),
        ("os.path.join", READS, "cannot be read", "write module.function"),
        ("exports._hidden", READS, "cannot be read", "without _ before its name"),
        ("../exports.read_export", READS, "cannot be read", "one of the domain's own modules"),
    ],
)
def test_a_reader_that_cannot_be_one_is_told_with_what_to_write(
    tmp_path: Path, reader: str, module: str | None, told: str, fix: str
) -> None:
    folder = write_source(tmp_path, "raw_orders", OWN.replace("exports.read_export", reader))
    if module is not None:
        (folder.parent / "exports.py").write_text(module)
    with pytest.raises(InvalidProductError, match=f":3:.*attributes.source.reader.*{told}.*{re.escape(fix)}"):
        read_source(folder)


def test_a_reader_of_another_domain_is_refused_also_through_a_link(tmp_path: Path) -> None:
    folder = write_source(tmp_path, "raw_orders", OWN)
    (tmp_path / "exports.py").write_text(READS)
    (folder.parent / "exports.py").symlink_to(tmp_path / "exports.py")
    with pytest.raises(InvalidProductError, match="the domain acme has no module exports"):
        read_source(folder)


def test_two_sources_are_not_landed_in_one_folder(tmp_path: Path) -> None:
    write_source(tmp_path, "raw_lines", GOOD)
    with pytest.raises(InvalidProductError, match="raw_lines is landed in lines as well"):
        read_source(write_source(tmp_path, "raw_orders", f"{GOOD}\nlanding: lines"))


LATE = """
source: {type: files, url: "in/events_{day}.csv"}
partition: {column: event_time, late_days: 3}
restated_days: 14
columns: {id: string}
"""


def test_a_day_of_files_with_late_rows_changes_for_so_much_longer(tmp_path: Path) -> None:
    folder = write_source(tmp_path, "raw_events", LATE)
    assert read_source(folder)[0].late_days == 3
    assert restated_days(folder.parent) == {"raw_events": 17}


@pytest.mark.parametrize(
    ("was", "now", "key", "told", "fix"),
    [
        (", late_days: 3", "", "partition", "only a table has its days in a column", "late_days: 3"),
        ("late_days: 3", "late_days: 99", "partition.late_days", "cannot be read", "from 1 to 31"),
        ("late_days: 3", "late_days: 3, parent: a, join: [id]", "partition", "only a table", "take it out"),
        ("events_{day}", "events", "partition.late_days", "of files with a date", "write {day} in the address"),
        ('.csv"}', '.csv", removed: gone}', "source.removed", "of what was landed", "take it out"),
        (
            '{type: files, url: "in/events_{day}.csv"}',
            "{type: sql, url: EVENTS_URL, table: events}",
            "partition.late_days",
            "of its day whenever it comes",
            "take it out",
        ),
    ],
)
def test_late_rows_are_of_files_with_a_date(tmp_path: Path, was: str, now: str, key: str, told: str, fix: str) -> None:
    assert was in LATE
    with pytest.raises(InvalidProductError) as error:
        read_source(write_source(tmp_path, "raw_events", LATE.replace(was, now)))
    findings = [finding for finding in error.value.findings if finding.key == f"attributes.{key}"]
    assert findings, str(error.value)
    assert told in findings[0].message
    assert fix in findings[0].fix


ADDRESSES = [
    ("files, url: 'in/{day:%Y-%m}.csv'", "%Y-%m does not say of which year, month and day"),
    ("files, url: 'in/{day:%Y}/{day:%m}/{day:%d}.csv'", "%Y does not say"),
    ("files, url: 'in/{date}.csv'", "only {day} and names with commas"),
    ("files, url: 'in/{day.csv'", "only {day} and names with commas"),
    ("files, url: ''", "nothing says where the source is"),
    ("files, url: 's3:///orders.csv'", "names no server, or no bucket"),
    ("http, url: 'https:///orders.csv'", "names no server, or no bucket"),
    ("rest, url: 'https://acme.com/{day:%Q}'", "%Q does not say"),
    ("sql, url: ORDERS_URL, table: ''", "no table is named"),
]


@pytest.mark.parametrize(("where", "told"), ADDRESSES)
def test_an_address_that_finds_nothing_or_every_day_the_same_is_refused(tmp_path: Path, where: str, told: str) -> None:
    text = f"source: {{type: {where}}}\ncolumns: {{id: int64}}"
    with pytest.raises(InvalidProductError) as error:
        read_source(write_source(tmp_path, "raw_orders", text))
    assert told in str(error.value)


def test_a_date_in_folders_is_one(tmp_path: Path) -> None:
    text = """
    source: {type: files, url: "in/{day:year=%Y/month=%m/day=%d}/*.csv"}
    restated_days: 3
    columns: {id: int64}
    """
    read_source(write_source(tmp_path, "raw_orders", text))


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("key: [id, id]\ncolumns: {id: int64}", "the key has id twice"),
        ("columns: {id: int64, ID: int64}", "differs from it by small and capital letters alone"),
        ("pool: a b\ncolumns: {id: int64}", "a pool has letters, digits"),
    ],
)
def test_names_that_cannot_be_told_apart_or_used_are_refused(tmp_path: Path, more: str, told: str) -> None:
    with pytest.raises(InvalidProductError) as error:
        read_source(write_source(tmp_path, "raw_orders", f"source: {{type: sql, url: DB_URL, table: t}}\n{more}"))
    assert told in str(error.value)
