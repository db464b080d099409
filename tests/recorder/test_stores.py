"""One suite for every store: the directory's, and S3's against a real server."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from recorder.directory_store import DirectoryStore
from recorder.s3_store import S3Options, S3RecordingStore
from recorder.store import NotStored, RecordingStore, StoreFailed
from tests.s3_server import BUCKET, S3Server

CONTENT = os.urandom((9 << 20) + 17)
"""More than one part of an upload."""
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Server]:
    with S3Server.running() as server:
        yield server


def bucket(server: S3Server, **changes: str) -> S3RecordingStore:
    options = {"prefix": "kept", "endpoint": server.endpoint, "key_id": "test", "secret": "hush"} | changes
    return S3RecordingStore(S3Options(bucket=options.pop("bucket", BUCKET), **options))


@pytest.fixture(params=["directory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> RecordingStore:
    if request.param == "s3":
        return bucket(request.getfixturevalue("s3"))
    (tmp_path / "store").mkdir()
    return DirectoryStore(tmp_path / "store")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "part-0001-000000000.mp4"
    path.write_bytes(CONTENT)
    return path


async def read(store: RecordingStore, source: Path, first: int, length: int) -> bytes:
    return b"".join([piece async for piece in store.pieces("one", source.name, first, length)])


async def test_what_is_put_is_given_back_whole_and_in_ranges(store: RecordingStore, source: Path) -> None:
    sent: list[int] = []
    await store.put("one", source, SHA256, sent.append)
    assert sent == sorted(sent)
    assert sent[-1] == len(CONTENT)
    assert await read(store, source, 0, len(CONTENT)) == CONTENT
    assert await read(store, source, 9_000_000, 300_000) == CONTENT[9_000_000:9_300_000]
    assert await read(store, source, len(CONTENT) - 1, 1) == CONTENT[-1:]


async def test_what_is_put_again_takes_the_place_of_the_first(store: RecordingStore, source: Path) -> None:
    await store.put("one", source, SHA256, lambda _: None)
    source.write_bytes(b"other")
    await store.put("one", source, hashlib.sha256(b"other").hexdigest(), lambda _: None)
    assert await read(store, source, 0, 5) == b"other"
    with pytest.raises(StoreFailed):
        await read(store, source, 0, 6)


async def test_what_does_not_have_the_checksum_does_not_count(store: RecordingStore, source: Path) -> None:
    with pytest.raises(StoreFailed) as failed:
        await store.put("one", source, "0" * 64, lambda _: None)
    assert failed.value.trouble == "altered"


async def test_removing_takes_all_of_one_recording_and_no_other(store: RecordingStore, source: Path) -> None:
    await store.put("one", source, SHA256, lambda _: None)
    await store.put("one-more", source, SHA256, lambda _: None)
    await store.remove("one")
    await store.remove("one")
    with pytest.raises(NotStored):
        await read(store, source, 0, 1)
    assert [piece async for piece in store.pieces("one-more", source.name, 0, 1)] == [CONTENT[:1]]


async def test_an_address_of_s3_is_signed_for_a_while_and_reads_by_range(s3: S3Server, source: Path) -> None:
    store = bucket(s3)
    await store.put("one", source, SHA256, lambda _: None)
    address = await store.address("one", source.name, 60)
    assert address is not None
    assert "X-Amz-Expires=60" in address
    assert "hush" not in address
    async with (
        aiohttp.ClientSession() as http,
        http.get(address, headers={"Range": "bytes=5-9"}) as answer,
    ):
        assert (answer.status, await answer.read()) == (206, CONTENT[5:10])


async def test_a_store_that_is_away_or_refuses_says_so_and_tells_no_secret(
    s3: S3Server, source: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(StoreFailed) as failed:
        await bucket(s3, bucket="no-such-bucket").put("one", source, SHA256, lambda _: None)
    away = bucket(S3Server(1))
    for attempt in (away.put("one", source, SHA256, lambda _: None), away.remove("one")):
        with pytest.raises(StoreFailed) as failed:
            await attempt
        assert failed.value.trouble == "unreachable"
        assert "hush" not in str(failed.value)
    with pytest.raises(StoreFailed) as failed:
        await DirectoryStore(tmp_path / "not" / "mounted").put("one", source, SHA256, lambda _: None)
    assert failed.value.trouble == "unreachable"
    assert "hush" not in repr(S3Options("b", secret="hush"))
