"""Still pictures of real broadcasts over HTTP, made by the real process."""

import asyncio
import io
import os
import signal

import aiohttp
import numpy as np
import pytest
from PIL import Image

from loadtest.media import Material, read_counter
from loadtest.publisher import Publisher
from loadtest.signaling import SignalingClient
from recorder.handlers import STILLS
from recorder.stills.maker import Keyframe, make_still
from tests.polling import eventually
from tests.recorder.conftest import Client
from tests.recorder.encoded import CODECS, encoded

URL = "/api/v1/channels/miles/still"


@pytest.mark.parametrize("codec", CODECS)
def test_every_codecs_keyframe_becomes_a_picture_of_640_pixels(codec: str) -> None:
    frame = encoded(codec, 800, 448, 1)[0]
    jpeg = make_still(Keyframe(codec, frame.payloads))
    picture = Image.open(io.BytesIO(jpeg))
    assert (picture.format, picture.size) == ("JPEG", (640, 358))
    top, bottom = np.asarray(picture.convert("L"))[::357]
    assert top.mean() < 40  # the counter shows 0, in black
    assert 80 < bottom.mean() < 130


@pytest.mark.parametrize(
    "payloads", [(), (b"",), (b"\x10" * 20,), (b"\x65" + b"\x88" * 400,), (b"\xff\xff",)]
)
@pytest.mark.parametrize("codec", CODECS)
def test_what_is_no_picture_is_none(codec: str, payloads: tuple[bytes, ...]) -> None:
    assert make_still(Keyframe(codec, payloads)) == b""


async def test_a_still_is_there_while_a_broadcast_has_pictures_and_is_made_once_for_all(
    client: Client, http: aiohttp.ClientSession, miles_key: str, material: Material
) -> None:
    stills = client.app[STILLS] if client.app is not None else None
    assert stills is not None
    assert (await client.get(URL)).status == 404
    publisher = Publisher(SignalingClient(http), material)
    await publisher.start(str(client.make_url("/whip/miles")), bearer=miles_key)
    await eventually(lambda: client.get(URL), lambda reply: reply.status == 200, what="a picture")
    crowd = await asyncio.gather(*(client.get(URL) for _ in range(20)))
    (etag,) = {reply.headers["ETag"] for reply in crowd}
    first = crowd[0]
    assert (first.status, first.content_type) == (200, "image/jpeg")
    assert "public" in first.headers["Cache-Control"]
    picture = Image.open(io.BytesIO(await first.read()))
    assert picture.size == (320, 180)
    assert read_counter(np.asarray(picture.convert("L"))) % 30 == 0  # a keyframe each second
    again = await client.get(URL, headers={"If-None-Match": etag})
    assert (again.status, await again.read()) == (304, b"")

    first_id = stills.process_id
    assert first_id is not None
    os.kill(first_id, signal.SIGKILL)
    stills.forget("miles")
    await eventually(lambda: client.get(URL), lambda reply: reply.status == 200, what="a picture")
    assert stills.process_id not in (None, first_id)

    await publisher.stop()
    await eventually(lambda: client.get(URL), lambda reply: reply.status == 404, what="the end")
