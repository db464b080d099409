"""What viewers tell of arrivals is what came, when it came: of the core alone, and to a peer of another make."""

import time

import aiohttp
import aioice.ice
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import example, given
from hypothesis import strategies as st

from loadtest.dtls import PeerCertificate
from loadtest.relay import Impairment, Relay, through_relay
from loadtest.rtp import RtpHeader, extension_at
from loadtest.sdp import TRANSPORT_CC, parse_answer
from loadtest.signaling import Session, SignalingClient
from loadtest.transport_feedback import KEPT, TransportFeedback
from loadtest.viewer import Viewer
from tests.loadtest.answering_peer import AnsweringPeer
from tests.polling import eventually
from tests.transport_feedback import read

START_US = 1_700_000_000_000_000
REFERENCE_PERIOD_US = (1 << 24) * 64_000


@example(first=65_530, steps=[(1, 250, False)] * 40, lost=set())
@example(first=0, steps=[(1, 64_000, False)] * 300, lost={5, 6, 7})
@example(first=7, steps=[(1, 1_000, False)] * 500, lost=set(range(20, 480)))
@given(
    first=st.integers(0, 65_535),
    steps=st.lists(
        st.tuples(
            st.integers(1, 9),  # how much later than its turn a packet comes, in packets
            st.one_of(st.integers(-2_000, 20_000), st.integers(-20_000_000, 20_000_000)),
            st.booleans(),  # report afterwards
        ),
        min_size=1,
        max_size=150,
    ),
    lost=st.sets(st.integers(1, 140)),
)
def test_what_is_told_last_of_each_packet_is_true(
    first: int, steps: list[tuple[int, int, bool]], lost: set[int]
) -> None:
    feedback, told = TransportFeedback(1), dict[int, int | None]()
    arrived: dict[int, int] = {}
    order = sorted(
        (index for index in range(len(steps)) if index not in lost), key=lambda index: index + steps[index][0]
    )
    now_us, counts = START_US, list[int]()

    def report() -> None:
        for data in feedback.take(2):
            found = read(data)
            counts.append(found.count)
            assert (found.sender_ssrc, found.media_ssrc) == (1, 2)
            assert len(data) < 1_200
            for index, at_us in enumerate(found.arrivals_us):
                told[(found.base + index) % 65_536] = at_us

    for index in order:
        _, onward_us, reports = steps[index]
        now_us += onward_us
        arrived[(first + index) % 65_536] = now_us
        feedback.receive((first + index) % 65_536, now_us)
        if reports:
            report()
    report()
    assert feedback.take(2) == []
    assert counts == [number % 256 for number in range(len(counts))]
    assert {number for number, at_us in told.items() if at_us is not None} == arrived.keys()
    spread = range(min(order, default=0), max(order, default=-1) + 1)
    assert told.keys() == {(first + index) % 65_536 for index in spread}
    assert all(_apart_us(told[number] or 0, at_us) <= 250 for number, at_us in arrived.items())


def test_only_so_much_is_remembered_and_a_far_jump_begins_anew() -> None:
    feedback = TransportFeedback(1)
    for number in range(5 * KEPT):
        feedback.receive(number, number)
        if number % 10 == 0:
            feedback.take(2)
    assert len(feedback._arrived_us) <= 2 * KEPT + 10
    feedback.take(2)
    feedback.receive(5 * KEPT + 20_000, 9)
    (anew,) = map(read, feedback.take(2))
    assert (anew.base, len(anew.arrivals_us)) == (5 * KEPT + 20_000, 1)


@given(data=st.binary(min_size=12, max_size=60), number=st.integers(1, 14))
@example(data=bytes((0x90,)) + bytes(11) + b"\xbe\xde\x00\x01\x31", number=3)
def test_no_packet_makes_it_read_past_its_end(data: bytes, number: int) -> None:
    at = extension_at(data, 0, len(data), number)
    assert at is None or at < len(data)


@pytest.mark.parametrize(
    ("profile", "extensions"),
    [
        (b"\xbe\xde", b"\x22\1\2\3\0\x31\xab\xcd"),
        (b"\x10\x00", b"\2\0\0\1\1\7\3\2\xab\xcd\0\0"),
        (b"\xbe\xde", b"\x22\1\2\3"),
        (b"\x12\x34", b"\x31\xab\xcd\0"),
    ],
    ids=["one byte", "two bytes", "another one", "no extension"],
)
def test_an_extension_is_found_in_both_forms(profile: bytes, extensions: bytes) -> None:
    words = (len(extensions) // 4).to_bytes(2, "big")
    packet = b"before" + bytes((0x91,)) + bytes(15) + profile + words + extensions + b"\x31\0\0"
    at = extension_at(packet, 6, len(packet), 3)
    assert (None if at is None else packet[at : at + 2]) == (
        b"\xab\xcd" if b"\xab\xcd" in extensions[1:] and profile != b"\x12\x34" else None
    )


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        ([f"a=extmap:3 {TRANSPORT_CC}", "a=rtcp-fb:96 transport-cc"], 3),
        ([f"a=extmap:3 {TRANSPORT_CC}", "a=rtcp-fb:96 nack"], None),
        (["a=rtcp-fb:96 transport-cc"], None),
    ],
    ids=["both", "no feedback", "no extension"],
)
def test_feedback_is_wanted_only_when_the_answer_takes_both_halves(
    lines: list[str], wanted: int | None
) -> None:
    answer = "\r\n".join(
        [
            *("v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "m=video 9 UDP/TLS/RTP/SAVPF 96"),
            *("c=IN IP4 0.0.0.0", "a=ice-ufrag:abcd", "a=ice-pwd:" + "x" * 24, "a=setup:passive"),
            *("a=fingerprint:sha-256 " + ":".join(["00"] * 32), "a=rtpmap:96 VP8/90000", *lines),
            *("a=candidate:1 1 udp 1 127.0.0.1 9 typ host", ""),
        ]
    )
    assert parse_answer(answer).media["video"].transport_cc_id == wanted


class Through(SignalingClient):
    """Whose answers lead through a relay that loses what it is told to."""

    def __init__(self, http: aiohttp.ClientSession, impairment: Impairment) -> None:
        super().__init__(http)
        self._impairment = impairment
        self.relay: Relay | None = None

    async def post_offer(self, endpoint: str, offer: str, **more: object) -> Session:
        session = await super().post_offer(endpoint, offer)
        (host, port), *_ = parse_answer(session.answer).addresses
        self.relay = Relay((host, port), to_server=Impairment(), to_peer=self._impairment, seed=1)
        answer = through_relay(session.answer, port, self.relay.port)
        return Session(session.url, answer, session.etag, session.bearer)


SENT, FIRST = 240, 65_400
LOST = frozenset({3, 4, 5, 50, *range(100, 130), 200})


async def test_a_sender_of_another_make_learns_what_came_and_when(
    monkeypatch: pytest.MonkeyPatch, http: aiohttp.ClientSession
) -> None:
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda use_ipv4, use_ipv6: ["127.0.0.1"])
    peer = AnsweringPeer(_takes_feedback)
    passed_s: dict[int, float] = {}

    def loses(datagram: bytes) -> bool:
        if 192 <= datagram[1] <= 223:
            return False
        index = int.from_bytes(datagram[2:4], "big") - 1_000
        passed_s[index] = time.time()
        return index in LOST

    signaling = Through(http, Impairment(loses=loses))
    app = web.Application()
    app.router.add_post("/whep", peer.post)
    app.router.add_delete("/session", peer.delete)
    async with TestServer(app) as server:
        viewer = Viewer(signaling, certificate=PeerCertificate.generate())
        await viewer.join(str(server.make_url("/whep")))
        await peer.connected.wait()
        # Sound and picture share one numbering; each has an SSRC and numbers of its own beside it.
        headers = [RtpHeader(number, kind, transport_cc_id=3) for number, kind in ((7, 111), (8, 102))]
        for index in range(SENT):
            head = headers[index % 2].build(
                sequence=1_000 + index,
                timestamp=index,
                marker=False,
                now_s=0.0,
                transport_sequence=FIRST + index,
            )
            await peer.send_rtp(head + bytes(100 + index))

        def told() -> dict[int, int | None]:
            found: dict[int, int | None] = {}
            for _, data in peer.rtcp:
                if data[1] == 205 and data[0] & 0x1F == 15:
                    feedback = read(data)
                    numbers = (feedback.base + index for index in range(len(feedback.arrivals_us)))
                    found |= {
                        (number - FIRST) % 65_536: at_us
                        for number, at_us in zip(numbers, feedback.arrivals_us, strict=True)
                    }
            return found

        found = await eventually(told, lambda each: SENT - 1 in each)
        await viewer.leave()
        assert signaling.relay is not None
        assert signaling.relay.counts_to_peer.lost == len(LOST)
        signaling.relay.close()
        await peer.close()
    assert {index for index, at_us in found.items() if at_us is None} == LOST
    assert found.keys() == set(range(SENT))
    late_us = [
        _apart_us(at_us, int(passed_s[index] * 1e6)) for index, at_us in found.items() if at_us is not None
    ]
    assert sorted(late_us)[len(late_us) // 2] < 5_000
    assert viewer.feedback_sent == sum(data[1] == 205 for _, data in peer.rtcp)
    assert peer.ended


def _takes_feedback(offer: str) -> list[list[str]]:
    assert offer.count(f"a=extmap:3 {TRANSPORT_CC}") == 2
    assert "a=rtcp-fb:111 transport-cc" in offer
    return [
        [
            *(f"m={kind} 9 UDP/TLS/RTP/SAVPF {number}", f"a=mid:{mid}", f"a=rtpmap:{number} {codec}"),
            *(f"a=rtcp-fb:{number} transport-cc", f"a=extmap:3 {TRANSPORT_CC}", "a=sendonly"),
        ]
        for mid, kind, number, codec in ((0, "audio", 111, "opus/48000/2"), (1, "video", 102, "H264/90000"))
    ]


def _apart_us(told_us: int, true_us: int) -> int:
    half = REFERENCE_PERIOD_US // 2
    return abs((told_us - true_us + half) % REFERENCE_PERIOD_US - half)
