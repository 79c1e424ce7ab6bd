"""`new --from`: what is found out from a file, and that the file's own rows keep what is promised."""

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_platform.contracts.drafting import About, TableDraft, contract_mapping
from data_platform.contracts.guesses import bounds_of, is_guess
from data_platform.contracts.lint import lint
from data_platform.contracts.writing import yaml_text
from data_platform.ingestion.table_files import opened_rows, read_rows
from data_platform.mesh.scaffold.from_data import draft_from_data
from data_platform.mesh.scaffold.options import Options
from data_platform.mesh.scaffold.place import Place
from data_platform.mesh.scaffold.profile import profiled
from data_platform.products.errors import TransformError
from data_platform.products.folder import Product, read_product
from data_platform.products.testing import RunResult, run
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.examples import examples
from data_platform_tests.mesh.authoring import Author, an_author, well_formed

HEADER = "Return ID,sku,Paid,day,at,reason,opened,weight,email,zip,note"
NOTE = '"as ""is"", here"'
STARTS = [datetime(2026, 11, 1, 10, each, tzinfo=UTC) for each in range(40)]
LINES = [
    f"{each},CMP-{each:04d},{each}.50,2026-11-{each % 28 + 1:02d},{at:%Y-%m-%dT%H:%M:%SZ},"
    f"{['late', 'broken'][each % 2]},"
    f"{str(each % 3 == 0).lower()},{each}e-1,a{each}@example.org,0{each:04d},{'' if each % 4 else NOTE}"
    for each, at in enumerate(STARTS, start=1)
]


@pytest.fixture
def author(tmp_path: Path) -> Iterator[Author]:
    with an_author(tmp_path) as author:
        yield author


@pytest.fixture
def csv(author: Author) -> Path:
    file = author.shop.root / "returns.csv"
    file.write_text("\n".join([HEADER, *LINES]) + "\n")
    return file


def raw(author: Author, product: Product) -> Mapping[str, Any]:
    """What the generated raw asset reads, by the name that the product has for it."""
    module: dict[str, Any] = {}
    folder = author.shop.domains / product.domain
    exec((folder / f"raw_{product.name.removesuffix('_v1')}.py").read_text(), module)
    names = {name: own for name, (_, own) in module["COLUMNS"].items()}
    return {product.inputs[0].name: read_rows(module["SOURCE"], names)}


def made_of(author: Author, product: Product) -> RunResult:
    return run(product, raw(author, product))


def test_types_keys_ranges_patterns_and_values_are_those_of_the_file(author: Author, csv: Path) -> None:
    product = author.new("support/returns_v1", "--from", str(csv))
    columns = {one.name: one for one in product.schema.properties}
    told = {name: (one.logical_type, one.required, dict(one.logical_type_options)) for name, one in columns.items()}
    assert told == {
        "return_id": ("integer", True, {}),
        "sku": ("string", True, {}),
        "paid": ("number", True, {}),
        "day": ("date", True, {}),
        "at": ("timestamp", True, {}),
        "reason": ("string", True, {}),
        "opened": ("boolean", True, {}),
        "weight": ("number", True, {}),
        "email": ("string", True, {}),
        "zip": ("string", True, {}),
        "note": ("string", False, {}),
    }
    assert product.primary_key == ("return_id",)
    rules = {
        name: [(rule.name, rule.severity, is_guess(rule)) for rule in column.quality]
        for name, column in columns.items()
    }
    guesses = {"return_id": "Range", "sku": "Pattern", "paid": "Range", "weight": "Range"}
    assert rules == {name: [(guesses[name], "warning", True)] if name in guesses else [] for name in columns}
    assert columns["sku"].quality[0].arguments["pattern"] == "^[A-Z]{3}-[0-9]{4}$"
    assert bounds_of(columns["paid"].quality[0]) == (0, None)
    assert "A guess from 40 rows of returns.csv: to confirm it, delete" in str(columns["paid"].quality[0].description)
    assert columns["paid"].physical_type == "DECIMAL(18, 2)"
    assert product.warnings == ()


def test_a_value_that_keeps_a_column_from_being_numbers_is_told_with_its_row(author: Author) -> None:
    def lines(*changes: tuple[int, str]) -> str:
        values = [f"{each},{each}.50,2026-11-01,a{each}@example.org" for each in range(1, 1001)]
        for row, value in changes:
            values[row - 1] = value
        return "\n".join(["order_id,amount,day,email", *values]) + "\n"

    file = author.shop.root / "orders.csv"
    file.write_text(lines((512, '512,"12,50 €",2026-11-01,a@example.org'), (700, "700,7.00,n/a,b@example.org")))
    code, said, errors = author.call("new", "support/orders_v1", "--from", str(file), "--dry-run")
    said = " ".join((said + errors).split())
    assert code == 0, said
    assert "amount is text, for 1 value is not a number as the other 999 are: row 512 has '12,50 €' (rows" in said
    assert "day is text, for 1 value is not a date or time as the other 999 are: row 700 has 'n/a' (rows" in said
    assert "email is text" not in said, "which was never to be a number"
    file.write_text(lines(*((row, f"{row},n/a,2026-11-01,a@example.org") for row in (3, 5, 8, 13))))
    _, said, errors = author.call("new", "support/orders_v1", "--from", str(file), "--dry-run")
    assert "row 3 has 'n/a', row 5 has 'n/a', row 8 has 'n/a' and 1 more" in " ".join((said + errors).split())


def test_the_rows_of_the_file_keep_what_is_promised(author: Author, csv: Path) -> None:
    product = author.new("support/returns_v1", "--from", str(csv))
    made = made_of(author, product)
    assert made.report.passed
    assert len(made.rows) == len(LINES)
    first = made.rows[3]
    assert (first["return_id"], first["paid"], first["day"]) == (4, Decimal("4.5"), date(2026, 11, 5))
    assert (first["at"], first["opened"], first["zip"]) == (STARTS[3], False, "00004")
    assert first["note"] == 'as "is", here'
    author.test_passes("support/returns_v1")


def test_values_of_personal_columns_are_written_nowhere(author: Author, csv: Path) -> None:
    product = author.new("support/returns_v1", "--from", str(csv))
    columns = {one.name: one for one in product.schema.properties}
    assert {name for name, one in columns.items() if one.is_personal} == {"email", "zip"}
    written = "".join(file.read_text() for file in author.shop.root.rglob("*returns*") if file.suffix == ".py")
    written += (product.folder / "contract.odcs.yaml").read_text()
    assert "a4@example.org" not in written
    assert "00004" not in written


def test_a_value_that_cannot_be_read_is_told_with_its_row_and_none_of_a_personal_column(author: Author) -> None:
    def lines(amount: str, born: str) -> str:
        values = [
            f"{each},{each if each % 7 else ''},19{each % 90 + 10}-11-{each % 28 + 1:02d}" for each in range(1, 1000)
        ]
        return "\n".join(["order_id,amount,date_of_birth", *values, f"1000,{amount},{born}"]) + "\n"

    file = author.shop.root / "orders.csv"
    file.write_text(lines("7", ""))
    product = author.new("support/orders_v1", "--from", str(file))
    assert "date_of_birth" in product.classified
    file.write_text(lines('"12,50 €"', ""))
    with pytest.raises(
        TransformError, match=r"1 value of amount cannot be .* as BIGINT: '12,50 €' where order_id is 1000"
    ):
        made_of(author, product)
    file.write_text(lines("7", "the fifth of May"))
    with pytest.raises(TransformError, match="details withheld") as caught:
        made_of(author, product)
    assert "May" not in str(caught.value)


def test_a_row_that_does_not_fit_is_refused_with_its_reason(author: Author, csv: Path) -> None:
    product = author.new("support/returns_v1", "--from", str(csv))
    csv.write_text(csv.read_text().replace("4.50,2026-11-05", ",2026-11-05").replace("5,CMP-0005", "5,cmp-5"))
    made = made_of(author, product)
    blocking = {result.check.name: result.check.blocking for result in made.report.failures}
    assert blocking == {"paid_required": True, "sku_pattern": False}
    csv.write_text(csv.read_text().replace("3.50,2026-11-04", "three,2026-11-04"))
    with pytest.raises(
        TransformError, match=r"1 value of paid cannot be read as DECIMAL.*: 'three' where return_id is 3"
    ):
        made_of(author, product)


def test_what_is_written_is_formatted(author: Author, csv: Path) -> None:
    author.new("support/returns_v1", "--from", str(csv))
    tests = author.shop.root / f"{author.shop.package}_tests" / "domains" / "support"
    assert well_formed(author.shop.domains / "support" / "raw_returns.py", tests / "test_returns_v1.py") == ""


def test_lines_of_json_are_read_as_text_and_what_is_nested_stays_json(author: Author) -> None:
    file = author.shop.root / "events.jsonl.gz"
    rows = [{"id": n, "kind": "a", "cost": n / 4, "who": {"name": "x"}, "at": "2026-11-01T10:00:00"} for n in range(9)]
    file.write_bytes(gzip.compress("\n".join(json.dumps(each) for each in [*rows, {"id": 9}]).encode()))
    product = author.new("support/events_v1", "--from", str(file))
    kinds = {one.name: (one.logical_type, one.required) for one in product.schema.properties}
    assert kinds == {
        "id": ("integer", True),
        "kind": ("string", False),
        "cost": ("number", False),
        "who": ("string", False),
        "at": ("timestamp", False),
    }
    made = made_of(author, product)
    assert made.report.passed
    assert made.rows[1]["who"] == '{"name":"x"}'
    assert made.rows[9]["kind"] is None


def test_parquet_in_a_store_keeps_its_types(author: Author, tmp_path: Path) -> None:
    table = pa.table({"id": pa.array([1, 2, 3], pa.int32()), "seen": [STARTS[0]] * 3, "tags": [["a"], None, []]})
    url = f"file://{tmp_path}/elsewhere"
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    ObjectStore.open(url).put("drop/seen.parquet", sink.getvalue().to_pybytes())
    product = author.new("support/seen_v1", "--from", f"{url}/drop/seen.parquet")
    kinds = [(one.name, one.logical_type, one.physical_type) for one in product.schema.properties]
    assert kinds == [("id", "integer", "INTEGER"), ("seen", "timestamp", None), ("tags", "string", None)]
    assert made_of(author, product).report.passed


def test_a_file_that_is_none_is_refused(author: Author, tmp_path: Path) -> None:
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"no parquet")
    for name, said in (
        (str(broken), "cannot be read as parquet"),
        ("gone.csv", "there is no file"),
        ("x.pdf", "ends in none of"),
    ):
        assert said in author.refused("new", "support/x_v1", "--from", name)
    assert "no other inputs" in author.refused("new", "support/x_v1", "--from", "x.csv", "--input", "sales/orders_v1")


@pytest.mark.slow
def test_a_file_of_three_hundred_columns_is_taken_within_the_memory_of_a_command(author: Author) -> None:
    names = [f"column_{number}" for number in range(300)]
    lines = [",".join(str(row * number) for number in range(1, 301)) for row in range(1, 20)]
    file = author.shop.root / "wide.csv"
    file.write_text("\n".join([",".join(names), *lines]))
    code = """
import sys
from data_platform.cli import app
from data_platform.confined.memory import limited
with limited(3_000_000_000):  # what a command may take
    app(sys.argv[1:])
"""
    line = ["new", "support/wide_v1", "--from", str(file), "--domains", str(author.shop.domains)]
    made = subprocess.run([sys.executable, "-c", code, *line], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    product = read_product(author.shop.domains / "support" / "wide_v1")
    assert [column.name for column in product.schema.properties] == names


def test_a_column_called_id_is_the_key_however_its_values_are_estimated(author: Author) -> None:
    file = author.shop.root / "orders.csv"
    file.write_text("id,amount\n" + "\n".join(f"{row},{row * 1.5:.2f}" for row in range(1, 201)))
    assert author.new("support/orders_v1", "--from", str(file)).primary_key == ("id",)


CELLS = st.one_of(
    st.integers(-(10**20), 10**20).map(str),
    st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9).map(str),
    st.floats(allow_nan=True).map(str),
    st.dates().map(str),
    st.datetimes().map(lambda each: each.isoformat()),
    st.booleans().map(str),
    st.sampled_from(["", "null", "007", "1e5", "-0", "2026-02-30", "24:00", "ja", "NaN", " 1", "0x1F", "'", "é"]),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=6),
)


@settings(
    max_examples=examples(15),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(columns=st.lists(st.lists(CELLS, min_size=1, max_size=6), min_size=1, max_size=4))
def test_whatever_is_in_a_file_its_contract_lints_and_its_rows_keep_it(
    tmp_path: Path, columns: list[list[str]]
) -> None:
    height = max(map(len, columns))
    cells = {f"column {at}": [*each, *[each[0]] * (height - len(each))] for at, each in enumerate(columns)}
    names = [json.dumps(name) for name in cells]
    file = tmp_path / "random.csv"
    rows = [",".join('"' + cells[name][at].replace('"', '""') + '"' for name in cells) for at in range(height)]
    file.write_text("\n".join([",".join(names), *rows]) + "\n")
    place = Place.of("support/random_v1", tmp_path / "domains")
    draft = draft_from_data(place, str(file), Options())
    kept = TableDraft(draft.table.columns, draft.table.key)
    contract = yaml_text(contract_mapping(About("support", "random_v1"), kept))
    assert [one for one in lint(contract.encode()) if one.rule != "no-primary-key"] == []
    folder = tmp_path / "domains" / "support" / "random_v1"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "contract.odcs.yaml").write_text(contract)
    (folder / "transform.sql").write_text(draft.text)
    inputs = {"support.raw_random": {"columns": list(draft.read["support.raw_random"])}}
    (folder / "defs.yaml").write_text(
        yaml_text({"type": "data_platform.DataProduct", "attributes": {"inputs": inputs}})
    )
    table = read_rows(file, dict(zip(draft.read["support.raw_random"], cells, strict=True)))
    made = run(folder, {"support.raw_random": table})
    assert [str(one) for one in made.report.failures] == []


@pytest.mark.parametrize(
    ("values", "sql"),
    [
        (["12345678901234567890123", "2", "-3"], "DECIMAL(38, 0)"),
        (["1" * 39, "2", "3"], "VARCHAR"),
        (["9223372036854775808", "2", "3"], "DECIMAL(38, 0)"),
        (["1.10", "2.25", "3.00"], "DECIMAL(18, 2)"),
        (["1e5", "2.5", "3"], "DOUBLE"),
        (["007", "012", "100"], "VARCHAR"),
        (["01-02-24", "03-04-24", "05-06-24"], "VARCHAR"),
        (["01/02/2024", "03/04/2024", "05/06/2024"], "VARCHAR"),
        (["yes", "no", "yes"], "VARCHAR"),
        (["2024-01-31T10:00:00Z", "2024-02-01T11:30:00", "2024-02-02T00:00:00"], "VARCHAR"),
    ],
)
def test_no_type_is_guessed_that_would_change_a_value_or_could_mean_another(
    tmp_path: Path, values: list[str], sql: str
) -> None:
    (tmp_path / "rows.csv").write_text("\n".join(["v,w", *(f"{value},x" for value in values)]) + "\n")
    with opened_rows(tmp_path / "rows.csv") as file:
        columns, _ = profiled(file, {})
    assert columns[0].sql == sql
