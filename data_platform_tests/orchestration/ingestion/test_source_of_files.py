"""Files of one's own, wherever they are: taken as they came, late, replaced, removed, broken and doubled."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_platform.ingestion import attempts
from data_platform.ingestion.errors import TransientSourceError
from data_platform.ingestion.sources.files import sftp
from data_platform.ingestion.sources.opening import opened
from data_platform.products.source_file import read_source
from data_platform_tests.domains.platforms import Domain, asked_days, back, failure_of, retries_of
from data_platform_tests.own_sources import platform_of, run_whole, values, write_source
from data_platform_tests.s3 import S3Server
from data_platform_tests.sftp import Sftp, running_sftp

DAILY = """
source: {{type: files, url: "{url}"{more}}}
key: [id]
restated_days: 10
columns: {{id: string, amount: {{type: "decimal(10, 2)", source: Total}}}}
"""
WHOLE = """
source: {{type: files, url: "{url}"{more}}}
columns: {{id: string}}
"""
CHANGES = "acme_raw_orders_changes"


def a_file(path: Path, *ids: int, column: str = "Total") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"id,{column}\n" + "".join(f"{number},{number}.50\n" for number in ids))


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    for number in range(1, 5):
        a_file(folder / f"orders_{back(number)}.csv", number)
    return folder


@pytest.fixture
def platform(tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Domain]:
    folder = write_source(tmp_path, "raw_orders", DAILY.format(url=f"{inbox}/orders_{{day}}*.csv", more=""))
    with platform_of(tmp_path / "store", monkeypatch, folder) as platform:
        yield platform


def test_a_days_files_are_landed_as_they_came_and_typed_as_declared(platform: Domain, inbox: Path) -> None:
    a_file(inbox / f"orders_{back(2)}_more.csv", 20)
    assert platform.run(back(2)).success
    assert values(platform, "raw_orders", "id") == ["2", "20"]
    assert str(platform.table("raw_orders").schema.field("amount").type) == "decimal128(10, 2)"
    assert (inbox / f"orders_{back(2)}.csv").read_bytes() in platform.landed().values()
    landed = platform.landed()
    assert platform.run(back(2)).success
    assert platform.landed() == landed


def test_files_that_are_late_replaced_or_removed_are_found_and_nothing_is_lost(platform: Domain, inbox: Path) -> None:
    platform.run(back(4), back(1))
    assert platform.look(CHANGES).run_requests == []
    a_file(inbox / f"orders_{back(3)}_late.csv", 30)
    a_file(inbox / f"orders_{back(2)}.csv", 2, 22)
    (inbox / f"orders_{back(4)}.csv").unlink()
    tick = platform.look(CHANGES)
    assert asked_days(tick) == [(back(3), back(2))]
    for request in tick.run_requests:
        assert platform.do(request).success
    assert platform.run(back(4)).success  # what was landed stays
    assert values(platform, "raw_orders", "id") == ["1", "2", "22", "3", "30", "4"]


def test_a_day_that_does_not_say_of_what_it_was_made_is_taken_again(platform: Domain) -> None:
    for number in (3, 2):  # as an older version left them
        made = dg.AssetMaterialization(platform.key("raw_orders"), partition=back(number))
        platform.instance.report_runless_asset_event(made)
    tick = platform.look(CHANGES)
    assert asked_days(tick) == [(back(3), back(1))]
    for request in tick.run_requests:
        assert platform.do(request).success
    assert platform.look(CHANGES).run_requests == []


def test_where_removed_files_are_gone_their_days_are_looked_for(
    tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_file(inbox / f"orders_{back(2)}_more.csv", 20)
    text = DAILY.format(url=f"{inbox}/orders_{{day}}*.csv", more=", removed: gone")
    with platform_of(tmp_path / "store", monkeypatch, write_source(tmp_path, "raw_orders", text)) as platform:
        platform.run(back(4), back(1))
        (inbox / f"orders_{back(2)}_more.csv").unlink()
        tick = platform.look(CHANGES)
        assert asked_days(tick) == [(back(2), back(2))]
        assert platform.do(tick.run_requests[0]).success
        assert values(platform, "raw_orders", "id", back(2)) == ["2"]
        assert platform.look(CHANGES).run_requests == []


def test_a_date_in_folders_is_a_files_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (1, 2):
        folder = tmp_path / "in" / date.fromisoformat(back(number)).strftime("year=%Y/month=%m/day=%d")
        a_file(folder / "orders.csv", number)
    text = DAILY.format(url=f"{tmp_path}/in/{{day:year=%Y/month=%m/day=%d}}/*.csv", more="")
    with platform_of(tmp_path / "store", monkeypatch, write_source(tmp_path, "raw_orders", text)) as platform:
        result = platform.run(back(2), back(1))
        assert result.success, failure_of(result)
        assert values(platform, "raw_orders", "id", back(2)) == ["2"]


def test_a_day_without_a_file_says_so_and_leaves_the_reason(platform: Domain) -> None:
    result = platform.run(back(7))
    assert f"there is nothing of {back(7)}" in failure_of(result)
    assert retries_of(result) == 0


def test_half_a_file_a_missing_column_and_a_double_are_refused_after_they_were_landed(
    platform: Domain, inbox: Path
) -> None:
    a_file(inbox / f"orders_{back(1)}.csv", 1, column="Sum")
    assert "column Total is missing" in failure_of(platform.run(back(1)))
    a_file(inbox / f"orders_{back(2)}_again.csv", 2)
    assert "keys_unique: id 2" in failure_of(platform.run(back(2)))
    (inbox / f"orders_{back(3)}.csv").write_text("id,Total\n3,three\n")
    assert "a value of Total is no decimal(10, 2)" in failure_of(platform.run(back(3)))
    assert len(platform.landed()) == 4


def test_parquet_json_lines_and_json_are_read_and_half_a_parquet_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    pq.write_table(pa.table({"id": ["a", "b"]}), folder / "x.parquet")
    (folder / "x.jsonl").write_text('{"id": "c"}\n{"id": "d", "more": [1]}\n')
    (folder / "x.json").write_text('[{"id": "e"}]')
    source = write_source(tmp_path, "raw_orders", WHOLE.format(url=f"{folder}/*", more=", removed: gone"))
    with platform_of(tmp_path / "store", monkeypatch, source) as platform:
        assert run_whole(platform).success
        assert values(platform, "raw_orders", "id") == ["a", "b", "c", "d", "e"]
        assert platform.metadata("raw_orders")["new_columns"] == ["more"]
        (folder / "x.json").unlink()
        assert run_whole(platform).success
        assert values(platform, "raw_orders", "id") == ["a", "b", "c", "d"]
        (folder / "x.parquet").write_bytes((folder / "x.parquet").read_bytes()[:50])
        assert "x.parquet is no Parquet file, or half of one" in failure_of(run_whole(platform))
        assert values(platform, "raw_orders", "id") == ["a", "b", "c", "d"]


def test_a_prefix_of_a_bucket_is_a_source(tmp_path: Path, s3_store: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in s3_store.environment.items():
        monkeypatch.setenv(name, value)
    bucket, client = s3_store.fresh_bucket(), s3_store.client()
    client.put_object(Bucket=bucket, Key=f"orders/{back(2)}/a.csv", Body=b"id,Total\n1,1\n")
    client.put_object(Bucket=bucket, Key=f"orders/{back(2)}/b.csv", Body=b"id,Total\n2,2\n")
    url = f"s3://{bucket}/orders/{{day}}/*.csv"
    source = write_source(tmp_path, "raw_orders", DAILY.format(url=url, more=""))
    with platform_of(tmp_path / "store", monkeypatch, source) as platform:
        assert platform.run(back(2)).success
        assert values(platform, "raw_orders", "id") == ["1", "2"]
        client.put_object(Bucket=bucket, Key=f"orders/{back(2)}/b.csv", Body=b"id,Total\n3,3\n")
        (request,) = platform.look(CHANGES).run_requests
        assert platform.do(request).success
        assert values(platform, "raw_orders", "id") == ["1", "3"]


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sftp]:
    with running_sftp(tmp_path / "sftp") as server:
        monkeypatch.setenv("ACME_FILES_PASSWORD", server.password)
        monkeypatch.setattr(attempts, "backoff", lambda state: 0.0)
        yield server


def of_server(server: Sftp, known_hosts: Path | None = None) -> str:
    known = known_hosts or server.known_hosts
    return DAILY.format(
        url=f"sftp://reader@127.0.0.1:{server.port}/out/orders_{{day}}.csv",
        more=f", password: ACME_FILES_PASSWORD, known_hosts: {known}",
    )


def test_files_of_an_sftp_server_are_a_source_and_only_of_one_that_is_known(
    tmp_path: Path, server: Sftp, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_file(server.root / "out" / f"orders_{back(2)}.csv", 1, 2)
    source = write_source(tmp_path, "raw_orders", of_server(server))
    with platform_of(tmp_path / "store", monkeypatch, source) as platform:
        assert platform.run(back(2)).success
        assert values(platform, "raw_orders", "id") == ["1", "2"]
        assert f"there is nothing of {back(3)}" in failure_of(platform.run(back(3)))
    source = write_source(tmp_path, "raw_orders", of_server(server, tmp_path / "nobody"))
    with platform_of(tmp_path / "store", monkeypatch, source) as platform:
        assert "the server's key is not known" in failure_of(platform.run(back(2)))
    monkeypatch.setenv("ACME_FILES_PASSWORD", "wr0ng-secret")
    source = write_source(tmp_path, "raw_orders", of_server(server))
    with platform_of(tmp_path / "store", monkeypatch, source) as platform:
        told = failure_of(platform.run(back(2)))
        assert "not let in" in told
        assert "wr0ng-secret" not in told


def test_an_sftp_server_that_is_gone_is_asked_again(
    tmp_path: Path, server: Sftp, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    source = write_source(tmp_path, "raw_orders", of_server(server))
    with platform_of(tmp_path / "store", monkeypatch, source) as platform:
        assert retries_of(platform.run(back(2))) == 3


def test_an_sftp_server_that_stops_to_answer_is_given_up(
    tmp_path: Path, server: Sftp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sftp, "LIMITS", replace(sftp.LIMITS, answer_seconds=0.5))
    a_file(server.root / "out" / f"orders_{back(2)}.csv", 1, 2)
    spec, _ = read_source(write_source(tmp_path, "raw_orders", of_server(server)))
    day = date.fromisoformat(back(2))
    with ExitStack() as stack:
        reader = stack.enter_context(opened(spec))
        assert list(reader.shown((day, day))) == [back(2)]
        server.process.send_signal(signal.SIGSTOP)
        with pytest.raises(TransientSourceError, match=r"no answer within 0\.5 s"):
            reader.shown((day, day))
    server.process.send_signal(signal.SIGCONT)
