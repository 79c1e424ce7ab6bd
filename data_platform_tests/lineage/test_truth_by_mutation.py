"""What lineage says, against what DuckDB does when a column is dropped or filled with something else."""

from collections import Counter

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_platform.lineage.reading import read_columns
from data_platform.lineage.select import read_select
from data_platform_tests.examples import examples
from data_platform_tests.lineage.queries import TABLES, Part, queries

SCHEMAS = {name: dict.fromkeys(columns, "BIGINT") for name, columns in TABLES.items()}
UNHURRIED = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
VALUES = st.one_of(st.none(), st.integers(0, 3))
ROWS = {name: st.lists(st.tuples(*[VALUES] * len(columns)), min_size=1, max_size=5) for name, columns in TABLES.items()}


@pytest.fixture(scope="module")
def connection():
    made = duckdb.connect(config={"threads": 1, "enable_external_access": False})
    made.execute("create schema d")
    yield made
    made.close()


class BrokenError(Exception):
    pass


def result(connection, sql: str, data, *, without=None, fill=None):
    """The rows of a query, after one column was dropped, or filled with what no row has."""
    for name, rows in data.items():
        kept = [column for column in TABLES[name] if (name, column) != without]
        connection.execute(f"create or replace table {name} ({', '.join(f'{column} bigint' for column in kept)})")
        for number, row in enumerate(rows):
            named = dict(zip(TABLES[name], row, strict=True))
            if fill is not None and fill[0] == name:
                named[fill[1]] = 1000 + number
            connection.execute(f"insert into {name} values ({', '.join('?' * len(kept))})", [named[c] for c in kept])
    try:
        made = connection.execute(sql)
        return [each[0] for each in made.description], Counter(made.fetchall())
    except duckdb.Error as error:
        raise BrokenError(str(error)) from error


@pytest.mark.slow
@settings(max_examples=examples(250), suppress_health_check=UNHURRIED)
@given(query=queries(), data=st.fixed_dictionaries(ROWS))
def test_a_column_that_is_not_read_can_go_and_one_that_is_read_can_not(connection, query: Part, data) -> None:
    reading = read_columns(read_select(query.sql), SCHEMAS)
    before = result(connection, query.sql, data)
    for product in reading.columns:
        for column in TABLES[product]:
            place = (product, column)
            if column in reading.reads(product):
                if not query.starred:
                    with pytest.raises(BrokenError):
                        result(connection, query.sql, data, without=place)
                continue
            assert result(connection, query.sql, data, fill=place) == before
            if column not in reading.named(product):
                assert result(connection, query.sql, data, without=place) == before


@settings(max_examples=examples(60), suppress_health_check=UNHURRIED)
@given(query=queries(), data=st.fixed_dictionaries(ROWS))
def test_the_outputs_are_those_that_duckdb_makes(connection, query: Part, data) -> None:
    reading = read_columns(read_select(query.sql), SCHEMAS)
    names, _ = result(connection, query.sql, data)
    assert [each.name for each in reading.outputs] == names
