"""A media plane on real loopback sockets, and what its suites do over and over: publish, view, wait."""

from collections.abc import Awaitable, Callable

from media.description import CodecFormat, DtlsRole, InboundTrack, Kind, LocalPeer, OutboundTrack
from media.live import LiveState
from media.plane import MediaPlane
from tests.media.client import Client, until

VP8 = CodecFormat("VP8", 96, 90_000, feedback=frozenset({"nack", "nack pli"}), rtx_payload_type=97)
OPUS = CodecFormat("opus", 111, 48_000, 2)
VIEW_VP8 = CodecFormat("VP8", 120, 90_000, rtx_payload_type=121)
INBOUND = (InboundTrack(Kind.AUDIO, "0", (OPUS,)), InboundTrack(Kind.VIDEO, "1", (VP8,)))
OUTBOUND = (OutboundTrack(Kind.VIDEO, "0", (VIEW_VP8,)),)
KEY, DELTA = b"\x10\x50picture", b"\x10\x51picture"
HERE = "192.0.2.7"
GRACE_S = 0.05

Peers = Callable[..., Awaitable[Client]]


async def emptied(plane: MediaPlane) -> None:
    """Nothing is left of any session or stream, now or in a moment."""
    await until(
        lambda: plane._sessions.is_empty() and not (plane._publishers or plane._streams or plane._closing)
    )


def the_only_state(plane: MediaPlane) -> LiveState:
    (state,) = plane.live()
    return state


async def publish(
    plane: MediaPlane, publisher: Client, *, role: DtlsRole = DtlsRole.SERVER, channel: str = "stage"
) -> LocalPeer:
    """Connect a publisher and send its first keyframe."""
    local = plane.publish(channel, publisher.remote(role), INBOUND, client_address=HERE)
    await publisher.connect(local, plane.fingerprint)
    publisher.send_rtp(96, 1, KEY)
    await until(lambda: plane.get(channel) is not None)
    return local


async def view(
    plane: MediaPlane, viewer: Client, *, role: DtlsRole = DtlsRole.SERVER, counted: bool = True
) -> LocalPeer:
    local = plane.view("stage", viewer.remote(role), OUTBOUND, client_address=HERE, counted=counted)
    await viewer.connect(local, plane.fingerprint)
    return local


def sequences(viewer: Client) -> list[int]:
    return [packet.sequence for packet in viewer.rtp]
