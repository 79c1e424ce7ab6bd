"""The embedded S3, driven as a real process."""

import threading
from pathlib import Path

import obstore
import psutil
import pytest
from obstore.exceptions import BaseError
from obstore.store import S3Store

from data_platform.laptop.credentials import Credentials
from data_platform.laptop.seaweedfs import SeaweedFS
from data_platform_tests.s3 import S3Server


def client(s3: SeaweedFS, secret_key: str | None = None) -> S3Store:
    return S3Store(
        s3.bucket,
        endpoint=s3.endpoint,
        region=s3.region,
        access_key_id=s3.access_key,
        secret_access_key=secret_key or s3.secret_key,
        virtual_hosted_style_request=False,
        client_options={"allow_http": True, "timeout": "5s"},
        retry_config={"max_retries": 0},
    )


def listening(s3: SeaweedFS) -> set[tuple[str, int]]:
    connections = psutil.Process(s3.service.pid).net_connections("inet")
    return {tuple(each.laddr) for each in connections if each.status == psutil.CONN_LISTEN and each.laddr}


def test_it_listens_on_the_loopback_address_only(s3_store: S3Server) -> None:
    addresses = listening(s3_store.server)
    assert len(addresses) >= 5
    assert {address for address, _ in addresses} == {"127.0.0.1"}


def test_its_secret_is_not_in_its_arguments(s3_store: S3Server) -> None:
    assert s3_store.secret_key not in " ".join(psutil.Process(s3_store.server.service.pid).cmdline())


def test_a_wrong_secret_is_refused(s3_store: S3Server) -> None:
    with pytest.raises((BaseError, OSError)):
        obstore.put(client(s3_store.server, "wrong"), "object", b"content")


@pytest.mark.slow
def test_objects_are_there_after_a_stop_and_a_start_on_the_same_ports(tmp_path: Path) -> None:
    with SeaweedFS(tmp_path / "s3") as first:
        obstore.put(client(first), "folder/object", b"content")
    with SeaweedFS(tmp_path / "s3") as second:
        assert bytes(obstore.get(client(second), "folder/object").bytes()) == b"content"
        assert second.endpoint == first.endpoint


@pytest.mark.slow
def test_flags_that_it_kept_from_an_earlier_start_do_not_count(tmp_path: Path) -> None:
    with SeaweedFS(tmp_path / "s3"):
        pass
    (tmp_path / "s3" / "mini.options").write_text("ip.bind=0.0.0.0\ns3.port=1\nwebdav=true\n")
    with SeaweedFS(tmp_path / "s3") as s3:
        assert s3.ready()
        assert {address for address, _ in listening(s3)} == {"127.0.0.1"}


@pytest.mark.slow
def test_new_credentials_on_old_data_replace_the_old_ones(tmp_path: Path) -> None:
    with SeaweedFS(tmp_path / "s3", Credentials.generate()) as first:
        obstore.put(client(first), "object", b"content")
    with SeaweedFS(tmp_path / "s3", Credentials.generate()) as second:
        assert bytes(obstore.get(client(second), "object").bytes()) == b"content"
        second.credentials = first.credentials
        assert not second.ready()


@pytest.mark.slow
def test_no_acknowledged_object_is_lost_when_it_is_killed_under_writers_three_times(tmp_path: Path) -> None:
    acknowledged: dict[str, bytes] = {}
    s3 = SeaweedFS(tmp_path / "s3")
    for round_ in range(3):
        s3.start()
        stop = threading.Event()
        writers = [threading.Thread(target=write, args=(s3, f"{round_}/{n}", acknowledged, stop)) for n in range(4)]
        for writer in writers:
            writer.start()
        before = len(acknowledged)
        while len(acknowledged) < before + 100:
            stop.wait(0.01)
        s3.kill()
        stop.set()
        for writer in writers:
            writer.join()
    s3.start()
    try:
        store = client(s3)
        lost = [key for key, content in acknowledged.items() if bytes(obstore.get(store, key).bytes()) != content]
    finally:
        s3.stop()
    assert len(acknowledged) >= 300
    assert lost == []


def write(s3: SeaweedFS, prefix: str, acknowledged: dict[str, bytes], stop: threading.Event) -> None:
    store, number = client(s3), 0
    while not stop.is_set():
        number += 1
        key, content = f"{prefix}/{number}", f"{prefix} {number} ".encode() * 100
        try:
            obstore.put(store, key, content)
        except (BaseError, OSError):
            return
        acknowledged[key] = content
