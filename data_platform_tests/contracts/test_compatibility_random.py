"""What is called compatible is: random pairs of contracts, and data valid under one of them, really checked."""

import json
import random
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from data_platform.contracts.checks.compiling import compile_checks
from data_platform.contracts.checks.results import ROW, Report
from data_platform.contracts.checks.run import check
from data_platform.contracts.compatibility.compare import compare
from data_platform.contracts.compatibility.effects import Verdict
from data_platform.contracts.compatibility.modes import cell
from data_platform.contracts.elements import Property
from data_platform.contracts.model import Contract
from data_platform.contracts.properties import CompatibilityMode as Mode
from data_platform.contracts.reading import contract as contract_of
from data_platform.contracts.rules.kinds.types import LogicalType, PhysicalType
from data_platform.contracts.rules.sql.values import Value
from data_platform.contracts.source import read
from data_platform_tests.contracts.reader_view import reader_checks
from data_platform_tests.examples import examples

Raw = dict[str, Any]
Pair = tuple[dict[str, Raw], dict[str, Raw]]
SLOW = {"deadline": None, "suppress_health_check": list(HealthCheck)}
WHOLE = [-130, -3, *range(13), 100, 130, 300, 40_000]
REAL = [-1.5, 0.0, 0.1, 0.3, 0.5, 1.0, 1.25, 3.0, 99.9, 1234.5]
TEXTS = ["", "a", "b", "c", "ab", "ba", "abc", "cba", "abcd", "7", "a@b.de", "x-1", "1.2.3.4", "ABC"]
DAYS = [date(2023, 12, 31), date(2024, 1, 1), date(2024, 1, 2), date(2024, 6, 1)]
MOMENTS = [datetime(2024, 1, 1, hour, minute) for hour in (0, 12, 23) for minute in (0, 30)]  # noqa: DTZ001 - zones are the columns'
INSTANTS = ["2024-01-01", "2024-01-01T12:00:00", "2024-01-01T12:00:00+02:00", "2024-01-02"]
KINDS: dict[str, list[tuple[pa.DataType, list[Any]]]] = {
    "n": [
        (pa.int16(), [one for one in WHOLE if one < 32_000]),
        (pa.int64(), WHOLE),
        (pa.uint8(), [*range(13), 100]),
    ],
    "x": [
        (pa.float64(), [*REAL, float("nan"), float("inf")]),
        (pa.float32(), REAL),
        (pa.int32(), WHOLE),
        (pa.decimal128(6, 2), [Decimal(one).quantize(Decimal("0.01")) for one in ("0", "0.1", "0.3", "1.25", "99.9")]),
        (pa.decimal128(12, 4), [Decimal(one).quantize(Decimal("0.0001")) for one in ("0", "0.1", "0.1001", "1234.5")]),
    ],
    "s": [(pa.string(), TEXTS), (pa.large_string(), TEXTS)],
    "day": [(pa.date32(), DAYS)],
    "at": [(pa.timestamp("us"), MOMENTS), (pa.timestamp("us", "UTC"), [one.replace(tzinfo=UTC) for one in MOMENTS])],
    "list": [(pa.list_(pa.int64()), [[], [1], [1, 2], [1, 1], [None], [0, 3, 6]])],
}
LOGICAL = {"n": "integer", "x": "number", "s": "string", "day": "date", "at": "timestamp", "list": "array"}
BOUNDS = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]


def features(name: str) -> dict[str, st.SearchStrategy[Any]]:
    """What may be promised of a column, each by itself."""
    found: dict[str, st.SearchStrategy[Any]] = {
        "required": st.just(True),
        "unique": st.just(True),
        "classification": st.sampled_from(["internal", "personal"]),
        "quality": metrics(name),
    }
    if name in ("n", "x"):
        found |= dict.fromkeys(BOUNDS, st.sampled_from([0, 1, 2, 2.5, 3, 100, -5]))
        found["multipleOf"] = st.sampled_from([1, 2, 3, 4, 0.1, 0.5])
        found["enum"] = st.lists(st.sampled_from([0, 1, 2, 3, 4, 100, 1.25, 0.1]), min_size=3, max_size=7)
    if name == "n":
        found["format"] = st.sampled_from(["i8", "u8", "i16", "i32", "u32", "i64"])
        found["physicalType"] = st.sampled_from(
            ["SMALLINT", "INT", "BIGINT", "DECIMAL(5,0)", "integer", "UTINYINT", "FLOAT"]
        )
        found["logicalType"] = st.just("number")
    if name == "x":
        types = ["DECIMAL(6,2)", "DECIMAL(12,4)", "DECIMAL", "NUMBER", "REAL", "DOUBLE", "INT"]
        found["physicalType"] = st.sampled_from(types)
        found["logicalType"] = st.just("integer")
    if name == "s":
        found |= {
            "minLength": st.sampled_from([0, 1, 2]),
            "maxLength": st.sampled_from([1, 2, 3, 10]),
            "pattern": st.sampled_from(["^[a-z]+$", "a", "[0-9]"]),
            "format": st.sampled_from(["ipv4", "hostname", "email", "password"]),
            "physicalType": st.sampled_from(["VARCHAR(2)", "VARCHAR(3)", "VARCHAR", "TEXT"]),
            "enum": st.lists(st.sampled_from([*TEXTS, None, 1]), min_size=3, max_size=8),
        }
    if name in ("day", "at"):
        found |= dict.fromkeys(BOUNDS, st.sampled_from(INSTANTS))
        found["enum"] = st.lists(st.sampled_from(INSTANTS), min_size=1, max_size=4)
        found["defaultTimezone"] = st.just("Europe/Berlin")
    if name == "at":
        found["timezone"] = st.booleans()
        found["physicalType"] = st.sampled_from(["TIMESTAMP", "TIMESTAMPTZ", "TIMESTAMP_NTZ", "TIMESTAMP_S"])
    if name == "list":
        found |= {
            "minItems": st.sampled_from([0, 1, 2]),
            "maxItems": st.sampled_from([1, 2, 3]),
            "uniqueItems": st.just(True),
            "itemsMinimum": st.sampled_from([0, 1]),
            "itemsRequired": st.just(True),
        }
    return found


def thresholds() -> st.SearchStrategy[Raw]:
    single = ["mustBe", "mustNotBe", "mustBeGreaterThan", "mustBeGreaterOrEqualTo", "mustBeLessThan",
              "mustBeLessOrEqualTo"]  # fmt: skip
    limits = st.sampled_from([0, 1, 2, 3, 50, 0.5])
    one = st.builds(lambda name, limit: {name: limit}, st.sampled_from(single), limits)
    two = st.builds(
        lambda name, *ends: {name: sorted(ends)}, st.sampled_from(["mustBeBetween", "mustNotBeBetween"]), limits, limits
    )
    units = st.sampled_from([{}, {"unit": "rows"}, {"unit": "percent"}])
    lenient = st.sampled_from([{"mustBe": 0}, {"mustBeLessThan": 3}, {"mustBeLessOrEqualTo": 5}])
    return st.builds(lambda unit, limit: {**unit, **limit}, units, lenient | lenient | one | two)


def metrics(name: str) -> st.SearchStrategy[Raw]:
    values = st.lists(st.sampled_from(TEXTS if name == "s" else [0, 1, 2, 3]), min_size=1, max_size=6)
    found = [
        st.just({"metric": "nullValues"}),
        values.map(lambda listed: {"metric": "missingValues", "arguments": {"missingValues": [None, *listed]}}),
        st.just({"metric": "duplicateValues"}),
    ]
    if name in ("n", "s"):
        found += [
            values.map(lambda listed: {"metric": "invalidValues", "arguments": {"validValues": listed}}),
            st.just({"metric": "invalidValues"}),
        ]
    severity = st.sampled_from([{}, {}, {"severity": "warning"}])
    always = st.just({"name": "Rule", "type": "library"})
    parts = st.tuples(always, severity, st.one_of(found), thresholds())
    return parts.map(lambda drawn: {key: value for part in drawn for key, value in part.items()})


TABLE: dict[str, st.SearchStrategy[Any]] = {
    "key": st.sampled_from([("n",), ("n", "s"), ("s",)]),
    "rowCount": thresholds(),
    "duplicates": st.tuples(st.sampled_from([("n",), ("n", "s"), ("s",)]), thresholds()),
    "sql": thresholds(),
}


def column(name: str, given: Raw) -> Raw:
    """A column as a contract writes it."""
    top = ("required", "unique", "classification", "physicalType", "logicalType")
    own = {key: value for key, value in given.items() if value is not None}
    raw: Raw = {"name": name, "logicalType": LOGICAL[name], **{key: own[key] for key in top if key in own}}
    if "quality" in own:
        raw["quality"] = [own["quality"]]
    if "enum" in own:
        raw["enum"] = [{"value": value} for value in own["enum"]]
    if name == "list":
        items = {"minimum": own["itemsMinimum"]} if "itemsMinimum" in own else {}
        raw["items"] = {
            "logicalType": "integer",
            "logicalTypeOptions": items,
            "required": own.get("itemsRequired", False),
        }
    left = {k: v for k, v in own.items() if k not in (*top, "quality", "enum", "itemsMinimum", "itemsRequired")}
    return {**raw, "logicalTypeOptions": left}


def written(given: dict[str, Raw]) -> Contract:
    """The contract of some columns and what is promised of the table."""
    table = given[""]
    properties = [column(name, keys) for name, keys in given.items() if name]
    for one in properties:
        if one["name"] in table.get("key", ()):
            one |= {"primaryKey": True, "primaryKeyPosition": table["key"].index(one["name"]) + 1}
    quality: list[Raw] = []
    if table.get("rowCount"):
        quality.append({"name": "Count", "type": "library", "metric": "rowCount", **table["rowCount"], "unit": "rows"})
    if table.get("duplicates"):
        columns, limit = table["duplicates"]
        arguments = {"properties": list(columns)}
        quality.append({"name": "Dup", "type": "library", "metric": "duplicateValues", "arguments": arguments, **limit})
    if table.get("sql"):
        query = "SELECT count(*) FROM {object} WHERE n > 2"
        quality.append({"name": "Sql", "type": "sql", "query": query, **table["sql"]})
    raw = {"schema": [{"name": "t", "properties": properties, "quality": quality}], "version": "1.0.0"}
    return contract_of(read(json.dumps(raw) + "\n"))


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    """Two contracts that differ in one feature or two; n and s are always there, for keys."""
    names = ["", "n", "s", *draw(st.lists(st.sampled_from(["x", "day", "at", "list"]), unique=True, max_size=1))]
    old: dict[str, Raw] = {}
    for name in names:
        known = features(name) if name else TABLE
        chosen = draw(st.lists(st.sampled_from(sorted(known)), unique=True, max_size=1))
        old[name] = {key: draw(known[key]) for key in chosen}
    new = {name: dict(keys) for name, keys in old.items()}
    for _ in range(draw(st.sampled_from([1, 1, 2]))):
        name = draw(st.sampled_from(names))
        known = features(name) if name else TABLE
        key = draw(st.sampled_from(sorted(known)))
        for each in draw(st.sampled_from([(old, new), (old, new), (old, new), (old,), (new,)])):
            each[name][key] = draw(known[key])
        if draw(st.integers(0, 3)) == 0:
            draw(st.sampled_from([old, new]))[name].pop(key, None)
    if draw(st.integers(0, 9)) == 0 and len(names) > 3:
        del draw(st.sampled_from([old, new]))[names[-1]]
    return old, new


def fits(one: Property, kind: pa.DataType) -> bool:
    """Whether some value of an Arrow type may be in a column."""
    if one.logical_type:
        rule = LogicalType(one.logical_type, one.logical_type_options)
        if rule.misfit(Value("x", kind)).reason:
            return False
    return one.physical_type is None or not PhysicalType(one.physical_type).misfit(Value("x", kind)).reason


def valid_data(contract: Contract, seed: int) -> pa.Table | None:
    """Data that may be published under a contract: rows that break a rule by themselves are taken out.

    Drawn from a seed, since forty rows drawn one by one would cost more than checking them. ``None``: none was found.
    """
    chance = random.Random(seed)
    columns = {}
    for one in contract.schemas[0].properties:
        known = [(kind, values) for kind, values in KINDS[one.name] if fits(one, kind)]
        if not known:
            return None
        kind, values = chance.choice(known)
        cells = values if one.required or one.primary_key else [*values, None]
        columns[one.column] = pa.array(chance.choices(cells, k=40), kind)
    found = pa.table(columns)
    report = check(contract, found)
    bad = set(report.failing_rows[ROW].to_pylist())
    found = found.take(pa.array([row for row in range(found.num_rows) if row not in bad], pa.int64()))
    smaller = (found.slice(0, size) for size in (found.num_rows, 1, 2, 3, 0))
    return next((one for one in smaller if check(contract, one).passed), None)


def said(report: Report) -> str:
    return "\n".join(str(one) for one in report.failures if one.check.blocking)


def is_fine(old: Contract, new: Contract, mode: Mode) -> bool:
    return all(cell(one.kind, mode).verdict is Verdict.FINE for one in compare(old, new))


def keeps_its_word(pair: Pair, seed: int) -> None:
    """Draw data under the new contract, read it as a reader of the old one; and the other way round."""
    old, new = written(pair[0]), written(pair[1])
    for_readers, for_producers = is_fine(old, new, Mode.CONSUMER), is_fine(old, new, Mode.PRODUCER)
    event(f"fine for readers: {for_readers}, for producers: {for_producers}")
    if for_readers and (published := valid_data(new, seed)) is not None:
        event(f"rows: {min(published.num_rows, 4)}")
        report = check(reader_checks(old), published)
        assert report.passed, f"{said(report)}\n{compare(old, new)}\n{published}"
    if for_producers and (before := valid_data(old, seed)) is not None:
        report = check(compile_checks(new), before)
        assert report.passed, f"{said(report)}\n{compare(old, new)}\n{before}"


@settings(max_examples=examples(15), **SLOW)
@given(pair=pairs(), seed=st.integers(0, 2**32))
def test_whoever_a_mode_protects_is_met_by_no_surprise_when_nothing_breaks(pair: Pair, seed: int) -> None:
    keeps_its_word(pair, seed)


@pytest.mark.slow
@settings(max_examples=examples(1200), **SLOW)
@given(pair=pairs(), seed=st.integers(0, 2**32))
def test_whoever_a_mode_protects_is_met_by_no_surprise_in_thousands_of_pairs(pair: Pair, seed: int) -> None:
    keeps_its_word(pair, seed)


@settings(max_examples=examples(25), **SLOW)
@given(pair=pairs())
def test_a_contract_has_no_change_against_itself_and_directions_turn_round_with_the_pair(
    pair: Pair,
) -> None:
    old, new = written(pair[0]), written(pair[1])
    assert compare(old, old) == compare(new, new) == ()
    assert bool(compare(old, new)) == bool(compare(new, old))
    if is_fine(old, new, Mode.FULL):
        assert is_fine(new, old, Mode.NONE)
