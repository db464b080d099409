"""WHIP over a real HTTP server (RFC 9725)."""

from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from aiohttp import ClientResponse, ClientSession

from media import errors as media_errors
from signaling.offer import parse_offer

SDP = {"Content-Type": "application/sdp"}
KEY = {"Authorization": "Bearer secret"}
FRAGMENT = {"Content-Type": "application/trickle-ice-sdpfrag"}
OfferText = Callable[[str], str]


@pytest.fixture
def publish(client: ClientSession, offer_text: OfferText) -> Callable[..., Any]:
    async def post(name: str = "chromium_publish", **changes: Any) -> ClientResponse:
        headers = {**SDP, **KEY, **changes.pop("headers", {})}
        return await client.post(
            changes.pop("path", "/whip/demo"), data=changes.pop("data", offer_text(name)), headers=headers
        )

    return post


async def test_an_offer_is_answered_with_a_session(publish: Any, plane: Any, tag_of: Any) -> None:
    response = await publish()
    assert response.status == 201
    assert response.headers["Content-Type"] == "application/sdp"
    session = plane.only_session
    assert response.headers["Location"] == f"/whip/demo/{session.local.session_id}"
    assert response.headers["ETag"] == tag_of(session.local)
    assert session.local.session_id not in response.headers["ETag"]
    assert response.headers["Accept-Patch"] == "application/trickle-ice-sdpfrag"
    assert response.headers.getall("Link") == [
        '<stun:stun.example.org:3478>; rel="ice-server"',
        '<turn:turn.example.org>; rel="ice-server"; username="me"; credential="p\\"w"; credential-type="password"',
    ]
    assert session.channel == "demo"
    assert session.publishing
    assert session.client_address == "127.0.0.1"
    answer = parse_offer(await response.text())
    assert [media.mid for media in answer.media] == ["0", "1"]


async def test_without_a_key_nothing_is_told_of_what_exists(
    client: ClientSession, offer_text: OfferText
) -> None:
    for channel in ("demo", "nowhere"):
        response = await client.post(f"/whip/{channel}", data=offer_text("obs_publish"), headers=SDP)
        assert response.status == 401
        assert response.headers["WWW-Authenticate"].startswith("Bearer")
        assert response.content_type == "application/problem+json"


async def test_logs_hold_neither_keys_nor_credentials_nor_session_ids(publish: Any, plane: Any) -> None:
    with structlog.testing.capture_logs() as events:
        await publish()
        await publish(headers={"Authorization": "Bearer wrong"})
        await publish("chromium_view")
    assert [event["event"] for event in events] == [
        "publisher_accepted",
        "stream_key_rejected",
        "offer_refused",
    ]
    session = plane.only_session
    secrets = ("secret", "wrong", session.remote.ice_pwd, session.local.ice_pwd, session.local.session_id)
    assert not any(secret in str(events) for secret in secrets)


async def test_another_scheme_than_bearer_is_no_key(publish: Any) -> None:
    assert (await publish(headers={"Authorization": "Basic c2VjcmV0"})).status == 401


async def test_a_wrong_key_is_refused(publish: Any, plane: Any) -> None:
    assert (await publish(headers={"Authorization": "Bearer wrong"})).status == 403
    assert not plane.sessions


async def test_an_unknown_channel_is_not_found(publish: Any) -> None:
    assert (await publish(path="/whip/nowhere")).status == 404


async def test_wrong_keys_in_a_row_lock_the_address_out_for_a_while(
    publish: Any, now: SimpleNamespace
) -> None:
    for _ in range(10):
        assert (await publish(headers={"Authorization": "Bearer wrong"})).status == 403
    refused = await publish()
    assert refused.status == 429
    now.seconds += int(refused.headers["Retry-After"])
    assert (await publish()).status == 201


async def test_sessions_of_one_address_are_bounded(publish: Any) -> None:
    for _ in range(3):
        assert (await publish()).status == 201
    refused = await publish()
    assert refused.status == 429
    assert int(refused.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/json", "application/trickle-ice-sdpfrag"]
)
async def test_another_content_type_is_refused(publish: Any, content_type: str) -> None:
    response = await publish(headers={"Content-Type": content_type})
    assert response.status == 415
    assert response.headers["Accept-Post"] == "application/sdp"


async def test_a_content_type_with_a_parameter_is_taken(publish: Any) -> None:
    assert (await publish(headers={"Content-Type": "application/sdp; charset=utf-8"})).status == 201


async def test_a_body_over_the_bound_is_refused(publish: Any) -> None:
    assert (await publish(data="v=0\r\n" + "a=x\r\n" * 20_000)).status == 413


async def test_a_body_over_the_bound_in_unannounced_length_is_refused(publish: Any) -> None:
    async def chunks() -> Any:
        for _ in range(100):
            yield b"a" * 1_000

    assert (await publish(data=chunks())).status == 413


async def test_text_that_is_not_sdp_names_the_line(publish: Any) -> None:
    response = await publish(data="v=0\r\nthis is no SDP\r\n")
    assert response.status == 400
    assert "line 2" in (await response.json(content_type=None))["detail"]


async def test_bytes_that_are_no_text_are_malformed(publish: Any) -> None:
    assert (await publish(data=b"v=0\r\n\xff\xfe")).status == 400


async def test_an_offer_that_sends_nothing_is_unprocessable(publish: Any, offer_text: OfferText) -> None:
    response = await publish(data=offer_text("chromium_view"))
    assert response.status == 422
    assert "neither audio nor video" in (await response.json(content_type=None))["detail"]


async def test_a_codec_we_do_not_forward_is_not_acceptable(publish: Any, offer_text: OfferText) -> None:
    response = await publish(data=offer_text("obs_publish").replace("H264", "H265"))
    assert response.status == 406
    assert "H265" in (await response.json(content_type=None))["detail"]


async def test_both_resources_answer_get_without_content(client: ClientSession) -> None:
    for path in ("/whip/demo", "/whip/demo/any", "/whep/demo"):
        assert (await client.get(path)).status == 204
        assert (await client.head(path)).status == 204


async def test_other_methods_are_named_as_not_allowed(client: ClientSession) -> None:
    response = await client.put("/whip/demo", data="x")
    assert response.status == 405
    assert "POST" in response.headers["Allow"]
    assert "PATCH" in (await client.post("/whip/demo/any", data="x")).headers["Allow"]


async def test_options_tell_what_can_be_posted_and_the_ice_servers(client: ClientSession) -> None:
    response = await client.options("/whip/demo")
    assert response.status == 200
    assert response.headers["Accept-Post"] == "application/sdp"
    assert len(response.headers.getall("Link")) == 2


async def test_a_preflight_allows_what_clients_send_and_tells_no_turn_password(client: ClientSession) -> None:
    asking = {"Origin": "https://band.example", "Access-Control-Request-Method": "PATCH"}
    response = await client.options("/whip/demo/any", headers=asking)
    assert response.status == 200
    assert "PATCH" in response.headers["Access-Control-Allow-Methods"]
    assert "If-Match" in response.headers["Access-Control-Allow-Headers"]
    endpoint = await client.options("/whip/demo", headers=asking | {"Access-Control-Request-Method": "POST"})
    assert endpoint.headers["Access-Control-Allow-Origin"] == "*"
    assert "Link" not in endpoint.headers


async def test_a_page_of_another_origin_can_read_answers_and_errors(publish: Any) -> None:
    for headers in ({"Origin": "https://band.example"}, {"Authorization": "Bearer wrong"}):
        response = await publish(headers=headers)
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert {"Location", "ETag", "Link"} <= set(
            response.headers["Access-Control-Expose-Headers"].split(", ")
        )


async def test_trickled_candidates_are_taken(publish: Any, client: ClientSession, plane: Any) -> None:
    created = await publish()
    response = await client.patch(
        created.headers["Location"],
        data=TRICKLE,
        headers=FRAGMENT | KEY | {"If-Match": created.headers["ETag"]},
    )
    assert response.status == 204
    assert "ETag" not in response.headers
    assert not plane.restarts


async def test_trickling_under_a_star_with_the_offered_credentials_restarts_nothing(
    publish: Any, client: ClientSession, plane: Any
) -> None:
    created = await publish()
    response = await client.patch(
        created.headers["Location"], data=TRICKLE, headers=FRAGMENT | KEY | {"If-Match": "*"}
    )
    assert response.status == 204
    assert not plane.restarts


async def test_ice_restarts_under_a_star(
    publish: Any, client: ClientSession, plane: Any, tag_of: Any
) -> None:
    created = await publish()
    location = created.headers["Location"]
    restarted = await client.patch(location, data=RESTART, headers=FRAGMENT | KEY | {"If-Match": "*"})
    assert restarted.status == 200
    assert restarted.headers["Content-Type"] == "application/trickle-ice-sdpfrag"
    assert plane.restarts == [(plane.only_session.local.session_id, "ysXw", "vw5LmwG4y/e6dPP/zAP9Gp5k")]
    assert restarted.headers["ETag"] == tag_of(plane.only_session.local) != created.headers["ETag"]
    body = (await restarted.text()).split("\r\n")
    assert body[:1] == ["a=ice-lite"]
    assert {"a=ice-ufrag:ufrag1", "a=mid:0", "a=end-of-candidates"} <= set(body)
    stale = await client.patch(
        location, data=TRICKLE, headers=FRAGMENT | KEY | {"If-Match": created.headers["ETag"]}
    )
    assert stale.status == 412


async def test_new_credentials_under_the_current_tag_restart_ice(
    publish: Any, client: ClientSession, plane: Any
) -> None:
    created = await publish()
    headers = FRAGMENT | KEY | {"If-Match": f'"other", {created.headers["ETag"]}'}
    assert (await client.patch(created.headers["Location"], data=RESTART, headers=headers)).status == 200
    assert len(plane.restarts) == 1


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, "trickle", 428),
        ({"If-Match": '"no-such-tag"'}, "trickle", 412),
        ({"If-Match": "*", "Content-Type": "application/sdp"}, "trickle", 415),
        ({"If-Match": "*"}, "a=candidate:nonsense\r\n", 400),
        ({"If-Match": "*"}, "hello", 400),
        ({"If-Match": "*"}, "a=ice-ufrag:abcd\r\n", 400),
        ({"If-Match": "*"}, "a=ice-ufrag:abcd\r\na=ice-pwd:short\r\n", 400),
        ({"If-Match": "*"}, "a=x\r\n" * 20_000, 413),
        ({"If-Match": "*", "Authorization": ""}, "trickle", 401),
        ({"If-Match": "*", "Authorization": "Bearer wrong"}, "trickle", 403),
    ],
)
async def test_a_patch_that_cannot_be_taken_is_refused(
    publish: Any, client: ClientSession, plane: Any, headers: dict[str, str], body: str, status: int
) -> None:
    created = await publish()
    response = await client.patch(
        created.headers["Location"], data=body.replace("trickle", TRICKLE), headers=FRAGMENT | KEY | headers
    )
    assert response.status == status
    assert len(plane.sessions) == 1
    assert not plane.restarts


async def test_deleting_ends_the_session(publish: Any, client: ClientSession, plane: Any) -> None:
    location = (await publish()).headers["Location"]
    assert (await client.delete(location)).status == 401
    assert len(plane.sessions) == 1
    assert (await client.delete(location, headers=KEY | {"If-Match": '"outdated"'})).status == 200
    assert not plane.sessions
    assert (await client.delete(location, headers=KEY)).status == 404


async def test_a_session_is_found_below_its_own_channel_and_protocol_only(
    publish: Any, client: ClientSession, plane: Any
) -> None:
    location = (await publish()).headers["Location"]
    other_key = {"Authorization": "Bearer secret2"}
    assert (await client.delete(location.replace("demo", "other"), headers=other_key)).status == 404
    assert (await client.delete(location.replace("whip", "whep"))).status == 404
    assert len(plane.sessions) == 1


TRICKLE = """a=ice-ufrag:Kx3q\r
a=ice-pwd:T0sR9vYc2mWq7LzBh4NdPf8u\r
m=audio 9 UDP/TLS/RTP/SAVPF 0\r
a=mid:0\r
a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag Kx3q network-id 1\r
a=candidate:473322822 1 tcp 1518280447 0b1e8a4c-55d2.local 9 typ host tcptype active generation 0\r
a=end-of-candidates\r
"""
RESTART = """a=ice-options:trickle\r
m=audio 9 UDP/TLS/RTP/SAVPF 0\r
a=mid:0\r
a=ice-ufrag:ysXw\r
a=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\r
"""


async def test_a_server_with_too_many_connecting_peers_asks_to_come_back(
    publish: Any, plane: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object, **_named: object) -> None:
        raise media_errors.TooManySessions("too many peers are connecting at this moment")

    monkeypatch.setattr(plane, "publish", refuse)
    refused = await publish()
    assert refused.status == 503
    assert int(refused.headers["Retry-After"]) > 0


async def test_a_key_that_is_replaced_while_the_offer_comes_in_publishes_nothing(
    client: ClientSession, offer_text: OfferText, plane: Any, stream_keys: Any
) -> None:
    async def body() -> AsyncIterator[bytes]:
        offer = offer_text("chromium_publish").encode()
        yield offer[:100]
        await stream_keys.asked.wait()
        stream_keys.replace("demo", "another")
        yield offer[100:]

    response = await client.post("/whip/demo", data=body(), headers={**SDP, **KEY})
    assert response.status == 403
    assert plane.sessions == {}


async def test_another_channels_key_that_is_replaced_meanwhile_changes_nothing(
    client: ClientSession, offer_text: OfferText, stream_keys: Any
) -> None:
    async def body() -> AsyncIterator[bytes]:
        offer = offer_text("chromium_publish").encode()
        yield offer[:100]
        await stream_keys.asked.wait()
        stream_keys.replace("other", "another")
        yield offer[100:]

    response = await client.post("/whip/demo", data=body(), headers={**SDP, **KEY})
    assert response.status == 201
