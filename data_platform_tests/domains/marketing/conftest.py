"""The marketing domain on a real store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from data_platform_tests.domains.platforms import Domain, domain


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Domain]:
    with domain("marketing", tmp_path, monkeypatch, "marketing_raw_ad_exports_daily") as platform:
        yield platform
