"""The sales domain on a real store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from data_platform_tests.domains.platforms import Domain, domain


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Domain]:
    with domain("sales", tmp_path, monkeypatch, "sales_raw_orders_daily") as platform:
        yield platform
