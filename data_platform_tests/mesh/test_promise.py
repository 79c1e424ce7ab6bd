"""`promise`: what the published batches allow to be promised, and that nothing that a person wrote becomes looser."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_platform.contracts.checks.run import check
from data_platform.contracts.guesses import bounds_of, is_guess
from data_platform.contracts.model import Contract
from data_platform.mesh.promise.bounds import SURE, is_sure, null_percent, range_of, rows_of
from data_platform.mesh.promise.levels import hours
from data_platform.mesh.promise.publications import regular
from data_platform.products.folder import Product, read_product
from data_platform.products.publish import publish
from data_platform.products.schema import cast
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.examples import examples
from data_platform_tests.mesh.authoring import Author, an_author

COLUMNS = """\
- {name: day, logicalType: date, required: true, partitioned: true, description: The day.}
- {name: number, logicalType: integer, primaryKey: true, required: true, description: The number.}
- name: amount  # in cents
  logicalType: integer
  description: How much.
  quality:
    - name: Range
      type: sql
      query: SELECT count(*) FROM ${table} WHERE ${column} < 0 OR ${column} > 1000000
      mustBe: 0
      severity: warning
      description: A guess.
      customProperties: [{property: dataPlatform.guess, value: 9 rows of a.csv}]
- {name: price, logicalType: number, description: The price., logicalTypeOptions: {maximum: 100}}
- {name: state, logicalType: string, description: The state.}
- name: code
  logicalType: string
  description: A code.
  quality:
    - {name: Pattern, type: library, metric: invalidValues, arguments: {pattern: '^[A-Z]-[0-9]$'}, mustBe: 0,
       severity: warning, customProperties: [{property: dataPlatform.guess, value: 9 rows of a.csv}]}
- {name: who, logicalType: string, classification: personal, description: Who.}
- {name: buyer, logicalType: string, description: Who bought.}
"""
SQL = "SELECT day, number, amount, price, state, code, who, buyer FROM sales.raw_orders"
DEFS = """
partitions: {type: daily}
inputs: {sales.raw_orders: {columns: [day, number, amount, price, state, code, who, buyer]}}
"""
FIRST = date(2026, 10, 1)
DAYS = 14
BUYERS = ["ann@example.org", "bob@example.org", "eva@example.org"]


@pytest.fixture
def author(tmp_path: Path) -> Iterator[Author]:
    with an_author(tmp_path) as author:
        author.shop.product("sales/sold_v1", COLUMNS, sql=SQL, defs=DEFS, mode="replace_partition")
        yield author


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return ObjectStore.open(f"file://{tmp_path}/store")


def a_row(day: date, number: int, **other: Any) -> dict[str, Any]:
    values = {
        "day": day,
        "number": number,
        "amount": 100 + (number * 37) % 300,
        "price": number % 10 + 0.5,
        "state": ["open", "sent", "paid"][number % 3],
        "code": f"A-{number % 10}",
        "who": f"somebody {number}",
        "buyer": BUYERS[number % 3],
    }
    return {**values, **other}


def sold(author: Author) -> Product:
    return read_product(author.shop.domains / "sales" / "sold_v1")


def published(
    author: Author, store: ObjectStore, days: int = DAYS, row: Callable[[date, int], dict[str, Any]] = a_row
) -> None:
    """Publish days, each of them three hours after its end, and the first three of them at once."""
    product = sold(author)
    for at in range(days):
        day = FIRST + timedelta(days=at)
        rows = [row(day, number) for number in range(40 + at)]
        batch = cast(pa.Table.from_pylist(rows), product.schema.properties)
        assert publish(store, product, batch, run_id=f"run {at}", partition=day.isoformat()).published
        late = datetime(day.year, day.month, day.day, 3, tzinfo=UTC) + timedelta(days=max(1, 3 - at))
        tell(store, product.key, at, late)


@pytest.fixture(autouse=True)
def never_cleaned_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests say of commits that they are old, for which the next publication would clean up, in commits too."""
    monkeypatch.setattr("data_platform.products.versions._is_of_today", lambda *_: True)


def tell(store: ObjectStore, key: str, version: int, when: datetime) -> None:
    """Make a commit say that it was made at another time."""
    path = f"{key}/_delta_log/{version:020}.json"
    actions = [json.loads(line) for line in store.get(path).splitlines()]
    for action in actions:
        if "commitInfo" in action:
            action["commitInfo"]["timestamp"] = int(when.timestamp() * 1000)
    store.put(path, "\n".join(map(json.dumps, actions)).encode())


def promised(author: Author, store: ObjectStore, *arguments: str) -> tuple[int, str, str]:
    return author.call("promise", "sales/sold_v1", *arguments, store=store)


def contract_of(author: Author) -> tuple[Path, str]:
    file = author.shop.domains / "sales" / "sold_v1" / "contract.odcs.yaml"
    return file, file.read_text()


def rule(contract: Contract, column: str, name: str) -> Any:
    owner = contract.schemas[0].find(column)
    assert owner is not None
    return next(rule for rule in owner.quality if rule.name == name)


def test_the_history_confirms_guesses_tightens_them_and_proposes_what_is_missing(
    author: Author, store: ObjectStore
) -> None:
    published(author, store)
    code, answer, complaints = promised(author, store, "--json")
    assert code == 0, complaints
    report = json.loads(answer)
    assert report["batches"] == DAYS
    told = {
        (proposal["subject"], proposal["entry"].get("name") or proposal["entry"]["property"]): proposal
        for proposal in report["proposals"]
    }
    assert {
        key: (proposal["action"], proposal["told"])
        for key, proposal in told.items()
        if key[1] not in {"frequency", "latency"}
    } == {
        ("amount", "Range"): ("confirmed", "Numbers from 0 to 1".replace("to 1", "up to 1,000")),
        ("amount", "Nulls"): ("new", "None missing"),
        ("price", "Range"): ("new", "Numbers from 0"),
        ("price", "Nulls"): ("new", "None missing"),
        ("state", "Known values"): ("new", "One of 3 values"),
        ("state", "Nulls"): ("new", "None missing"),
        ("code", "Pattern"): ("confirmed", "Texts of one form"),
        ("code", "Nulls"): ("new", "None missing"),
        ("sold", "Rows"): ("new", "From 20 to 200 rows"),
    }
    assert "severity" not in told["amount", "Range"]["entry"]
    new = {
        proposal["entry"]["severity"]
        for proposal in told.values()
        if proposal["action"] == "new" and "name" in proposal["entry"]
    }
    assert new == {"warning"}
    assert told["frequency", "frequency"]["entry"]["value"] == hours(timedelta(hours=24)) == 30
    assert told["latency", "latency"]["entry"]["value"] == hours(timedelta(hours=27)) == 34
    assert told["latency", "latency"]["entry"]["element"] == "sold.day"
    notes = "\n".join(report["notes"])
    assert "nothing is told of who: it is classified" in notes
    assert "nothing is told of buyer: it looks personal (e-mail addresses)" in notes
    assert not any(buyer in answer for buyer in BUYERS)
    assert report["written"] is False


def test_what_is_written_loads_is_kept_by_the_batches_and_leaves_every_other_line(
    author: Author, store: ObjectStore
) -> None:
    published(author, store)
    file, before = contract_of(author)
    code, shown, _ = promised(author, store)
    assert (code, file.read_text()) == (0, before)
    changed = {(line[:1], line[1:].strip()) for line in shown.splitlines()}
    query = "SELECT count(*) FROM ${table} WHERE ${column} < 0 OR ${column} > 1000"
    assert ("+", f"query: '{query}'") in changed
    assert promised(author, store, "--write")[0] == 0
    after = contract_of(author)[1]
    kept = [line for line in before.splitlines() if line in after.splitlines()]
    assert "      - name: amount  # in cents" in kept
    product = sold(author)
    amount = rule(product.contract, "amount", "Range")
    assert (bounds_of(amount), is_guess(amount), amount.severity) == ((0, 1000), False, None)
    report = check(product.checks, pa.Table.from_pylist([a_row(FIRST, number) for number in range(50)]))
    assert [result.check.name for result in report.failures if "sla" not in result.check.name] == []
    assert not check(product.checks, pa.Table.from_pylist([a_row(FIRST, 1, amount=2000)])).passed
    again = json.loads(promised(author, store, "--json")[1])
    assert again["proposals"] == []
    assert "is promised" in "\n".join(again["notes"])


@pytest.mark.slow
def test_few_batches_are_guesses_and_fewer_are_nothing(author: Author, store: ObjectStore) -> None:
    published(author, store, 3)
    report = json.loads(promised(author, store, "--json")[1])
    assert report["proposals"] == []
    assert "3 batches with rows: rules are proposed from 5 on" in report["notes"]
    published(author, store, 6)
    report = json.loads(promised(author, store, "--json")[1])
    assert {proposal["entry"].get("severity") for proposal in report["proposals"] if "name" in proposal["entry"]} == {
        "warning"
    }
    assert promised(author, store, "--write")[0] == 0
    assert is_guess(rule(sold(author).contract, "price", "Range"))
    assert json.loads(promised(author, store, "--json")[1])["proposals"] == []


@pytest.mark.slow
def test_a_guess_that_a_batch_breaks_is_told_and_left_and_a_rule_of_a_person_stays(
    author: Author, store: ObjectStore
) -> None:
    file, text = contract_of(author)
    mine = "{metric: nullValues, mustBeLessThan: 9}, {name: Range, type: sql, query: SELECT 0, mustBe: 0}"
    text = text.replace("description: The price.", f"description: The price., quality: [{mine}]")
    text = text.replace("1000000", "200")
    file.write_text(text)
    published(author, store)
    report = json.loads(promised(author, store, "--json")[1])
    assert ("amount", "Range") not in {
        (proposal["subject"], proposal["entry"].get("name")) for proposal in report["proposals"]
    }
    told = "amount: the guessed range does not hold (least 100, greatest 396, in 14 batches): mend it, or delete it"
    assert told in report["notes"]
    assert "price" not in {proposal["subject"] for proposal in report["proposals"]}
    assert promised(author, store, "--write")[0] == 0
    assert "${column} > 200" in contract_of(author)[1]
    assert mine in contract_of(author)[1]


def test_a_product_that_was_never_published_has_no_history(author: Author, store: ObjectStore) -> None:
    code, _, complaints = promised(author, store)
    assert code == 2
    assert "materialize it first" in complaints


def test_of_a_table_without_partitions_each_version_is_a_batch(author: Author, store: ObjectStore) -> None:
    whole = COLUMNS.replace(" partitioned: true,", "")
    author.shop.product("sales/whole_v1", whole, sql=SQL, defs=DEFS.replace("partitions: {type: daily}", ""))
    product = read_product(author.shop.domains / "sales" / "whole_v1")
    for at in range(12):
        rows = [a_row(FIRST, number, amount=500 if at == 0 else 100) for number in range(30)]
        batch = cast(pa.Table.from_pylist(rows), product.schema.properties)
        assert publish(store, product, batch, run_id=f"run {at}").published
        tell(store, product.key, at, datetime(2026, 10, 1, tzinfo=UTC) + timedelta(hours=6 * at))
    report = author.json("promise", "sales/whole_v1", store=store)
    assert report["batches"] == 12
    whys = {(proposal["subject"], proposal["entry"].get("name")): proposal["why"] for proposal in report["proposals"]}
    assert whys["amount", "Range"] == "least 100, greatest 500, in 12 batches"
    levels = [proposal["entry"] for proposal in report["proposals"] if "property" in proposal["entry"]]
    assert [(level["property"], level["value"], level["element"]) for level in levels] == [("frequency", 8, "whole")]


NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9)
EXTREMES = st.lists(st.tuples(NUMBERS, NUMBERS).map(lambda pair: (min(pair), max(pair))), min_size=1, max_size=30)


@settings(max_examples=examples(200))
@given(extremes=EXTREMES)
def test_a_range_holds_for_all_that_it_was_made_of_is_round_and_keeps_signs(
    extremes: list[tuple[Decimal, Decimal]],
) -> None:
    low, high = range_of(extremes)
    assert all(low <= least and most <= high for least, most in extremes)
    for bound in (low, high):
        assert bound == 0 or bound.normalize().as_tuple().digits in {(1,), (2,), (5,)}
    assert (low < 0) is (min(least for least, _ in extremes) < 0)
    assert (high > 0) is (max(most for _, most in extremes) > 0)


@settings(max_examples=examples(200))
@given(extremes=EXTREMES, more=EXTREMES)
def test_a_range_of_more_batches_holds_for_fewer(
    extremes: list[tuple[Decimal, Decimal]], more: list[tuple[Decimal, Decimal]]
) -> None:
    low, high = range_of([*extremes, *more])
    assert all(low <= least and most <= high for least, most in extremes)


@given(shares=st.lists(st.floats(0, 1), min_size=1))
def test_a_share_of_nulls_holds_for_all_that_it_was_made_of(shares: list[float]) -> None:
    percent = null_percent(shares)
    assert percent is None or all(share * 100 <= percent for share in shares)
    assert (percent == 0) is (max(shares) == 0)


@given(counts=st.lists(st.integers(1, 10**12), min_size=1))
def test_a_number_of_rows_holds_for_all_that_it_was_made_of(counts: list[int]) -> None:
    low, high = rows_of(counts)
    assert low <= min(counts) / 2 < 2 * max(counts) <= high


@pytest.mark.slow
def test_a_guess_that_was_made_of_batches_is_confirmed_by_ten_later_ones(author: Author, store: ObjectStore) -> None:
    published(author, store, 6)
    assert promised(author, store, "--write")[0] == 0
    assert is_guess(rule(sold(author).contract, "state", "Known values"))
    published(author, store, 15)
    actions = {proposal["action"] for proposal in json.loads(promised(author, store, "--json")[1])["proposals"]}
    assert "confirmed" in actions
    confirmed = [
        (proposal["subject"], proposal["entry"]["name"])
        for proposal in json.loads(promised(author, store, "--json")[1])["proposals"]
        if proposal["action"] == "confirmed"
    ]
    assert ("state", "Known values") not in confirmed
    published(author, store, 16)
    assert promised(author, store, "--write")[0] == 0
    listed = rule(sold(author).contract, "state", "Known values")
    assert (is_guess(listed), listed.severity) == (False, None)


@given(numbers=st.lists(st.integers(0, 9), max_size=40))
def test_what_is_sure_is_kept_by_the_newer_half(numbers: list[int]) -> None:
    def promise(older: Sequence[int]) -> Callable[[int], bool]:
        return lambda number: number <= max(older)

    half = len(numbers) // 2
    expected = len(numbers) >= SURE and max(numbers[half:]) <= max(numbers[:half])
    assert is_sure(numbers, promise) is expected


@given(late=st.lists(st.integers(0, 20), min_size=2, max_size=20), together=st.integers(2, 20))
def test_days_that_are_made_together_say_nothing_of_the_next(late: list[int], together: int) -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    days = [begin + timedelta(days=at) for at in range(together + len(late))]
    first = {day: days[together - 1] + timedelta(days=400) for day in days[:together]}
    assert regular(first).pauses == ()
    kept = {day: day + timedelta(days=1, hours=hour) for day, hour in zip(days[together:], late, strict=True)}
    followed = regular(kept)
    assert max(followed.delays, default=timedelta()) <= timedelta(hours=24 + max(late))
    assert len(regular({**first, **kept}).delays) == len(followed.delays)
