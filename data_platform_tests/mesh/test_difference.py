"""What a working tree changes against a git revision, and reading products of a revision."""

import subprocess
from pathlib import Path

import pytest

from data_platform.lineage.effects import Effect, Verdict
from data_platform.mesh.errors import MeshError
from data_platform.mesh.files.checkout import Checkout
from data_platform.mesh.files.revision import at_revision, changed_since
from data_platform.mesh.impact.answer import impact_of_all
from data_platform.mesh.impact.difference import Difference, difference
from data_platform_tests.products.shop import Shop, new_shop

AB = "- {name: a, logicalType: integer, description: A.}\n- {name: b, logicalType: integer, description: B.}\n"
RAW = "inputs: {d.raw: {columns: [a, b]}}"


def git(folder: Path, *arguments: str) -> None:
    own = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *own, *arguments], check=True, capture_output=True)


@pytest.fixture
def shop(tmp_path):
    """d/one_v1 is read by e/reader_v1 (a, through a filter) and e/other_v1 (b); all of it committed."""
    with new_shop(tmp_path) as made:
        made.product("d/one_v1", AB, sql="SELECT r.a, r.b FROM d.raw AS r", defs=RAW)
        made.product("e/reader_v1", AB, sql="SELECT b, b AS a FROM d.one_v1 WHERE a > 1")
        made.product("e/other_v1", "- {name: b, logicalType: integer, description: B.}\n", sql="SELECT b FROM d.one_v1")
        made.product(
            "e/behind_v1", "- {name: a, logicalType: integer, description: A.}\n", sql="SELECT a FROM e.reader_v1"
        )
        git(tmp_path, "init", "-q")
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-qm", "one")
        yield made


def found_in(shop: Shop) -> tuple[Difference, dict[str, Verdict]]:
    checkout = Checkout(shop.domains)
    found = difference(checkout, "HEAD")
    made = impact_of_all(checkout, found.changes, found.versions)
    return found, {each.name: each.verdict for each in made.consumers}


def test_nothing_changed_is_no_change(shop: Shop) -> None:
    found, verdicts = found_in(shop)
    assert (found.changed, found.added, found.removed, verdicts) == ((), (), (), {})


def test_a_column_that_goes_breaks_who_still_reads_it_and_nobody_who_was_mended_with_it(shop: Shop) -> None:
    shop.product("d/one_v1", AB.splitlines()[1], sql="SELECT r.b FROM d.raw AS r", defs=RAW)
    found, verdicts = found_in(shop)
    assert (found.changes[0].column, found.changes[0].effect) == ("a", Effect.GONE)
    assert verdicts["e/reader_v1"] is verdicts["e/behind_v1"] is Verdict.BREAKS
    assert verdicts["e/other_v1"] is Verdict.UNAFFECTED
    shop.write("e/reader_v1/transform.sql", "SELECT b, b AS a FROM d.one_v1 WHERE b > 1")
    _, mended = found_in(shop)
    assert Verdict.BREAKS not in mended.values()


def test_a_consumer_is_pinned_to_the_version_that_it_read_before_the_change(shop: Shop) -> None:
    file = shop.domains / "d/one_v1/contract.odcs.yaml"
    file.write_text(file.read_text().replace("version: 1.0.0", "version: 1.1.0").replace("name: b,", "name: c,"))
    checkout = Checkout(shop.domains)
    changes = difference(checkout, "HEAD")
    consumers = impact_of_all(checkout, changes.changes, changes.versions).consumers
    pins = {consumer.name: [str(pin) for pin in consumer.pins] for consumer in consumers if consumer.distance == 1}
    assert pins["e/other_v1"] == ["d/one_v1 1.0.0"]


def test_a_star_that_brings_a_column_less_is_no_break_where_the_contract_goes_with_it(shop: Shop, tmp_path) -> None:
    shop.product("e/all_v1", AB, sql="SELECT * FROM d.one_v1")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "two")
    shop.product("d/one_v1", AB.splitlines()[1], sql="SELECT r.b FROM d.raw AS r", defs=RAW)
    shop.product("e/all_v1", AB.splitlines()[1], sql="SELECT * FROM d.one_v1")
    _, verdicts = found_in(shop)
    assert verdicts["e/all_v1"] is Verdict.UNAFFECTED


def test_a_product_that_is_gone_breaks_its_readers_and_a_new_one_breaks_nobody(shop: Shop) -> None:
    for file in (shop.domains / "d/one_v1").iterdir():
        file.unlink()
    shop.product("d/two_v1", AB, sql="SELECT a, b FROM d.raw", defs=RAW)
    found, verdicts = found_in(shop)
    assert (found.removed, found.added) == (("d/one_v1",), ("d/two_v1",))
    assert verdicts == dict.fromkeys(("e/reader_v1", "e/other_v1", "e/behind_v1"), Verdict.BREAKS)


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("SELECT r.a + 1 AS a, r.b FROM d.raw AS r", {"a"}),
        ("-- said otherwise\nselect r.a, r.b from d.raw as r", set()),
        ("SELECT r.a, r.b FROM d.raw AS r WHERE r.b > 0", {"a", "b", None}),
        ("SELECT DISTINCT r.a, r.b FROM d.raw AS r", {"a", "b", None}),
        ("SELECT max(r.a) AS a, max(r.b) AS b FROM d.raw AS r", {"a", "b", None}),
        ("SELECT r.a + 1 AS a, a + 1 AS b FROM d.raw AS r", {"a", "b", None}),
    ],
)
def test_a_query_that_changes_makes_other_values_of_what_differs(shop: Shop, sql: str, columns: set) -> None:
    shop.write("d/one_v1/transform.sql", sql)
    found, verdicts = found_in(shop)
    assert {each.column for each in found.changes} == columns
    assert {each.effect for each in found.changes} <= {Effect.CHANGED}
    if columns == {"a"}:
        assert verdicts == {
            "e/reader_v1": Verdict.MAY_BREAK, "e/behind_v1": Verdict.MAY_BREAK, "e/other_v1": Verdict.UNAFFECTED,
        }  # fmt: skip


def test_python_that_only_says_more_about_itself_changes_nothing(shop: Shop, tmp_path: Path) -> None:
    defs = "inputs: {one: {asset: d/one_v1, columns: [a, b]}}"
    shop.product("d/py_v1", AB, python="def py(one):\n    return one\n", defs=defs)
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "two")
    shop.write(
        "d/py_v1/transform.py", '"""Words."""\n\ndef py(one):\n    """More words."""\n    return one  # as it is\n'
    )
    assert found_in(shop)[0].changes == ()
    shop.write("d/py_v1/transform.py", "def py(one):\n    return one + 1\n")
    assert {each.column for each in found_in(shop)[0].changes} == {"a", "b", None}


def test_other_partitions_or_inputs_make_other_values_and_more_memory_does_not(shop: Shop) -> None:
    shop.product("d/one_v1", AB, sql="SELECT r.a, r.b FROM d.raw AS r", defs=RAW + "\nmemory: 2GB")
    assert found_in(shop)[0].changes == ()
    shop.product("d/one_v1", AB, sql="SELECT r.a, r.b FROM d.raw AS r", defs="inputs: {d.raw: {columns: [b, a, c]}}")
    assert {each.effect for each in found_in(shop)[0].changes} == {Effect.CHANGED}


def test_a_contract_that_cannot_be_read_any_more_breaks_the_readers(shop: Shop) -> None:
    shop.write("d/one_v1/contract.odcs.yaml", "schema: [")
    assert found_in(shop)[1]["e/other_v1"] is Verdict.BREAKS


def test_a_revision_is_read_as_it_was(shop: Shop) -> None:
    shop.write("d/one_v1/transform.sql", "SELECT 1 AS a")
    with at_revision(shop.domains, "HEAD") as base:
        assert base.keys == ("d/one_v1", "e/behind_v1", "e/other_v1", "e/reader_v1")
        assert base.product("d/one_v1").source.text == "SELECT r.a, r.b FROM d.raw AS r"
        folder = base.domains
    assert not folder.exists()
    assert changed_since(shop.domains, "HEAD") == {"d/one_v1"}


def test_what_git_cannot_answer_is_told(shop: Shop, tmp_path_factory) -> None:
    with pytest.raises(MeshError, match="git knows no revision 'nowhere'"):
        changed_since(shop.domains, "nowhere")
    with pytest.raises(MeshError, match="git knows no revision '--help'"):
        changed_since(shop.domains, "--help")
    with pytest.raises(MeshError, match="no git repository"):
        changed_since(tmp_path_factory.mktemp("bare"), "HEAD")
