import pyarrow as pa
import pytest

from data_platform.domains.logs.weblog.agents import PATTERNS, bots
from data_platform.domains.logs.weblog.campaigns import LONGEST, campaigns


def are_bots(*agents: str | None) -> list[bool]:
    return bots(pa.chunked_array([pa.array(agents, pa.string())])).to_pylist()


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (compatible; Baiduspider/2.0)",
        "Mozilla/5.0 (compatible; Yahoo! Slurp)",
        "CURL/7.68.0",
        "Wget/1.20.3",
        "python-requests/2.31",
        "Go-http-client/1.1",
        "facebookexternalhit/1.1",
        "Mozilla/5.0 (X11) HeadlessChrome/120.0",
    ],
)
def test_a_program_is_a_bot(agent: str) -> None:
    assert are_bots(agent) == [True]


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Mobile Safari/604.1",
        "Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; SV1)",
        "Opera/9.80 (X11; Linux x86_64) Presto/2.12",
        "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0",
    ],
)
def test_a_browser_is_no_bot(agent: str) -> None:
    assert are_bots(agent) == [False]


def test_who_sends_no_agent_is_a_bot() -> None:
    assert are_bots(None, "Mozilla/5.0", None) == [True, False, True]
    assert are_bots(None) == [True]


def test_chunks_of_agents_are_judged_as_one_column() -> None:
    chunks = [pa.array(["curl", "x"]), pa.array([], pa.string()), pa.array(["x", None, "spider", "y"])]
    assert bots(pa.chunked_array(chunks)).to_pylist() == [True, False, False, True, True, False]
    assert bots(pa.chunked_array([], pa.string())).to_pylist() == []


def test_every_pattern_finds_itself_in_any_case() -> None:
    assert are_bots(*(f"x {pattern.upper()} y" for pattern in PATTERNS)) == [True] * len(PATTERNS)


@pytest.mark.parametrize(
    ("query", "campaign"),
    [
        ("utm_campaign=spring", "spring"),
        ("a=b&utm_campaign=spring+sale%21&c=d", "spring sale!"),
        ("a=b&amp;utm_campaign=x", "x"),
        ("utm_campaign=%C3%BC#top", "ü"),
        ("utm_campaign=", None),
        ("my_utm_campaign=x", None),
        ("utm_source=x", None),
        (None, None),
        ("utm_campaign=a&utm_campaign=b", "a"),
        ("utm_campaign=" + "é" * 200, "é" * LONGEST),
        ("utm_campaign=100%", "100%"),
        ("utm_campaign=%00", r"\x00"),
    ],
)
def test_a_campaign_is_a_parameter_of_the_query(query: str | None, campaign: str | None) -> None:
    column = pa.chunked_array([pa.array(["q=1", None]), pa.array([query, "utm_campaign=other"], pa.string())])
    assert campaigns(column).to_pylist() == [None, None, campaign, "other"]
