"""The one call on data in a real S3, with nothing but its URL and the environment's credentials."""

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_platform.contracts.checks.model import Check, TableChecks
from data_platform.contracts.checks.run import check
from data_platform.contracts.checks.sources import UnreadableDataError
from data_platform.contracts.rules.kinds.required import Required
from data_platform.storage import delta
from data_platform.storage.formats.csv import write_csv
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.s3 import S3Server

DATA = pa.table({"id": [1, 2, None], "name": ["a", "b", "c"]})
CHECKS = TableChecks("films", (Check("id_required", Required(), ("id",)),))


@pytest.fixture
def store(s3_store: S3Server, monkeypatch: pytest.MonkeyPatch) -> ObjectStore:
    for name, value in s3_store.environment.items():
        monkeypatch.setenv(name, value)
    return ObjectStore.open(s3_store.fresh_url())


def parquet(data: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(data, buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("name", ["films.parquet", "films.csv"])
def test_a_file_in_s3_is_checked_by_its_url(store: ObjectStore, name: str) -> None:
    store.put(name, parquet(DATA) if name.endswith("parquet") else write_csv(DATA))
    report = check(CHECKS, store.uri(name))
    assert (report.total_rows, report["id_required"].failing, report.passed) == (3, 1, False)


def test_a_delta_table_in_s3_is_checked_by_its_url(store: ObjectStore) -> None:
    delta.replace_table(store, "films", DATA)
    assert check(CHECKS, store.table_uri("films"))["id_required"].failing == 1


def test_a_url_with_nothing_there_is_an_error_that_names_it(store: ObjectStore) -> None:
    with pytest.raises(UnreadableDataError, match="nothing-here"):
        check(CHECKS, store.uri("nothing-here.parquet"))
