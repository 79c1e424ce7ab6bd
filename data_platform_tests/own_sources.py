"""A source of one's own in a test: its ``defs.yaml`` in a folder, its definitions, a real instance and a real store."""

import sqlite3
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import dagster as dg
import pytest
from dagster._core.definitions import policy

import data_platform.testing  # noqa: F401 - before a test is in another project: it finds its project when imported
from data_platform.ingestion import attempts, clock
from data_platform.orchestration.defaults import platform_definitions
from data_platform.orchestration.ingestion.source import Source
from data_platform.settings import STORE_VARIABLE
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.domains.platforms import TODAY, Domain

DOMAIN = "acme"


def write_source(domains: Path, name: str, attributes: str) -> Path:
    """A ``defs.yaml`` with these attributes, which need no indentation of their own."""
    folder = domains / DOMAIN / name
    folder.mkdir(parents=True, exist_ok=True)
    body = textwrap.indent(textwrap.dedent(attributes).strip(), "  ")
    (folder / "defs.yaml").write_text(f"type: data_platform.Source\nattributes:\n{body}\n")
    return folder


def definitions_of(*folders: Path) -> dg.Definitions:
    """What the component makes of some folders."""
    built = [Source().build_defs(cast("Any", SimpleNamespace(path=folder))) for folder in folders]
    return dg.Definitions.merge(*built, platform_definitions())


@contextmanager
def platform_of(
    store: Path, monkeypatch: pytest.MonkeyPatch, *folders: Path, instance: dg.DagsterInstance | None = None
) -> Iterator[Domain]:
    """Sources with an instance and a store; noon, and no wait between attempts."""
    url = f"file://{store}"
    monkeypatch.setenv(STORE_VARIABLE, url)
    monkeypatch.setattr(policy, "random", lambda: 0.0)
    monkeypatch.setattr(attempts, "backoff", lambda state: 0.0)
    monkeypatch.setattr(clock, "now", lambda: datetime.combine(TODAY, time(12), UTC))
    definitions = definitions_of(*folders)
    jobs = [name for name in definitions.get_repository_def().job_names if name.startswith(DOMAIN)]
    if instance is not None:
        yield Domain(DOMAIN, definitions, instance, ObjectStore.open(url), jobs[0])
        return
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield Domain(DOMAIN, definitions, ephemeral, ObjectStore.open(url), jobs[0])


def run_whole(platform: Domain) -> dg.ExecuteInProcessResult:
    """The job of a source without days."""
    job = platform.definitions.resolve_job_def(platform.job)
    return job.execute_in_process(instance=platform.instance, raise_on_error=False)


def day(back: int) -> date:
    return TODAY - timedelta(days=back)


def at(back: int, hour: int = 10) -> datetime:
    """A moment on a day before today, as databases have it: UTC without a zone."""
    return datetime.combine(day(back), time(hour))


def values(platform: Domain, asset: str, column: str, *days: str) -> list[Any]:
    return sorted(platform.table(asset, *days)[column].to_pylist())


class Shop:
    """A database of orders, three a day."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.run(
            "CREATE TABLE orders (id INTEGER PRIMARY KEY, amount NUMERIC(10, 2), placed_at TIMESTAMP, "
            "updated_at TIMESTAMP)"
        )
        for number in range(30):
            self.order(number, number // 3 + 1)

    def run(self, sql: str, *values: object) -> None:
        with sqlite3.connect(self.file) as connection:
            connection.execute(sql, values)

    def order(self, number: int, days_ago: int, changed: int | None = None) -> None:
        changed = days_ago if changed is None else changed
        self.run(
            "INSERT INTO orders (id, amount, placed_at, updated_at) VALUES (?, ?, ?, ?)",
            number,
            1.5 * number,
            str(at(days_ago)),
            str(at(changed, 11)),
        )

    def rows(self) -> list[tuple[Any, ...]]:
        with sqlite3.connect(self.file) as connection:
            return list(connection.execute("SELECT id, amount FROM orders ORDER BY id"))
