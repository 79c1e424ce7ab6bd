"""Another version of Dagster is used as it is, where we reach into ours."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from dagster import __version__

from data_platform.laptop import dagster_private
from data_platform.laptop.dagster_services import prepare_home
from data_platform_tests.repository import PROJECT_ROOT

SERVER = """
import socket, sys
from pathlib import Path
from data_platform.laptop import dagster_private
dagster_private.TRIED = "0.1"
from data_platform.laptop.dagster_private.code_server import become
become(Path(sys.argv[1]), ["--python-file", sys.argv[2]], socket.socketpair()[0])
"""


def test_the_installed_dagster_is_the_one_that_is_known() -> None:
    assert dagster_private.known(), __version__


def test_the_instance_of_another_dagster_has_its_own_event_log_and_launcher(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    prepare_home(tmp_path, PROJECT_ROOT / "dagster.yaml")
    ours = yaml.safe_load((tmp_path / "dagster.yaml").read_text())
    monkeypatch.setattr(dagster_private, "TRIED", "0.1")
    prepare_home(tmp_path, PROJECT_ROOT / "dagster.yaml")
    text = (tmp_path / "dagster.yaml").read_text()
    assert set(ours) - set(yaml.safe_load(text)) == {"event_log_storage", "run_launcher"}
    assert "This is no Dagster 0.1" in text


@pytest.mark.slow
def test_a_code_server_of_another_dagster_is_dagsters_own(tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text("import dagster as dg\ndefs = dg.Definitions()\n")
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(tmp_path / "s.sock"), str(tmp_path / "code.py")])
    try:
        ask = [sys.executable, "-m", "dagster", "api", "grpc-health-check", "--socket", str(tmp_path / "s.sock")]
        while subprocess.run(ask, check=False, capture_output=True).returncode:
            assert server.poll() is None
            time.sleep(0.2)
        assert b"api\0grpc" in Path(f"/proc/{server.pid}/cmdline").read_bytes()
    finally:
        server.kill()
        server.wait()
