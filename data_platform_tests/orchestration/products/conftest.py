"""The throw-away mesh of the products' own tests."""

from data_platform_tests.products.conftest import platform, shop

__all__ = ["platform", "shop"]
