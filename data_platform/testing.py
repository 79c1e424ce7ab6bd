"""Unit tests of products, without S3 and without Dagster: what may be imported for them.

What belongs here: names. What does not: how it works (``products.testing``).
"""

from data_platform.products.folder import read_product
from data_platform.products.testing import DOMAINS, RunResult, run

__all__ = ["DOMAINS", "RunResult", "read_product", "run"]
