"""The self-service tutorial in a fresh checkout, on a running platform: every command, and the products in the UI."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from data_platform.orchestration.resources import ObjectStoreResource
from data_platform.settings import DOMAINS_VARIABLE, STATE_VARIABLE, STORE_VARIABLE
from data_platform.storage.delta import read_table
from data_platform.storage.errors import MissingPartition, MissingTable
from data_platform_tests.end_to_end.running import Platform, running
from data_platform_tests.tutorials import SOMEBODY, checkout, steps

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

STEPS = steps("self-service.md")
PARTS = ("data_platform", "data_platform_tests", "workspace.yaml", "dagster.yaml", "pyproject.toml", "docs", "Makefile")
DAY = (datetime.now(UTC).date() - timedelta(days=1)).isoformat()
FIRST, SECOND, READER = "finance/earnings_v1", "finance/earnings_v2", "marketing/markets_v1"
RELOAD = """mutation ($name: String!) {
  reloadRepositoryLocation(repositoryLocationName: $name) {
    ... on WorkspaceLocationEntry { locationOrLoadError { __typename ... on PythonError { message } } } } }"""
LOCATIONS = """{ workspaceOrError { ... on Workspace { locationEntries {
  name locationOrLoadError { __typename ... on PythonError { message } } } } } }"""
NODES = """query ($keys: [AssetKeyInput!]!) { assetNodes(assetKeys: $keys) {
  assetKey { path } isMaterializable dependedByKeys { path } } }"""


class Newcomer:
    """Somebody who follows the page word by word, in a checkout of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.checkout = checkout(folder / "checkout", *PARTS)
        hidden = {STORE_VARIABLE, DOMAINS_VARIABLE}
        self.environment = {name: value for name, value in os.environ.items() if name not in hidden} | {
            **SOMEBODY,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(self.checkout),
            STATE_VARIABLE: str(folder / "state"),
        }

    @contextmanager
    def running(self) -> Iterator[Platform]:
        """`make run`, until Ctrl-C; meanwhile the test reads the platform's store, and nothing else knows of it."""
        with running(self.folder, project=self.checkout) as platform, pytest.MonkeyPatch.context() as here:
            for name, value in platform.environment().items():
                here.setenv(name, value)
            yield platform

    def follow(self, chapter: int) -> None:
        """Type all commands of a chapter, and compare what they say with what the page shows."""
        for step in (one for one in STEPS if one.chapter == chapter):
            script = "\n".join(filter(None, map(self._typed, step.commands)))
            made = subprocess.run(
                ["bash", "-ec", script],
                cwd=self.checkout,
                env=self.environment,
                capture_output=True,
                text=True,
                check=False,
            )
            said = f"{made.stdout}{made.stderr}"
            assert made.returncode == step.ends_with, f"{script}\n{said}"
            assert step.missing(said) == [], said

    def _typed(self, command: str) -> str:
        """What stands for `make` and the virtual environment, which are those of this test run."""
        if command.startswith("make test ARGS="):
            return f"python -m pytest -q {command.partition('=')[2]}"
        return "" if command.startswith(("make run", "source ")) else command


def reload(platform: Platform, location: str) -> None:
    """*Reload* in the UI."""
    loaded = platform.ask(RELOAD, name=location)["reloadRepositoryLocation"]["locationOrLoadError"]
    assert loaded["__typename"] == "RepositoryLocation", loaded


def materialized(platform: Platform, product: str) -> None:
    """*Materialize* in the UI, for yesterday."""
    assert platform.launch([product], DAY)[1] == "SUCCESS"


def published(platform: Platform, product: str) -> pa.Table:
    """What readers get of yesterday."""
    from data_platform.orchestration.defaults import s3  # noqa: PLC0415 - it reads the environment

    store = ObjectStoreResource(url=platform.environment()[STORE_VARIABLE], s3=s3).open()
    return read_table(store, product, partitions=[{"day": DAY}])


def rows(platform: Platform, product: str) -> pa.Table:
    """The same in one order."""
    return published(platform, product).sort_by([("country", "ascending"), ("currency", "ascending")])


def is_published(platform: Platform, product: str) -> bool:
    try:
        return bool(published(platform, product).num_rows)
    except (MissingTable, MissingPartition):
        return False


def in_the_ui(platform: Platform, *products: str) -> dict[str, tuple[bool, list[str]]]:
    """Of each product whether it can be materialized, and who depends on it."""
    nodes = platform.ask(NODES, keys=[{"path": one.split("/")} for one in products])["assetNodes"]
    return {
        "/".join(each["assetKey"]["path"]): (
            each["isMaterializable"],
            ["/".join(one["path"]) for one in each["dependedByKeys"]],
        )
        for each in nodes
    }


def test_a_newcomer_follows_the_whole_story(tmp_path: Path) -> None:
    newcomer = Newcomer(tmp_path)
    with newcomer.running() as platform:
        platform.until(lambda: is_published(platform, "sales/orders_v2"), "sales has made the orders", 600)
        newcomer.follow(1)
        newcomer.follow(2)

    with newcomer.running() as platform:
        entries = platform.ask(LOCATIONS)["workspaceOrError"]["locationEntries"]
        loaded = {each["name"]: each["locationOrLoadError"]["__typename"] for each in entries}
        assert loaded == dict.fromkeys(
            ("finance", "logistics", "logs", "marketing", "movies", "sales"), "RepositoryLocation"
        )

        newcomer.follow(3)
        newcomer.follow(4)
        reload(platform, "marketing")
        materialized(platform, FIRST)
        materialized(platform, READER)
        assert in_the_ui(platform, FIRST) == {FIRST: (True, [READER])}

        newcomer.follow(5)
        newcomer.follow(6)
        reload(platform, "finance")
        materialized(platform, SECOND)
        old, new = (rows(platform, one) for one in (FIRST, SECOND))
        assert new.rename_columns({"gross_revenue": "revenue"}).equals(old), "both are served"

        before = rows(platform, READER)
        newcomer.follow(7)
        reload(platform, "marketing")
        materialized(platform, READER)
        assert rows(platform, READER).equals(before)

        newcomer.follow(8)
        reload(platform, "finance")
        assert in_the_ui(platform, FIRST, SECOND) == {FIRST: (False, []), SECOND: (True, [READER])}
        assert rows(platform, FIRST).equals(old), "it stays as it was published last"
