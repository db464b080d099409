"""Finished recordings go to the store and play from there; a store that is away costs nothing but time."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import DummyCookieJar
from aiohttp.test_utils import TestClient, TestServer

from catalog.app_keys import CHANNELS
from config import Settings
from infra.clock import utc_now
from recorder.directory_store import DirectoryStore
from recorder.files import RecordingFiles
from recorder.handlers import KEPT
from recorder.keeping import KeptRecordings
from recorder.moving import FIRST_PAUSE_S, RecordingMover
from recorder.news import ReplayNews
from recorder.recordings import Part, Previews, RecordingId, Visibility
from recorder.s3_store import S3Options, S3RecordingStore
from recorder.store import Sent, StoreFailed
from server.app import make_app
from server.app_keys import BUS, DATABASE
from tests.accounts.conftest import QUICK, Person, Site
from tests.polling import eventually
from tests.recorder.conftest import Client
from tests.recorder.kept import BEGAN, keep, store
from tests.s3_server import BUCKET, S3Server

ID = "0123456789abcdef"
SECRET, UNKNOWN = "hush-hush", "AKIANOBODYKNOWSTHIS"
URL = f"/channels/miles/recordings/{ID}"
PART = Part(1, "part-0001-000000000.mp4", 0, 5000, 1000, "H264", "opus", 1280, 720, "a" * 64)


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Server]:
    with S3Server.running() as server:
        yield server


@asynccontextmanager
async def served(directory: Path, s3: S3Server, **changes: Any) -> AsyncIterator[Client]:
    store = {
        "recording_store": f"s3://{BUCKET}/shows",
        "recording_store_endpoint": s3.endpoint,
        "recording_store_key": "test",
        "recording_store_secret": SECRET,
    }
    settings = Settings(
        host="127.0.0.1", udp_port=0, data_dir=directory, shutdown_timeout_s=1.0, **(store | changes)
    )
    app = make_app(settings, argon2=QUICK)
    async with asyncio.timeout(60), TestClient(TestServer(app), cookie_jar=DummyCookieJar()) as client:
        yield client


async def kept(client: Client, directory: Path) -> bytes:
    channel = await client.app[CHANNELS].get("miles")
    await keep(client.app, directory, channel.id, Visibility.PUBLIC)
    (part,) = (directory / "recordings" / ID).glob("part-*")
    return part.read_bytes()


async def play(client: Client, range_: str) -> tuple[int, bytes, int]:
    """Status, bytes and how many redirections there were, of the public address."""
    async with client.get(await address(client), headers={"Range": range_}) as piece:
        return piece.status, await piece.read(), len(piece.history)


async def address(client: Client) -> str:
    async with client.get(f"/api/v1/replays/{ID}") as reply:
        return str((await reply.json())["parts"][0]["url"])


async def test_a_finished_recording_moves_to_the_bucket_and_plays_from_there(
    client: Client, miles: Person, miles_key: str, tmp_path: Path, s3: S3Server
) -> None:
    content = await kept(client, tmp_path)
    (part,) = (tmp_path / "recordings" / ID).glob("part-*")
    assert (await miles.call("GET", URL)).body["stored"] == "here"
    await client.close()

    async with served(tmp_path, s3) as moved:
        owner = await Site(moved).sign_in("miles@example.org")
        view = await eventually(
            lambda: owner.call("GET", URL), lambda each: each.body["stored"] == "store", what="moved"
        )
        assert (view.body["moved_bytes"], view.body["store_trouble"]) == (view.body["size_bytes"], None)
        await eventually(part.parent.exists, lambda each: not each, what="deleted here")
        assert s3.call("GET", f"/{BUCKET}/shows/{ID}/{part.name}") == content
        assert await play(moved, "bytes=1000-1999") == (206, content[1000:2000], 0)
        async with moved.get(view.body["parts"][0]["download"]) as whole:
            assert await whole.read() == content
        async with moved.get(f"/api/v1/replays/{ID}") as reply:
            poster = (await reply.json())["poster"]
        async with moved.get(poster) as picture:
            assert (await picture.read())[:3] == b"\xff\xd8\xff"

    async with served(tmp_path, s3, recording_store_redirect=True) as redirecting:
        assert await play(redirecting, "bytes=1000-1999") == (206, content[1000:2000], 1)
        async with redirecting.get(f"{await address(redirecting)}&download=true") as here:
            assert (here.status, here.headers["Cache-Control"]) == (200, "no-store")
        async with redirecting.get("/") as page:
            assert f"media-src 'self' {s3.endpoint} blob:" in page.headers["Content-Security-Policy"]
        owner = await Site(redirecting).sign_in("miles@example.org")
        assert (await owner.call("DELETE", URL)).status == 204
        assert ID.encode() not in s3.call("GET", f"/{BUCKET}?list-type=2")


async def test_wrong_keys_are_told_to_the_owner_and_cost_nothing_but_time(
    client: Client,
    miles: Person,
    miles_key: str,
    tmp_path: Path,
    s3: S3Server,
    capfd: pytest.CaptureFixture[str],
) -> None:
    content = await kept(client, tmp_path)
    await client.close()
    with s3.guarded() as (key_id, secret):
        async with served(tmp_path, s3, recording_store_key=key_id) as refused:
            artist = await Site(refused).sign_in("miles@example.org")
            view = await eventually(
                lambda: artist.call("GET", URL),
                lambda each: each.body["store_trouble"] is not None,
                what="refused",
            )
            assert (view.body["store_trouble"], view.body["moved_bytes"]) == ("refused", 0)
            assert await play(refused, "bytes=1000-1999") == (206, content[1000:2000], 0)
        nobody = S3RecordingStore(S3Options(BUCKET, "shows", s3.endpoint, key_id=UNKNOWN, secret=secret))
        with pytest.raises(StoreFailed) as failed:
            await nobody.remove(ID)
        assert failed.value.trouble == "refused"
        right = {"recording_store_key": key_id, "recording_store_secret": secret}
        async with served(tmp_path, s3, **right) as moved:
            owner = await Site(moved).sign_in("miles@example.org")
            await eventually(
                lambda: owner.call("GET", URL), lambda each: each.body["stored"] == "store", what="moved"
            )
            assert (await owner.call("GET", URL)).body["store_trouble"] is None
            assert await play(moved, "bytes=1000-1999") == (206, content[1000:2000], 0)
            assert (await owner.call("DELETE", URL)).status == 204
    said = "".join(capfd.readouterr())
    assert said.count("recording_not_moved") == 1
    assert not [each for each in (SECRET, secret, key_id, UNKNOWN, "Signature") if each in said]


async def test_while_the_store_is_away_all_stays_here_and_is_tried_again(
    client: Client, miles: Person, miles_key: str, tmp_path: Path
) -> None:
    content = await kept(client, tmp_path)
    now_s = 0.0
    (tmp_path / "disk").mkdir()
    elsewhere = DirectoryStore(tmp_path / "disk" / "mounted")
    files = RecordingFiles(tmp_path, elsewhere)
    mover = RecordingMover(
        client.app[DATABASE], files, elsewhere, monotonic=lambda: now_s, chance=lambda: 1.0
    )
    await mover.move()
    view = (await miles.call("GET", URL)).body
    assert (view["stored"], view["store_trouble"], view["moved_bytes"]) == ("moving", "unreachable", 0)
    assert await play(client, "bytes=0-99") == (206, content[:100], 0)

    (tmp_path / "disk" / "mounted").mkdir()
    now_s = FIRST_PAUSE_S - 0.1
    await mover.move()
    assert (await miles.call("GET", URL)).body["stored"] == "moving"
    now_s = FIRST_PAUSE_S
    await mover.move()
    view = (await miles.call("GET", URL)).body
    assert (view["stored"], view["store_trouble"]) == ("store", None)
    assert not (tmp_path / "recordings" / ID).exists()
    assert b"".join([each async for each in elsewhere.pieces(ID, "poster.jpg", 0, 3)])

    # What cannot be removed now is unknown at once, and goes when the store is there again.
    (tmp_path / "disk" / "mounted").rename(tmp_path / "disk" / "gone")
    news = ReplayNews(client.app[BUS])
    without = KeptRecordings(client.app[DATABASE], client.app[CHANNELS], RecordingFiles(tmp_path), news)
    await without.delete("miles", ID)
    assert (await miles.call("GET", URL)).status == 404
    await without.clean()
    (tmp_path / "disk" / "gone").rename(tmp_path / "disk" / "mounted")
    assert list((tmp_path / "disk" / "mounted").iterdir())
    await KeptRecordings(client.app[DATABASE], client.app[CHANNELS], files, news).clean()
    assert not list((tmp_path / "disk" / "mounted").iterdir())


async def test_what_is_deleted_while_it_is_moved_leaves_nothing_in_the_store(
    client: Client, miles: Person, miles_key: str, tmp_path: Path
) -> None:
    await kept(client, tmp_path)
    (tmp_path / "disk").mkdir()
    disk = DirectoryStore(tmp_path / "disk")
    files = RecordingFiles(tmp_path, disk)
    keeper = KeptRecordings(client.app[DATABASE], client.app[CHANNELS], files, ReplayNews(client.app[BUS]))

    class Slow(DirectoryStore):
        """Its first file is on its way when the owner deletes the recording."""

        async def put(self, recording: str, source: Path, sha256: str, sent: Sent, /) -> None:
            with source.open("rb"):
                beside = tmp_path / source.name
                beside.write_bytes(source.read_bytes())
                await keeper.delete("miles", recording)
                await super().put(recording, beside, sha256, sent)

    await RecordingMover(client.app[DATABASE], files, Slow(tmp_path / "disk")).move()
    assert (await miles.call("GET", URL)).status == 404
    assert not list((tmp_path / "disk").iterdir())


async def test_a_file_that_is_not_what_it_was_stays_and_holds_nothing_up(
    client: Client, miles: Person, miles_key: str, tmp_path: Path
) -> None:
    channel = await client.app[CHANNELS].get("miles")
    other = "fedcba9876543210"
    await kept(client, tmp_path)
    await keep(client.app, tmp_path, channel.id, Visibility.PUBLIC, recording_id=other, minutes=90)
    (path,) = (tmp_path / "recordings" / ID).glob("part-*")
    with path.open("ab") as file:
        file.write(b"!")
    (tmp_path / "disk").mkdir()
    disk = DirectoryStore(tmp_path / "disk")
    await RecordingMover(client.app[DATABASE], RecordingFiles(tmp_path, disk), disk).move()
    view = (await miles.call("GET", URL)).body
    assert (view["stored"], view["store_trouble"]) == ("moving", "altered")
    assert path.exists()
    assert (await miles.call("GET", URL.replace(ID, other))).body["stored"] == "store"


async def test_recordings_go_when_their_owner_or_the_server_says(
    client: Client, miles: Person, miles_key: str, tmp_path: Path
) -> None:
    channel = await client.app[CHANNELS].get("miles")
    now = utc_now()
    database = client.app[DATABASE]
    for days in (1, 8, 40):
        recording_id = RecordingId(f"{days:016}")
        minutes = round((now - timedelta(days=days) - BEGAN).total_seconds() / 60)
        await store(database, channel.id, Visibility.PUBLIC, recording_id, [PART], Previews(), minutes)

    async def left() -> list[int]:
        reply = await miles.call("GET", "/channels/miles/recordings")
        return [int(each["id"]) for each in reply.body["items"]]

    async def told() -> int:
        return len((await client.app[BUS].history(f"channel:{channel.id}", None, 99)).entries)

    stray, fresh = (tmp_path / "recordings" / name for name in ("nobodys", "begun"))
    for directory in (stray, fresh):
        directory.mkdir(parents=True)
    os.utime(stray, (0, 0))
    await client.app[KEPT].clean()
    assert (await left(), await told()) == ([1, 8, 40], 0)
    assert (stray.exists(), fresh.exists()) == (False, True)
    by_setting = KeptRecordings(
        database, client.app[CHANNELS], RecordingFiles(tmp_path), ReplayNews(client.app[BUS]), keep_days=30
    )
    await by_setting.clean()
    assert (await left(), await told()) == ([1, 8], 1)
    reply = await miles.call("PATCH", "/channels/miles/recording", {"keep_days": 7})
    assert (reply.body["keep_days"], reply.body["policy"]) == (7, "ask")
    await client.app[KEPT].clean()
    assert await left() == [1]
    reply = await miles.call("PATCH", "/channels/miles/recording", {"keep_days": None})
    assert reply.body["keep_days"] == 0
