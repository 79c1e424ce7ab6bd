import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_platform.storage.errors import InvalidLocation
from data_platform.storage.objects.url import StoreUrl, check_path, decode_segment, encode_segment


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("s3://bucket", ("s3", "bucket", "")),
        ("s3://my.bucket-1/a/b/", ("s3", "my.bucket-1", "a/b")),
        ("file:///tmp/a%20b", ("file", "", "/tmp/a b")),
        ("memory://name", ("memory", "name", "")),
    ],
)
def test_what_is_accepted(text: str, parts: tuple[str, str, str]) -> None:
    url = StoreUrl.parse(text)
    assert (url.scheme, url.bucket, url.prefix) == parts
    assert StoreUrl.parse(str(url)) == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/tmp/a",
        "a",
        "http://x/y",
        "s3://",
        "s3://ab",
        "s3://Bucket",
        "s3://a..b/x",
        "s3://10.0.0.1",
        "s3://bucket/a/../b",
        "s3://bucket/a//b",
        "s3://bucket//a",
        "s3://bucket?region=x",
        "s3://bucket/a#b",
        "file://relative/folder",
        "file:relative",
        "file:///",
        "file:///a/../b",
        "file:///a/%2e%2e/b",
        "file:///a%2541",
        "memory://",
        "memory://a/b",
        "memory://a b",
    ],
)
def test_what_is_refused_is_named_with_what_is_accepted(text: str) -> None:
    with pytest.raises(InvalidLocation, match=r"accepted are s3://bucket/prefix|percent sign") as caught:
        StoreUrl.parse(text)
    assert text.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0] in str(caught.value)


def test_credentials_in_a_url_are_refused_and_not_repeated() -> None:
    with pytest.raises(InvalidLocation) as caught:
        StoreUrl.parse("s3://key:topsecret@bucket/a")
    assert "topsecret" not in str(caught.value)


@pytest.mark.parametrize("path", ["", "/a", "a/", "a//b", ".", "a/..", "a\\b", "a\nb", "a\0", "\ud800", "x" * 1025])
def test_unsafe_paths_are_refused(path: str) -> None:
    with pytest.raises(InvalidLocation):
        check_path(path)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_any_text_becomes_one_safe_segment_and_comes_back(text: str) -> None:
    segment = encode_segment(text)
    assert decode_segment(segment) == text
    assert check_path(segment) == segment
    assert "/" not in segment


def test_a_plain_partition_key_stays_itself() -> None:
    assert encode_segment("2024-01-31") == "2024-01-31"
    assert encode_segment("..") == "%2E%2E"
    for bad in ("", "\ud800"):
        with pytest.raises(InvalidLocation):
            encode_segment(bad)


def test_join_gives_the_full_uri() -> None:
    assert StoreUrl.parse("s3://bucket/pre").join("a/b", "c%2Fd.csv") == "s3://bucket/pre/a/b/c%2Fd.csv"
    assert StoreUrl.parse("file:///x y").join("c%2Fd.csv") == "file:///x%20y/c%252Fd.csv"
    assert StoreUrl.parse("memory://m").join("a") == "memory://m/a"


@pytest.mark.parametrize("store", ["s3://bucket/pre", "s3://bucket", "file:///x y", "memory://m"])
@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_the_path_of_a_uri_is_the_path_that_it_was_made_of(store: str, text: str) -> None:
    url, path = StoreUrl.parse(store), f"a/{encode_segment(text)}"
    assert url.path_of(url.join(path)) == path
    assert url.path_of(f"s3://elsewhere/{path}") is None
