"""`new --from` goes into git: no value of the data gets there that few rows share, or that looks personal."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_platform.contracts import drafting, guesses
from data_platform.contracts.drafting import About, contract_mapping
from data_platform.contracts.guesses import bounds_of
from data_platform.contracts.writing import yaml_text
from data_platform.mesh.scaffold import from_data
from data_platform.mesh.scaffold.from_data import draft_from_data
from data_platform.mesh.scaffold.options import Options
from data_platform.mesh.scaffold.place import Place
from data_platform_tests.examples import examples
from data_platform_tests.mesh.authoring import Author, an_author

FIRST = ["Ann", "Bob", "Carla", "Dieter", "Eva", "Farid", "Grete", "Hans"]
LAST = ["Meyerling", "Smithson", "Özdemir", "Dupontel", "Rossini", "Nováková", "O'Brienne", "van der Bergh"]
PEOPLE = [f"{first} {last}" for first in FIRST for last in LAST]
ROLES = ("customer", "buyer", "employee", "patient", "manager", "kunde", "nom")


@pytest.fixture
def author(tmp_path: Path) -> Iterator[Author]:
    with an_author(tmp_path) as made:
        yield made


def written(author: Author) -> str:
    """Everything that the command wrote, but for the path of the file."""
    folders = (author.shop.domains / "support", author.shop.root / f"{author.shop.package}_tests")
    return "\n".join(file.read_text() for folder in folders for file in folder.rglob("*") if file.is_file())


def rows_of_people(count: int) -> list[dict[str, Any]]:
    """Rows in which a column of each role has few people, each in many rows."""
    return [
        {
            "id": number,
            **{role: PEOPLE[(number * 7 + at) % 8 + 8 * at] for at, role in enumerate(ROLES)},
            "salary": 31_337 + number * 13,
            "status": ["open", "closed"][number % 2],
            "rating": number % 5 + 1,
            "born": f"{1944 + number % 55}-03-{number % 28 + 1:02d}",
        }
        for number in range(count)
    ]


def put(folder: Path, kind: str, rows: Sequence[Mapping[str, Any]]) -> Path:
    file = folder / f"people.{kind}"
    if kind == "parquet":
        pq.write_table(pa.Table.from_pylist(list(rows)), file)
    elif kind == "jsonl":
        file.write_text("\n".join(json.dumps(row) for row in rows))
    else:
        lines = [",".join(rows[0]), *(",".join(f'"{value}"' for value in row.values()) for row in rows)]
        file.write_text("\n".join(lines) + "\n")
    return file


def names_in(text: str) -> set[str]:
    return {last for last in LAST if last in text} | {first for first in FIRST if re.search(rf"\b{first}\b", text)}


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_names_of_people_that_come_again_and_again_are_judged_by_their_look_and_written_nowhere(
    author: Author, kind: str
) -> None:
    file = put(author.shop.root, kind, rows_of_people(200))
    product = author.new("support/people_v1", "--from", str(file))
    text = written(author)
    assert names_in(text) == set()
    assert "31337" not in text
    assert "1944" not in text
    columns = {one.name: one for one in product.schema.properties}
    assert {name for name, one in columns.items() if one.is_personal} == {*ROLES, "born"}
    assert columns["status"].quality[0].arguments["validValues"] == ["closed", "open"]
    assert bounds_of(columns["rating"].quality[0]) == (0, 10)
    assert bounds_of(columns["salary"].quality[0]) == (0, None)
    author.test_passes("support/people_v1")


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_names_in_nested_values_are_found_too(author: Author, kind: str) -> None:
    rows = [{"id": each, "contact": {"nom": PEOPLE[each % 8], "tags": ["a"]}} for each in range(80)]
    product = author.new("support/people_v1", "--from", str(put(author.shop.root, kind, rows)))
    assert names_in(written(author)) == set()
    assert product.schema.properties[1].classification == "personal"


def test_a_value_that_fewer_than_five_rows_have_is_not_written_and_one_that_five_have_is(author: Author) -> None:
    rare = [*["common"] * 60, *["odd"] * 4]
    shared = [*["north"] * 59, *["south"] * 5]
    rows = [{"id": at, "kind": a, "side": b} for at, (a, b) in enumerate(zip(rare, shared, strict=True))]
    file = put(author.shop.root, "csv", rows)
    code, said, _ = author.call("new", "support/kinds_v1", "--from", str(file))
    assert code == 0
    text = written(author)
    assert "common" not in text
    assert "odd" not in text
    assert "south" in text
    assert "written of: side (2 values)" in said
    assert "kind (a value that fewer than 5 rows have)" in said


@pytest.mark.parametrize(("different", "listed"), [(20, True), (21, False)])
def test_twenty_different_values_are_listed_and_twenty_one_are_not(
    author: Author, different: int, listed: bool
) -> None:
    rows = [{"id": at, "kind": f"k{chr(97 + at % different)}"} for at in range(different * 30)]
    product = author.new("support/kinds_v1", "--from", str(put(author.shop.root, "csv", rows)))
    listing = [rule for rule in product.schema.properties[1].quality if "validValues" in rule.arguments]
    assert bool(listing) is listed


@pytest.mark.parametrize(
    ("column", "values", "listed"),
    [
        ("status", ["open", "closed", "on hold"], True),
        ("currency", ["EUR"], False),
        ("customer", ["Acme", "Globex", "Initech", "Umbrella", "Hooli", "Stark", "Wayne"], False),
        ("customer_name", ["Acme", "Globex"], False),
        ("batch", ["A1", "B2"], False),
    ],
)
def test_a_list_of_values_is_guessed_only_where_they_look_like_a_closed_set(
    author: Author, column: str, values: list[str], listed: bool
) -> None:
    rows = [{"id": at, column: values[at % len(values)]} for at in range(300)]
    product = author.new("support/kinds_v1", "--from", str(put(author.shop.root, "csv", rows)))
    rules = [rule.name for rule in product.schema.properties[1].quality]
    assert ("Known values" in rules) is listed


def test_a_range_leaves_room_for_twice_the_values(author: Author) -> None:
    rows = [{"id": at, "size": [-300, 1000][at % 2]} for at in range(60)]
    product = author.new("support/sizes_v1", "--from", str(put(author.shop.root, "csv", rows)))
    assert bounds_of(product.schema.properties[1].quality[0]) == (-1000, 10_000)


def test_values_are_written_of_a_column_that_is_named(author: Author) -> None:
    rows = [{"Id": at, "Team Lead": PEOPLE[at % 3], "amount": at} for at in range(30)]
    file = put(author.shop.root, "csv", rows)
    columns = ("--values", "team_lead", "--values", "amount")
    product = author.new("support/people_v1", "--from", str(file), *columns)
    lead, amount = product.schema.properties[1:]
    assert lead.quality[0].arguments["validValues"] == sorted(PEOPLE[:3])
    assert bounds_of(amount.quality[0]) == (0, 100)


def test_a_column_that_is_named_and_not_there_is_told_with_what_was_meant(author: Author) -> None:
    file = put(author.shop.root, "csv", [{"id": 1, "amount": 2}])
    said = author.refused("new", "support/x_v1", "--from", str(file), "--values", "amont")
    assert "--values amont: the file has no such column: did you mean 'amount'?" in said
    assert "give it with --from" in author.refused("new", "support/x_v1", "--sql", "SELECT 1", "--values", "a")


def test_a_first_line_that_is_a_row_of_people_does_not_become_names_of_columns(author: Author) -> None:
    file = author.shop.root / "headless.csv"
    file.write_text("Ann Meyerling,ann@example.org,3\nBob Smithson,bob@example.org,4\n")
    said = author.refused("new", "support/x_v1", "--from", str(file))
    assert "2 of the file's 3 columns are called what looks like personal data" in said
    assert "Meyerling" not in said
    assert names_in(said) == set()


def test_what_all_values_begin_with_is_written_only_where_many_rows_share_each(author: Author) -> None:
    rows = [{"id": at, "code": f"MEYERLING-{at:04d}", "zone": f"ZONE{'AB'[at % 2]}"} for at in range(60)]
    product = author.new("support/codes_v1", "--from", str(put(author.shop.root, "csv", rows)))
    assert product.schema.properties[1].quality[0].arguments == {"pattern": "^[A-Z]{9}-[0-9]{4}$"}
    assert "MEYERLING" not in written(author)
    assert product.schema.properties[2].quality[0].arguments["validValues"] == ["ZONEA", "ZONEB"]


def test_a_pattern_of_another_alphabet_holds_no_letter_of_the_values(author: Author) -> None:
    rows = [{"id": at, "code": f"Ö{chr(97 + at % 26)}{at:04d}"} for at in range(60)]
    product = author.new("support/codes_v1", "--from", str(put(author.shop.root, "csv", rows)))
    assert product.schema.properties[1].quality == ()


OURS = "".join(Path(str(module.__file__)).read_text() for module in (drafting, from_data, guesses))
"""Words of ours are no values."""
CALLS = "SELECT order_id AS id, country AS buyer, campaign AS note FROM sales.orders_v1"
CELL = st.one_of(
    st.sampled_from(PEOPLE),
    st.sampled_from(["red", "green", "blue"]),
    st.integers(10_001, 99_999).map(str),
    st.text(st.characters(categories=["Lu", "Ll"]), min_size=6, max_size=12),
)


@given(columns=st.lists(st.lists(CELL, min_size=1, max_size=30), min_size=1, max_size=4), times=st.integers(1, 8))
@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_whatever_is_in_a_file_no_value_of_few_rows_is_in_its_contract(
    tmp_path: Path, columns: list[list[str]], times: int
) -> None:
    height = max(map(len, columns)) * times
    cells = {f"c{at}": [each[row % len(each)] for row in range(height)] for at, each in enumerate(columns)}
    rows = [{name: values[row] for name, values in cells.items()} for row in range(height)]
    draft = draft_from_data(
        Place.of("support/any_v1", tmp_path / "domains"), str(put(tmp_path, "csv", rows)), Options()
    )
    text = yaml_text(contract_mapping(About("support", "any_v1"), draft.table)) + draft.text + "".join(draft.notes)
    few = {name: {each for each in its if its.count(each) < 5} for name, its in cells.items()}
    open_ = {each for name, its in cells.items() for each in its if not few[name] and len(set(its)) <= 20}
    for values in cells.values():
        assert [each for each in {*values} - open_ if each in text and each not in OURS] == []


def test_the_test_verb_warns_of_values_that_look_personal_and_are_not_classified(author: Author) -> None:
    columns = """\
- {name: id, logicalType: integer, primaryKey: true, required: true, description: The number.}
- {name: buyer, logicalType: string, description: Who.}
- {name: note, logicalType: string, classification: internal, description: What was said.}
"""
    author.shop.product("support/calls_v1", columns, sql=CALLS)
    rows = [{"id": at, "buyer": PEOPLE[at], "note": f"call a{at}@example.org"} for at in range(9)]
    for kind in ("csv", "jsonl", "parquet"):
        code, said, _ = author.call("test", "support/calls_v1", "--data", str(put(author.shop.root, kind, rows)))
        assert code in {0, 1}, said
        assert "warning: buyer looks like personal data (names of people) and has no classification" in said
        assert "note looks" not in said


@pytest.mark.parametrize(
    "rows",
    [
        [f"{100 + row},HIV positive,haddad{row},K-{row}" for row in range(50)],
        [f"{['north', 'south'][row % 2]},{['flu', 'cold', 'HIV positive'][row % 3]}" for row in range(50)],
    ],
    ids=["numbers", "values that come again"],
)
def test_a_file_without_names_of_columns_gives_no_row_away(author: Author, rows: list[str]) -> None:
    file = author.shop.root / "rows.csv"
    file.write_text("\n".join(rows) + "\n")
    code, _, said = author.call("new", "support/patients_v1", "--from", str(file))
    assert code == 2
    assert "first line seems to be a row" in said
    assert "haddad0" not in said


def test_a_column_may_be_called_as_one_of_its_values_and_a_year_may_be_a_name(author: Author) -> None:
    file = author.shop.root / "rows.csv"
    file.write_text("country,active,2019\n" + "".join(f"c{at},{['active', 'gone'][at % 2]},{at}\n" for at in range(50)))
    assert author.call("new", "support/counts_v1", "--from", str(file))[0] == 0
