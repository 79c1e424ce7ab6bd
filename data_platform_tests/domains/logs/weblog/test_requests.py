import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_platform.domains.logs.weblog.request import METHODS, NOTHING, Request, split_request


@pytest.mark.parametrize(
    ("line", "request_parts"),
    [
        ("GET / HTTP/1.1", Request("GET", "/", None, "HTTP/1.1")),
        ("GET /a?b=c?d HTTP/2.0", Request("GET", "/a", "b=c?d", "HTTP/2.0")),
        ("GET /a? HTTP/2", Request("GET", "/a", "", "HTTP/2")),
        ("GET ?a HTTP/1.0", Request("GET", "", "a", "HTTP/1.0")),
        ("GET http://host/path?q HTTP/1.1", Request("GET", "http://host/path", "q", "HTTP/1.1")),
        ("CONNECT host:443 HTTP/1.1", Request("CONNECT", "host:443", None, "HTTP/1.1")),
        ("OPTIONS * HTTP/1.0", Request("OPTIONS", "*", None, "HTTP/1.0")),
        ("OPTIONS rtsp://host RTSP/1.0", Request("OPTIONS", "rtsp://host", None, "RTSP/1.0")),
        ("PROPFIND /dav HTTP/1.1", Request("PROPFIND", "/dav", None, "HTTP/1.1")),
        ("get /lower http/1.1", Request("get", "/lower", None, "http/1.1")),
        ("GET / HTTP/V1.0", Request("GET", "/", None, "HTTP/V1.0")),
    ],
)
def test_a_request_has_a_method_a_path_a_query_and_a_protocol(line: str, request_parts: Request) -> None:
    assert split_request(line) == request_parts


@pytest.mark.parametrize(
    ("line", "path", "protocol"),
    [
        ("GET /a b HTTP/1.1", "/a b", "HTTP/1.1"),
        ("GET  /a  HTTP/1.1 ", "/a", "HTTP/1.1"),
        ("GET index.html HTTP/1.0", "index.html", "HTTP/1.0"),
    ],
)
def test_spaces_within_a_target_are_of_it_and_those_around_it_are_not(line: str, path: str, protocol: str) -> None:
    assert split_request(line) == Request("GET", path, None, protocol)


@pytest.mark.parametrize(
    ("line", "request_parts"),
    [
        ("GET /old", Request("GET", "/old", None, None)),
        ("GET /old one?q", Request("GET", "/old one", "q", None)),
        ("/only", Request(None, "/only", None, None)),
        ("GET", Request("GET", None, None, None)),
        ("GET HTTP/1.0", Request("GET", None, None, "HTTP/1.0")),
        ("1/history/x.gif HTTP/1.0", Request(None, "1/history/x.gif", None, "HTTP/1.0")),
    ],
)
def test_a_request_may_lack_a_protocol_a_method_or_a_target(line: str, request_parts: Request) -> None:
    assert split_request(line) == request_parts


@pytest.mark.parametrize("line", ["", "-", "  ", " - "])
def test_an_empty_request_has_no_parts(line: str) -> None:
    assert split_request(line) == NOTHING


@pytest.mark.parametrize("line", [r"\x16\x03\x01\x02", "\x16\x03\x01", "quit", "HTTP/1.0", "get /lower", "hello world"])
def test_what_is_no_request_is_none(line: str) -> None:
    assert split_request(line) is None


@given(
    st.sampled_from(METHODS),
    st.text(st.characters(exclude_characters=" ?"), min_size=1),
    st.none() | st.text(st.characters(exclude_characters=" ")),
    st.sampled_from(["HTTP/1.0", "HTTP/1.1", "HTTP/2.0", "HTTP/3"]),
)
def test_the_parts_of_a_request_are_found_again(method: str, path: str, query: str | None, protocol: str) -> None:
    target = path if query is None else f"{path}?{query}"
    assert split_request(f"{method} {target} {protocol}") == Request(method, path, query, protocol)
