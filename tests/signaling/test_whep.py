"""WHEP over a real HTTP server (draft-ietf-wish-whep)."""

from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession

from media.description import CodecFormat, Kind
from signaling.offer import Direction, parse_offer

SDP = {"Content-Type": "application/sdp"}
Published = dict[Kind, tuple[CodecFormat, ...]]


@pytest.fixture
def watch(client: ClientSession, offer_text: Callable[[str], str]) -> Callable[..., Any]:
    async def post(path: str = "/whep/demo", data: str | None = None) -> ClientResponse:
        return await client.post(path, data=data or offer_text("chromium_view"), headers=SDP)

    return post


async def test_a_viewer_of_a_live_channel_gets_a_session(
    watch: Any, plane: Any, published: Published
) -> None:
    plane.live["demo"] = published
    response = await watch()
    assert response.status == 201
    session = plane.only_session
    assert response.headers["Location"] == f"/whep/demo/{session.local.session_id}"
    assert response.headers["ETag"].startswith('"')
    assert not session.publishing
    assert session.counted
    answer = parse_offer(await response.text())
    assert [media.direction for media in answer.media] == [Direction.SENDONLY, Direction.SENDONLY]


async def test_a_preview_is_not_counted(watch: Any, plane: Any, published: Published) -> None:
    plane.live["demo"] = published
    assert (await watch("/whep/demo?preview=1")).status == 201
    assert not plane.only_session.counted


async def test_a_channel_that_is_not_live_says_when_to_ask_again(watch: Any) -> None:
    response = await watch()
    assert response.status == 409
    assert int(response.headers["Retry-After"]) > 0
    assert "nobody is live on demo" in (await response.json(content_type=None))["detail"]


async def test_an_unknown_channel_is_not_found(watch: Any) -> None:
    assert (await watch("/whep/nowhere")).status == 404


async def test_a_codec_the_viewer_lacks_is_named(watch: Any, plane: Any, offer_text: Any) -> None:
    plane.live["demo"] = {Kind.VIDEO: (CodecFormat("AV1", 45, 90_000),)}
    response = await watch(data=offer_text("chromium_view").replace("AV1/90000", "AVX/90000"))
    assert response.status == 406
    assert "AV1" in (await response.json(content_type=None))["detail"]
    assert not plane.sessions


async def test_sessions_of_one_address_are_bounded(watch: Any, plane: Any, published: Published) -> None:
    plane.live["demo"] = published
    assert [(await watch()).status for _ in range(4)] == [201, 201, 201, 429]


async def test_the_url_of_a_session_is_enough_to_change_and_end_it(
    watch: Any, client: ClientSession, plane: Any, published: Published
) -> None:
    plane.live["demo"] = published
    location = (await watch()).headers["Location"]
    restarted = await client.patch(
        location,
        data="a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n",
        headers={"Content-Type": "application/trickle-ice-sdpfrag", "If-Match": "*"},
    )
    assert restarted.status == 200
    assert "a=candidate" not in await restarted.text()
    assert (
        await client.delete(location.replace("whep", "whip"), headers={"Authorization": "Bearer secret"})
    ).status == 404
    assert (await client.delete(location)).status == 200
    assert (await client.delete(location)).status == 404
