"""The embedded S3 answers nobody without credentials, on none of its sockets, attacked as a real process."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import obstore
import pytest

from data_platform.laptop import seaweedfs
from data_platform.laptop.errors import LaptopError
from data_platform.laptop.seaweedfs import SeaweedFS
from data_platform_tests.laptop.listening import intrude, others, tcp, unix
from data_platform_tests.laptop.test_seaweedfs import client

CONTENT = b"rank,title\n1,Metropolis\n"
KEY = "folder/object"
PATHS = ("/", "/status", "/healthz", "/metrics", "/stats/counter", "/debug/pprof/", "/ui/index.html", "/1,01637037d6")
OBJECT_PATHS = (f"/buckets/data-platform/{KEY}", f"/data-platform/{KEY}")
MASTER_PATHS = ("/dir/assign", "/dir/status", "/dir/lookup?volumeId=1", "/vol/grow?count=1", "/vol/vacuum", "/submit")
REQUESTS = [
    *(
        ("GET", path)
        for path in (*PATHS, *OBJECT_PATHS, *MASTER_PATHS, "/buckets/?pretty=y", "/data-platform?list-type=2")
    ),
    *((method, path) for path in OBJECT_PATHS for method in ("HEAD", "PUT", "POST", "DELETE", "OPTIONS")),
    ("DELETE", "/buckets/?recursive=true"),
    ("POST", "/col/delete?collection=data-platform"),
    ("OPTIONS", "/1,01637037d6"),
]


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFS]:
    of_another = {"WEED_HTTPS_FILER_DISABLE_TLS_VERIFY_CLIENT_CERT": "true", "WEED_GRPC_CA": "/nowhere"}
    with SeaweedFS(tmp_path_factory.mktemp("attacked") / "s3", environment=os.environ | of_another) as server:
        obstore.put(client(server), KEY, CONTENT)
        yield server


def ports_of(s3: SeaweedFS) -> tuple[int, set[int]]:
    """The S3's own port, and those of its inner parts."""
    ports = {int(flag.split("=")[1]) for flag in s3._port_flags}
    public = int(s3.endpoint.rsplit(":", 1)[1])
    return public, ports - {public}


def test_every_socket_that_it_listens_on_is_known(s3: SeaweedFS) -> None:
    public, private = ports_of(s3)
    assert tcp(s3.service.pid) == {("127.0.0.1", port) for port in (public, *private)}
    grpc = {f"seaweedfs-{part}-grpc" for part in ("master", "volume", "filer", "s3", "admin")}
    names = {re.sub(r"-\d+$", "", path.stem) for path in unix(s3.service.pid)}
    assert names == {"filer", "s3", *grpc}


@pytest.mark.parametrize("uid", others())
def test_none_of_its_sockets_gives_or_takes_anything_without_credentials(s3: SeaweedFS, uid: int | None) -> None:
    public, private = ports_of(s3)
    answers = intrude(uid, [public, *private], sorted(unix(s3.service.pid)), REQUESTS)
    assert {answer["where"] for answer in answers} >= {public}, "the intruder reached nothing at all"
    assert [answer for answer in answers if not refused(answer, public)] == []
    assert bytes(obstore.get(client(s3), KEY).bytes()) == CONTENT


def refused(answer: dict[str, Any], public: int) -> bool:
    method, target = answer["how"].split(" ", 1) if " " in answer["how"] else (answer["how"], "")
    if answer["where"] != public and isinstance(answer["where"], int):
        no_tls = "" if method == "HEAD" else "Client sent an HTTP request to an HTTPS server.\n"
        return bool(answer["status"] == 400 and answer["body"] == no_tls)
    # The S3 itself, over TCP or a socket of its user's, and the filer's socket, where a signed token is asked for.
    says_that_it_is_up = target in {"/status", "/healthz"} and answer["body"] == ""
    preflight_that_no_browser_sends = method == "OPTIONS" and "Origin" not in answer["headers"] and answer["body"] == ""
    return answer["status"] in {400, 401, 403, 405} or says_that_it_is_up or preflight_that_no_browser_sends


def test_no_web_page_may_read_or_change_an_object(s3: SeaweedFS) -> None:
    public, private = ports_of(s3)
    answers = intrude(None, [public, *private], [], REQUESTS)
    # SeaweedFS writes "*" beside answers that are about no bucket; these are refusals, or say that it is up.
    allowed = [answer for answer in answers if answer["cors"].get("Access-Control-Allow-Origin")]
    assert [answer for answer in allowed if "OPTIONS" in answer["how"]] == []
    assert [answer for answer in allowed if answer["how"].startswith(("GET", "PUT")) and KEY in answer["how"]] == []
    assert [answer for answer in allowed if CONTENT.decode() in answer["body"]] == []


def test_another_user_reaches_none_of_its_sockets_in_the_file_system(s3: SeaweedFS) -> None:
    for uid in others():
        if uid is not None:
            assert intrude(uid, [], sorted(unix(s3.service.pid)), REQUESTS) == []


@pytest.mark.slow
def test_what_an_open_s3_of_an_earlier_version_stored_is_there_behind_closed_doors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as open_doors:
        open_doors.setattr(seaweedfs, "write_security", lambda folder: folder.mkdir())
        open_doors.setattr(seaweedfs, "closed", lambda *_: True)
        with SeaweedFS(tmp_path / "s3") as before:
            obstore.put(client(before), KEY, CONTENT)
            obstore.put(client(before), "large", CONTENT * 500_000)
    with SeaweedFS(tmp_path / "s3") as after:
        assert bytes(obstore.get(client(after), KEY).bytes()) == CONTENT
        assert bytes(obstore.get(client(after), "large").bytes()) == CONTENT * 500_000


@pytest.mark.slow
def test_it_is_ended_when_a_port_asks_for_no_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seaweedfs, "write_security", lambda folder: folder.mkdir())
    s3 = SeaweedFS(tmp_path / "s3")
    with pytest.raises(LaptopError, match="does not speak TLS"):
        s3.start()
    assert not s3.service.running


def test_what_it_writes_about_its_keys_is_for_its_user_only(s3: SeaweedFS) -> None:
    folder = s3.service.folder
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o077 for path in folder.iterdir()} == {0}
