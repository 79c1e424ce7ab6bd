import bz2
import gzip
import os
from collections.abc import Callable, Iterator

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_platform.domains.logs.weblog.compressed import Codec, CorruptFile, codec_of, decompressed
from data_platform.domains.logs.weblog.scan import scan

COMPRESS: dict[Codec, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bz2": bz2.compress,
    "zstd": lambda data: pa.compress(data, codec="zstd", asbytes=True),
}
CODECS = pytest.mark.parametrize("codec", list(COMPRESS))
DATA = os.urandom(200_000) + b"1.2.3.4 - - [01/Jan/2025:00:00:00 +0000]\n" * 10_000


def pieces(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def content(file: bytes, codec: Codec, chunk: int = 10_000, size: int = 1 << 16) -> bytes:
    return b"".join(decompressed(pieces(file, chunk), codec, size))


@given(
    codec=st.sampled_from(list(COMPRESS)),
    members=st.lists(st.binary(max_size=200), min_size=1, max_size=4),
    chunk=st.integers(1, 100),
    size=st.integers(1, 300),
)
def test_a_file_of_any_number_of_members_is_read_whole(
    codec: Codec, members: list[bytes], chunk: int, size: int
) -> None:
    assert content(b"".join(map(COMPRESS[codec], members)), codec, chunk, size) == b"".join(members)


@CODECS
def test_what_is_given_at_a_time_is_bounded(codec: Codec) -> None:
    bomb = COMPRESS[codec](bytes(50_000_000))
    sizes = [len(part) for part in decompressed([bomb], codec, 1 << 20)]
    assert sum(sizes) == 50_000_000
    assert max(sizes) <= 1 << 20


@CODECS
@pytest.mark.parametrize("kept", [1, 5, 20, 1000, -1, -8, -9])
@pytest.mark.parametrize("before", [b"", b"a whole member"])
def test_a_file_that_is_cut_off_is_an_error(codec: Codec, kept: int, before: bytes) -> None:
    whole = COMPRESS[codec](before) if before else b""
    file = whole + COMPRESS[codec](DATA)[:kept]
    with pytest.raises(CorruptFile, match=f"This {codec} file cannot be decompressed: Truncated") as caught:
        content(file, codec)
    assert caught.value.read == len(file)


@CODECS
def test_something_else_behind_the_end_is_an_error(codec: Codec) -> None:
    with pytest.raises(CorruptFile, match="deliver it again") as caught:
        content(COMPRESS[codec](DATA) + b"1.2.3.4 - - [01/Jan", codec)
    assert caught.value.produced <= len(DATA)


@CODECS
@pytest.mark.parametrize("file", [b"1.2.3.4 - - [01/Jan/2025:00:00:00 +0000]\n" * 100, b"\0" * 100])
def test_a_file_that_only_says_it_is_compressed_is_an_error(codec: Codec, file: bytes) -> None:
    with pytest.raises(CorruptFile):
        content(file, codec)


@CODECS
def test_an_empty_file_is_an_error(codec: Codec) -> None:
    with pytest.raises(CorruptFile, match="it is empty"):
        content(b"", codec)


@pytest.mark.parametrize("codec", ["gzip", "bz2"])
def test_a_changed_byte_is_an_error(codec: Codec) -> None:
    file = bytearray(COMPRESS[codec](DATA))
    file[len(file) // 2] ^= 1
    with pytest.raises(CorruptFile):
        content(bytes(file), codec)


@CODECS
def test_an_error_of_the_source_stays_what_it_is(codec: Codec) -> None:
    class GoneError(OSError):
        pass

    def chunks() -> Iterator[bytes]:
        yield COMPRESS[codec](DATA)[:1000]
        raise GoneError("the store")

    with pytest.raises(GoneError, match="the store"):
        list(decompressed(chunks(), codec))


def test_a_corrupt_file_fails_its_scan() -> None:
    with pytest.raises(CorruptFile):
        scan(decompressed([gzip.compress(DATA)[:-9]], "gzip"), lambda block: None, complete=True, ranged=False)


def test_the_name_says_the_compression() -> None:
    names = ["a.log.gz", "a.BZ2", "b/c.log-2025.zst", "access.log", "gz"]
    assert [codec_of(name) for name in names] == ["gzip", "bz2", "zstd", None, None]
