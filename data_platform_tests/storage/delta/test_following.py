"""Which partitions of a table changed, whoever wrote it: by delta-rs itself, as any other tool would."""

import json
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest
from deltalake import DeltaTable, Schema, write_deltalake
from hypothesis import given, settings
from hypothesis import strategies as st

from data_platform.storage import delta
from data_platform.storage.delta import following
from data_platform.storage.delta.following import Published, Seen, Values, published_since
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.examples import examples
from data_platform_tests.storage.delta.test_history import age

PATH = "d/t"
SCHEMA = pa.schema([("day", pa.string()), ("shop", pa.string()), ("n", pa.int64())])
DAYS = ("2026-11-01", "2026-11-02", "a/b c=%41", None)

Row = tuple[str | None, str | None, int]


def rows(*of: Row) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(SCHEMA.names, row, strict=True)) for row in of], schema=SCHEMA)


class Table:
    """A table that another tool writes, and somebody who follows it."""

    def __init__(self, folder: Path, columns: tuple[str, ...] = ("day",)) -> None:
        self.store = ObjectStore.open(f"file://{folder}")
        self.folder, self.columns = folder / PATH, columns
        self.seen: Seen | None = None

    @property
    def uri(self) -> str:
        return str(self.folder)

    @property
    def handle(self) -> DeltaTable:
        return DeltaTable(self.uri)

    def write(self, *of: Row, mode: str = "append", **more: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        write_deltalake(self.uri, rows(*of), mode=mode, partition_by=list(self.columns), **more)

    def drop(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def look(self) -> Published | None:
        published = published_since(self.store, PATH, self.seen)
        if published is not None:
            self.seen = Seen(published.table, published.version)
        return published

    def told(self) -> set[Values]:
        published = self.look()
        return set(published.partitions) if published else set()

    def content(self) -> dict[Values, Counter[Row]]:
        """The rows of each partition that has any."""
        content: dict[Values, Counter[Row]] = {}
        if (self.folder / "_delta_log").exists():
            for row in pa.table(self.handle.to_pyarrow_table()).to_pylist():
                part = tuple(row[name] or None for name in self.columns)
                content.setdefault(part, Counter())[tuple(row[name] for name in SCHEMA.names)] += 1
        return content


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return Table(tmp_path)


def test_a_table_that_is_deleted_and_made_again_is_news_as_a_whole(table: Table) -> None:
    for day in ("a", "b", "c"):
        table.write((day, "x", 1))
    assert table.told() == {("a",), ("b",), ("c",)}
    table.drop()
    assert table.look() is None
    table.write(("a", "x", 1), ("d", "x", 1))
    assert table.told() == {("a",), ("d",)}, "its versions are below those that were seen"
    table.drop()
    table.write(("a", "x", 2))
    assert table.told() == {("a",)}, "its version is the one that was seen"
    assert table.told() == set()


def test_a_table_that_was_put_back_by_other_means_than_deltas_is_news_as_a_whole(table: Table, tmp_path: Path) -> None:
    table.write(("a", "x", 1))
    shutil.copytree(table.folder, tmp_path / "backup")
    table.write(("b", "x", 1))
    table.told()
    table.drop()
    shutil.copytree(tmp_path / "backup", table.folder)
    assert table.told() == {("a",)}


FOREIGN: dict[str, tuple[Callable[[Table], object], set[Values]]] = {
    "delete": (lambda table: table.handle.delete("n = 1"), {("a",)}),
    "delete of a partition": (lambda table: table.handle.delete("day = 'b'"), {("b",)}),
    "update": (lambda table: table.handle.update({"n": "n + 1"}, predicate="n = 2"), {("b",)}),
    "merge": (
        lambda table: (
            table.handle.merge(rows(("b", "x", 9), ("z", "x", 9)), "t.day = s.day", "s", "t")
            .when_matched_update_all()
            .when_not_matched_insert_all()
            .execute()
        ),
        {("b",), ("z",)},
    ),
    "replaceWhere": (
        lambda table: table.write(("a", "x", 7), mode="overwrite", predicate="day = 'a'"),
        {("a",)},
    ),
    "overwrite": (lambda table: table.write(("z", "x", 1), mode="overwrite"), {("a",), ("b",), ("z",)}),
    "restore": (lambda table: table.handle.restore(0), {("b",)}),
    "compaction": (lambda table: table.handle.optimize.compact(), set()),
    "z-order": (lambda table: table.handle.optimize.z_order(["n"]), set()),
    "vacuum": (lambda table: table.handle.vacuum(0, dry_run=False, enforce_retention_duration=False), set()),
    "table properties": (
        lambda table: table.handle.alter.set_table_properties({"delta.logRetentionDuration": "interval 9 days"}),
        set(),
    ),
    "a new column": (lambda table: table.handle.alter.add_columns(Schema.from_json(NEW_COLUMN).fields), set()),
    "nothing appended": (lambda table: table.write(), set()),
    "the table replaced by an empty one": (
        lambda table: DeltaTable.create(table.uri, Schema.from_arrow(SCHEMA), mode="overwrite", partition_by=["day"]),
        set(),
    ),
}
NEW_COLUMN = json.dumps(
    {"type": "struct", "fields": [{"name": "more", "type": "long", "nullable": True, "metadata": {}}]}
)


@pytest.mark.parametrize("name", FOREIGN)
def test_what_another_tool_changed_is_told_by_partition(name: str, table: Table) -> None:
    act, changed = FOREIGN[name]
    table.write(("a", "x", 1), ("a", "x", 3))
    table.write(("b", "x", 2))
    table.write(("b", "y", 4))
    table.told()
    act(table)
    assert table.told() == changed
    assert table.told() == set()


def test_a_compaction_between_a_change_and_the_look_hides_no_change(table: Table) -> None:
    table.write(("a", "x", 1))
    table.told()
    table.write(("b", "x", 1))
    table.write(("b", "x", 2))
    table.handle.optimize.compact()
    published = table.look()
    assert published is not None
    assert published.partitions == {("b",): 2}


def test_a_partition_that_came_and_went_before_the_first_look_is_no_news(table: Table) -> None:
    table.write(("a", "x", 1), ("b", "x", 1))
    table.handle.delete("day = 'b'")
    assert table.told() == {("a",)}


def test_partitions_are_named_by_their_values_and_not_by_their_folders(table: Table) -> None:
    table.write(("a/b c=%41", "x", 1), (None, "x", 1), ("", "x", 1))
    assert table.told() == {("a/b c=%41",), (None,)}, "the protocol writes a null as an empty text too"
    table.handle.update({"n": "n + 1"}, predicate="day = 'a/b c=%41'")
    assert table.told() == {("a/b c=%41",)}
    table.handle.update({"n": "n + 1"}, predicate="day IS NULL")
    assert table.told() == {(None,)}


@pytest.mark.parametrize(("columns", "changed"), [((), ()), (("day", "shop"), ("a", "y"))])
def test_a_table_may_have_no_or_several_partition_columns(
    tmp_path: Path, columns: tuple[str, ...], changed: Values
) -> None:
    table = Table(tmp_path, columns)
    table.write(("a", "x", 1), ("a", "y", 2))
    assert table.told() == set(table.content())
    table.handle.delete("shop = 'y'")
    assert table.told() == {changed}


def test_a_table_that_is_partitioned_otherwise_than_it_was_is_news_as_a_whole(tmp_path: Path) -> None:
    table = Table(tmp_path)
    table.write(("a", "x", 1))
    table.told()
    table.columns = ("shop",)
    table.write(("a", "x", 1), ("a", "y", 1), mode="overwrite", schema_mode="overwrite")
    assert table.told() == {("x",), ("y",)}


@pytest.mark.parametrize("seen", [0, None])
def test_a_log_whose_early_commits_were_cleaned_up_tells_all_that_there_is(table: Table, seen: int | None) -> None:
    for day in ("a", "b", "c"):
        table.write((day, "x", 1))
    table.seen = None if seen is None else Seen(table.handle.metadata().id, seen)
    for version in range(3):
        age(table.store, PATH, version, timedelta(days=60))
    table.handle.create_checkpoint()
    table.write(("c", "x", 2))
    (table.folder / "_delta_log" / f"{1:020}.json").unlink()  # as a cleanup does, and Spark's by files' own times
    assert table.told() == {("a",), ("b",), ("c",)}
    table.write(("a", "x", 2))
    assert table.told() == {("a",)}


def test_more_commits_than_are_read_tell_all_that_there_is(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "_MOST", 3)
    table.write(("a", "x", 1))
    table.told()
    for number in range(3):
        table.write(("b", "x", number))
    assert table.told() == {("b",)}
    for number in range(4):
        table.write(("b", "x", number))
    assert table.told() == {("a",), ("b",)}


def test_a_removal_that_does_not_say_its_partition_tells_all_that_there_is(table: Table) -> None:
    table.write(("a", "x", 1), ("b", "x", 1))
    table.told()
    table.handle.delete("day = 'b'")
    entry = f"{PATH}/_delta_log/{1:020}.json"
    actions = [json.loads(line) for line in table.store.get(entry).splitlines()]
    for action in actions:
        action.get("remove", {}).pop("partitionValues", None)  # optional by the protocol
    table.store.put(entry, "\n".join(map(json.dumps, actions)).encode())
    assert table.told() == {("a",)}


def test_a_publication_without_rows_is_news_and_a_wider_type_is_none(tmp_path: Path) -> None:
    table = Table(tmp_path)
    said = {"product": "d/t", "partitions": ["a"]}
    delta.replace_partitions(table.store, PATH, rows(), [{"day": "a"}], metadata=said, declared=SCHEMA)
    assert table.told() == {("a",)}
    wider = rows(("b", "x", 1)).set_column(2, "n", pa.array([1.5]).cast(pa.decimal128(30, 2)))
    delta.replace_partitions(
        table.store, PATH, wider, [{"day": "b"}], metadata=said | {"partitions": ["b"]}, evolve=True
    )
    assert table.told() == {("b",)}


row = st.tuples(st.sampled_from(DAYS), st.sampled_from(("x", None)), st.integers(0, 3))
some_rows = st.lists(row, min_size=1, max_size=4)
day = st.sampled_from(DAYS)
step = st.one_of(
    st.tuples(st.just("append"), some_rows),
    st.tuples(st.just("overwrite"), some_rows),
    st.tuples(st.just("replace"), st.tuples(day, st.lists(st.integers(0, 3), max_size=3))),
    st.tuples(st.just("delete"), st.integers(0, 3)),
    st.tuples(st.just("delete day"), day),
    st.tuples(st.just("update"), st.integers(0, 3)),
    st.tuples(st.just("merge"), st.lists(row, min_size=1, max_size=3, unique_by=lambda each: each[0])),
    st.tuples(st.sampled_from(("vacuum", "checkpoint", "drop"))),
    st.tuples(st.just("compact")),
    st.tuples(st.just("restore"), st.integers(0, 20)),
    st.tuples(st.just("look")),
    st.tuples(st.just("look")),
)


def is_day(day: str | None, column: str = "day") -> str:
    return f"{column} IS NULL" if day is None else f"{column} = '{day}'"


def apply(table: Table, kind: str, *arguments: object) -> None:  # noqa: C901 - one line for each operation
    if kind in ("append", "overwrite"):
        return table.write(*arguments[0], mode=kind)
    if kind == "drop":
        return table.drop()
    if not table.folder.exists():
        return None
    handle = table.handle
    match kind:
        case "replace":
            of, numbers = arguments[0]
            table.write(*((of, "x", n) for n in numbers), mode="overwrite", predicate=is_day(of))
        case "delete":
            handle.delete(f"n = {arguments[0]}")
        case "delete day":
            handle.delete(is_day(arguments[0]))
        case "update":
            handle.update({"n": "n + 1"}, predicate=f"n = {arguments[0]}")
        case "merge":
            merge = handle.merge(rows(*arguments[0]), "t.day = s.day AND t.n = s.n", "s", "t")
            merge.when_matched_update_all().when_not_matched_insert_all().execute()
        case "compact":
            handle.optimize.compact()
        case "vacuum":
            handle.vacuum(24 * 9, dry_run=False)
        case "checkpoint":
            handle.create_checkpoint()
        case "restore" if handle.version() > 0:
            handle.restore(arguments[0] % handle.version())
    return None


def rewritten(kind: str, arguments: list, parts: set[Values]) -> set[Values]:
    """The partitions of which an operation may write rows anew as they were, which counts as a change."""
    if kind in ("overwrite", "restore"):
        return parts
    of = {"replace": lambda: {arguments[0][0]}, "merge": lambda: {each[0] for each in arguments[0]}}
    days = of[kind]() if kind in of else set()
    return {part for part in parts if days and (part == () or part[0] in days)}


@given(st.lists(step, min_size=3, max_size=14), st.sampled_from([("day",), (), ("day", "shop")]))
@settings(deadline=None, max_examples=examples(60))
def test_what_is_told_is_what_changed_and_nothing_is_told_twice(steps: list[tuple], columns: tuple[str, ...]) -> None:
    with TemporaryDirectory() as folder:
        table = Table(Path(folder), columns)
        changed: set[Values] = set()  # whose rows are others than at the last look
        touched: set[Values] = set()  # those, and whose rows were written anew as they were
        before: dict[Values, Counter[Row]] = {}
        identity: str | None = None
        # Two files in each partition, so that there is something to compact and to rewrite.
        begun = [("append", [(day, "x", 1) for day in DAYS]), ("append", [(day, "x", 2) for day in DAYS]), ("look",)]
        for kind, *arguments in [*begun, *steps, ("look",)]:
            if kind != "look":
                content = table.content()
                apply(table, kind, *arguments)
                after = table.content()
                different = {part for part in {*content, *after} if content.get(part) != after.get(part)}
                changed |= different
                touched |= different | rewritten(kind, arguments, {*content, *after})
                continue
            now = table.content()
            there = (table.folder / "_delta_log").exists()
            is_new = there and table.handle.metadata().id != identity
            told = table.told()
            if not there:
                assert told == set()
                continue
            if is_new:  # all that it has, for nothing was told of this table before
                assert told == (set(now) or told & {()})
            else:
                assert changed <= told <= touched
                assert {part for part in {*before, *now} if before.get(part) != now.get(part)} <= told
            table.handle.optimize.compact()
            assert table.told() == set()
            identity, before, changed, touched = table.handle.metadata().id, now, set(), set()
