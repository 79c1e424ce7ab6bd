"""What tests of sources have in common: a database of orders."""

from pathlib import Path

import pytest

from data_platform_tests.own_sources import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop.sqlite")


@pytest.fixture
def url(shop: Shop) -> str:
    return f"sqlite:///{shop.file}"
