"""The web servers' logs: one world with orders and campaigns, growing by appending, dirty in known measure, shipped."""

import gzip
import re
import subprocess
import sys
import time as clock
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_platform.laptop.settings import SIMULATOR_LANDING_VARIABLE
from data_platform.laptop.stack import Stack
from data_platform.laptop.state import StateFolder
from data_platform.laptop.workspace import Workspace
from data_platform.project import current
from data_platform.settings import SIMULATE_VARIABLE
from data_platform.simulator import traffic
from data_platform.simulator.serving import running
from data_platform.simulator.settings import SimulatorSettings, SimulatorSettingsError, from_environment
from data_platform.simulator.shop import campaigns, demand, orders
from data_platform.simulator.traffic.landing import FOLDER
from data_platform.simulator.traffic.shipper import DAYS_BACK, Shipper
from data_platform_tests.examples import examples
from data_platform_tests.repository import PROJECT_ROOT
from data_platform_tests.s3 import S3Server

DAY = date(2026, 11, 19)
MIDNIGHT = datetime.combine(DAY, time(), UTC)
OVER = MIDNIGHT + timedelta(days=1)
LINE = re.compile(
    rb'(?P<client>[0-9a-f.:]+) - - \[(?P<stamp>[^\]]{26})\] "(?P<method>[A-Z]+) (?P<target>\S+) HTTP/[12]\.[01]" '
    rb'(?P<status>[2-5]\d\d) (?P<size>\d+|-) "(?P<referrer>[^"]+)" "(?P<agent>(?:[^"\\]|\\.)+)"'
)


class Hit:
    def __init__(self, match: re.Match[bytes]) -> None:
        text = {name: value.decode() for name, value in match.groupdict().items()}
        self.client, self.method, self.target, self.agent = (
            text[name] for name in ("client", "method", "target", "agent")
        )
        self.status = int(text["status"])
        self.moment = datetime.strptime(text["stamp"], "%d/%b/%Y:%H:%M:%S %z")
        self.query = parse_qs(urlsplit(self.target).query)


def lines_of(day: date = DAY, **changes: int) -> dict[str, list[bytes]]:
    found = traffic.files(0, day, datetime.combine(day + timedelta(days=1), time(), UTC), **changes)
    contents = {name: gzip.decompress(data) if name.endswith(".gz") else data for name, data in found.items()}
    return {name.split("/")[0]: data.split(b"\n")[:-1] for name, data in contents.items()}


def hits_of(lines: list[bytes]) -> list[Hit]:
    return [Hit(match) for line in lines if (match := LINE.fullmatch(line))]


@pytest.fixture(scope="module")
def servers() -> dict[str, list[bytes]]:
    return lines_of()


@pytest.fixture(scope="module")
def hits(servers: dict[str, list[bytes]]) -> list[Hit]:
    return [hit for lines in servers.values() for hit in hits_of(lines)]


@pytest.mark.slow
def test_other_processes_with_other_hash_seeds_write_the_same_bytes() -> None:
    code = (
        "import datetime, hashlib\nfrom data_platform.simulator import traffic\n"
        "found = traffic.files(0, datetime.date(2026, 11, 19), datetime.datetime(2026, 11, 20, tzinfo=datetime.UTC))\n"
        "print(sorted(found), hashlib.sha256(b''.join(found[name] for name in sorted(found))).hexdigest())\n"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "4242")
    }
    assert len(said) == 1


def test_two_servers_have_a_file_while_the_day_lasts_and_the_third_a_compressed_one_afterwards() -> None:
    during, after = traffic.files(0, DAY, OVER - timedelta(seconds=1)), traffic.files(0, DAY, OVER)
    assert list(during) == [f"web-1/access-{DAY}.log", f"web-2/access-{DAY}.log"]
    assert list(after) == [*during, f"web-3/access-{DAY}.log.gz"]
    assert traffic.files(0, DAY, MIDNIGHT) == {}
    assert traffic.files(0, DAY, MIDNIGHT - timedelta(days=3)) == {}


@settings(max_examples=examples(60))
@given(st.lists(st.integers(0, 90_000), min_size=2, max_size=6))
def test_a_file_only_ever_grows_by_appending(seconds: list[int]) -> None:
    moments = [MIDNIGHT + timedelta(seconds=second) for second in sorted(seconds)]
    for name in (f"web-1/access-{DAY}.log", f"web-2/access-{DAY}.log"):
        contents = [traffic.files(0, DAY, moment).get(name, b"") for moment in [*moments, OVER]]
        assert all(later.startswith(earlier) for earlier, later in pairwise(contents))


def test_a_moment_has_the_lines_of_requests_until_then() -> None:
    noon = MIDNIGHT + timedelta(hours=12)
    found = hits_of(traffic.files(0, DAY, noon)[f"web-2/access-{DAY}.log"].split(b"\n"))
    assert noon - timedelta(minutes=10) < max(hit.moment for hit in found) <= noon


@pytest.mark.slow
def test_a_usual_day_has_about_the_lines_of_the_setting_and_more_orders_bring_more() -> None:
    days = [DAY - timedelta(days=back) for back in range(7)]
    counts = {day: sum(map(len, lines_of(day).values())) for day in days}
    assert 15_000 < sum(counts.values()) / len(days) < 25_000
    by_orders = sorted(days, key=lambda day: len(orders.orders_on(0, day)))
    assert counts[by_orders[0]] < counts[by_orders[len(days) // 2]] < counts[by_orders[-1]]
    assert 90_000 < sum(map(len, lines_of(lines=100_000).values())) < 110_000


def test_before_the_shop_opened_only_machines_came() -> None:
    assert {hit.agent for lines in lines_of(date(2024, 12, 1)).values() for hit in hits_of(lines)} <= {
        *("Uptime-Monitor/3.2", "python-requests/2.32.5", "curl/8.16.0", "Go-http-client/1.1", "-")
    }


def test_every_order_is_placed_by_a_visit_on_its_second_whose_link_named_its_campaign(hits: list[Hit]) -> None:
    thanks = {int(hit.query["order"][0]): hit for hit in hits if hit.target.startswith("/checkout/thanks?")}
    checkouts = Counter((hit.client, hit.moment) for hit in hits if hit.target == "/checkout" and hit.method == "POST")
    said: dict[str, set[str]] = {}
    for hit in hits:
        said.setdefault(hit.client, set()).update(hit.query.get("utm_campaign", ()))
    placed = orders.orders_on(0, DAY)
    seen = [order for order in placed if order.number in thanks]
    assert len(placed) * 0.98 < len(seen) <= len(placed)  # the lines of some are damaged
    matching = 0
    for order in seen:
        client = thanks[order.number].client
        matching += checkouts[client, order.placed] > 0 and (order.campaign is None or order.campaign in said[client])
    assert matching > len(seen) * 0.98
    assert len(thanks) == len(seen)


@pytest.mark.slow
def test_a_customer_comes_from_one_address_of_the_own_market() -> None:
    clients: dict[int, set[str]] = {}
    numbers = {order.number: order for back in range(3) for order in orders.orders_on(0, DAY - timedelta(days=back))}
    blocks: dict[str, set[int]] = {}
    for back in range(3):
        for lines in lines_of(DAY - timedelta(days=back)).values():
            for hit in hits_of(lines):
                if hit.target.startswith("/checkout/thanks?"):
                    order = numbers[int(hit.query["order"][0])]
                    clients.setdefault(order.customer, set()).add(hit.client)
                    if hit.client.startswith("198."):
                        _, second, third, _ = map(int, hit.client.split("."))
                        blocks.setdefault(order.currency, set()).add((second - 18) * 4 + third // 64)
    assert max(len(of_customer) for of_customer in clients.values()) == 1
    assert blocks == {"EUR": {0, 1}, "GBP": {2}, "USD": {3}, "SEK": {4}}


def test_clicks_of_running_campaigns_come_as_visits_with_source_and_medium(hits: list[Hit]) -> None:
    visits = Counter(hit.query["utm_campaign"][0] for hit in hits if "utm_campaign" in hit.query)
    clicks: Counter[str] = Counter()
    for spend in campaigns.spend_on(0, DAY):
        clicks[spend.campaign.id] += spend.clicks
    for campaign, count in clicks.items():
        assert 0.7 * count < visits[campaign] < 1.3 * count
    assert clicks.keys() == {each.id for each in campaigns.running_on(0, DAY)}
    tagged = [hit.query for hit in hits if "utm_campaign" in hit.query]
    assert all(query["utm_source"] and query["utm_medium"] for query in tagged)


def test_films_that_are_asked_for_are_on_sale_and_the_popular_ones_are_asked_for_most(hits: list[Hit]) -> None:
    asked = Counter(int(match[1]) for hit in hits if (match := re.match(r"/films/(\d+)(?:\?|$)", hit.target)))
    on_sale = demand.on_sale(0, DAY)
    assert set(asked) <= set(on_sale)
    assert sum(asked[film] for film in on_sale[:20]) > 3 * sum(asked[film] for film in on_sale[-20:])


def test_the_day_has_a_shape_bots_dead_links_and_what_is_known_already(hits: list[Hit]) -> None:
    people = [hit for hit in hits if hit.agent.startswith("Mozilla/5.0") and "compatible" not in hit.agent]
    hours = Counter(hit.moment.astimezone(UTC).hour for hit in people)
    assert hours[20] > 4 * hours[4]
    assert 0.05 < 1 - len(people) / len(hits) < 0.2
    statuses = Counter(hit.status for hit in hits)
    assert all(statuses[status] > 20 for status in (200, 206, 303, 304, 404))
    assert 0.1 < sum(":" in hit.client for hit in people) / len(people) < 0.3


@pytest.mark.slow
def test_some_days_have_minutes_in_which_a_server_fails() -> None:
    failing = Counter(
        (day, hit.status)
        for day in (DAY - timedelta(days=back) for back in range(10))
        for lines in lines_of(day).values()
        for hit in hits_of(lines)
        if hit.status >= 500
    )
    bursts = {day for (day, _), count in failing.items() if count > 25}
    assert 1 <= len(bursts) <= 6


@pytest.mark.slow
def test_one_line_in_two_thousand_or_so_is_broken_and_none_is_empty(servers: dict[str, list[bytes]]) -> None:
    days = [lines_of(DAY - timedelta(days=back)) for back in range(1, 7)] + [servers]
    lines = [line for day in days for of_server in day.values() for line in of_server]
    broken = [line for line in lines if not LINE.fullmatch(line)]
    assert 1 / 4_000 < len(broken) / len(lines) < 1 / 1_000
    assert all(lines)
    assert any(b'"-" 408 - ' in line for line in broken)
    assert any(b"\x16\x03\x01" in line for line in broken)
    assert any(b'"' not in line or line.count(b'"') % 2 for line in broken)
    assert any(line.count(b" - - [") == 2 for line in broken)


def test_lines_are_out_of_order_by_minutes_and_a_few_are_of_the_evening_before(servers: dict[str, list[bytes]]) -> None:
    belated = 0
    for lines in servers.values():
        moments = [hit.moment for hit in hits_of(lines)]
        today = [moment for moment in moments if moment >= MIDNIGHT]
        latest, lags = today[0], []
        for moment in today:
            latest = max(latest, moment)
            lags.append(latest - moment)
        assert timedelta(minutes=1) < max(lags) < timedelta(minutes=10)
        assert max(today) < OVER
        early = [moment for moment in moments if moment < MIDNIGHT]
        assert all(MIDNIGHT - timedelta(hours=2) <= moment for moment in early)
        belated += len(early)
    assert 1 <= belated < 100


def test_one_server_writes_local_time(servers: dict[str, list[bytes]]) -> None:
    offsets = {
        name: {match["stamp"][-5:] for match in map(LINE.fullmatch, lines) if match} for name, lines in servers.items()
    }
    assert offsets == {"web-1": {b"+0000"}, "web-2": {b"+0100"}, "web-3": {b"+0000"}}
    summer = hits_of(lines_of(date(2026, 7, 1))["web-2"])
    assert {hit.moment.utcoffset() for hit in summer} == {timedelta(hours=2)}


def shipper(url: str, now: Callable[[], datetime], endpoint: str = "") -> Shipper:
    return Shipper(url, endpoint, 0, lines=traffic.LINES_A_DAY, since=DAY - timedelta(days=2), now=now)


def landed(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder / FOLDER)): p.read_bytes() for p in (folder / FOLDER).rglob("*") if p.is_file()}


@pytest.mark.slow
def test_the_past_is_shipped_once_and_today_as_it_grows(tmp_path: Path) -> None:
    noon = MIDNIGHT + timedelta(hours=12)
    ship = shipper(tmp_path.as_uri(), lambda: noon)
    assert ship.ship() == 3 + 3 + 2  # two days are over, none lies before the first day of the feeds
    expected = {
        name: content
        for back in range(3)
        for name, content in traffic.files(0, DAY - timedelta(days=back), noon).items()
    }
    assert landed(tmp_path) == expected
    assert ship.ship() == 0
    assert ship.ship(noon + timedelta(minutes=30)) == 2
    assert ship.ship(OVER + timedelta(minutes=30)) == 3 + 2
    assert landed(tmp_path).items() >= traffic.files(0, DAY, OVER).items()
    (tmp_path / FOLDER / f"web-1/access-{DAY}.log").unlink()
    assert ship.ship(OVER + timedelta(minutes=30)) == 0


@pytest.mark.slow
def test_a_shipper_that_starts_again_puts_only_what_has_grown(tmp_path: Path) -> None:
    noon = MIDNIGHT + timedelta(hours=12)
    shipper(tmp_path.as_uri(), lambda: noon).ship()
    assert shipper(tmp_path.as_uri(), lambda: noon).ship() == 0
    assert shipper(tmp_path.as_uri(), lambda: noon + timedelta(hours=1)).ship() == 2


def test_the_shipper_uses_the_s3_that_it_is_told_with_keys_of_the_environment(
    s3_store: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3_store.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")  # somebody's real one, say
    bucket = s3_store.fresh_bucket()
    noon = MIDNIGHT + timedelta(hours=12)
    assert shipper(f"s3://{bucket}/shop/", lambda: noon, s3_store.endpoint).ship() == 8
    listed = s3_store.client().list_objects_v2(Bucket=bucket)["Contents"]
    sizes = {entry["Key"].removeprefix(f"shop/{FOLDER}/"): entry["Size"] for entry in listed}
    assert sizes[f"web-1/access-{DAY}.log"] == len(traffic.files(0, DAY, noon)[f"web-1/access-{DAY}.log"])


def test_a_running_simulator_ships_by_itself_and_when_asked(tmp_path: Path) -> None:
    given_settings = SimulatorSettings(day=DAY, since=DAY, landing=tmp_path.as_uri())
    with running(given_settings) as simulator:
        deadline = clock.monotonic() + 60
        while not landed(tmp_path) and clock.monotonic() < deadline:
            clock.sleep(0.05)
        assert httpx.put(f"{simulator.url}/_simulator/traffic").json()["files_put"] == 0
        assert httpx.get(f"{simulator.url}/_simulator/traffic").json() == {"landing": f"{tmp_path.as_uri()}/{FOLDER}"}
    assert landed(tmp_path) == traffic.files(0, DAY, MIDNIGHT + timedelta(hours=12))


@pytest.mark.slow
def test_a_shipper_waits_for_a_store_that_is_not_there_yet(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("not a folder yet")
    ship = shipper((tmp_path / "store").as_uri(), lambda: MIDNIGHT + timedelta(hours=1))
    with ship.kept():
        clock.sleep(0.3)
        (tmp_path / "store").unlink()
        deadline = clock.monotonic() + 60
        while not landed(tmp_path / "store") and clock.monotonic() < deadline:
            clock.sleep(0.05)
    assert landed(tmp_path / "store")


@pytest.fixture
def silent(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    assert list(tmp_path.iterdir()) == []


def test_without_a_landing_nothing_is_shipped_whatever_the_store(silent: Path) -> None:
    variables = {"DATA_PLATFORM_STORE": silent.as_uri(), "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    read = from_environment(variables)
    assert read.landing == ""
    with running(SimulatorSettings(day=DAY, since=DAY, landing=read.landing)) as simulator:
        assert httpx.put(f"{simulator.url}/_simulator/traffic").status_code == 404


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("s3://bucket", None),
        ("s3://bucket", "https://s3.eu-central-1.amazonaws.com"),
        ("s3://bucket", "https://127.0.0.1.example.com"),
        ("s3://bucket", "http://192.168.1.4:9000"),
        ("s3://user:secret@bucket", "http://127.0.0.1:8333"),
        ("gs://bucket", "http://127.0.0.1:8333"),
        ("/folder", None),
        ("file://elsewhere/folder", None),
    ],
)
def test_a_landing_that_is_not_on_this_machine_is_refused(url: str, endpoint: str | None) -> None:
    environment = {SIMULATOR_LANDING_VARIABLE: url} | ({"AWS_ENDPOINT_URL": endpoint} if endpoint else {})
    with pytest.raises(SimulatorSettingsError, match=r"^landing: ") as refused:
        from_environment(environment)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:8333", "http://localhost:8333", "http://[::1]:8333"])
def test_the_store_of_this_machine_is_accepted(endpoint: str) -> None:
    read = from_environment({SIMULATOR_LANDING_VARIABLE: "s3://data-platform", "AWS_ENDPOINT_URL": endpoint})
    assert (read.landing, read.endpoint) == ("s3://data-platform", endpoint)


@pytest.mark.parametrize("value", ["many", "-1", "1000001"])
def test_a_number_of_lines_that_cannot_be_is_refused(value: str) -> None:
    with pytest.raises(SimulatorSettingsError, match=r"(?i)traffic"):
        from_environment({"DATA_PLATFORM_SIMULATOR_TRAFFIC": value})


@pytest.mark.slow
def test_no_more_than_a_week_is_shipped_at_first(tmp_path: Path) -> None:
    ship = Shipper(tmp_path.as_uri(), "", 0, lines=0, since=date(2020, 1, 1), now=lambda: MIDNIGHT)
    ship.ship()
    days = {name[-14:-4] if name.endswith(".log") else name[-17:-7] for name in landed(tmp_path)}
    assert days == {str(DAY - timedelta(days=back)) for back in range(1, DAYS_BACK + 1)}


@pytest.mark.parametrize(
    ("own_store", "asked", "landing"),
    [("s3://precious", "yes", ""), ("s3://precious", "", None), ("", "", "s3://data-platform")],
)
def test_the_laptop_has_logs_shipped_into_its_own_store_only_and_none_made_up_beside_a_real_one_unless_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_store: str, asked: str, landing: str | None
) -> None:
    monkeypatch.setenv(SIMULATOR_LANDING_VARIABLE, "s3://left-in-the-shell")
    monkeypatch.setenv("DATA_PLATFORM_STORE", own_store)
    monkeypatch.setenv(SIMULATE_VARIABLE, asked)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://s3.example.com")
    monkeypatch.delenv("DATA_PLATFORM_SIMULATOR_URL", raising=False)
    for source in current().sources:
        monkeypatch.delenv(source.variable, raising=False)
    state = StateFolder(tmp_path / "state")
    state.create()
    stack = Stack(state, Workspace.read(PROJECT_ROOT / "workspace.yaml"))
    try:
        simulator = stack.simulator
        assert (simulator and from_environment(simulator.service.environment).landing) == landing
    finally:
        stack.dagster.clean_up()
        stack.ports.release()
