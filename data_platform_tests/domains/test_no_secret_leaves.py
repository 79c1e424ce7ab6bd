"""Twelve secrets of all kinds are planted, everything fails in all ways, and nothing that is left tells one."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, quote_plus

import dagster as dg
import pytest
from dagster._core.definitions import policy

from data_platform.ingestion import attempts, clock
from data_platform.locations import load_domain
from data_platform_tests.answering import Asked, Reply, answering
from data_platform_tests.domains.movies.examples import GENRES, film, pages
from data_platform_tests.domains.platforms import TODAY, back
from data_platform_tests.repository import PROJECT_ROOT

pytestmark = pytest.mark.slow

SECRETS: Final = {
    "TMDB_API_TOKEN": "tmdb-T0ken.of-tests",
    "TMDB_API_KEY": "kEy-in-the-url-7",
    "SALES_PASSWORD": "sAles/p@ss w0rd",
    "SALES_SSL": "ssl-pAss-of-tests",
    "ADS_API_TOKEN": "aDs-t0ken-of-tests",
    "ADS_SIGNATURE": "aDs-s1gnature-9f8e",
    "CARRIER_PASSWORD": "cArrier:pw/9+x",
    "AWS_SECRET_ACCESS_KEY": "aWs/s3cret+of/tests",
    "AWS_SESSION_TOKEN": "aWs-sess1on-token==",
    "DATA_PLATFORM_LOGS_CLIENT_KEY": "cLient-k3y-0123456789",
    "DAGSTER_POSTGRES_PASSWORD": "pOstgres-pw-of-tests",
    "SOME_PARTNERS_SECRET": 'pArtner\'s "s3cret"',
}


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[tuple[str, ...]]:
    """A world that answers every request by showing all that it was sent, and all planted secrets."""

    def echo(asked: Asked) -> Reply:
        shown = {"you sent": dict(asked.headers), "and": [asked.target, *_planted()]}
        if asked.path == "/good/3/genre/movie/list":
            return Reply(json.dumps(GENRES | shown).encode())
        if asked.path.startswith("/good"):
            page = int(asked.query.get("page", 1))
            return Reply(json.dumps(pages([film(number) for number in range(1, 121)])[page - 1] | shown).encode())
        status = 503 if asked.path.startswith("/busy") else 200 if asked.path.startswith("/odd") else 401
        return Reply(json.dumps(shown).encode(), status)

    with answering(echo) as server:
        for name in ("TMDB_API_TOKEN", "ADS_API_TOKEN", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            monkeypatch.setenv(name, SECRETS[name])
        for name in ("DATA_PLATFORM_LOGS_CLIENT_KEY", "DAGSTER_POSTGRES_PASSWORD", "SOME_PARTNERS_SECRET"):
            monkeypatch.setenv(name, SECRETS[name])
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKTESTS")
        monkeypatch.setenv("DATA_PLATFORM_STATE", str(tmp_path / "state"))
        monkeypatch.setattr(policy, "random", lambda: 0.0)
        monkeypatch.setattr(attempts, "backoff", lambda state: 0.0)
        monkeypatch.setattr(clock, "now", lambda: datetime.combine(TODAY, time(12), UTC))
        yield server.url, f"127.0.0.1:{server.port}"


WORLDS: Final = {
    "refusing": {
        "TMDB_API_URL": "{url}/refused/3?api_key=kEy-in-the-url-7",
        "SALES_DATABASE_URL": "postgresql://127.0.0.1:9/shop?user=u&password=sAles%2Fp%40ss+w0rd"
        "&sslpassword=ssl-pAss-of-tests",
        "ADS_API_URL": "{url}/refused?X-Amz-Signature=aDs-s1gnature-9f8e",
        "CARRIER_DROPS_URL": "http://somebody:cArrier%3Apw%2F9%2Bx@{host}/refused",
        "DATA_PLATFORM_STORE": "file://{tmp}/store",
    },
    "busy, and no database's URL": {
        "TMDB_API_URL": "{url}/busy/3",
        "SALES_DATABASE_URL": "postgres://u:sAles/p@ss w0rd@[::1/shop",
        "ADS_API_URL": "{url}/busy",
        "CARRIER_DROPS_URL": "http://somebody:cArrier:pw/9+x@{host}/busy",
        "DATA_PLATFORM_STORE": "file://{tmp}/store",
    },
    "odd, and a file for a database": {
        "TMDB_API_URL": "http://user:kEy-in-the-url-7@{host}/odd/3",
        "SALES_DATABASE_URL": "sqlite:////nowhere/shop.sqlite?password=ssl-pAss-of-tests",
        "ADS_API_URL": "{url}/odd",
        "CARRIER_DROPS_URL": "ftp://somebody:cArrier%3Apw%2F9%2Bx@{host}/odd",
        "DATA_PLATFORM_STORE": "file://{tmp}/store",
    },
    "good, and a store that refuses": {
        "TMDB_API_URL": "{url}/good/3",
        "SALES_DATABASE_URL": "postgresql+psycopg2://u:sAles%2Fp%40ss%20w0rd@127.0.0.1:9/shop",
        "ADS_API_URL": "{url}/odd",
        "CARRIER_DROPS_URL": "{url}/busy",
        "DATA_PLATFORM_STORE": "s3://films-of-tests/p",
        "AWS_ENDPOINT_URL": "{url}/refused",
    },
    "good, and kept": {"TMDB_API_URL": "{url}/good/3", "DATA_PLATFORM_STORE": "file://{tmp}/store"},
}


@pytest.mark.parametrize("world", list(WORLDS))
def test_whatever_fails_no_planted_secret_is_left_anywhere(
    planted: tuple[str, str],
    world: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    url, host = planted
    for name, value in WORLDS[world].items():
        monkeypatch.setenv(name, value.format(url=url, host=host, tmp=tmp_path))
    (tmp_path / "instance").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "instance")) as instance:
        failed = [_everything_of(domain, instance) for domain in _domains_of(world)]
        told = "".join(str(record) for run in instance.get_runs() for record in instance.all_logs(run.run_id))
    if world != "good, and kept":
        assert all(failed), "a world that fails nowhere shows nothing"
    _status_of_the_store()
    printed = "".join(capfd.readouterr()) + caplog.text + told
    for secret in SECRETS.values():
        for text in {secret, json.dumps(secret)[1:-1]}:
            assert text not in printed
            assert [path for path in _files(tmp_path) if text.encode() in _content(path)] == []


def _domains_of(world: str) -> list[str]:
    return ["movies"] if world == "good, and kept" else ["movies", "sales", "marketing", "logistics"]


def _everything_of(domain: str, instance: dg.DagsterInstance) -> bool:
    """Run a domain's daily job and each of its sensors; whether the run failed."""
    definitions = load_domain(domain)
    day = TODAY.isoformat() if domain == "movies" else back(2)
    config: Any = {"resources": {"top_list": {"config": {}}}} if domain == "movies" else {}
    selection = _raw(domain)
    repository = definitions.get_repository_def()
    (name,) = [job.name for job in repository.get_all_jobs() if "data_platform/first_run" in job.tags]
    result = definitions.resolve_job_def(name).execute_in_process(
        partition_key=day, run_config=config, instance=instance, asset_selection=selection, raise_on_error=False
    )
    for sensor in repository.sensor_defs:
        if isinstance(sensor, dg.AutomationConditionSensorDefinition):
            continue
        resources = {name: (definitions.resources or {})[name] for name in sensor.required_resource_keys}
        try:
            with dg.build_sensor_context(instance=instance, repository_def=repository, resources=resources) as context:
                sensor.evaluate_tick(context)
        except Exception as error:  # noqa: BLE001 - the daemon stores what it says
            from dagster._utils.error import serializable_error_info_from_exc_info  # noqa: PLC0415

            sys.stdout.write(str(serializable_error_info_from_exc_info((type(error), error, error.__traceback__))))
    return not result.success


def _raw(domain: str) -> list[dg.AssetKey]:
    names = {
        "movies": ["tmdb_pages", "top_movies_csv"],
        "sales": ["raw_orders", "raw_customers"],
        "marketing": ["raw_ad_exports", "raw_campaigns"],
        "logistics": ["raw_shipments", "raw_scan_events"],
    }
    return [dg.AssetKey([domain, name]) for name in names[domain]]


def _status_of_the_store() -> None:
    """The command, as a process of its own: what it prints, and what others see of it."""
    command = [str(Path(sys.executable).with_name("data-platform")), "status"]
    process = subprocess.Popen(command, cwd=PROJECT_ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    sys.stdout.write(Path(f"/proc/{process.pid}/cmdline").read_bytes().decode())
    sys.stdout.write(process.communicate(timeout=120)[0].decode())


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _content(path: Path) -> bytes:
    if path.suffix == ".db":
        with closing(sqlite3.connect(path)) as database:
            return "\n".join(database.iterdump()).encode()
    return path.read_bytes() if path.exists() else b""  # SQLite's own, which come and go


def _planted() -> list[str]:
    """The secrets that are in the environment now, in whatever spelling."""
    there = "\n".join(value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST")
    return [
        one for one in SECRETS.values() if any(text in there for text in (one, quote(one, safe=""), quote_plus(one)))
    ]
