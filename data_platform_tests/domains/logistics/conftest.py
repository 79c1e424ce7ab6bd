"""The logistics domain on a real store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from data_platform_tests.domains.platforms import Domain, domain


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Domain]:
    with domain("logistics", tmp_path, monkeypatch, "logistics_raw_shipments_daily") as platform:
        yield platform
