"""The documents say what the code does."""

import re
from pathlib import Path

import pytest

from data_platform.contracts.lint import RULES, lint
from data_platform.contracts.rules.registry import custom_keys
from data_platform.simulator.tmdb.faults import Faults
from data_platform_tests.repository import PROJECT_ROOT

DOCS = sorted([PROJECT_ROOT / "README.md", *(PROJECT_ROOT / "docs").rglob("*.md")])


def words(*paths: Path) -> str:
    return "\n".join(path.read_text() for path in paths)


def test_every_environment_variable_of_ours_is_documented() -> None:
    code = words(*(PROJECT_ROOT / "data_platform").rglob("*.py"))
    named = set(re.findall(r'_VARIABLE: Final = "([A-Z_]+)"', code)) - {"DATA_PLATFORM_STACK_ID"}
    assert named
    assert {name for name in named if name not in words(*DOCS)} == set()


def test_every_documented_variable_exists() -> None:
    documented = set(re.findall(r"`?\b(DATA_PLATFORM_[A-Z_]+|TMDB_[A-Z_]+)\b", words(*DOCS)))
    code = words(*(PROJECT_ROOT / "data_platform").rglob("*.py"))
    simulator = {name for name in documented if name.startswith("DATA_PLATFORM_SIMULATOR_")}
    assert {name for name in documented - simulator if f'"{name}"' not in code} == set()
    read = set(re.findall(r'read\("([A-Z_]+)"', code)) | {"URL"}
    assert {name.removeprefix("DATA_PLATFORM_SIMULATOR_") for name in simulator} == read


def test_every_fault_is_documented() -> None:
    documented = (PROJECT_ROOT / "docs" / "simulator.md").read_text()
    families = {name if not name.startswith("retry_after_") else "retry_after_*" for name in Faults.model_fields}
    assert {name for name in families if f"`{name}`" not in documented} == set()


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(PROJECT_ROOT)))
def test_every_link_to_a_file_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text())
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT_ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", words(*DOCS), re.MULTILINE)) <= targets


def test_every_lint_rule_and_every_custom_property_is_documented() -> None:
    documented = (PROJECT_ROOT / "docs" / "contracts.md").read_text()
    named = {rule.id for rule in RULES} | {"json-schema", "unknown-key", "unsupported-api-version", "not-a-contract"}
    assert {name for name in named if f"`{name}`" not in documented} == set()
    custom = (PROJECT_ROOT / "data_platform" / "contracts" / "properties.py").read_text()
    properties = set(re.findall(r"^(dataPlatform\.\w+) ", custom, re.MULTILINE))
    assert properties
    properties |= {key.full_name for key in custom_keys()}
    assert set(re.findall(r"^\| `(dataPlatform\.\w+)`", documented, re.MULTILINE)) == properties


def test_the_contract_and_the_code_of_the_document_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    documented = (PROJECT_ROOT / "docs" / "contracts.md").read_text()
    (contract,) = re.findall(r"```yaml\n(.*?)```", documented, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    Path("contract.odcs.yaml").write_text(contract)
    assert lint(Path("contract.odcs.yaml")) == []
    code = "".join(re.findall(r"```python\n(.*?)```", documented, re.DOTALL))
    exec(compile(code, "contracts.md", "exec"), {})


def test_the_code_of_the_readme_works() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (PROJECT_ROOT / "README.md").read_text(), re.DOTALL)
    exec(compile(code, "README.md", "exec"), {})


@pytest.mark.parametrize("page", ["architecture.md", "extending.md", "contributing/add-a-rule.md"])
def test_every_module_that_the_pages_for_contributors_name_is_there(page: str) -> None:
    folders = ("data_platform", "data_platform_tests")
    known = {path.as_posix() for folder in folders for path in (PROJECT_ROOT / folder).rglob("*.py")}
    named = set(re.findall(r"`([\w/]+\.py)`", (PROJECT_ROOT / "docs" / page).read_text()))
    assert named
    assert [name for name in sorted(named) if not any(path.endswith(f"/{name}") for path in known)] == []


def test_the_page_on_adding_a_rule_shows_the_code_as_it_is() -> None:
    page = (PROJECT_ROOT / "docs" / "contributing" / "add-a-rule.md").read_text()
    kind = (PROJECT_ROOT / "data_platform" / "contracts" / "rules" / "kinds" / "distinct_count.py").read_text()
    blocks = ["".join(block.split()) for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL)]
    assert blocks
    assert [block for block in blocks if block not in "".join(kind.split())] == []
