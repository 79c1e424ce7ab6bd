"""The throw-away mesh, on a folder and on the real S3."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from data_platform.orchestration.resources import ObjectStoreResource
from data_platform_tests.products.shop import Platform, Shop, new_shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with new_shop(tmp_path) as made:
        yield made


@pytest.fixture
def platform(shop: Shop, tmp_path: Path) -> Iterator[Platform]:
    resource = ObjectStoreResource(url=f"file://{tmp_path}/store")
    with dg.DagsterInstance.ephemeral() as instance:
        yield Platform(shop, resource.open(), instance, resource)
