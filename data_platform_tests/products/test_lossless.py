"""What was checked is what is published: a batch is brought into its table's types before, or it is refused."""

import math
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_platform.products.publish import Publication, publish
from data_platform.products.schema import cast
from data_platform.storage.delta import read_table
from data_platform.storage.errors import InvalidFrame
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.examples import examples
from data_platform_tests.products.shop import Shop, new_shop

KEY = "sales/prices_v1"
DAY = "2026-11-01"
TYPES = {
    "TINYINT": pa.int8(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "FLOAT": pa.float32(),
    "DOUBLE": pa.float64(),
    '"DECIMAL(10, 2)"': pa.decimal128(10, 2),
    '"DECIMAL(38, 19)"': pa.decimal128(38, 19),
    '"DECIMAL(18, 0)"': pa.decimal128(18, 0),
}
NUMBERS = ["0", "1", "-128", "127", "128", "2147483648", "9007199254740993", "0.5", "1.26", "0.004", "1.2599",
           "0.1000000000000000055", "16777217", "1e300", "99999999.99"]  # fmt: skip


@contextmanager
def mesh() -> Iterator[tuple[Shop, ObjectStore]]:
    with tempfile.TemporaryDirectory() as folder, new_shop(Path(folder)) as shop:
        (Path(folder) / "store").mkdir()
        yield shop, ObjectStore.open(f"file://{folder}/store")


def promise(shop: Shop, physical: str | None, mode: str, version: str, options: str = "") -> None:
    kind = f", physicalType: {physical}" if physical else ""
    day = "- {name: day, logicalType: string, required: true, partitioned: true}\n"
    columns = (
        "- {name: id, logicalType: integer, physicalType: BIGINT, required: true, primaryKey: true}\n"
        f"- {{name: price, logicalType: number{kind}{options}}}\n"
    )
    partitioned = mode == "replace_partition"
    shop.product(
        KEY,
        (day if partitioned else "") + columns,
        sql=f"SELECT {'day, ' if partitioned else ''}id, price FROM sales.raw_prices",
        defs=("partitions: {type: daily}\n" if partitioned else "")
        + "inputs: {sales.raw_prices: {columns: [day, id, price]}}",
        mode=mode,
        version=version,
    )


def put(shop: Shop, store: ObjectStore, values: pa.Array, mode: str, first: int, run: str) -> Publication:
    product = shop.read(KEY)
    columns: dict[str, Any] = {"id": pa.array(range(first, first + len(values)), pa.int64()), "price": values}
    if mode == "replace_partition":
        columns = {"day": [DAY] * len(values), **columns}
    partition = DAY if mode == "replace_partition" else None
    return publish(store, product, cast(pa.table(columns), product.schema.properties), run_id=run, partition=partition)


def same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return one == other or (math.isnan(one) and math.isnan(other))
    return type(one) is type(other) and one == other


@st.composite
def values(draw: st.DrawFn, kind: pa.DataType) -> pa.Array:
    fitting = []
    for text in NUMBERS:
        try:
            number = Decimal(text)
            fitting.append(pa.scalar(float(number) if pa.types.is_floating(kind) else number, kind).as_py()
                           if not pa.types.is_integer(kind) else pa.scalar(int(number), kind).as_py())  # fmt: skip
        except (pa.ArrowException, OverflowError):
            continue
    return pa.array(draw(st.lists(st.sampled_from([*fitting, None]), min_size=1, max_size=4)), kind)


@settings(max_examples=examples(40))
@given(data=st.data())
def test_the_values_that_are_read_back_are_those_that_were_checked_in_all_types_and_modes(data: st.DataObject) -> None:
    mode = data.draw(st.sampled_from(["replace", "replace_partition", "append", "upsert"]))
    before, after = data.draw(st.sampled_from(sorted(TYPES))), data.draw(st.sampled_from([*sorted(TYPES), None]))
    with mesh() as (shop, store):
        promise(shop, before, mode, "1.0.0")
        first = put(shop, store, data.draw(values(TYPES[before])), mode, 0, "a")
        assert first.published, first.report
        promise(shop, after, mode, "1.1.0")
        given_type = TYPES[after] if after else data.draw(st.sampled_from(list(TYPES.values())))
        there = read_table(store, KEY).sort_by("id").to_pylist()
        try:
            made = put(shop, store, data.draw(values(given_type)), mode, 100, "b")
        except InvalidFrame:  # the table cannot hold them exactly
            assert read_table(store, KEY).sort_by("id").to_pylist() == there
            return
        back = {row["id"]: row["price"] for row in read_table(store, KEY).to_pylist()}
        if made.published:
            checked = {row["id"]: row["price"] for row in made.batch.to_pylist()}
            assert all(same(back[number], value) for number, value in checked.items())
        else:
            assert back == {row["id"]: row["price"] for row in there}


@pytest.mark.parametrize("mode", ["replace_partition", "append", "upsert"])
def test_prices_are_refused_where_the_table_would_round_them_and_readers_keep_what_they_had(mode: str) -> None:
    with mesh() as (shop, store):
        promise(shop, '"DECIMAL(10, 2)"', mode, "1.0.0")
        assert put(shop, store, pa.array([Decimal("1.10")], pa.decimal128(10, 2)), mode, 0, "a").published
        promise(shop, None, mode, "1.1.0", ", logicalTypeOptions: {exclusiveMinimum: 0}")
        with pytest.raises(InvalidFrame, match=r"'price' \(double\) has values that decimal128\(10, 2\) cannot hold"):
            put(shop, store, pa.array([0.004, 1.2599]), mode, 100, "b")
        assert [row["price"] for row in read_table(store, KEY).to_pylist()] == [Decimal("1.10")]
        assert put(shop, store, pa.array([0.5, 1.26]), mode, 100, "c").published
        prices = sorted(row["price"] for row in read_table(store, KEY).to_pylist() if row["id"] >= 100)
        assert prices == [Decimal("0.50"), Decimal("1.26")]
