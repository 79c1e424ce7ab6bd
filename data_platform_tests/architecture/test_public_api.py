"""What may be imported: the names that `docs/api.md` promises, and no others."""

import importlib

import pytest

from data_platform_tests.repository import PROJECT_ROOT

PUBLIC = {
    "data_platform": ["DataProduct", "FileRows", "Source", "project_root", "raw_asset", "read_rows", "source_failures"],
    "data_platform.contracts": ["ContractError", "Report", "Result", "UnreadableDataError", "check", "load"],
    "data_platform.testing": ["DOMAINS", "RunResult", "read_product", "run"],
}
"""A snapshot: a name that goes is a major version, one that comes a minor one. Change it with the CHANGELOG."""


@pytest.mark.parametrize("module", PUBLIC)
def test_the_public_names_are_those_of_the_snapshot_and_can_be_imported(module: str) -> None:
    imported = importlib.import_module(module)
    assert sorted(imported.__all__) == PUBLIC[module]
    assert all(getattr(imported, name) is not None for name in PUBLIC[module])
    assert set(PUBLIC[module]) <= set(dir(imported)) | set(imported.__all__)


def test_every_public_name_is_documented() -> None:
    page = (PROJECT_ROOT / "docs" / "api.md").read_text()
    assert [name for names in PUBLIC.values() for name in names if name not in page] == []


def test_what_the_scaffold_writes_imports_nothing_else_of_the_platform() -> None:
    texts = (PROJECT_ROOT / "data_platform" / "mesh" / "scaffold").glob("*_text.py")
    written = [line for file in texts for line in file.read_text().splitlines() if '"from data_platform' in line]
    assert written
    allowed = ("from data_platform import ", "from data_platform.testing import ")
    assert [line for line in written if not line.strip().lstrip("f").lstrip('"').startswith(allowed)] == []
