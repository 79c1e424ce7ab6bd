"""SQL that takes more time or memory than it may: each verb ends near its limit, with the limit in its message.

Each case is a process of the command line as people start it, so they are slow ones.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_platform.storage.delta import replace_table
from data_platform_tests.mesh.registry_shop import Desk, new_desk

pytestmark = pytest.mark.slow

LONG_LIST = "list_transform(range(4000), x -> repeat('x', 4000000 + x::INT))"
DEAF = "levenshtein(repeat('a', 60000), repeat('b', 60000))"
SECONDS, MEMORY = "DATA_PLATFORM_QUERY_SECONDS", "DATA_PLATFORM_COMMAND_MEMORY"
COLUMNS = "- {name: total, logicalType: number, required: true, description: All of it.}"
KEY = "sales/odd_v1"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with new_desk(tmp_path) as made:
        made.orders()
        replace_table(made.store, "sales/raw_odd", pa.table({"total": [1.5, 2.5]}))
        yield made


def product(desk: Desk, *, sql: str = "SELECT total FROM sales.raw_odd", rule: str = "") -> None:
    quality = f'- {{id: odd, name: odd, type: sql, query: "{rule}", mustBe: 0}}' if rule else ""
    defs = "memory: 200MB\ninputs: {sales.raw_odd: {columns: [total]}}"
    desk.shop.product(KEY, COLUMNS, sql=sql, defs=defs, quality=quality)


class Done:
    """What a command said, and the most memory that it took."""

    def __init__(self, desk: Desk, *arguments: str, seconds: str = "2", memory: str = "600MB") -> None:
        program = str(Path(sys.executable).with_name("data-platform"))
        environment = {**os.environ, SECONDS: seconds, MEMORY: memory, "DATA_PLATFORM_STORE": str(desk.store.url)}
        command = [program, *arguments, "--domains", str(desk.shop.domains)]
        said = desk.shop.root / "said.txt"  # in a pipe that nobody reads, a long answer would wait for ever
        with said.open("wb") as out:
            process = subprocess.Popen(command, env=environment, stdout=out, stderr=subprocess.STDOUT)
        self.resident = 0
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            try:
                own = [watched, *watched.children(recursive=True)]
                self.resident = max(self.resident, *(each.memory_info().rss for each in own))
                process.wait(0.02)
            except (psutil.Error, subprocess.TimeoutExpired):
                continue
        self.said = " ".join(said.read_text(errors="replace").split())
        self.code = process.returncode


@pytest.mark.parametrize(
    ("where", "attack"),
    [
        *((where, attack) for where in ("transform", "rule", "draft") for attack in (DEAF, f"len({LONG_LIST})")),
        *((where, "len(repeat('x', 3000000000))") for where in ("transform", "rule")),
    ],
)
def test_a_query_without_rows_to_stop_between_is_ended_near_its_limit(desk: Desk, where: str, attack: str) -> None:
    if where == "transform":
        product(desk, sql=f"SELECT {attack} AS total FROM sales.raw_odd")
        done = Done(desk, "test", KEY, "--run")
    elif where == "rule":
        product(desk, rule=f"SELECT {attack} FROM odd")
        done = Done(desk, "test", KEY, "--run")
    else:
        done = Done(desk, "new", KEY, "--dry-run", "--sql", f"SELECT order_id, {attack} AS n FROM sales.orders_v1")
    assert done.code in {1, 2}, done.said
    assert SECONDS in done.said or MEMORY in done.said, done.said
    assert ("2 s that it may" in done.said) or ("2 seconds" in done.said) or ("memory" in done.said)
    assert KEY in done.said or "--sql" in done.said
    assert done.resident < 1_500_000_000


CROSS = "(SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b)"
SIBLINGS = {
    "a cross join": CROSS,
    "an endless WITH": "(WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t)",
    "a text of texts": "(SELECT len(string_agg(repeat('x', 1000000) || i, ',')) FROM range(9000) t(i))",
    "a list of lists": "(SELECT list_aggregate(list_transform(range(100000000), x -> x * 2), 'sum'))",
    "a pattern": "(SELECT sum(regexp_matches(repeat('a', 3000000) || i, '(a|a)*b')::INT) FROM range(5000) t(i))",
}  # fmt: skip


@pytest.mark.parametrize("name", SIBLINGS)
def test_other_ways_to_take_for_ever_end_near_the_limit(desk: Desk, name: str) -> None:
    product(desk, sql=f"SELECT total + {SIBLINGS[name]} AS total FROM sales.raw_odd")
    done = Done(desk, "test", KEY, "--run")
    assert done.code == 2, done.said
    assert SECONDS in done.said or MEMORY in done.said, done.said
    assert "transform.sql" in done.said or KEY in done.said
    assert done.resident < 1_500_000_000


HEAVY = {
    "10,000 brackets": "(" * 10_000 + "1" + ")" * 10_000,
    "a deep CASE": "CASE WHEN total > 1 THEN " * 3_000 + "1" + " ELSE 0 END" * 3_000,
    "a long IN": "total IN (" + ", ".join(map(str, range(30_000))) + ")",
    "a sum of 5,000": " + ".join(["total"] * 5_000),
    "3,000 NOT": "NOT " * 3_000 + "true",
}


@pytest.mark.parametrize("name", HEAVY)
def test_text_that_is_hard_to_read_is_read_or_refused_and_never_a_crash(desk: Desk, name: str) -> None:
    file = desk.shop.domains / "heavy.sql"
    file.write_text(f"SELECT order_id, {HEAVY[name]} AS n FROM sales.orders_v1")
    done = Done(desk, "new", "sales/heavy_v1", "--dry-run", "--sql", str(file), seconds="20", memory="3GB")
    assert done.code in {0, 2}, done.said
    assert "Traceback" not in done.said
    assert done.code == 0 or "error: " in done.said


def test_a_limit_that_is_none_is_told(desk: Desk) -> None:
    assert f"{SECONDS}='soon' is no number of seconds" in Done(desk, "list", seconds="soon").said
    assert f"{MEMORY}: 'much' is no size" in Done(desk, "list", memory="much").said


def test_a_file_that_breaks_no_limit_is_checked_as_ever(desk: Desk, tmp_path: Path) -> None:
    product(desk, rule="SELECT count(*) FROM odd WHERE total < 0")
    pq.write_table(pa.table({"total": [1.0]}), tmp_path / "odd.parquet")
    done = Done(desk, "test", KEY, "--data", str(tmp_path / "odd.parquet"), seconds="60", memory="3GB")
    assert done.code == 0, done.said
    assert "passed" in done.said
