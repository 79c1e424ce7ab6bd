"""Of batches of the same rows the newer one stays: whoever was paused, killed or late does not put old values back."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_platform.products import making
from data_platform.products.attempts import Attempt, mark_of
from data_platform.products.publish import Publication, publish
from data_platform.products.schema import cast
from data_platform.storage import delta
from data_platform.storage.delta import modes, order, read_table
from data_platform.storage.delta.history import versions
from data_platform.storage.delta.order import Batch, Superseded
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.examples import examples
from data_platform_tests.products.shop import Platform, Shop, metadata_of
from data_platform_tests.s3 import S3Server

COLUMNS = """\
- {name: id, logicalType: integer, required: true, primaryKey: true, primaryKeyPosition: 1, description: The number.}
- {name: price, logicalType: number, required: true, description: The price., logicalTypeOptions: {minimum: 0}}
"""
DAY = "- {name: day, logicalType: date, required: true, partitioned: true, description: The day.}\n"
KEY = "sales/prices_v1"
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.fixture(params=["replace", "replace_partition"])
def prices(request: pytest.FixtureRequest, platform: Platform) -> Platform:
    """A product of one row, replaced whole or by the day."""
    partitioned = request.param == "replace_partition"
    defs = "partitions: {type: daily}" if partitioned else ""
    sql = "SELECT 1 AS id, 1.0 AS price" + (", DATE '2026-11-01' AS day" if partitioned else "")
    platform.shop.product(KEY, COLUMNS + (DAY if partitioned else ""), sql=sql, defs=defs, mode=request.param)
    return platform


def day_of(platform: Platform) -> str | None:
    return "2026-11-01" if platform.shop.read(KEY).partition_column else None


def begin(platform: Platform, at: datetime = NOON, **read: int) -> Attempt:
    found = Attempt.begin(platform.store, platform.shop.read(KEY), day_of(platform))
    return Attempt(found.mark, at, found.seen, None, {name: ("id", version) for name, version in read.items()})


def put(platform: Platform, price: float, attempt: Attempt | None = None, run: str = "a") -> Publication:
    product = platform.shop.read(KEY)
    row: dict[str, Any] = {"id": 1, "price": price}
    if day := day_of(platform):
        row["day"] = datetime.fromisoformat(day).date()
    table = cast(pa.Table.from_pylist([row]), product.schema.properties)
    return publish(platform.store, product, table, run_id=run, partition=day, attempt=attempt)


def seen(platform: Platform) -> float:
    (row,) = platform.rows(KEY)
    return float(row["price"])


def test_an_attempt_that_read_older_inputs_does_not_replace_what_was_made_of_newer_ones(prices: Platform) -> None:
    old = begin(prices, raw=1)
    # By its clock the newer one began earlier: what was read counts, not whose clock is right.
    assert put(prices, 2.0, begin(prices, NOON - timedelta(hours=1), raw=2), run="b").commit is not None
    made = put(prices, 1.0, old)
    assert made.superseded
    assert made.published
    assert made.batch["price"].to_pylist() == [2.0]
    assert made.report.passed
    assert seen(prices) == 2.0


def test_an_attempt_that_read_newer_inputs_replaces_what_was_published_meanwhile(prices: Platform) -> None:
    new = begin(prices, raw=2)
    put(prices, 1.0, begin(prices, NOON + timedelta(hours=1), raw=1), run="b")
    assert not put(prices, 2.0, new).superseded
    assert seen(prices) == 2.0


@pytest.mark.parametrize(
    ("first", "second"), [({}, {}), ({"raw": 3}, {"raw": 3}), ({"x": 1, "y": 2}, {"x": 2, "y": 1})]
)
def test_where_the_inputs_do_not_tell_whoever_began_later_stays(
    prices: Platform, first: Mapping[str, int], second: Mapping[str, int]
) -> None:
    early, late = begin(prices, NOON, **first), begin(prices, NOON + timedelta(seconds=1), **second)
    put(prices, 2.0, late, run="b")
    assert put(prices, 1.0, early).superseded
    assert seen(prices) == 2.0


def test_whoever_began_after_a_publication_is_newer_whatever_the_clocks_say(prices: Platform) -> None:
    put(prices, 1.0, begin(prices, NOON + timedelta(days=1), raw=7))
    made = put(prices, 2.0, begin(prices, NOON, raw=7), run="b")
    assert not made.superseded
    assert seen(prices) == 2.0


def test_an_input_that_was_deleted_and_made_anew_has_no_order_to_the_former_one(prices: Platform) -> None:
    put(prices, 1.0, begin(prices, raw=900))
    late = begin(prices, NOON + timedelta(seconds=2))
    late.read["raw"] = ("another", 0)
    put(prices, 2.0, begin(prices, NOON + timedelta(seconds=1), raw=901), run="b")
    assert not put(prices, 3.0, late, run="c").superseded


def test_the_very_same_batch_is_published_once_also_when_it_comes_back_after_a_newer_one(prices: Platform) -> None:
    first = put(prices, 1.0)
    again = put(prices, 1.0)
    assert first.commit is not None
    assert again.commit is not None
    assert (again.commit.version, again.commit.repeated) == (first.commit.version, True)
    put(prices, 2.0, run="b")
    for price, run in ((1.0, "a"), (2.0, "b")):
        assert put(prices, price, run=run).commit is not None
    assert seen(prices) == 2.0
    assert len(versions(prices.store, KEY)) == 2


def test_another_run_may_publish_the_same_rows_again(prices: Platform) -> None:
    for run, price in enumerate((1.0, 2.0, 1.0)):
        put(prices, price, run=str(run))
    assert seen(prices) == 1.0


def test_an_older_batch_that_breaks_the_contract_leaves_no_rejection_behind(prices: Platform) -> None:
    old = begin(prices, raw=1)
    put(prices, 2.0, begin(prices, raw=2), run="b")
    made = put(prices, -1.0, old)
    assert made.superseded
    assert (made.rejected, made.quarantine) == (0, None)


def test_a_batch_of_before_this_order_was_kept_is_replaced(prices: Platform) -> None:
    product, day = prices.shop.read(KEY), day_of(prices)
    attempt = begin(prices, raw=1)
    row = {"id": 1, "price": 5.0, **({"day": datetime.fromisoformat(day).date()} if day else {})}
    table = cast(pa.Table.from_pylist([row]), product.schema.properties)
    if day:
        delta.replace_partitions(prices.store, KEY, table, [{"day": day}])
    else:
        delta.replace_table(prices.store, KEY, table)
    assert not put(prices, 2.0, attempt).superseded


def test_an_upsert_of_older_inputs_is_made_again_and_loses_no_key(platform: Platform) -> None:
    store = platform.store
    early = Batch("a", NOON, {"raw": ("id", 1)}, {"": None})
    late = Batch("b", NOON, {"raw": ("id", 2)}, {"": None})
    rows = pa.table({"id": [1], "price": [2.0]})
    modes.upsert(store, "t", rows, ["id"], batch_id="b", batch=late)
    old = pa.table({"id": [1, 2], "price": [1.0, 1.0]})
    with pytest.raises(Superseded, match="from newer inputs") as caught:
        modes.upsert(store, "t", old, ["id"], batch_id="a", batch=early)
    assert not caught.value.permanent, "a retry reads the inputs anew"
    assert read_table(store, "t").to_pylist() == rows.to_pylist()


@given(order=st.permutations(range(6)), partitioned=st.booleans())
@settings(max_examples=examples(12), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_in_whatever_order_concurrent_writers_commit_the_newest_inputs_stay(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], partitioned: bool
) -> None:
    store = ObjectStore.open(f"file://{tmp_path_factory.mktemp('store')}")
    name = "day=x" if partitioned else ""

    def write(number: int) -> None:
        batch = Batch(str(number), NOON, {"raw": ("id", number)}, {name: None})
        rows = pa.table({"day": ["x"], "n": [number]})
        if partitioned:
            delta.replace_partitions(store, "t", rows, [{"day": "x"}], batch=batch)
        else:
            delta.replace_table(store, "t", rows, batch=batch)

    threads = [threading.Thread(target=write, args=(number,)) for number in order]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert read_table(store, "t")["n"].to_pylist() == [5]


def test_the_batches_before_it_that_a_commit_names_are_bounded(
    prices: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order, "_KEPT", 3)
    for run in range(6):
        put(prices, float(run), run=str(run))
    (last, *_) = versions(prices.store, KEY)
    assert len(last.metadata["batch"]["earlier"]) == 3


def test_rows_are_named_by_what_is_in_them_however_they_are_cut(platform: Platform) -> None:
    whole = pa.table({"n": list(range(10))})
    pieces = pa.concat_tables([whole.slice(0, 3), whole.slice(3)])
    assert mark_of(whole) == mark_of(pieces)
    assert mark_of(whole) != mark_of(whole.slice(1))


def test_a_run_that_was_overtaken_succeeds_and_says_so(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    platform.shop.product(
        KEY,
        COLUMNS,
        sql="SELECT id, price FROM sales.raw_prices",
        defs="inputs: {sales.raw_prices: {columns: [id, price]}}",
    )
    platform.put("sales/raw_prices", [{"id": 1, "price": 1.0}])
    transform, calls = making.run_transform, []

    def slow(*arguments: Any) -> pa.Table:
        calls.append(arguments)
        made = transform(*arguments)
        if len(calls) == 1:  # while the first run works, the input changes and a second one publishes
            platform.put("sales/raw_prices", [{"id": 1, "price": 2.0}])
            assert platform.run(KEY).success
        return made

    monkeypatch.setattr(making, "run_transform", slow)
    done = platform.run(KEY)
    assert done.success
    assert "left out: newer rows" in metadata_of(done)[None]["superseded"]
    assert seen(platform) == 2.0


WRITER = """
import sys
from pathlib import Path
from data_platform.products import making
from data_platform.products.folder import read_product
from data_platform.storage.objects.store import ObjectStore

folder, url, run = sys.argv[1:]
transform = making.run_transform

def slow(*arguments):
    batch = transform(*arguments)
    print("made", flush=True)
    sys.stdin.readline()
    return batch

making.run_transform = slow
done = making.make(ObjectStore.open(url), read_product(Path(folder)), None, run_id=run)
print("superseded" if done.superseded else "published", flush=True)
"""


@pytest.mark.slow
def test_a_stopped_writer_that_wakes_and_a_killed_one_that_is_tried_again_put_nothing_old_back(
    shop: Shop, s3_store: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3_store.environment.items():
        monkeypatch.setenv(name, value)
    url = s3_store.fresh_url()
    store = ObjectStore.open(url)
    folder = shop.product(
        KEY,
        COLUMNS,
        sql="SELECT id, price FROM sales.raw_prices",
        defs="inputs: {sales.raw_prices: {columns: [id, price]}}",
    )

    def raw(price: float) -> None:
        delta.replace_table(store, "sales/raw_prices", pa.table({"id": [1], "price": [price]}))

    def start(run: str) -> "subprocess.Popen[str]":
        environment = {**os.environ, **s3_store.environment, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-c", WRITER, str(folder), url, run]
        made = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert made.stdout is not None
        assert made.stdout.readline() == "made\n"
        return made

    def finish(writer: "subprocess.Popen[str]") -> str:
        return writer.communicate("go\n")[0].strip()

    raw(1.0)
    stopped, killed = start("stopped"), start("killed")
    stopped.send_signal(signal.SIGSTOP)
    killed.kill()
    killed.wait()
    raw(2.0)
    assert finish(start("newer")) == "published"
    stopped.send_signal(signal.SIGCONT)
    assert finish(stopped) == "superseded"
    assert read_table(store, KEY)["price"].to_pylist() == [2.0]
    raw(3.0)
    assert finish(start("killed")) == "published", "tried again it reads what there is now"
    assert read_table(store, KEY)["price"].to_pylist() == [3.0]
