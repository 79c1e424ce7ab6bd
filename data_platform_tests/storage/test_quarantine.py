import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from data_platform.storage import errors, quarantine
from data_platform.storage.delta.history import versions
from data_platform.storage.objects.store import ObjectStore


def test_rejected_rows_are_kept_as_they_came_with_reasons_and_read_by_run_and_partition(store: ObjectStore) -> None:
    odd = pa.table(
        {
            "id": [1, None],
            "price": [float("nan"), 1.5],
            "exact": [Decimal("1.10"), None],
            "day": [date(2024, 1, 2), None],
            "tags": [["x"], []],
            "raw": [b"\x00\xff", None],
        }
    )
    quarantine.quarantine(store, "q", odd, [["unique", "range"], ["not null"]], run_id="r1", partition="2024-01-02")
    other = pa.table({"something else": ["it's"]})
    quarantine.quarantine(store, "q", other, [["schema"]], run_id="r'2")
    found = quarantine.read_quarantine(store, "q", run_id="r1").to_pylist()
    assert [json.loads(each["row"]) for each in found] == [
        {"id": 1, "price": "nan", "exact": "1.10", "day": "2024-01-02", "tags": ["x"], "raw": "00ff"},
        {"id": None, "price": 1.5, "exact": None, "day": None, "tags": [], "raw": None},
    ]
    assert [each["reasons"] for each in found] == [["unique", "range"], ["not null"]]
    assert quarantine.read_quarantine(store, "q", partition="2024-01-02").num_rows == 2
    assert quarantine.read_quarantine(store, "q", run_id="r'2")["row"].to_pylist() == ['{"something else": "it\'s"}']
    assert quarantine.read_quarantine(store, "q", partition="' OR 1=1 --").num_rows == 0
    assert quarantine.read_quarantine(store, "never").schema == quarantine.SCHEMA


def test_a_batch_is_kept_once_and_the_latest_comes_first(store: ObjectStore) -> None:
    rows = pa.table({"n": [1]})
    for hour, run in ((1, "early"), (2, "late"), (3, "early")):
        at = datetime(2024, 1, 1, hour, tzinfo=UTC)
        quarantine.quarantine(store, "q", rows, [["rule"]], run_id=run, at=at)
    found = quarantine.read_quarantine(store, "q")
    assert found["run_id"].to_pylist() == ["late", "early"]
    assert quarantine.read_quarantine(store, "q", limit=1)["run_id"].to_pylist() == ["late"]


def test_however_many_rows_are_rejected_so_many_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "MOST_ROWS", 3)
    store = ObjectStore.open("memory://bounded")
    quarantine.quarantine(store, "q", pa.table({"n": range(10)}), [["rule"]] * 10, run_id="r")
    assert quarantine.read_quarantine(store, "q")["number"].to_pylist() == [0, 1, 2]
    said = versions(store, "q", limit=1)[0].metadata
    assert (said["rejected"], said["kept"]) == (10, 3)
    with pytest.raises(errors.InvalidFrame, match="10 rows were rejected for 1 reasons"):
        quarantine.quarantine(store, "q", pa.table({"n": range(10)}), [["rule"]], run_id="r")
