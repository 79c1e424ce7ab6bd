"""`data-platform rollback`: what it lists, puts back, refuses and writes down."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data_platform.contracts.registry.events import EventKind, events
from data_platform.storage.delta import open_table, read_table
from data_platform.storage.delta.history import versions
from data_platform_tests.mesh.registry_shop import ORDERS, Desk, new_desk, put

DAYS = ["2026-11-20", "2026-11-21"]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Two days of orders, each published twice: versions 0 to 3."""
    with new_desk(tmp_path) as desk:
        desk.orders()
        for run, total in enumerate(["1.50", "99.00"]):
            for day in DAYS:
                assert put(desk, day, total, run=f"run-{run}")
        yield desk


def totals(desk: Desk) -> list[str]:
    rows = read_table(desk.store, ORDERS).sort_by("day").to_pylist()
    return [str(row["total"]) for row in rows]


def test_without_a_version_it_lists_those_that_there_are_and_says_how_to_choose(desk: Desk) -> None:
    said = desk.json("rollback", ORDERS, "--partition", DAYS[0])
    assert [(row["version"], row["run_id"], row["contract_version"]) for row in said["versions"]] == [
        (2, "run-1", "1.0.0"),
        (0, "run-0", "1.0.0"),
    ]
    code, text = desk.run("rollback", ORDERS)
    assert code == 0
    assert "Choose a version by its number" in text
    assert open_table(desk.store, ORDERS).version() == 3


def test_a_partition_is_put_back_and_the_table_says_who_and_why(desk: Desk) -> None:
    arguments = ("rollback", ORDERS, "--partition", DAYS[0], "--to", "1", "--why", "wrong prices", "--by", "ada")
    code, said = desk.run(*arguments, "--dry-run")
    assert code == 0
    assert f"{DAYS[0]} of {ORDERS} would be as in version 1" in said
    assert totals(desk) == ["99.00", "99.00"]
    code, said = desk.run(*arguments)
    assert code == 0
    assert f"{DAYS[0]} of {ORDERS}: readers see version 1" in said
    assert "Dagster was not told: No platform runs on /nowhere" in said
    assert "give the same command again while the platform runs" in said
    assert totals(desk) == ["1.50", "99.00"]
    (info,) = versions(desk.store, ORDERS, limit=1)
    assert {name: info.metadata[name] for name in ("rolled_back_by", "why", "rolled_back_from", "rolled_back_to")} == {
        "rolled_back_by": "ada", "why": "wrong prices", "rolled_back_from": 3, "rolled_back_to": 1,
    }  # fmt: skip
    again = desk.json(*arguments)
    assert (again["done"], again["again"], again["dagster_told"]) == (False, True, False)
    assert "to version 1, by ada: wrong prices" in desk.run("rollback", ORDERS)[1]


def test_a_range_and_the_whole_are_put_back_in_one_commit(desk: Desk) -> None:
    done = desk.json("rollback", ORDERS, "--range", f"{DAYS[0]}..2026-12-31", "--to", "1")
    assert (done["partitions"], done["version"]) == (DAYS, 4)
    assert totals(desk) == ["1.50", "1.50"]
    done = desk.json("rollback", ORDERS, "--to", "3")
    assert done["partitions"] == DAYS
    assert totals(desk) == ["99.00", "99.00"]
    done = desk.json("rollback", ORDERS, "--to", "0")
    assert done["gone"] == [DAYS[1]]
    assert totals(desk) == ["1.50"]


def test_a_time_means_the_version_that_readers_saw_then(desk: Desk) -> None:
    then = versions(desk.store, ORDERS, limit=1, before=2)[0].at
    assert desk.json("rollback", ORDERS, "--to", then.isoformat(), "--dry-run")["to_version"] == 1
    later = datetime.now(UTC).replace(tzinfo=None).isoformat()
    assert desk.json("rollback", ORDERS, "--to", later)["done"] is False
    code, said = desk.run("rollback", ORDERS, "--to", "2001-01-01")
    assert code == 1
    assert "nothing is known of it as of 2001-01-01" in said
    code, said = desk.run("rollback", ORDERS, "--to", "yesterday")
    assert code == 2
    assert "a version's number, or a time such as 2026-11-22T14:30 (UTC)" in said


def test_rows_that_break_the_contract_that_holds_now_are_refused(desk: Desk) -> None:
    desk.edit(ORDERS, "logicalTypeOptions: {minimum: 0}", "logicalTypeOptions: {minimum: 2}")
    code, said = desk.run("rollback", ORDERS, "--partition", DAYS[0], "--to", "1")
    assert code == 1
    assert f"the rows of {DAYS[0]} of {ORDERS} in version 1 break the contract that holds now (1.0.0): " in said
    assert "total_minimum: 1 of 1 rows" in said
    assert totals(desk) == ["99.00", "99.00"]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--to", "99"), 1, "there is no version 99; the newest is 3"),
        (("--to", "0", "--partition", DAYS[1]), 1, f"{DAYS[1]} was not there in version 0"),
        (("--to", "0", "--range", "2027-01-01..2027-01-02"), 1, "has no partition from 2027-01-01 to 2027-01-02"),
        (("--to", "0", "--range", "2027-01-01"), 2, "is no range"),
        (("--to", "0", "--range", "a..b", "--partition", "a"), 2, "exclude each other"),
        (("--why", "x"), 2, "say where to"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(desk: Desk, arguments: list[str], code: int, told: str) -> None:
    found, said = desk.run("rollback", ORDERS, *arguments)
    assert (found, told in " ".join(said.split())) == (code, True), said
    assert open_table(desk.store, ORDERS).version() == 3


def test_a_product_that_was_never_published_has_nothing_to_go_back_to(desk: Desk) -> None:
    desk.reader()
    for arguments in (("--to", "0"), ()):
        code, said = desk.run("rollback", "marketing/spend_v1", *arguments)
        assert (code, "was never published" in said) == (1, True)
    code, said = desk.run("rollback", "marketing/spend_v1", "--partition", "x", "--to", "0")
    assert (code, "has no partitions" in said) == (1, True)


def test_files_that_were_vacuumed_are_told_before_anything_is_written(desk: Desk) -> None:
    for file in desk.store.list(f"{ORDERS}/day={DAYS[0]}"):
        desk.store.delete(file.path)
    code, said = desk.run("rollback", ORDERS, "--to", "1", "--partition", DAYS[0])
    assert code == 1
    assert "files of version 1 were vacuumed away" in said
    assert f"data-platform rollback {ORDERS} lists the versions" in said


def test_the_registry_has_an_event_of_it_where_the_product_is_registered(desk: Desk) -> None:
    assert desk.run("register", ORDERS)[0] == 0
    desk.run("rollback", ORDERS, "--to", "1", "--why", "wrong prices", "--by", "ada")
    (event,) = (event for event in events(desk.store, ORDERS) if event.kind is EventKind.ROLLED_BACK)
    assert (event.kind, event.by, event.details["why"]) == (EventKind.ROLLED_BACK, "ada", "wrong prices")
    assert (event.details["from"], event.details["to"], event.details["version"]) == (3, 1, 4)
    assert "rolled_back by ada: 2026-11-20, 2026-11-21 from version 3 of its table to 1, wrong prices" in " ".join(
        desk.run("show", ORDERS)[1].split()
    )
    desk.edit(ORDERS, "version: 1.0.0", "version: 1.1.0")
    assert desk.run("register", ORDERS)[0] == 0, "what follows reads the event"
