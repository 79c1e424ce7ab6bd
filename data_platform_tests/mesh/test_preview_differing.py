"""Two sets of rows are compared as somebody would with a pencil, whatever columns are called and values are."""

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_platform.contracts.checks.duckdb.session import Limits
from data_platform.mesh.preview.differing import difference
from data_platform.mesh.preview.model import Difference
from data_platform.storage.formats.spool import spooled
from data_platform_tests.examples import examples

KEY, TEXT, NUMBER = 'the "key"', "a0", "b; DROP TABLE a"
SCHEMA = pa.schema([(KEY, pa.int64()), (TEXT, pa.string()), (NUMBER, pa.float64())])
VALUES = st.tuples(
    st.none() | st.sampled_from(["", "x", "y'"]), st.none() | st.sampled_from([0.0, 1.5, float("nan"), float("inf")])
)
KEYED = st.dictionaries(st.integers(0, 6), VALUES, max_size=6)
WHOLE = st.lists(st.tuples(st.integers(0, 2), VALUES), max_size=8)


def table(rows: list[tuple[int, tuple[Any, Any]]]) -> pa.Table:
    return pa.Table.from_pylist([{KEY: key, TEXT: text, NUMBER: number} for key, (text, number) in rows], SCHEMA)


def compared(before: pa.Table, after: pa.Table, *key: str) -> Difference:
    with spooled([after], after.schema) as spool:
        return difference(before, spool, key, hidden=frozenset({TEXT}), limits=Limits(memory="200MB", threads=1))


def same(first: float | None, second: float | None) -> bool:
    return repr(first) == repr(second)


@settings(max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(KEYED, KEYED)
def test_by_key(before: dict[int, tuple[Any, Any]], after: dict[int, tuple[Any, Any]]) -> None:
    result = compared(table([*before.items()]), table([*after.items()]), KEY)
    both = before.keys() & after.keys()
    texts = {key for key in both if before[key][0] != after[key][0]}
    numbers = {key for key in both if not same(before[key][1], after[key][1])}
    assert (result.rows_before, result.rows_after) == (len(before), len(after))
    assert (result.added, result.removed) == (len(after.keys() - before.keys()), len(before.keys() - after.keys()))
    assert result.changed == len(texts | numbers)
    assert result.columns == {name: len(keys) for name, keys in ((TEXT, texts), (NUMBER, numbers)) if keys}
    for sample in result.samples:
        shown = {sample.row.get(TEXT), sample.before.get(TEXT), sample.after.get(TEXT)}
        assert shown <= {None, "***"}


@settings(max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(WHOLE, WHOLE, st.booleans())
def test_by_whole_rows_also_where_the_key_is_none(
    before: list[tuple[int, tuple[Any, Any]]], after: list[tuple[int, tuple[Any, Any]]], claimed: bool
) -> None:
    counts = [Counter((key, text, repr(number)) for key, (text, number) in rows) for rows in (before, after)]
    keys = [len({key for key, _ in rows}) == len(rows) for rows in (before, after)]
    result = compared(table(before), table(after), *([KEY] if claimed else []))
    if claimed and all(keys):
        assert result.key == (KEY,)
        return
    assert result.key == ()
    assert result.added == sum((counts[1] - counts[0]).values())
    assert result.removed == sum((counts[0] - counts[1]).values())


def test_long_values_are_cut_and_nested_ones_shown(tmp_path: Path) -> None:
    before = pa.table({"id": [1], "v": [{"a": "x" * 500}]})
    after = pa.table({"id": [1], "v": [{"a": "y" * 500}]})
    (sample,) = compared(before, after, "id").samples
    assert len(str(sample.after["v"])) < 100
