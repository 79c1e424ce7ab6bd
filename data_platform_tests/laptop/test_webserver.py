"""Dagster's webserver behind the guard: what happens where Dagster's private modules have moved."""

import sys
from pathlib import Path

import pytest
import uvicorn

from data_platform.laptop.dagster_private import webserver


@pytest.mark.parametrize("module", ["dagster_webserver.app", "dagster._core.workspace.load_target"])
def test_it_serves_nothing_where_dagsters_private_modules_have_moved(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setattr(uvicorn, "run", lambda *_, **__: pytest.fail("something is served"))
    with pytest.raises(SystemExit, match="not served without the guard"):
        webserver.main(["--port", "1", str(tmp_path / "workspace.yaml")])


def test_it_serves_nothing_with_settings_that_it_cannot_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_PLATFORM_WEB_ACCESS", "anybody")
    monkeypatch.setattr(uvicorn, "run", lambda *_, **__: pytest.fail("something is served"))
    with pytest.raises(SystemExit, match="DATA_PLATFORM_WEB_ACCESS"):
        webserver.main(["--port", "1", str(tmp_path / "workspace.yaml")])
