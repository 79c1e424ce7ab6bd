"""The tutorials' own files, written as they say, make the products and the verdicts that they speak of."""

import re
import shutil
import subprocess
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from data_platform.contracts.checks.results import Status
from data_platform.contracts.compatibility.judge import judge
from data_platform.products.folder import read_product
from data_platform.testing import run
from data_platform_tests.repository import PROJECT_ROOT


def shell_blocks(page: str) -> list[str]:
    """What a page of the documentation has to be typed."""
    return re.findall(r"```sh\n(.*?)```", (PROJECT_ROOT / "docs" / page).read_text(), re.DOTALL)


STEPS = shell_blocks("first-product.md")
CHANGING = shell_blocks("changing-a-product.md")
WRITES = re.compile(
    r"^(?:cat > \S+|python3 -) <<'END'\n.*?\nEND\n|^(?:mkdir|sed -i) [^\n]*\n", re.MULTILINE | re.DOTALL
)
FOLDER = "data_platform/domains/marketing/country_revenue_v1"
ORDER = {
    "day": date(2026, 11, 21),
    "ship_to_country": "SE",
    "currency": "SEK",
    "total_amount": Decimal("250.00"),
    "status": "paid",
}


def written(folder: Path, steps: list[str]) -> None:
    """Do what the steps write, and nothing else of them."""
    script = "\n".join(part for step in steps for part in WRITES.findall(step))
    subprocess.run(["bash", "-euc", script], cwd=folder, check=True)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    shutil.copytree(PROJECT_ROOT / "data_platform" / "domains", tmp_path / "data_platform" / "domains")
    (tmp_path / "data_platform_tests" / "domains" / "marketing").mkdir(parents=True)
    return tmp_path


def test_the_tutorials_product_keeps_its_contract_and_warns_of_nothing(checkout: Path) -> None:
    written(checkout, STEPS[:3])
    product = read_product(checkout / FOLDER)
    assert product.warnings == ()
    assert [one.key for one in product.inputs] == ["sales/orders_v1"]
    made = run(product, {"sales.orders_v1": [ORDER, ORDER | {"status": "refunded"}]}, partition="2026-11-21")
    assert made.report.passed
    assert [row["revenue"] for row in made.rows] == [Decimal("250.00")]


def test_the_tutorials_broken_promise_is_broken_and_mended_again(checkout: Path) -> None:
    *_, breaks, _, mends = STEPS
    for steps, broken in (([*STEPS[:3], breaks], ["revenue_minimum"]), ([mends], [])):
        written(checkout, steps)
        made = run(checkout / FOLDER, {"sales.orders_v1": [ORDER]}, partition="2026-11-21")
        assert [one.check.name for one in made.report.results if one.status is Status.FAILED] == broken


def test_the_tutorials_test_passes(checkout: Path) -> None:
    written(checkout, STEPS[:4])
    code = (checkout / "data_platform_tests/domains/marketing/test_country_revenue.py").read_text()
    called = code.replace('"marketing/country_revenue_v1"', f"Path({str(checkout / FOLDER)!r})")
    scope: dict[str, object] = {"Path": Path}
    exec(compile(called, "test_country_revenue.py", "exec"), scope)
    scope["test_cancelled_orders_bring_nothing"]()  # type: ignore[operator]


def test_the_column_that_the_second_tutorial_adds_breaks_nobody_and_leaves_the_past_behind(checkout: Path) -> None:
    written(checkout, STEPS[:3])
    before = read_product(checkout / FOLDER)
    made_by = before.code_version  # of the files, as they are when it is asked for
    _, adds, *_ = CHANGING
    written(checkout, [adds])
    after = read_product(checkout / FOLDER)
    assert after.warnings == ()
    judgement = judge(after.contract, [before.contract])
    assert judgement.compatible
    assert judgement.suffices
    assert [judged.change.message for judged in judgement.restating]
    orders = [ORDER, ORDER | {"total_amount": Decimal("100.00")}]
    made = run(after, {"sales.orders_v1": orders}, partition="2026-11-21")
    assert made.report.passed
    assert [(row["orders"], row["revenue"], row["average_order"]) for row in made.rows] == [
        (2, Decimal("350.00"), Decimal("175.00"))
    ]
    assert after.contract.version_text == "1.1.0"
    assert made_by != after.code_version
